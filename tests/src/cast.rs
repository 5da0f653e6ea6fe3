//! Everybody who may call: one caller for each role of a partnership, with the token that belongs to it, beside another
//! partnership in which they hold nothing.

use std::collections::BTreeMap;

use prost_reflect::MethodDescriptor;
use serde_json::json;

use crate::contract;
use crate::neighbourhood::Neighbourhood;
use crate::world::{ADMINISTRATOR, House, PUBLIC, World, text};

/// The roles, in the order in which they stand in the table of `authorisation.tsv`.
pub const ROLES: [&str; 13] = [
    RESIDENT,
    "street_rep",
    "board_member",
    "chair",
    "manager",
    "accountable_body",
    "provider_officer",
    "provider_signatory",
    CONTRACTOR,
    "observer",
    "system",
    "administrator",
    "stranger",
];

/// Nobody known: calls without a token.
pub const RESIDENT: &str = "resident";
/// Whoever holds a form link for one issue.
pub const CONTRACTOR: &str = "provider_contractor";
/// The services that a form link's token is meant for.
const OPENED_BY_LINKS: [&str; 2] = ["commitments", "issues"];

/// One caller.
#[derive(Debug, Clone)]
pub struct Member {
    /// What it calls with; none for residents.
    pub token: Option<String>,
    /// Its id, as its token says; empty for residents.
    pub id: String,
}

/// One caller for each of [`ROLES`], all of them in one partnership.
#[derive(Debug, Clone)]
pub struct Cast(BTreeMap<&'static str, Member>);

impl Cast {
    /// Enrols who is missing in the partnership and gets everybody's token. The contractor's link is for `issue_id`.
    pub async fn of<H: House>(world: &World<H>, hood: &Neighbourhood, issue_id: &str) -> Self {
        for (role, name) in [("STREET_REP", "Street rep"), ("BOARD_MEMBER", "Board member")] {
            let login = hood.login(&role.to_lowercase().replace('_', "-"));
            world.enrol(&login, name, "PRINCIPAL_KIND_PERSON", &[hood.grant(role)]).await;
        }
        world.enrol(&hood.login("stranger"), "Somebody", "PRINCIPAL_KIND_PERSON", &[]).await;
        let mut members = BTreeMap::new();
        for role in ROLES {
            let member = match role {
                CONTRACTOR => contractor(world, hood, &hood.provider_id, ("issue_id", issue_id)).await,
                _ => member(world, &login(hood, role)).await,
            };
            members.insert(role, member);
        }
        Self(members)
    }

    /// The caller in a role.
    ///
    /// # Panics
    ///
    /// When there is no such role.
    #[must_use]
    pub fn member(&self, role: &str) -> &Member {
        self.0.get(role).unwrap_or_else(|| panic!("{role} is one of {ROLES:?}"))
    }
}

/// Whether the role's token is not meant for the service of a call, which refuses it then, whatever is called.
#[must_use]
pub fn is_meant_for_others(rpc: &MethodDescriptor, role: &str) -> bool {
    role == CONTRACTOR && !OPENED_BY_LINKS.contains(&contract::domain(rpc).as_str())
}

/// The login of whoever holds a role; that of the public for residents.
fn login(hood: &Neighbourhood, role: &str) -> String {
    match role {
        RESIDENT => PUBLIC.to_owned(),
        "administrator" => ADMINISTRATOR.to_owned(),
        "accountable_body" => hood.login("accountable"),
        "provider_officer" => hood.officer(),
        "provider_signatory" => hood.signatory(),
        other => hood.login(&other.replace('_', "-")),
    }
}

/// An outside contractor: the manager makes a form link about one thing of a provider's, and it is exchanged.
pub async fn contractor<H: House>(
    world: &World<H>,
    hood: &Neighbourhood,
    provider_id: &str,
    (field, id): (&str, &str),
) -> Member {
    let mut link = hood.with(json!({"provider_id": provider_id, "holder_name": "Quay Skips"}));
    link[field] = json!(id);
    let link = world.must(&hood.manager(), "FormLinkService/CreateFormLink", link).await;
    let path = text(&link, "path");
    let secret = path.rsplit('/').next().unwrap_or_default();
    let exchanged = world.must(PUBLIC, "FormLinkService/ExchangeFormLink", json!({"link_token": secret})).await;
    let token = Some(text(&exchanged["token"], "accessToken"));
    Member { token, id: text(&exchanged["formLink"], "formLinkId") }
}

async fn member<H: House>(world: &World<H>, login: &str) -> Member {
    let token = world.token(login).await;
    if token.is_none() {
        return Member { token, id: String::new() };
    }
    let caller = world.must(login, "TokenService/GetCaller", json!({})).await;
    Member { token, id: text(&caller, "subject") }
}
