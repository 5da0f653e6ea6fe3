//! Who reported or supports an issue, kept apart from it, and the secret by which they follow it.

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId, ReporterId, words};
use serde::{Deserialize, Serialize};

words! {
    /// Who may see a person who reported something.
    pub(crate) enum Visibility {
        /// Nobody.
        Anonymous = "anonymous",
        /// The neighbourhood manager.
        Confidential = "confidential",
        /// Everyone sees the name, the answerable provider the contact details.
        Named = "named",
    }
}

/// How to reach a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Contact {
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Their telephone number.
    pub phone: String,
}

impl Contact {
    /// Whether there is nothing to keep.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.name.is_empty() && self.email.is_empty() && self.phone.is_empty()
    }
}

/// A person who reported or supports an issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reporter {
    /// The id.
    pub id: ReporterId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue_id: IssueId,
    /// Whether they support what somebody else reported.
    pub supporter: bool,
    /// Who may see them.
    pub visibility: Visibility,
    /// How to reach them; never kept for the anonymous.
    pub contact: Option<Contact>,
    /// When they joined.
    pub create_time: DateTime<Utc>,
}

impl Reporter {
    /// Settles who may see a person: anonymous people leave no contact details, and those who leave none are anonymous.
    #[must_use]
    pub(crate) fn settle(wished: Option<Visibility>, contact: Contact) -> (Visibility, Option<Contact>) {
        match wished {
            _ if contact.is_empty() => (Visibility::Anonymous, None),
            Some(Visibility::Anonymous) => (Visibility::Anonymous, None),
            Some(Visibility::Named) => (Visibility::Named, Some(contact)),
            Some(Visibility::Confidential) | None => (Visibility::Confidential, Some(contact)),
        }
    }

    /// The name that everyone may see.
    #[must_use]
    pub(crate) fn public_name(&self) -> Option<&str> {
        let named = self.visibility == Visibility::Named && !self.supporter;
        self.contact.as_ref().filter(|_| named).map(|contact| contact.name.as_str()).filter(|name| !name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anonymous_people_leave_nothing() {
        let contact = || Contact { name: "Ada".to_owned(), ..Contact::default() };
        assert_eq!(Reporter::settle(Some(Visibility::Anonymous), contact()), (Visibility::Anonymous, None));
        assert_eq!(Reporter::settle(Some(Visibility::Named), Contact::default()), (Visibility::Anonymous, None));
        assert_eq!(Reporter::settle(None, contact()).0, Visibility::Confidential);
        assert_eq!(Reporter::settle(Some(Visibility::Named), contact()), (Visibility::Named, Some(contact())));
    }
}
