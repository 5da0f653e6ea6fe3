//! The audit trail: who did what to what, on whose behalf and with which key; a chain that shows every later change.
//!
//! ```text
//! a write's transaction ─▶ its rows, with the digest of the thing after the change
//! after the commit      ─▶ the sequencer of the outbox gives each row its place in the chain of its partnership: position, the
//!                          hash of the row before, its own hash; and moves the chain's head
//! ```
//! Writers do not wait for one another, and a crash between the two steps loses nothing: rows without a place wait for one. There is
//! one chain for each partnership and one, with the nil id, for what belongs to the whole installation; that one also says which
//! chains began and with what, so that none can be removed whole. What goes into a hash stands in `entry.rs`.
//!
//! | to … | see |
//! |---|---|
//! | write a row | [`Unit::record`](crate::Unit::record) |
//! | write a row for what nobody else is told of | [`Unit::record_quietly`](crate::Unit::record_quietly) |
//! | serve a partnership's rows | [`answer`] |
//! | find what was altered | [`verify`] |
//! | erase a person's name | [`erase_name`] |
//!
//! **What leaves no row**, because nobody can dispute it or it has one elsewhere:
//! - copies of what another service owns and answers for with rows of its own: the names of partnerships and providers, their
//!   calendars, and whether they are open. Copies from which something is worked out here (a commitment that answers an action, an
//!   issue under a standard, an action that answers an issue) leave rows when they change, and so do the notices that follow;
//! - the service's own bookkeeping: cursors of feeds, positions, counters of references, answers kept for repeated requests, when a
//!   timer looks again, when a session or key was last used;
//! - the clearing away of what ran out by itself, at the time that was set when it was made.
//!
//! **What the chains cannot show by themselves**: that somebody who may write to the database cut off the end of a chain and set its head
//! back, or altered the last rows and had them chained anew, or made everything anew. Who keeps the [heads](Head) of an earlier
//! verification elsewhere finds that, too.

mod chain;
mod entry;
mod list;
mod report;
mod verify;
mod walk;

use chrono::SubsecRound as _;
use pathfinder_terms::PartnershipId;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _};
use serde::Serialize;
use uuid::Uuid;

pub(crate) use chain::{anything_waits, chain_waiting, record_begins};
pub use list::answer;
pub use report::{Blanked, Fault, Head, Report, Wrong};
pub use verify::{subjects_of, verify};

use crate::call::Call;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::ids::Ids;
use crate::rows::audit_entry;

/// What happened to what, for the audit trail.
pub(crate) struct Deed<'a> {
    pub(crate) id: Uuid,
    pub(crate) kind: &'a str,
    pub(crate) partnership_id: Option<PartnershipId>,
    pub(crate) subject_id: Uuid,
    pub(crate) after_digest: String,
}

/// SHA-256 of a thing, in hexadecimal: of its JSON with the keys of every object in order and without spaces.
pub(crate) fn digest_of(state: &impl Serialize) -> Result<String, Failure> {
    Ok(entry::digest_of(&serde_json::to_value(state)?))
}

/// The row of a deed, all but its place in the chain.
pub(crate) fn row(call: &Call, ids: &Ids, deed: Deed<'_>) -> audit_entry::ActiveModel {
    let actor = call.actor();
    let credential = match &call.caller {
        Caller::Anonymous => None,
        Caller::Known(principal) => principal.credential.clone(),
    };
    let name_salt = ids.capability();
    let partnership_id = deed.partnership_id.map(Uuid::from);
    audit_entry::ActiveModel {
        event_id: Set(deed.id),
        // As PostgreSQL keeps it, so that the hash is of what is read again.
        entry_time: Set(call.now.trunc_subsecs(6)),
        partnership_id: Set(partnership_id),
        chain: Set(partnership_id.unwrap_or_default()),
        subject_id: Set(deed.subject_id),
        kind: Set(deed.kind.to_owned()),
        name_digest: Set(entry::name_digest(&name_salt, &actor.name)),
        name_salt: Set(name_salt),
        actor_id: Set(actor.id),
        actor_name: Set(actor.name),
        via: Set(call.via().unwrap_or_default().to_owned()),
        credential_id: Set(credential.unwrap_or_default()),
        method: Set(call.method.clone()),
        trace_id: Set(crate::telemetry::trace_id_of(&call.traceparent).to_owned()),
        after_digest: Set(deed.after_digest),
        before_digest: NotSet,
        position: NotSet,
        prior_hash: NotSet,
        hash: NotSet,
    }
}

/// Erases the name of an actor from all its entries, with the salts without which the digests that stay say nothing of the name. The
/// chain holds as before. Answers how many entries there were.
///
/// # Errors
///
/// Database failures.
pub async fn erase_name(tx: &impl ConnectionTrait, actor_id: &str) -> Result<u64, DbErr> {
    let erased = audit_entry::Entity::update_many()
        .col_expr(audit_entry::Column::ActorName, Expr::value(""))
        .col_expr(audit_entry::Column::NameSalt, Expr::value(""))
        .filter(audit_entry::Column::ActorId.eq(actor_id))
        .exec(tx)
        .await?;
    Ok(erased.rows_affected)
}

#[cfg(test)]
mod tests;
