//! The cookies of browsers: the session, and the sign-in under way. Their values are opaque tokens of identity's.
//!
//! Both are kept from scripts, and from being sent along with what other sites submit (`SameSite=Lax`). Behind TLS their names begin
//! with `__Host-`, so that a browser takes them from this host alone, and only in secret.

use http::header::{COOKIE, HeaderMap, HeaderValue};

use crate::config::PublicUrl;

/// The longest that a session may last, in seconds: seven days. Identity ends it, often sooner.
const SESSION_SECONDS: u32 = 7 * 24 * 60 * 60;
/// How long a sign-in at a provider may take, in seconds.
const FLOW_SECONDS: u32 = 10 * 60;
/// Longest token that identity reads.
const LONGEST_TOKEN: usize = 100;

/// What the cookies are called here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cookies {
    session: &'static str,
    flow: &'static str,
    secure: bool,
}

impl Cookies {
    /// The cookies of a gateway that people reach under this address.
    pub(crate) fn of(public_url: &PublicUrl) -> Self {
        if public_url.is_secure() {
            Self { session: "__Host-pathfinder", flow: "__Host-pathfinder-flow", secure: true }
        } else {
            Self { session: "pathfinder", flow: "pathfinder-flow", secure: false }
        }
    }

    /// The token of the session, as the browser sent it.
    pub(crate) fn session<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        find(headers, self.session)
    }

    /// The token of the sign-in under way.
    pub(crate) fn flow<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        find(headers, self.flow)
    }

    /// Has the browser keep a session.
    pub(crate) fn keep_session(&self, token: &str) -> Option<HeaderValue> {
        self.kept(self.session, token, SESSION_SECONDS)
    }

    /// Has the browser forget its session.
    pub(crate) fn forget_session(&self) -> Option<HeaderValue> {
        self.kept(self.session, "", 0)
    }

    /// Has the browser keep a sign-in under way.
    pub(crate) fn keep_flow(&self, token: &str) -> Option<HeaderValue> {
        self.kept(self.flow, token, FLOW_SECONDS)
    }

    /// Has the browser forget a sign-in.
    pub(crate) fn forget_flow(&self) -> Option<HeaderValue> {
        self.kept(self.flow, "", 0)
    }

    /// None when the token holds what no cookie can carry, which identity's never do.
    fn kept(&self, name: &str, token: &str, seconds: u32) -> Option<HeaderValue> {
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!("{name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        let mut value = HeaderValue::from_str(&text).ok().filter(|_| is_token(token) || token.is_empty())?;
        value.set_sensitive(true);
        Some(value)
    }
}

/// The value of a cookie, if it could be a token.
fn find<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value).filter(|value| !value.is_empty())
}

/// Whether text has the form of a token: base64url, and no longer than identity reads.
pub(crate) fn is_token(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=LONGEST_TOKEN).contains(&text.len()) && text.bytes().all(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies(url: &str) -> Cookies {
        Cookies::of(&PublicUrl::read("--public-url", url).unwrap())
    }

    #[test]
    fn a_session_is_kept_from_scripts_and_other_sites() {
        let plain = cookies("http://127.0.0.1:8080").keep_session("abc").unwrap();
        assert_eq!(plain, "pathfinder=abc; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax");
        let secret = cookies("https://pathfinder.example");
        let kept = secret.keep_session("abc").unwrap();
        assert_eq!(kept, "__Host-pathfinder=abc; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(
            secret.forget_session().unwrap(),
            "__Host-pathfinder=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"
        );
        assert!(secret.keep_session("a; Domain=example").is_none(), "no token, no cookie");
        assert!(kept.is_sensitive());
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let headers = |line: &str| [(COOKIE, line.parse().unwrap())].into_iter().collect::<HeaderMap>();
        let plain = cookies("http://127.0.0.1:8080");
        let sent = headers("a=b; pathfinder-flow=f; xpathfinder=x; pathfinder=abc");
        assert_eq!((plain.session(&sent), plain.flow(&sent)), (Some("abc"), Some("f")));
        assert_eq!(plain.session(&headers("pathfinder=; other=1")), None);
        assert_eq!(cookies("https://a").session(&sent), None, "behind TLS only a cookie of this host counts");
    }
}
