//! Certificates for tests of TLS, from an authority of the test's own.

use std::path::Path;

use pathfinder_kit::config::Problems;
use pathfinder_kit::tls::{Tls, TlsFlags};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};

/// Where every service of a test is called.
const ADDRESS: &str = "127.0.0.1";

/// Somebody who signs certificates.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    /// A new one, that nobody trusts yet.
    ///
    /// # Panics
    ///
    /// When it cannot be made.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut params = params(&[], name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, key()).expect("an authority can be made");
        Self { issuer }
    }

    /// Writes into `folder` what the service `name` is told: a certificate for its name and address, the key, the authority. What lay
    /// there before under that name is replaced.
    #[must_use]
    pub fn equip(&self, folder: &Path, name: &str) -> TlsFlags {
        self.write(folder, name, &params(&[name, ADDRESS], name))
    }

    /// The same with a certificate that bears only these names.
    #[must_use]
    pub fn equip_with_names(&self, folder: &Path, name: &str, names: &[&str]) -> TlsFlags {
        self.write(folder, name, &params(names, name))
    }

    /// The same with a certificate that holds from the first day of one year to the first day of another.
    #[must_use]
    pub fn equip_between(&self, folder: &Path, name: &str, years: [i32; 2]) -> TlsFlags {
        let mut params = params(&[name, ADDRESS], name);
        [params.not_before, params.not_after] = years.map(|year| date_time_ymd(year, 1, 1));
        self.write(folder, name, &params)
    }

    fn write(&self, folder: &Path, name: &str, params: &CertificateParams) -> TlsFlags {
        let key = key();
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate can be signed");
        let flags = files(folder, name);
        let texts = [certificate.pem(), key.serialize_pem(), self.issuer.pem()];
        for (file, text) in [&flags.tls_certificate, &flags.tls_key, &flags.tls_authority].into_iter().zip(texts) {
            std::fs::write(file.as_ref().expect("all are named"), text).expect("a file can be written");
        }
        flags
    }
}

/// The files of the service `name` in `folder`.
#[must_use]
pub fn files(folder: &Path, name: &str) -> TlsFlags {
    let file = |ending: &str| Some(folder.join(format!("{name}{ending}")));
    TlsFlags { tls_certificate: file(".pem"), tls_key: file(".key"), tls_authority: file("-authority.pem") }
}

/// What files that fit together give.
///
/// # Panics
///
/// When they do not.
#[must_use]
pub fn tls(flags: &TlsFlags) -> Tls {
    let mut problems = Problems::default();
    let tls = flags.check(&mut problems).flatten();
    tls.unwrap_or_else(|| panic!("the files fit together: {problems}"))
}

fn params(names: &[&str], name: &str) -> CertificateParams {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(names).expect("the names are names");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key can be made")
}
