//! Edits of issues.

use pathfinder_kit::wire::timestamp;
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::types::v1 as types;

use super::questions;
use crate::domain::Edit;
use crate::domain::edit::{FormerCategory, FormerWords};
use crate::domain::issue::Rewording;
use crate::domain::text::or_empty;

/// What is to stand there, and why.
pub(in crate::grpc) fn edit(message: pb::EditIssueRequest) -> (Rewording, String) {
    let rewording = Rewording {
        description: message.description,
        title: message.title.map(or_empty),
        address: message.address.map(or_empty),
        location_text: message.location_text.map(or_empty),
        reporter_name: message.reporter_name.map(or_empty),
        confidential_answers: message.confidential_answers,
        domestic: message.domestic,
    };
    (rewording, message.reason)
}

pub(in crate::grpc) fn issue_edit(edit: Edit) -> pb::IssueEdit {
    let FormerWords { description, title, address, location_text, reporter_name, category } = edit.former;
    let (former_category_code, former_category_name, former_answers) = match category {
        Some(FormerCategory { code, name, answers }) => (Some(code), Some(name), answers),
        None => (None, None, Vec::new()),
    };
    pb::IssueEdit {
        edit_id: edit.id.to_string(),
        edit_time: Some(timestamp(edit.time)),
        actor: Some(types::Actor { actor_id: edit.actor_id, name: edit.actor_name }),
        reason: edit.reason,
        former_description: description,
        former_title: title,
        former_address: address,
        former_location_text: location_text,
        former_reporter_name: reporter_name,
        former_category_code,
        former_category_name,
        former_answers: former_answers.into_iter().map(questions::answer).collect(),
    }
}
