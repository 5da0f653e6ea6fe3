//! The wire: convert, call the use case, convert. Nothing here decides anything about issues.
//!
//! [`convert`] turns messages into commands and answers into messages; [`peers`] calls the other services and [`feeds`] listens to them.

use std::sync::Arc;

use crate::app::App;

mod audit;
mod categories;
mod convert;
mod duplicates;
mod events;
pub(crate) mod feeds;
mod forwardings;
mod issue_edits;
mod issue_updates;
mod issues;
mod locations;
mod news;
pub(crate) mod peers;
mod personal_data;
mod photos;
mod response_entries;
mod routing_rules;
mod story_peers;

pub(crate) use audit::AuditTrail;
pub(crate) use categories::Categories;
pub(crate) use duplicates::Duplicates;
pub(crate) use events::Events;
pub(crate) use forwardings::Forwardings;
pub(crate) use issue_edits::IssueEdits;
pub(crate) use issue_updates::IssueUpdates;
pub(crate) use issues::Issues;
pub(crate) use locations::Locations;
pub(crate) use news::News;
pub(crate) use personal_data::PersonalData;
pub(crate) use photos::Photos;
pub(crate) use response_entries::ResponseEntries;
pub(crate) use routing_rules::RoutingRules;

/// The use cases, shared by the gRPC services.
type Shared = Arc<App>;
