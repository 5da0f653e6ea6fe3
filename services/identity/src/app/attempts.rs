//! Guessing, slowed down and recorded.
//!
//! Failures are counted against the address that they come from and against what was tried. An address with too many waits, whatever it
//! brings. What was tried too often is refused without a word about whether it was nearly right; but whoever brings the right secret
//! from another address is let in, so that nobody can lock out somebody else. All secrets that are made here have 256 random bits, so the
//! counting keeps noise and load away; it is not what makes them safe.

use std::net::IpAddr;

use pathfinder_kit::{Begun, Call, Failure};
use uuid::Uuid;

use super::App;
use crate::domain::{Counter, Digest};
use crate::error::Error;
use crate::store;

impl App {
    /// Lets an address through that has not failed too often.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyAttempts`].
    pub(super) async fn let_through(&self, call: &Call) -> Result<(), Error> {
        match counter_of(call.client()) {
            Some(address) => self.let_through_counter(call, &address).await,
            None => Ok(()),
        }
    }

    pub(super) async fn let_through_counter(&self, call: &Call, counter: &Counter) -> Result<(), Error> {
        let failures = store::attempt::list_times(self.host.reader(), counter, call.now).await?;
        counter.wait_seconds(&failures, call.now).map_or(Ok(()), |seconds| Err(Error::TooManyAttempts(seconds)))
    }

    /// Refuses what opens nothing: slowly, once that was tried too often. Whoever has the right secret never comes here, and is let in
    /// whatever was tried before: secrets are too long to be guessed, and nobody is shut out by what others try behind the same address.
    pub(super) async fn refuse<T>(&self, call: &Call, target: &Counter, refusal: Error) -> Result<T, Error> {
        self.let_through(call).await?;
        self.refuse_target(call, target, refusal).await
    }

    /// The same, counting what is tried alone. What was tried and where it came from are recorded each in a row of its own, so that
    /// afterwards both can be told apart and counted.
    pub(super) async fn refuse_target<T>(&self, call: &Call, target: &Counter, refusal: Error) -> Result<T, Error> {
        self.let_through_counter(call, target).await?;
        let address = counter_of(call.client());
        let from = address.as_ref().map(|address| (address, Some("sign_in.refused_from")));
        let counted: Vec<_> = std::iter::once((target, Some("sign_in.refused"))).chain(from).collect();
        self.count(call, &counted).await?;
        Err(refusal)
    }

    /// Counts one event for each counter, and records it in the audit trail where a kind is named.
    pub(super) async fn count(&self, call: &Call, counted: &[(&Counter, Option<&str>)]) -> Result<(), Failure> {
        let mut unit = match self.host.begin::<()>(call).await? {
            Begun::Repeated(()) => return Ok(()),
            Begun::Fresh(unit) => unit,
        };
        for (counter, kind) in counted {
            store::attempt::insert(unit.tx(), self.host.next_id(call.now), counter, call.now).await?;
            if let Some(kind) = kind {
                unit.record_quietly(kind, None, self.subject_of(counter), &())?;
            }
        }
        unit.commit(()).await
    }

    /// By what the audit trail names a counter: the same for the same counter, as long as the key that seals stays. The trail is for
    /// ever, and whoever tries out all networks finds no digest in it without that key.
    fn subject_of(&self, counter: &Counter) -> Uuid {
        Digest::of(&self.sealer.fingerprint("attempt", counter.key())).id()
    }
}

/// Where failures from a client are counted; nowhere when its address is not known.
fn counter_of(client: &str) -> Option<Counter> {
    network_of(client).map(|network| Counter::network(&network))
}

/// Where wishes for links are counted; nowhere when the client's address is not known.
pub(super) fn link_counter_of(client: &str) -> Option<Counter> {
    network_of(client).map(|network| Counter::links_of_network(&network))
}

/// Where wrong secrets of a service are counted: by its name and its network together, so that a service that was told a wrong one keeps
/// out no other, and not itself on another machine.
pub(super) fn service_counter(call: &Call, service: &str) -> Counter {
    let network = network_of(call.client()).unwrap_or_default();
    Counter::target("service", &format!("{service} {network}"))
}

/// The network that a client is in; none when its address is not known. Of an IPv6 address the first half counts, as one household or
/// office has all the addresses that begin so.
fn network_of(client: &str) -> Option<String> {
    Some(match client.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_counted_by_network() {
        assert_eq!(counter_of("2001:db8:1:2::3"), counter_of("2001:db8:1:2:ffff::9"));
        assert_ne!(counter_of("2001:db8:1:2::3"), counter_of("2001:db8:1:3::3"));
        assert_eq!(counter_of("::ffff:192.0.2.1"), counter_of("192.0.2.1"));
        assert_eq!(counter_of(""), None);
    }
}
