//! Guessing, slowed down and recorded.
//!
//! Failures are counted against the address that they come from and against what was tried. An address with too many waits, whatever it
//! brings. What was tried too often is refused without a word about whether it was nearly right; but whoever brings the right secret
//! from another address is let in, so that nobody can lock out somebody else. All secrets that are made here have 256 random bits, so the
//! counting keeps noise and load away; it is not what makes them safe.

use std::net::IpAddr;

use pathfinder_kit::{Begun, Call, Failure};

use super::App;
use crate::domain::{Counter, wait_seconds};
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
        wait_seconds(&failures, call.now).map_or(Ok(()), |seconds| Err(Error::TooManyAttempts(seconds)))
    }

    /// Counts and records a failure, and answers with what the caller is told.
    pub(super) async fn refuse<T>(&self, call: &Call, target: &Counter, refusal: Error) -> Result<T, Error> {
        let told = self.let_through_counter(call, target).await;
        let address = counter_of(call.client());
        let counters: Vec<&Counter> = std::iter::once(target).chain(address.as_ref()).collect();
        self.count(call, &counters, "sign_in.refused").await?;
        told.and(Err(refusal))
    }

    /// Counts one event for each counter, and records it in the audit trail as `kind`.
    pub(super) async fn count(&self, call: &Call, counters: &[&Counter], kind: &str) -> Result<(), Failure> {
        let mut unit = match self.host.begin::<()>(call).await? {
            Begun::Repeated(()) => return Ok(()),
            Begun::Fresh(unit) => unit,
        };
        let id = self.host.next_id(call.now);
        for counter in counters {
            store::attempt::insert(unit.tx(), self.host.next_id(call.now), counter, call.now).await?;
        }
        unit.record_quietly(kind, None, id, &())?;
        unit.commit(()).await
    }
}

/// Where failures from a client are counted; nowhere when its address is not known.
fn counter_of(client: &str) -> Option<Counter> {
    network_of(client).map(|network| Counter::network(&network))
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
