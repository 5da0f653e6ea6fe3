//! Who reported, supports or follows an issue, kept apart from it, and the secret by which they follow it.

use chrono::{DateTime, TimeDelta, Utc};
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

words! {
    /// What somebody has to do with an issue.
    pub(crate) enum Part {
        /// They reported it.
        Reporter = "reporter",
        /// They support what somebody else reported.
        Supporter = "supporter",
        /// They are told by e-mail what becomes of it, and have no say in it. Nobody is shown them.
        Follower = "follower",
    }
}

impl Part {
    /// Whether they may say that it is fixed, or is not.
    #[must_use]
    pub(crate) const fn may_judge(self) -> bool {
        match self {
            Self::Reporter | Self::Supporter => true,
            Self::Follower => false,
        }
    }
}

/// How long the link holds that confirms the address of a follower, and how long an unconfirmed address is kept.
pub(crate) const CONFIRMATION_LIFE: TimeDelta = TimeDelta::hours(24);

/// How to reach a person. It is never printed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Contact {
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Their telephone number.
    pub phone: String,
}

impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_empty() { "(nothing)" } else { "(withheld)" })
    }
}

/// An e-mail address in the form in which addresses are compared.
#[must_use]
pub(crate) fn comparable(email: &str) -> String {
    email.trim().to_lowercase()
}

impl Contact {
    /// The e-mail address by which the person is found again, in the form in which addresses are compared; none where they left none.
    #[must_use]
    pub(crate) fn known_by(&self) -> Option<String> {
        Some(comparable(&self.email)).filter(|email| !email.is_empty())
    }

    /// Whether there is nothing to keep.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.name.is_empty() && self.email.is_empty() && self.phone.is_empty()
    }
}

/// A person who reported, supports or follows an issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reporter {
    /// The id.
    pub id: ReporterId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue_id: IssueId,
    /// What they have to do with it.
    pub part: Part,
    /// Who may see them.
    pub visibility: Visibility,
    /// How to reach them; never kept for the anonymous, but for followers, whom nobody is shown.
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
        let named = self.visibility == Visibility::Named && self.part == Part::Reporter;
        self.contact.as_ref().filter(|_| named).map(|contact| contact.name.as_str()).filter(|name| !name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contact_details_are_not_printed() {
        let contact = Contact { name: "Ada".to_owned(), email: " Ada@Example.org".to_owned(), phone: "123".to_owned() };
        assert_eq!(format!("{contact:?} {:?}", Contact::default()), "(withheld) (nothing)");
        assert_eq!(contact.known_by().as_deref(), Some("ada@example.org"));
    }

    #[test]
    fn anonymous_people_leave_nothing() {
        let contact = || Contact { name: "Ada".to_owned(), ..Contact::default() };
        assert_eq!(Reporter::settle(Some(Visibility::Anonymous), contact()), (Visibility::Anonymous, None));
        assert_eq!(Reporter::settle(Some(Visibility::Named), Contact::default()), (Visibility::Anonymous, None));
        assert_eq!(Reporter::settle(None, contact()).0, Visibility::Confidential);
        assert_eq!(Reporter::settle(Some(Visibility::Named), contact()), (Visibility::Named, Some(contact())));
    }
}
