//! People and systems, and the roles they hold.

use chrono::{DateTime, Utc};
use pathfinder_terms::{Grant, PersonId, PrincipalKind, Role};
use serde::{Deserialize, Serialize};

/// A role without its place, or with one that it cannot have; the text says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct GrantIncomplete(pub(crate) &'static str);

/// A human being or a machine.
pub(crate) type Kind = PrincipalKind;

/// Someone, or a machine, that may hold roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) id: PersonId,
    pub(crate) login: String,
    pub(crate) display_name: String,
    pub(crate) kind: Kind,
    /// Where one-time links go; in lower case. Kept sealed.
    pub(crate) email: Option<String>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) create_time: DateTime<Utc>,
    pub(crate) version: i64,
    /// When it was forgotten.
    #[serde(default)]
    pub(crate) erase_time: Option<DateTime<Utc>>,
}

/// An address as it is kept and compared: the letters of ASCII in lower case, and no others, since some of those would turn into letters
/// of ASCII; none for an empty text.
pub(crate) fn email_of(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    (!text.is_empty()).then_some(text)
}

impl Person {
    /// Changes the name and the address, where they are given. Answers whether anything changed.
    pub(crate) fn update(&mut self, display_name: Option<&str>, email: Option<&str>) -> bool {
        let before = (self.display_name.clone(), self.email.clone());
        if let Some(name) = display_name {
            name.clone_into(&mut self.display_name);
        }
        if let Some(email) = email {
            self.email = email_of(email);
        }
        let changed = before != (self.display_name.clone(), self.email.clone());
        self.version += i64::from(changed);
        changed
    }

    /// Forgets the person: what is left is an id with no name, no address and no role. Answers whether anything changed.
    pub(crate) fn erase(&mut self, now: DateTime<Utc>) -> bool {
        if self.erase_time.is_some() {
            return false;
        }
        let id = self.id.0.simple().to_string();
        // The end of a UUIDv7 is random, its beginning is a time.
        let short = id.get(20..).unwrap_or_default();
        self.login = format!("erased-{short}");
        "Erased person".clone_into(&mut self.display_name);
        self.email = None;
        self.grants.clear();
        self.erase_time = Some(now);
        self.version += 1;
        true
    }

    /// Gives a role; a role already held stays as it is. Answers whether anything changed.
    pub(crate) fn grant(&mut self, grant: Grant) -> Result<bool, GrantIncomplete> {
        check_grant(&grant)?;
        if self.grants.contains(&grant) {
            return Ok(false);
        }
        self.grants.push(grant);
        self.version += 1;
        Ok(true)
    }

    /// Takes a role away. Answers whether anything changed.
    pub(crate) fn revoke(&mut self, grant: &Grant) -> bool {
        let before = self.grants.len();
        self.grants.retain(|held| held != grant);
        let changed = self.grants.len() != before;
        self.version += i64::from(changed);
        changed
    }
}

/// A role stands in a partnership, but the administrator's, which stands everywhere; a provider's role needs its provider,
/// and no other role has one.
pub(crate) fn check_grant(grant: &Grant) -> Result<(), GrantIncomplete> {
    let for_provider = matches!(grant.role, Role::ProviderOfficer | Role::ProviderSignatory);
    match (grant.role, grant.partnership_id, grant.provider_id) {
        (Role::ProviderContractor, _, _) => {
            Err(GrantIncomplete("A contractor's role comes with a form link and is not granted."))
        }
        (Role::Service, _, _) => Err(GrantIncomplete("The role service is held by the suite's own services only.")),
        (Role::Administrator, Some(_), _) => {
            Err(GrantIncomplete("An administrator's role stands everywhere, not in one partnership."))
        }
        (Role::Administrator, None, None) => Ok(()),
        (_, None, _) => Err(GrantIncomplete("This role needs the partnership in which it stands.")),
        (_, Some(_), None) if for_provider => {
            Err(GrantIncomplete("A provider's role needs the provider on whose behalf it is held."))
        }
        (_, _, Some(_)) if !for_provider => Err(GrantIncomplete("Only a provider's role names a provider.")),
        (_, Some(_), _) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use pathfinder_terms::{PartnershipId, ProviderId};
    use uuid::Uuid;

    use super::*;

    fn grant(role: Role, partnership: bool, provider: bool) -> Grant {
        Grant {
            role,
            partnership_id: partnership.then_some(PartnershipId(Uuid::from_u128(1))),
            provider_id: provider.then_some(ProviderId(Uuid::from_u128(2))),
            object_id: None,
        }
    }

    #[test]
    fn an_erased_person_has_no_name_and_no_role() {
        let now: DateTime<Utc> = "2026-06-01T09:00:00Z".parse().expect("an instant");
        let mut person = Person {
            id: PersonId(Uuid::from_u128(0x0197_0000_0000_7000_8000_0123_4567_89ab)),
            login: "ada".to_owned(),
            display_name: "Ada".to_owned(),
            kind: Kind::Person,
            email: email_of(" Ada@Example.org "),
            grants: vec![grant(Role::Manager, true, false)],
            create_time: now,
            version: 3,
            erase_time: None,
        };
        assert_eq!(person.email.as_deref(), Some("ada@example.org"));
        assert_ne!(email_of("\u{212a}im@example.org"), email_of("kim@example.org"), "the sign of Kelvin is no k");
        assert!(person.erase(now) && !person.erase(now));
        assert_eq!((person.login.as_str(), person.display_name.as_str()), ("erased-0123456789ab", "Erased person"));
        assert!(person.email.is_none() && person.grants.is_empty() && person.version == 4);
    }

    #[test]
    fn each_role_stands_where_it_belongs() {
        assert!(check_grant(&grant(Role::Administrator, false, false)).is_ok());
        assert!(check_grant(&grant(Role::Administrator, true, false)).is_err());
        assert!(check_grant(&grant(Role::Administrator, false, true)).is_err());
        assert!(check_grant(&grant(Role::Manager, true, false)).is_ok());
        assert!(check_grant(&grant(Role::Manager, false, false)).is_err());
        assert!(check_grant(&grant(Role::Manager, true, true)).is_err());
        assert!(check_grant(&grant(Role::ProviderOfficer, true, true)).is_ok());
        assert!(check_grant(&grant(Role::ProviderSignatory, true, false)).is_err());
        assert!(check_grant(&grant(Role::Service, false, false)).is_err());
        assert!(check_grant(&grant(Role::ProviderContractor, true, true)).is_err());
    }
}
