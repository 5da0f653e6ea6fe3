//! Between messages and the domain. What the contract can say of a message was checked before; here is what it cannot: ids and
//! instants that exist, and fields that belong together.

mod answers;
mod commands;
mod due_times;
mod duplicates;
mod edits;
mod enums;
mod feedback;
mod forwardings;
mod imports;
mod list;
mod locations;
mod personal;
mod photos;
mod questions;
mod response_entries;
mod rules;
mod story;
mod updates;

pub(super) use answers::{exported, followed, history_entry, issue, issues_event, notice};
pub(super) use commands::{
    fix, follow_by_email, following, recategorise_issue, report_issue, rewording, support_issue, target, verb_fields,
};
pub(super) use due_times::{reckon_due_times, reckoned};
pub(super) use duplicates::{cluster, suggest_duplicates, suggested};
pub(super) use edits::{edit, issue_edit};
pub(super) use feedback::{answer_question, answered, ask_reporter, said};
pub(super) use forwardings::forwarding;
pub(super) use imports::{import_answer, import_response, import_rows, sent};
pub(super) use list::{count_issues, export_issues, list_issues, list_news, told};
pub(super) use locations::{located, place};
pub(super) use personal::{erasure, subject_export};
pub(super) use photos::{add_photo, photo, photo_size, photo_target, regions};
pub(super) use questions::template;
pub(super) use response_entries::{entry_target, news_item, publish_entry, response_entry, revision, update_entry};
pub(super) use rules::{category, create_category, create_routing_rule, routing_rule, update_category};
pub(super) use story::issue_story;
pub(super) use updates::{issue_update, list_issue_updates, push_issue_update, pushed};

use pathfinder_kit::{Failure, Violation, wire};

/// An id from the wire, or the refusal that names its field.
pub(super) fn id<T>(field: &str, text: &str) -> Result<T, Failure>
where
    T: std::str::FromStr<Err = pathfinder_terms::InvalidId>,
{
    wire::id(field, text).map_err(|violation: Violation| Failure::from(violation))
}
