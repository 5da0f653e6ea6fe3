//! Where a request comes from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::{Extensions, HeaderMap, HeaderName};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The other end of the connection; left on the request by whoever accepted the connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Remote(pub(crate) IpAddr);

/// The address of the client that made a request; left on the request by the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Client(pub(crate) IpAddr);

impl Client {
    /// The client that the limits left on the request; nowhere if they did not run, as in a test of a handler alone.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or(Self(Ipv4Addr::UNSPECIFIED.into()))
    }

    /// The other end of the connection. Where that is a proxy whose word is taken, the last address in `x-forwarded-for` that is no
    /// such proxy: what stands before it, the client may have made up.
    pub(crate) fn find(extensions: &Extensions, headers: &HeaderMap, proxies: &[IpAddr]) -> Self {
        let remote = extensions.get::<Remote>().map_or(Ipv4Addr::UNSPECIFIED.into(), |remote| remote.0);
        let mut found = remote.to_canonical();
        let lines = headers.get_all(FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok());
        let named: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
        for word in named.into_iter().rev() {
            let Some(before) = word.parse::<IpAddr>().ok().filter(|_| proxies.contains(&found)) else { break };
            found = before.to_canonical();
        }
        Self(found)
    }
}

/// What counts as one address: an IPv4 address, or the network of 64 bits that one IPv6 subscriber has to choose from.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(remote: &str, forwarded: &[&str], proxies: &[&str]) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(Remote(remote.parse().unwrap()));
        let headers = forwarded.iter().map(|line| (FORWARDED_FOR, line.parse().unwrap())).collect();
        let proxies: Vec<IpAddr> = proxies.iter().map(|proxy| proxy.parse().unwrap()).collect();
        Client::find(&extensions, &headers, &proxies).0.to_string()
    }

    #[test]
    fn only_a_proxy_that_is_trusted_speaks_for_others() {
        assert_eq!(found("203.0.113.7", &["198.51.100.1"], &[]), "203.0.113.7");
        assert_eq!(found("10.0.0.1", &["198.51.100.1"], &["10.0.0.1"]), "198.51.100.1");
        assert_eq!(found("10.0.0.1", &["1.1.1.1, 198.51.100.1"], &["10.0.0.1"]), "198.51.100.1", "made up before it");
        assert_eq!(found("10.0.0.1", &["198.51.100.1", "10.0.0.2"], &["10.0.0.1", "10.0.0.2"]), "198.51.100.1");
        assert_eq!(found("10.0.0.1", &["unknown"], &["10.0.0.1"]), "10.0.0.1");
        assert_eq!(found("::ffff:10.0.0.1", &["2001:db8::1"], &["10.0.0.1"]), "2001:db8::1");
    }

    #[test]
    fn a_subscriber_is_one_address() {
        let of = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("203.0.113.7"), "203.0.113.7");
        assert_eq!(of("::ffff:203.0.113.7"), "203.0.113.7");
    }
}
