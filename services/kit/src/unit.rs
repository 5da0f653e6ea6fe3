//! A unit of work: one transaction that holds a write, its audit rows, its events and the answer kept for a repeat.
//!
//! ```text
//! begin ── the same request before? ── yes ─▶ Repeated(the answer given then)
//!   │                                  another body ─▶ REQUEST_ID_REUSED
//!   └─▶ Fresh(unit): read and write through unit.tx(), unit.record(event, state), unit.commit(answer)
//! ```
//! A unit that is dropped without `commit` leaves nothing behind. [`Host::once`] goes around all of it: what is checked before a unit begins does
//! not refuse a repeat.

use std::future::Future;
use std::time::Duration;

use pathfinder_terms::PartnershipId;
use rand::Rng as _;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait as _, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait as _,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::audit::{self, Deed};
use crate::call::{Call, Repeat};
use crate::caller::Actor;
use crate::failure::{ErrorCode, Failure, Reason, code_of};
use crate::host::Host;
use crate::policy::kept;
use crate::rows::{audit_entry, outbox_event, request_record};

const ATTEMPTS: u32 = 8;
const ROWS_PER_INSERT: usize = 500;

/// Something that happened in a service's domain, told to the others through the feed. Stored as JSON, so a published
/// kind only ever gains optional fields; a change of meaning is a new kind.
pub trait DomainEvent: Serialize + DeserializeOwned + Send + Sync {
    /// Every kind that there is: what a watcher may ask for.
    const KINDS: &'static [&'static str];

    /// The kind, such as `action.raised`: one of [`DomainEvent::KINDS`].
    fn kind(&self) -> &'static str;
    /// The partnership it belongs to.
    fn partnership_id(&self) -> Option<PartnershipId>;
    /// The id of the thing that changed.
    fn subject_id(&self) -> Uuid;
}

/// What a call finds when it begins.
#[derive(Debug)]
pub enum Begun<T> {
    /// New work.
    Fresh(Unit),
    /// The same request was answered before; this is that answer.
    Repeated(T),
}

/// An open transaction with what it will record.
#[derive(Debug)]
pub struct Unit {
    host: Host,
    call: Box<Call>,
    tx: DatabaseTransaction,
    events: Vec<outbox_event::ActiveModel>,
    audit: Vec<audit_entry::ActiveModel>,
    other_policies: bool,
}

impl Host {
    /// Does the work of a call that writes, as [`retrying`] does. A repeat that is refused before its work begins, such as for a category that
    /// was retired since, is answered as the first time; not where the caller may no longer make the call, or what it is about is out of sight.
    /// A repeat goes the same way first, so it may wait for a peer as long as the first did.
    ///
    /// `T` is what the work commits, as [`Unit::commit`] keeps it: another type that reads the same JSON would be told the wrong thing.
    ///
    /// # Errors
    ///
    /// What the work fails with; `REQUEST_ID_REUSED`.
    pub async fn once<T, E, W>(&self, call: &Call, work: impl FnMut() -> W) -> Result<T, Failure>
    where
        T: DeserializeOwned,
        E: Into<Failure>,
        W: Future<Output = Result<T, E>>,
    {
        let refusal = match retrying(work).await {
            Err(refusal) if may_refuse_a_repeat(&refusal) => refusal,
            outcome => return outcome,
        };
        match self.answer_kept(call).await {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(refusal),
            Err(reused) if reused.reason() == Reason::RequestIdReused => Err(reused),
            Err(unread) => {
                tracing::warn!(
                    method = call.method,
                    reason = unread.reason().as_str_name(),
                    "a kept answer cannot be looked for"
                );
                Err(refusal)
            }
        }
    }

    /// The kept answer to `call`, if it came before. To be asked where [`Host::once`] does not serve: before work that takes seconds, or where
    /// what is committed is not the whole answer. [`Host::begin`] asks, too.
    ///
    /// # Errors
    ///
    /// As [`Host::begin`].
    pub async fn answer_kept<T: DeserializeOwned>(&self, call: &Call) -> Result<Option<T>, Failure> {
        let Some(repeat) = &call.repeat else { return Ok(None) };
        let answer = find_answer(self.reader(), call, repeat).await?;
        Ok(answer.map(|answer| serde_json::from_str(&answer)).transpose()?)
    }

    /// Begins the work of `call`.
    ///
    /// # Errors
    ///
    /// `REQUEST_ID_REUSED` when the same id came before with another body or another call; database failures.
    pub async fn begin<T: DeserializeOwned>(&self, call: &Call) -> Result<Begun<T>, Failure> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let tx = self.database().writer().begin_with_options(options).await?;
        if let Some(repeat) = &call.repeat {
            queue_behind_equal(&tx, call, repeat).await?;
            if let Some(answer) = find_answer(&tx, call, repeat).await? {
                return Ok(Begun::Repeated(serde_json::from_str(&answer)?));
            }
        }
        Ok(Begun::Fresh(Unit {
            host: self.clone(),
            call: Box::new(call.clone()),
            tx,
            events: Vec::new(),
            audit: Vec::new(),
            other_policies: false,
        }))
    }
}

/// Whether a refusal speaks of what has changed since the first time. One that keeps something from the caller does not, and one by which
/// nobody knows whether it may be told does not either.
fn may_refuse_a_repeat(refusal: &Failure) -> bool {
    match code_of(refusal.reason()) {
        ErrorCode::Invalid | ErrorCode::Exists | ErrorCode::State => true,
        ErrorCode::Conflict => !refusal.is_transient(),
        ErrorCode::Unavailable => refusal.reason() == Reason::PeerUnavailable,
        ErrorCode::Unauthenticated
        | ErrorCode::Forbidden
        | ErrorCode::NotFound
        | ErrorCode::Exhausted
        | ErrorCode::Unimplemented
        | ErrorCode::Deadline
        | ErrorCode::Internal => false,
    }
}

/// Makes two equal requests that arrive at once go one after the other, so that the second finds the first one's answer.
/// On SQLite the single writer sees to that.
async fn queue_behind_equal(tx: &DatabaseTransaction, call: &Call, repeat: &Repeat) -> Result<(), Failure> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let key = format!("{} {}", call.actor().id, repeat.request_id);
    let statement = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
    tx.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, statement, [key.into()])).await?;
    Ok(())
}

async fn find_answer(conn: &impl ConnectionTrait, call: &Call, repeat: &Repeat) -> Result<Option<String>, Failure> {
    let key = (call.actor().id, request_uuid(repeat));
    let Some(record) = request_record::Entity::find_by_id(key).one(conn).await? else { return Ok(None) };
    if record.digest == repeat.digest && record.method == call.method {
        return Ok(Some(record.answer));
    }
    let message =
        "This request id was used before with another request; nothing was written. Use a new id for new work.";
    Err(Failure::new(Reason::RequestIdReused, message).with("request_id", &repeat.request_id))
}

fn request_uuid(repeat: &Repeat) -> Uuid {
    Uuid::try_parse(&repeat.request_id).unwrap_or_default()
}

impl Unit {
    /// The transaction, for the store's functions.
    #[must_use]
    pub const fn tx(&self) -> &DatabaseTransaction {
        &self.tx
    }

    /// The call that this work answers.
    #[must_use]
    pub fn call(&self) -> &Call {
        &self.call
    }

    /// Records what happened: one audit row and one event, written when the unit commits. `state` is the whole thing after the change, as
    /// the store keeps it; the audit row holds its digest. It holds nothing that must be erased one day and can be guessed, such as contact
    /// details: a digest cannot be erased.
    ///
    /// # Errors
    ///
    /// `INTERNAL` when the event or the state cannot be encoded.
    pub fn record(&mut self, event: &impl DomainEvent, state: &impl Serialize) -> Result<(), Failure> {
        self.record_as(event, state, self.call.actor())
    }

    /// Records what happened, told to the others as the deed of `shown`: for those who may report without being named.
    /// The audit row keeps the caller.
    ///
    /// # Errors
    ///
    /// As [`Unit::record`].
    pub fn record_as<E: DomainEvent>(
        &mut self,
        event: &E,
        state: &impl Serialize,
        shown: Actor,
    ) -> Result<(), Failure> {
        debug_assert!(E::KINDS.contains(&event.kind()), "{} is one of the kinds that can be watched", event.kind());
        let event_id = self.host.ids().next(self.call.now);
        self.events.push(outbox_event::ActiveModel {
            seq: NotSet,
            position: NotSet,
            event_id: Set(event_id),
            kind: Set(event.kind().to_owned()),
            event_time: Set(self.call.now),
            partnership_id: Set(event.partnership_id().map(Uuid::from)),
            subject_id: Set(event.subject_id()),
            actor_id: Set(shown.id),
            traceparent: Set(self.call.traceparent.clone()),
            payload: Set(serde_json::to_string(event)?),
        });
        self.audit(event_id, event.kind(), event.partnership_id(), event.subject_id(), state)
    }

    /// Records a write that nobody else is told of: an audit row without an event. `state` is as for [`Unit::record`]; nothing (`&()`) where
    /// the thing is gone.
    ///
    /// # Errors
    ///
    /// `INTERNAL` when the state cannot be encoded.
    pub fn record_quietly(
        &mut self,
        kind: &str,
        partnership_id: Option<PartnershipId>,
        subject_id: Uuid,
        state: &impl Serialize,
    ) -> Result<(), Failure> {
        let entry_id = self.host.ids().next(self.call.now);
        self.audit(entry_id, kind, partnership_id, subject_id, state)
    }

    fn audit(
        &mut self,
        id: Uuid,
        kind: &str,
        partnership_id: Option<PartnershipId>,
        subject_id: Uuid,
        state: &impl Serialize,
    ) -> Result<(), Failure> {
        let after_digest = audit::digest_of(state)?;
        let deed = Deed { id, kind, partnership_id, subject_id, after_digest };
        self.audit.push(audit::row(&self.call, self.host.ids(), deed));
        Ok(())
    }

    /// Says that, once this is committed, the process goes by other policies of a partnership's own.
    pub(crate) fn goes_by_other_policies(&mut self) {
        self.other_policies = true;
    }

    /// Commits the write with its audit rows, events and the answer, and hands the answer back.
    ///
    /// # Errors
    ///
    /// Database failures; then nothing was written.
    pub async fn commit<T: Serialize>(self, answer: T) -> Result<T, Failure> {
        let Self { host, call, tx, events, audit, other_policies } = self;
        let placeable = !events.is_empty() || !audit.is_empty();
        for chunk in events.chunks(ROWS_PER_INSERT) {
            outbox_event::Entity::insert_many(chunk.to_vec()).exec_without_returning(&tx).await?;
        }
        for chunk in audit.chunks(ROWS_PER_INSERT) {
            audit_entry::Entity::insert_many(chunk.to_vec()).exec_without_returning(&tx).await?;
        }
        if let Some(repeat) = &call.repeat {
            keep_answer(&tx, &call, repeat, serde_json::to_string(&answer)?).await?;
        }
        tx.commit().await.map_err(uncertain)?;
        if placeable {
            host.outbox().wake();
        }
        if other_policies {
            kept::look_at_once(&host).await;
        }
        Ok(answer)
    }
}

/// A commit that fails for want of an answer may have been carried out all the same.
fn uncertain(error: sea_orm::DbErr) -> Failure {
    let failure = Failure::from(error);
    if failure.reason() != Reason::DatabaseUnavailable {
        return failure;
    }
    let message =
        "The database broke off while it wrote; whether it did is uncertain. Repeat the call with the same request id.";
    Failure::new(Reason::DatabaseUnavailable, message).because(failure)
}

async fn keep_answer(tx: &DatabaseTransaction, call: &Call, repeat: &Repeat, answer: String) -> Result<(), Failure> {
    let record = request_record::ActiveModel {
        caller_id: Set(call.actor().id),
        request_id: Set(request_uuid(repeat)),
        method: Set(call.method.clone()),
        digest: Set(repeat.digest.clone()),
        answer: Set(answer),
        record_time: Set(call.now),
    };
    // Two at once with the same id: the second finds the first one's row when it is tried again.
    let inserted = request_record::Entity::insert(record).exec_without_returning(tx).await;
    inserted.map(|_| ()).map_err(|error| Failure::from(error).transient())
}

/// Runs `work` again, a few times and with a jittered pause, while it fails for a reason that passes by itself.
///
/// # Errors
///
/// The last failure.
pub async fn retrying<T, E, W>(mut work: impl FnMut() -> W) -> Result<T, Failure>
where
    E: Into<Failure>,
    W: Future<Output = Result<T, E>>,
{
    let mut attempt = 1;
    loop {
        match work().await.map_err(Into::into) {
            Err(failure) if failure.is_transient() && attempt < ATTEMPTS => {
                tracing::debug!(attempt, "two writers met; trying again");
                tokio::time::sleep(jittered(attempt)).await;
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

fn jittered(attempt: u32) -> Duration {
    let most = 10_u64 << attempt.min(5);
    Duration::from_millis(rand::rng().random_range(most / 2..=most))
}
