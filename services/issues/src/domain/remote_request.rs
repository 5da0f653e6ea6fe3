//! A report as a council's system shows it, where that system has no list of updates: what became of it is read off the report itself.
//!
//! Open311 gives a report a status, which is `open` or `closed`, notes of it, and when it was changed last. Each change counts as one
//! update, whose id is made of what shows it, so that the same is known again however often it is read.

use chrono::{DateTime, SecondsFormat, Utc};

use super::forwarding::RemoteUpdate;
use super::update::UpdateStatus;

/// A report there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RemoteRequest {
    /// Its id there.
    pub remote_id: String,
    /// How it stands, in the words of that system.
    pub status: String,
    /// What is said of that; may be empty.
    pub notes: String,
    /// When it was changed last; none where that is not said.
    pub updated: Option<DateTime<Utc>>,
}

impl RemoteRequest {
    /// What it tells; none where nothing became of it yet: it is open, and there are no words, or nobody knows how old these are.
    #[must_use]
    pub(crate) fn update(self, now: DateTime<Utc>) -> Option<RemoteUpdate> {
        let mut update = RemoteUpdate {
            update_id: self.update_id(),
            remote_id: self.remote_id,
            status: self.status,
            description: self.notes,
            time: self.updated.unwrap_or(now),
        };
        // A word of its own is no ending.
        let status = update.status().unwrap_or(UpdateStatus::Open);
        if status == UpdateStatus::Open {
            UpdateStatus::Open.word().clone_into(&mut update.status);
            return Some(update).filter(|update| self.updated.is_some() && !update.description.is_empty());
        }
        Some(update)
    }

    fn update_id(&self) -> String {
        let (id, status) = (&self.remote_id, self.status.trim().to_lowercase());
        match self.updated {
            Some(time) => format!("{id} {status} {}", time.to_rfc3339_opts(SecondsFormat::Secs, true)),
            None => format!("{id} {status}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixture::{hours, start};

    fn request(status: &str, notes: &str, updated: Option<DateTime<Utc>>) -> RemoteRequest {
        RemoteRequest { remote_id: "7".to_owned(), status: status.to_owned(), notes: notes.to_owned(), updated }
    }

    fn status(request: RemoteRequest) -> Option<UpdateStatus> {
        request.update(hours(9))?.status()
    }

    #[test]
    fn a_closed_report_is_an_update_and_an_open_one_only_with_words() {
        assert_eq!(status(request("closed", "", Some(start()))), Some(UpdateStatus::Closed));
        assert_eq!(status(request(" Closed ", "Gone.", None)), Some(UpdateStatus::Closed));
        assert_eq!(status(request("open", "Two men were sent.", Some(start()))), Some(UpdateStatus::Open));
        assert_eq!(status(request("pondering", "Hm.", Some(start()))), Some(UpdateStatus::Open));
        assert_eq!(status(request("in_progress", "", Some(start()))), Some(UpdateStatus::InProgress));
        assert_eq!(request("open", "", Some(start())).update(hours(9)), None);
        assert_eq!(request("open", "Two men were sent.", None).update(hours(9)), None, "it would be new for ever");
    }

    #[test]
    fn the_same_is_known_again_and_a_change_is_not() {
        let id = |request: RemoteRequest| request.update(hours(9)).expect("it tells something").update_id;
        let closed = request("closed", "Gone.", Some(start()));
        assert_eq!(id(closed.clone()), "7 closed 2026-01-12T10:00:00Z");
        assert_eq!(id(closed.clone()), id(request("CLOSED", "Gone.", Some(start()))));
        assert_ne!(id(closed.clone()), id(request("closed", "Gone.", Some(hours(1)))));
        assert_ne!(id(closed), id(request("open", "Soon.", Some(start()))), "closed within the second");
        let undated = request("closed", "Gone.", None).update(hours(9)).expect("it tells something");
        assert_eq!((undated.update_id.as_str(), undated.time), ("7 closed", hours(9)));
    }
}
