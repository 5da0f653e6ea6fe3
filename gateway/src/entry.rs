//! How requests come in from outside: under which address, how often, and past which proxies. The suite takes the same flags.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use clap::Args;
use pathfinder_kit::config::{Problems, read_url};
use pathfinder_kit::rate::RateFlags;
pub use pathfinder_kit::rate::Rates;

/// How requests come in, unchecked. Each flag has a variable of the same name: `--public-url` is `PATHFINDER_PUBLIC_URL`.
#[derive(Debug, Clone, Default, Args)]
pub struct EntryFlags {
    /// The address under which people reach this installation [default: http:// and the address it serves on].
    #[arg(long, env = "PATHFINDER_PUBLIC_URL", value_name = "URL", global = true)]
    pub public_url: Option<String>,
    /// How often one caller may call.
    #[command(flatten)]
    pub rates: RateFlags,
    /// IP addresses of proxies in front, whose `x-forwarded-for` is believed, separated by commas [default: none].
    #[arg(long, env = "PATHFINDER_TRUSTED_PROXIES", value_name = "ADDRESSES", global = true)]
    pub trusted_proxies: Option<String>,
}

/// How requests come in, checked.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// Where people reach the gateway; none for the address that it serves on.
    pub public_url: Option<PublicUrl>,
    /// How often one caller may call.
    pub rates: Rates,
    /// Proxies whose word on where a request comes from is taken.
    pub trusted_proxies: Vec<IpAddr>,
}

impl EntryFlags {
    /// Checks what was told; each problem is added to `problems`.
    pub fn check(&self, problems: &mut Problems) -> Option<Entry> {
        let public_url = self.public_url.as_deref().map(|text| PublicUrl::read("--public-url", text)).transpose();
        let public_url = problems.take(public_url);
        let rates = self.rates.check(problems);
        let trusted_proxies =
            problems.take(read_addresses("--trusted-proxies", self.trusted_proxies.as_deref().unwrap_or_default()));
        Some(Entry { public_url: public_url?, rates: rates?, trusted_proxies: trusted_proxies? })
    }
}

fn read_addresses(flag: &str, text: &str) -> Result<Vec<IpAddr>, String> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    let address = |word: &str| {
        let wrong = || format!("{flag} names `{word}`; it must be IP addresses separated by commas");
        word.parse().map_err(|_| wrong())
    };
    words.map(address).collect()
}

/// The address under which people reach the gateway, without a path: what browsers call its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
}

impl PublicUrl {
    /// Reads an address such as `https://pathfinder.example`.
    ///
    /// # Errors
    ///
    /// The problem, naming the flag.
    pub fn read(flag: &str, text: &str) -> Result<Self, String> {
        let uri = read_url(flag, text)?;
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() || text.contains('#') {
            return Err(format!("{flag} is `{text}`; it must end after the host and port, with no path behind them"));
        }
        let (scheme, host) = (uri.scheme_str().unwrap_or_default(), uri.host().unwrap_or_default());
        let usual = if scheme == "https" { 443 } else { 80 };
        // As browsers write it: in lower case, and without a port that the scheme implies.
        let port = uri.port_u16().filter(|port| *port != usual).map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self { origin: format!("{scheme}://{}{port}", host.to_ascii_lowercase()) })
    }

    /// The address of a gateway on this machine; one that serves on every address is reached on loopback.
    #[must_use]
    pub fn of(listen: SocketAddr) -> Self {
        let ip = match listen.ip() {
            ip if !ip.is_unspecified() => ip,
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        let origin = format!("http://{}", SocketAddr::new(ip, listen.port()));
        Self { origin: origin.strip_suffix(":80").map_or(origin.clone(), str::to_owned) }
    }

    /// Scheme, host and port, as browsers write them in `Origin`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The whole address of a path that begins with a slash.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Whether people reach it by TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_what_browsers_send_as_origin() {
        let origin = |text| PublicUrl::read("--public-url", text).map(|url| url.origin);
        assert_eq!(origin("https://Pathfinder.Example:443/"), Ok("https://pathfinder.example".to_owned()));
        assert_eq!(origin("http://[::1]:8080"), Ok("http://[::1]:8080".to_owned()));
        for wrong in ["pathfinder.example", "https://a/b", "https://a/?b", "ftp://a", "https://a/#b"] {
            assert!(origin(wrong).is_err(), "{wrong} must be refused");
        }
        let of = |listen: &str| PublicUrl::of(listen.parse().unwrap()).origin;
        assert_eq!(of("0.0.0.0:8080"), "http://127.0.0.1:8080");
        assert_eq!(of("[::]:80"), "http://[::1]");
    }
}
