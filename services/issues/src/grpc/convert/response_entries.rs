//! "You said, we did" entries and news, each way.

use pathfinder_kit::wire::{self, Gather, timestamp};
use pathfinder_kit::{Failure, etag};
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::types::v1 as types;
use pathfinder_terms::InvalidId;

use super::photos::photo_of;
use super::{enums, id};
use crate::app::response_entries::{EntryTarget, PublishEntry, UpdateEntry};
use crate::domain::news::{News, NewsKind, Subject};
use crate::domain::response_entry::{EntryDigest, EntryView, NamedIssue, Revision};

pub(in crate::grpc) fn publish_entry(message: pb::PublishResponseEntryRequest) -> Result<PublishEntry, Failure> {
    let mut gather = Gather::default();
    let partnership_id = gather.take(wire::id("partnership_id", &message.partnership_id));
    let ids = message.issue_ids.iter().enumerate();
    let issue_ids = ids.filter_map(|(index, id)| gather.take(wire::id(&format!("issue_ids[{index}]"), id))).collect();
    let provider_id = gather.take(wire::optional_id("provider_id", &message.provider_id)).flatten();
    let photo_id = gather.take(wire::optional_id("photo_id", &message.photo_id)).flatten();
    gather.finish()?;
    let partnership_id = partnership_id.ok_or_else(|| Failure::invalid(Vec::new()))?;
    let (you_said, we_did) = (message.you_said, message.we_did);
    Ok(PublishEntry { partnership_id, you_said, we_did, issue_ids, provider_id, photo_id })
}

pub(in crate::grpc) fn update_entry(
    message: pb::UpdateResponseEntryRequest,
) -> Result<(EntryTarget, UpdateEntry), Failure> {
    let target = entry_target(&message.partnership_id, &message.response_entry_id, &message.etag)?;
    let mut gather = Gather::default();
    let provider_id = changed_id(&mut gather, "provider_id", message.provider_id.as_deref());
    let photo_id = changed_id(&mut gather, "photo_id", message.photo_id.as_deref());
    gather.finish()?;
    Ok((target, UpdateEntry { you_said: message.you_said, we_did: message.we_did, provider_id, photo_id }))
}

/// An id that is to be put in another's place, or nothing in its place; none where it stays.
fn changed_id<T: std::str::FromStr<Err = InvalidId>>(
    gather: &mut Gather,
    field: &str,
    text: Option<&str>,
) -> Option<Option<T>> {
    gather.take(wire::optional_id(field, text?))
}

pub(in crate::grpc) fn entry_target(partnership_id: &str, entry_id: &str, etag: &str) -> Result<EntryTarget, Failure> {
    Ok(EntryTarget {
        partnership_id: id("partnership_id", partnership_id)?,
        entry_id: id("response_entry_id", entry_id)?,
        etag: etag.to_owned(),
    })
}

pub(in crate::grpc) fn response_entry(view: EntryView) -> pb::ResponseEntry {
    let EntryView { entry, issues, photo } = view;
    let (withdraw_time, withdraw_reason) = match entry.withdrawal {
        Some(withdrawal) => (Some(timestamp(withdrawal.time)), withdrawal.reason),
        None => (None, String::new()),
    };
    pb::ResponseEntry {
        response_entry_id: entry.id.to_string(),
        partnership_id: entry.partnership_id.to_string(),
        you_said: entry.said.you_said,
        we_did: entry.said.we_did,
        issues: issues.into_iter().map(named).collect(),
        provider_id: entry.said.provider_id.map(|id| id.to_string()).unwrap_or_default(),
        provider_name: entry.said.provider_name,
        photo: photo.map(|(issue_id, photo)| photo_of(entry.partnership_id, issue_id, photo)),
        publish_time: Some(timestamp(entry.publish_time)),
        update_time: Some(timestamp(entry.update_time)),
        revision: entry.revision,
        etag: etag::of(entry.version),
        withdraw_time,
        withdraw_reason,
    }
}

fn named(issue: NamedIssue) -> pb::ResponseEntryIssue {
    pb::ResponseEntryIssue {
        issue_id: issue.id.to_string(),
        reference: issue.reference,
        name: issue.name,
        category_code: issue.category_code,
        state: enums::state(issue.state).into(),
    }
}

pub(in crate::grpc) fn revision(revision: Revision) -> pb::ResponseEntryRevision {
    let said = revision.said;
    pb::ResponseEntryRevision {
        revision: revision.revision,
        you_said: said.you_said,
        we_did: said.we_did,
        provider_id: said.provider_id.map(|id| id.to_string()).unwrap_or_default(),
        provider_name: said.provider_name,
        photo_id: said.pictured.map(|pictured| pictured.photo_id.to_string()).unwrap_or_default(),
        replace_time: Some(timestamp(revision.replace_time)),
        replaced_by: Some(types::Actor { actor_id: revision.actor_id, name: revision.actor_name }),
    }
}

pub(super) fn entry_digest(entry: &EntryDigest) -> pb::ResponseEntryDigest {
    pb::ResponseEntryDigest {
        response_entry_id: entry.entry_id.to_string(),
        partnership_id: entry.partnership_id.to_string(),
        issue_ids: entry.issue_ids.iter().map(ToString::to_string).collect(),
        provider_id: entry.provider_id.map(|id| id.to_string()).unwrap_or_default(),
        publish_time: Some(timestamp(entry.publish_time)),
        revision: entry.revision,
        withdrawn: entry.withdrawn,
    }
}

pub(in crate::grpc) fn news_item(news: News) -> pb::NewsItem {
    let kind = match news.kind {
        NewsKind::Reported => pb::NewsKind::Reported,
        NewsKind::Ended => pb::NewsKind::Ended,
        NewsKind::Response => pb::NewsKind::Response,
    };
    let mut item = pb::NewsItem {
        news_item_id: news.id.to_string(),
        kind: kind.into(),
        news_time: Some(timestamp(news.time)),
        update_time: Some(timestamp(news.update_time)),
        ..pb::NewsItem::default()
    };
    match news.subject {
        Subject::Issue(issue, category_name, text) => {
            item.issue = Some(named(issue));
            item.category_name = category_name;
            item.text = text;
        }
        Subject::Entry(view) => item.response_entry = Some(response_entry(*view)),
    }
    item
}
