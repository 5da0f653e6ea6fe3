//! Who calls, and what it may do where.

use std::fmt;

use pathfinder_terms::{Grant, PartnershipId, PrincipalKind, ProviderId, Role};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Reason};

/// A caller whose token was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// The id of the person or system, or the service's name.
    pub subject: String,
    /// The name to show.
    pub name: String,
    /// What it is.
    pub kind: PrincipalKind,
    /// What it may do, where.
    pub grants: Vec<Grant>,
    /// The session, key or link by which it proved itself to identity.
    pub credential: Option<String>,
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Nobody known: a public read, or an anonymous report.
    Anonymous,
    /// Somebody whose token was verified.
    Known(Principal),
}

/// Who did something, as it is stored and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The caller's id, or `anonymous`.
    pub id: String,
    /// The name to show.
    pub name: String,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Caller {
    /// Whether the caller holds one of `roles` in the partnership. An administrator holds all of them.
    #[must_use]
    pub fn has(&self, partnership_id: PartnershipId, roles: &[Role]) -> bool {
        self.grants().any(|grant| {
            grant.covers(partnership_id) && (roles.contains(&grant.role) || grant.role == Role::Administrator)
        })
    }

    /// Whether the caller holds `role` everywhere.
    #[must_use]
    pub fn has_everywhere(&self, role: Role) -> bool {
        self.grants().any(|grant| grant.role == role && grant.partnership_id.is_none())
    }

    /// Whether the caller works for the provider, as officer or as signatory.
    #[must_use]
    pub fn answers_for(&self, partnership_id: PartnershipId, provider_id: ProviderId) -> bool {
        self.holds_for(partnership_id, provider_id, &[Role::ProviderOfficer, Role::ProviderSignatory])
    }

    /// Whether the caller holds one of `roles` for the provider.
    #[must_use]
    pub fn holds_for(&self, partnership_id: PartnershipId, provider_id: ProviderId, roles: &[Role]) -> bool {
        self.grants().any(|grant| {
            grant.covers(partnership_id) && grant.provider_id == Some(provider_id) && roles.contains(&grant.role)
        })
    }

    /// Who that is, for history and audit.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self {
            Self::Anonymous => Actor { id: "anonymous".to_owned(), name: "A resident".to_owned() },
            Self::Known(principal) => Actor { id: principal.subject.clone(), name: principal.name.clone() },
        }
    }

    pub(crate) fn grants(&self) -> impl Iterator<Item = &Grant> {
        match self {
            Self::Anonymous => [].iter(),
            Self::Known(principal) => principal.grants.iter(),
        }
    }

    /// Demands one of `roles` in the partnership.
    ///
    /// # Errors
    ///
    /// `TOKEN_REQUIRED` for an anonymous caller, `ROLE_MISSING` naming the roles otherwise.
    pub fn require(&self, partnership_id: PartnershipId, roles: &[Role]) -> Result<(), Failure> {
        if self.has(partnership_id, roles) { Ok(()) } else { Err(self.refusal(roles, " here")) }
    }

    /// Demands `role` everywhere.
    ///
    /// # Errors
    ///
    /// As [`Caller::require`].
    pub fn require_everywhere(&self, role: Role) -> Result<(), Failure> {
        if self.has_everywhere(role) { Ok(()) } else { Err(self.refusal(&[role], "")) }
    }

    /// Demands one of `roles` held for the provider.
    ///
    /// # Errors
    ///
    /// As [`Caller::require`].
    pub fn require_for_provider(
        &self,
        partnership_id: PartnershipId,
        provider_id: ProviderId,
        roles: &[Role],
    ) -> Result<(), Failure> {
        if self.holds_for(partnership_id, provider_id, roles) {
            Ok(())
        } else {
            Err(self.refusal(roles, " for this provider").with("provider_id", provider_id))
        }
    }

    fn refusal(&self, roles: &[Role], place: &str) -> Failure {
        // An administrator always may; named where nobody else may.
        let roles = if roles.is_empty() { &[Role::Administrator] } else { roles };
        let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
        let needed = words.join(", ");
        match self {
            Self::Anonymous => {
                Failure::new(Reason::TokenRequired, "This needs a token; send it as `authorization: Bearer …`.")
            }
            Self::Known(_) => {
                Failure::new(Reason::RoleMissing, format!("This needs one of these roles{place}: {needed}."))
            }
        }
        .with("needed", needed)
    }
}
