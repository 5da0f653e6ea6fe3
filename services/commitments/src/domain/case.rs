//! How the issues held to a standard fare, as the issues service tells of them.

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId, StandardId};
use serde::{Deserialize, Serialize};

/// One issue under one version of a standard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandardCase {
    /// The issue.
    pub issue_id: IssueId,
    /// The version of the standard.
    pub standard_id: StandardId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The word of the issue's state, once it is known.
    pub issue_status: Option<String>,
    /// When it is due.
    pub due_time: Option<DateTime<Utc>>,
    /// When its clock stopped.
    pub stop_time: Option<DateTime<Utc>>,
    /// Whether it was put right in time.
    pub on_time: Option<bool>,
    /// When it missed its time.
    pub breach_time: Option<DateTime<Utc>>,
    /// When it was last told of.
    pub update_time: DateTime<Utc>,
}

/// What is told of an issue. Only what is set is news; the rest stays as it was known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseNews {
    /// Its clock was set, moved or stopped.
    Clock {
        /// When it is due.
        due_time: Option<DateTime<Utc>>,
        /// When it stopped; none while it runs, also when it runs again.
        stop_time: Option<DateTime<Utc>>,
        /// Whether it was put right in time; none while that is open.
        on_time: Option<bool>,
    },
    /// It moved to another state, named by its word.
    Status(String),
    /// It missed its time.
    Breach(DateTime<Utc>),
}

impl StandardCase {
    /// A case of which nothing is known yet.
    #[must_use]
    pub fn new(partnership_id: PartnershipId, standard_id: StandardId, issue_id: IssueId, now: DateTime<Utc>) -> Self {
        Self {
            issue_id,
            standard_id,
            partnership_id,
            issue_status: None,
            due_time: None,
            stop_time: None,
            on_time: None,
            breach_time: None,
            update_time: now,
        }
    }

    /// Takes in what is told.
    pub fn hear(&mut self, news: CaseNews, at: DateTime<Utc>) {
        match news {
            CaseNews::Clock { due_time, stop_time, on_time } => {
                self.due_time = due_time;
                self.stop_time = stop_time;
                self.on_time = on_time;
            }
            CaseNews::Status(word) => self.issue_status = Some(word),
            CaseNews::Breach(time) => self.breach_time = Some(time),
        }
        self.update_time = at;
    }
}
