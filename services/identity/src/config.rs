//! The settings of this service beside those that every service has: where people reach the installation, how mail goes out, and the
//! OpenID Connect providers. The suite hands them over; a service on its own reads them from the variables below, all of them before
//! it starts.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;
use pathfinder_kit::config::{Problems, Secret, read_url};
use serde::Deserialize;

/// Names the address at which people reach the installation; links and redirects begin with it.
pub const PUBLIC_URL: &str = "PATHFINDER_PUBLIC_URL";
/// Names the folder into which mail is written, when there is no mail server.
pub const OUTBOX_FOLDER: &str = "PATHFINDER_OUTBOX_FOLDER";
/// Names the mail server, as `smtps://user:password@host` or `smtp://host:587?tls=required`.
pub const SMTP_URL: &str = "PATHFINDER_SMTP_URL";
/// Names whom mail comes from, such as `Pathfinder <pathfinder@example.org>`.
pub const MAIL_FROM: &str = "PATHFINDER_MAIL_FROM";
/// Names a JSON file with the OpenID Connect providers: a list of `{"name", "display_name", "issuer", "client_id", "client_secret",
/// "email_domains"}`, where the domains of the addresses that a provider may vouch for can be left out.
pub const OPENID_FILE: &str = "PATHFINDER_OPENID_FILE";

const DEFAULT_PUBLIC_URL: &str = "http://127.0.0.1:8080";
const DEFAULT_OUTBOX_FOLDER: &str = "./data/outbox";
const DEFAULT_MAIL_FROM: &str = "Pathfinder <pathfinder@localhost>";

/// What this service is told, unchecked. Each flag has a variable of the same name, by which a service on its own is told.
#[derive(Debug, Clone, Default, Args)]
pub struct SignInFlags {
    /// Where people reach the installation; whoever starts the service says.
    #[arg(skip)]
    pub public_url: Option<String>,
    /// Folder into which mail is written as readable files, without a mail server [default: outbox, in the data folder]. A letter with a
    /// link to sign in is removed once the link was used or has ended.
    #[arg(long, env = OUTBOX_FOLDER, value_name = "FOLDER", global = true)]
    pub outbox_folder: Option<PathBuf>,
    /// Send mail by this server: smtps://user:password@host, or smtp://host:587?tls=required.
    #[arg(long, env = SMTP_URL, hide_env_values = true, value_name = "URL", global = true)]
    pub smtp_url: Option<String>,
    /// Whom mail comes from; by default `Pathfinder <pathfinder@localhost>`.
    #[arg(long, env = MAIL_FROM, value_name = "NAME <ADDRESS>", global = true)]
    pub mail_from: Option<String>,
    /// JSON file with the OpenID Connect providers at which people may sign in.
    #[arg(long, env = OPENID_FILE, value_name = "FILE", global = true)]
    pub openid_file: Option<PathBuf>,
}

/// What this service was told, checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where people reach the installation, without a slash at its end.
    pub public_url: String,
    /// How mail goes out.
    pub mail: Mail,
    /// Whom mail comes from.
    pub mail_from: String,
    /// The OpenID Connect providers.
    pub providers: Vec<Provider>,
}

/// How mail goes out.
#[derive(Debug, Clone)]
pub enum Mail {
    /// As readable files in this folder.
    Folder(PathBuf),
    /// By this mail server.
    Smtp(Secret),
}

/// An OpenID Connect provider.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Its name in addresses: lower-case letters, digits and hyphens.
    pub name: String,
    /// The name to show.
    pub display_name: String,
    /// The issuer, to which `/.well-known/openid-configuration` is added.
    pub issuer: String,
    /// As which the installation is registered there.
    pub client_id: String,
    /// The secret of that registration.
    pub client_secret: Secret,
    /// The domains of the addresses that it may vouch for, in lower case; any where there is none.
    pub email_domains: Vec<String>,
}

impl Provider {
    /// Whether the provider's word on this address is taken.
    pub(crate) fn may_vouch_for(&self, email: &str) -> bool {
        let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.email_domains.is_empty() || self.email_domains.iter().any(|known| known == domain)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderInFile {
    name: String,
    display_name: Option<String>,
    issuer: String,
    client_id: String,
    client_secret: String,
    #[serde(default)]
    email_domains: Vec<String>,
}

impl SignInFlags {
    /// What the environment names.
    #[must_use]
    pub fn from_environment() -> Self {
        let value_of = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            public_url: value_of(PUBLIC_URL),
            outbox_folder: value_of(OUTBOX_FOLDER).map(PathBuf::from),
            smtp_url: value_of(SMTP_URL),
            mail_from: value_of(MAIL_FROM),
            openid_file: value_of(OPENID_FILE).map(PathBuf::from),
        }
    }
}

impl Settings {
    /// Checks what this service was told.
    ///
    /// # Errors
    ///
    /// Every problem at once.
    pub fn check(told: &SignInFlags) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let public_url = told.public_url.clone().unwrap_or_else(|| DEFAULT_PUBLIC_URL.to_owned());
        let public_url = problems.take(read_url("--public-url", &public_url).map(|_| public_url));
        let mail_from = told.mail_from.clone().unwrap_or_else(|| DEFAULT_MAIL_FROM.to_owned());
        let mail_from = problems.take(crate::mail::check_sender(&mail_from).map(|()| mail_from));
        let mail = problems.take(read_mail(told));
        let providers = problems.take(read_providers(told.openid_file.as_ref()));
        match (public_url, mail_from, mail, providers) {
            (Some(url), Some(mail_from), Some(mail), Some(providers)) => {
                let public_url = url.trim_end_matches('/').to_owned();
                Ok(Self { public_url, mail, mail_from, providers })
            }
            _ => Err(problems),
        }
    }
}

fn read_mail(told: &SignInFlags) -> Result<Mail, String> {
    match (&told.smtp_url, &told.outbox_folder) {
        (Some(_), Some(_)) => Err("--smtp-url and --outbox-folder exclude each other: mail goes one way".to_owned()),
        (Some(url), None) => {
            let url = Secret::new(url.clone());
            crate::mail::check_server(&url).map(|()| Mail::Smtp(url))
        }
        (None, folder) => Ok(Mail::Folder(folder.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_OUTBOX_FOLDER)))),
    }
}

fn read_providers(file: Option<&PathBuf>) -> Result<Vec<Provider>, String> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let problem = |what: &dyn std::fmt::Display| format!("--openid-file names {}: {what}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| problem(&error))?;
    let listed: Vec<ProviderInFile> = serde_json::from_str(&text).map_err(|error| problem(&error))?;
    listed.into_iter().map(|one| check_provider(one).map_err(|wrong| problem(&wrong))).collect()
}

fn check_provider(told: ProviderInFile) -> Result<Provider, String> {
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if told.name.is_empty() || told.name.len() > 40 || !told.name.chars().all(fits) {
        return Err(format!("the name `{}` must be 1 to 40 lower-case letters, digits and hyphens", told.name));
    }
    let issuer = read_url("the issuer", &told.issuer)?;
    if issuer.scheme_str() != Some("https") && !is_this_machine(issuer.host().unwrap_or_default()) {
        return Err(format!("the issuer is `{}`; it must begin with https://", told.issuer));
    }
    let email_domains: Vec<String> = told.email_domains.iter().map(|domain| domain.to_ascii_lowercase()).collect();
    if let Some(wrong) = email_domains.iter().find(|domain| domain.is_empty() || domain.contains(['@', ' '])) {
        return Err(format!("email_domains holds `{wrong}`; it must be a domain such as example.org"));
    }
    Ok(Provider {
        email_domains,
        display_name: told.display_name.unwrap_or_else(|| told.name.clone()),
        name: told.name,
        issuer: told.issuer,
        client_id: told.client_id,
        client_secret: Secret::new(told.client_secret),
    })
}

/// Whether a host is the machine itself, so that nothing goes over a network.
pub(crate) fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(issuer: &str, email_domains: &[&str]) -> Result<Provider, String> {
        check_provider(ProviderInFile {
            name: "council".to_owned(),
            display_name: None,
            issuer: issuer.to_owned(),
            client_id: "pathfinder".to_owned(),
            client_secret: "a secret".to_owned(),
            email_domains: email_domains.iter().map(|domain| (*domain).to_owned()).collect(),
        })
    }

    #[test]
    fn a_provider_is_reached_in_secret_and_vouches_for_its_own_domains() {
        for issuer in ["https://council.example", "http://127.0.0.1:9400", "http://localhost:9400/a", "http://[::1]"] {
            assert!(provider(issuer, &[]).is_ok(), "{issuer} is taken");
        }
        for issuer in ["http://council.example", "http://127.0.0.1.example", "ftp://council.example", "council"] {
            assert!(provider(issuer, &[]).is_err(), "{issuer} is refused");
        }
        for domain in ["", "ada@council.example", "council example"] {
            assert!(provider("https://council.example", &[domain]).is_err(), "{domain} is refused");
        }
        let any = provider("https://council.example", &[]).expect("a provider");
        assert!(any.may_vouch_for("ada@anywhere.example"));
        let own = provider("https://council.example", &["Council.Example"]).expect("a provider");
        assert!(own.may_vouch_for("ada@council.example"));
        for foreign in ["ada@example.org", "ada@evil.council.example", "ada@council.example@evil.example", "ada"] {
            assert!(!own.may_vouch_for(foreign), "{foreign}");
        }
    }

    #[test]
    fn defaults_are_the_documented_ones() {
        let settings = Settings::check(&SignInFlags::default()).expect("the defaults are right");
        assert_eq!(settings.public_url, "http://127.0.0.1:8080");
        assert!(matches!(settings.mail, Mail::Folder(folder) if folder.ends_with("data/outbox")));
        assert!(settings.providers.is_empty());
    }

    #[test]
    fn all_problems_are_told_at_once_and_secrets_are_not() {
        let told = SignInFlags {
            public_url: Some("here".to_owned()),
            outbox_folder: None,
            smtp_url: Some("ftp://ann:hunter2@mail".to_owned()),
            mail_from: Some("nobody".to_owned()),
            openid_file: Some("/nowhere/providers.json".into()),
        };
        let problems = Settings::check(&told).expect_err("refused");
        assert_eq!(problems.0.len(), 4, "{problems}");
        assert!(!problems.to_string().contains("hunter2"));
    }
}
