//! What every part of the load works with: the partnership, its days, everybody's desks, the providers, and how far the load is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::days::Days;
use super::keys::request_id;
use crate::client::{Desk, Refused};

/// How many calls are made at once: enough to keep every service busy, few enough to leave the others their place.
const AT_ONCE: usize = 12;

/// Tells how far the load is: so many of so many things.
pub type Tell<'a> = &'a (dyn Fn(u64, u64) + Send + Sync);

/// Counts the things that are there.
pub(super) struct Progress<'a> {
    done: AtomicU64,
    all: u64,
    tell: Tell<'a>,
}

impl<'a> Progress<'a> {
    /// Nothing of `all` things yet.
    pub(super) fn of(all: usize, tell: Tell<'a>) -> Self {
        Self { done: AtomicU64::new(0), all: u64::try_from(all).unwrap_or(u64::MAX), tell }
    }

    /// So many more.
    pub(super) fn add(&self, count: usize) {
        let count = u64::try_from(count).unwrap_or(0);
        let done = self.done.fetch_add(count, Ordering::Relaxed) + count;
        (self.tell)(done.min(self.all), self.all);
    }
}

/// A provider that is there.
#[derive(Debug, Clone)]
pub(super) struct ProviderThere {
    /// Its id.
    pub(super) id: String,
    /// Its name.
    pub(super) name: &'static str,
}

/// The demonstration as far as it is there.
pub(super) struct World<'a> {
    /// The partnership's id.
    pub(super) partnership_id: String,
    /// Its days.
    pub(super) days: Days,
    /// Desks by log-in.
    pub(super) desks: BTreeMap<&'static str, Desk>,
    /// Where residents without a log-in call from.
    pub(super) anyone: Desk,
    /// Providers by key.
    pub(super) providers: BTreeMap<&'static str, ProviderThere>,
    /// Members by the place of their seat.
    pub(super) member_ids: Vec<String>,
    /// How far the load is.
    pub(super) progress: Progress<'a>,
}

impl World<'_> {
    /// The partnership's id, for a request.
    pub(super) fn partnership(&self) -> String {
        self.partnership_id.clone()
    }

    /// The desk of a log-in. One that is not there calls as nobody, and is refused by name.
    pub(super) fn desk(&self, login: &str) -> &Desk {
        self.desks.get(login).unwrap_or(&self.anyone)
    }

    /// The desk of the officer of a provider.
    pub(super) fn officer(&self, provider: &str) -> &Desk {
        self.desk(&format!("{provider}-officer"))
    }

    /// The desk of the signatory of a provider.
    pub(super) fn signatory(&self, provider: &str) -> &Desk {
        self.desk(&format!("{provider}-signatory"))
    }

    /// The id of a provider.
    pub(super) fn provider_id(&self, key: &str) -> String {
        self.providers.get(key).map(|provider| provider.id.clone()).unwrap_or_default()
    }

    /// The key of a provider, by its id.
    pub(super) fn provider_key(&self, id: &str) -> Option<&'static str> {
        self.providers.iter().find(|(_, provider)| provider.id == id).map(|(key, _)| *key)
    }

    /// The member in a seat.
    pub(super) fn member_id(&self, seat: usize) -> String {
        self.member_ids.get(seat).cloned().unwrap_or_default()
    }
}

/// The request id of what `name` names.
pub(super) fn key(name: impl AsRef<str>) -> String {
    request_id(name.as_ref())
}

/// Does it all, several at once, and answers in the given order; the first refusal ends it.
///
/// # Errors
///
/// The first refusal.
pub(super) async fn all<T, F>(work: impl IntoIterator<Item = F>) -> Result<Vec<T>, Refused>
where
    F: Future<Output = Result<T, Refused>>,
{
    stream::iter(work).buffered(AT_ONCE).try_collect().await
}
