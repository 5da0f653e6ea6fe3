//! The founding: people, the partnership, its constitution and board, the providers, what they pledge and what is routed to them.

use std::collections::BTreeMap;

use pathfinder_proto::boards::v1 as boards;
use pathfinder_proto::commitments::v1 as commitments;
use pathfinder_proto::identity::v1 as identity;
use pathfinder_proto::issues::v1 as issues;
use pathfinder_proto::types::v1::Nation;

use super::cast::{LOGINS, Login, PROVIDERS, ProviderPart, SEATS, SeatPart, seat_counts};
use super::place;
use super::pledges::{CATEGORIES, CategoryPart, REVISION, SPECIAL_RULES, STANDARDS, StandardPart};
use super::questions;
use super::sittings::CLASSES;
use super::world::{ProviderThere, World, all, key};
use crate::client::{Desk, Refused, ask, within};

/// The board that was founded has had its rules for so many days.
const RULES_SINCE: i64 = -730;
/// The providers' pledges have held for so many days.
const PLEDGED_SINCE: i64 = -365;
/// Rules of the categories come after the special ones.
const FIRST_PLAIN_POSITION: i32 = 100;

/// Registers everyone who can log in; answers their ids by log-in.
pub(super) async fn people(administrator: &Desk) -> Result<BTreeMap<&'static str, String>, Refused> {
    let registered = all(LOGINS.iter().map(|login| async move {
        let request = identity::CreatePersonRequest {
            login: login.login.to_owned(),
            display_name: login.name.to_owned(),
            kind: login.kind.into(),
            request_id: key(format!("person {}", login.login)),
            email: login.email(),
        };
        let what = format!("register {}", login.login);
        Ok((login.login, ask(what, administrator.people().create_person(within(request))).await?.person_id))
    }));
    Ok(registered.await?.into_iter().collect())
}

/// Founds the partnership, or finds it founded before.
pub(super) async fn partnership(administrator: &Desk) -> Result<boards::Partnership, Refused> {
    let request = boards::CreatePartnershipRequest {
        name: place::NAME_WHILE_LOADING.to_owned(),
        slug: place::SLUG.to_owned(),
        nation: Nation::EnglandAndWales.into(),
        boundary: place::boundary(),
        ward_codes: vec![place::WARD_CODE.to_owned()],
        accountable_body: place::ACCOUNTABLE_BODY.to_owned(),
        themes: place::THEMES.map(str::to_owned).to_vec(),
        reference_prefix: place::PREFIX.to_owned(),
        demonstration: true,
        request_id: key("partnership"),
    };
    ask("found the partnership", administrator.partnerships().create_partnership(within(request))).await
}

/// Gives the partnership the name that says that everything is there.
pub(super) async fn complete(world: &World<'_>) -> Result<(), Refused> {
    let request = boards::UpdatePartnershipRequest {
        partnership_id: world.partnership(),
        name: Some(place::NAME.to_owned()),
        ..Default::default()
    };
    ask("name the partnership", world.desk("manager").partnerships().update_partnership(within(request)))
        .await
        .map(|_| ())
}

/// The rules of the board: the defaults, with its seats, its kinds of decision and a casting vote.
pub(super) fn rules() -> boards::ConstitutionRules {
    let allocation = |(category, seat_count): (boards::SeatCategory, i32)| boards::SeatAllocation {
        category: category.into(),
        seat_count,
    };
    let class = |(code, name): (&str, &str)| boards::DecisionClass {
        code: code.to_owned(),
        name: name.to_owned(),
        electorate: Vec::new(),
    };
    boards::ConstitutionRules {
        seat_allocations: seat_counts().into_iter().map(allocation).collect(),
        casting_vote: true,
        decision_classes: CLASSES.map(class).to_vec(),
        ..Default::default()
    }
}

/// Gives the board its constitution.
pub(super) async fn constitution(world: &World<'_>, administrator: &Desk) -> Result<(), Refused> {
    let request = boards::AdoptConstitutionRequest {
        partnership_id: world.partnership(),
        effective_from_date: world.days.date(RULES_SINCE),
        rules: Some(rules()),
        decision_id: String::new(),
        request_id: key("constitution"),
    };
    ask("adopt the constitution", administrator.partnerships().adopt_constitution(within(request))).await.map(|_| ())
}

/// Creates the seats and appoints their members; answers the members in the order of the seats.
pub(super) async fn board(
    world: &World<'_>,
    administrator: &Desk,
    people: &BTreeMap<&'static str, String>,
) -> Result<Vec<String>, Refused> {
    let seated = SEATS.iter().enumerate().map(|(place, part)| seat_member(world, administrator, people, place, part));
    all(seated).await
}

async fn seat_member(
    world: &World<'_>,
    administrator: &Desk,
    people: &BTreeMap<&'static str, String>,
    place: usize,
    part: &SeatPart,
) -> Result<String, Refused> {
    let create = boards::CreateSeatRequest {
        partnership_id: world.partnership(),
        category: part.category.into(),
        name: part.name.to_owned(),
        without_vote: false,
        request_id: key(format!("seat {place}")),
    };
    let seat =
        ask(format!("create the seat {}", part.name), administrator.members().create_seat(within(create))).await?;
    let role = match place {
        0 => boards::MemberRole::Chair,
        1 => boards::MemberRole::ViceChair,
        _ => boards::MemberRole::None,
    };
    let appoint = boards::AppointMemberRequest {
        partnership_id: world.partnership(),
        seat_id: seat.seat_id,
        person_id: part.login.and_then(|login| people.get(login)).cloned().unwrap_or_default(),
        name: part.member.to_owned(),
        role: role.into(),
        term_start_date: world.days.date(-200),
        registered_interests: part.interest.map(str::to_owned).into_iter().collect(),
        request_id: key(format!("member {place}")),
        ..Default::default()
    };
    let member =
        ask(format!("appoint {}", part.member), administrator.members().appoint_member(within(appoint))).await?;
    world.progress.add(1);
    Ok(member.member_id)
}

/// Records the providers.
pub(super) async fn providers(
    world: &World<'_>,
    administrator: &Desk,
) -> Result<BTreeMap<&'static str, ProviderThere>, Refused> {
    let recorded = all(PROVIDERS.iter().map(|part| async move {
        let request = commitments::CreateProviderRequest {
            partnership_id: world.partnership(),
            name: part.name.to_owned(),
            kind: part.kind.into(),
            parent_provider_id: String::new(),
            responsibilities: responsibilities(part),
            request_id: key(format!("provider {}", part.key)),
        };
        let provider =
            ask(format!("record {}", part.name), administrator.providers().create_provider(within(request))).await?;
        world.progress.add(1);
        Ok((part.key, ProviderThere { id: provider.provider_id, name: part.name }))
    }));
    Ok(recorded.await?.into_iter().collect())
}

fn responsibilities(provider: &ProviderPart) -> Vec<commitments::Responsibility> {
    let own = CATEGORIES.iter().filter(|category| category.provider == Some(provider.key));
    own.map(|category| commitments::Responsibility { category_code: category.code.to_owned(), area: String::new() })
        .collect()
}

/// Gives everyone their roles. A person's roles follow one another, so that no two writers meet.
pub(super) async fn roles(
    world: &World<'_>,
    administrator: &Desk,
    people: &BTreeMap<&'static str, String>,
) -> Result<(), Refused> {
    let granted = LOGINS.iter().map(|login| async move {
        for role in login.roles {
            let request = identity::GrantRoleRequest {
                person_id: people.get(login.login).cloned().unwrap_or_default(),
                grant: Some(grant(world, login, *role)),
                etag: String::new(),
                request_id: key(format!("role {role:?} of {}", login.login)),
            };
            ask(format!("give {} a role", login.login), administrator.people().grant_role(within(request))).await?;
        }
        world.progress.add(1);
        Ok(())
    });
    all(granted).await.map(|_| ())
}

fn grant(world: &World<'_>, login: &Login, role: identity::Role) -> identity::RoleGrant {
    identity::RoleGrant {
        role: role.into(),
        partnership_id: world.partnership(),
        provider_id: login.provider.map(|provider| world.provider_id(provider)).unwrap_or_default(),
    }
}

/// Creates the categories, then the rules that route them, and records what the providers pledge for them.
pub(super) async fn services(world: &World<'_>) -> Result<(), Refused> {
    all(CATEGORIES.iter().map(|part| category(world, part))).await?;
    let (routed, pledged) = tokio::join!(routing_rules(world), all(STANDARDS.iter().map(|part| standard(world, part))));
    routed?;
    revision(world, &pledged?).await
}

async fn category(world: &World<'_>, part: &CategoryPart) -> Result<(), Refused> {
    let request = issues::CreateCategoryRequest {
        partnership_id: world.partnership(),
        code: part.code.to_owned(),
        name: part.name.to_owned(),
        description: String::new(),
        group_name: part.group.to_owned(),
        keywords: part.keywords.iter().map(|word| (*word).to_owned()).collect(),
        theme: part.theme().to_owned(),
        questions: questions::of_category(part.code),
        request_id: key(format!("category {}", part.code)),
        ..Default::default()
    };
    ask(
        format!("create the category {}", part.code),
        world.desk("manager").categories().create_category(within(request)),
    )
    .await?;
    world.progress.add(1);
    Ok(())
}

async fn routing_rules(world: &World<'_>) -> Result<(), Refused> {
    let special = SPECIAL_RULES.iter().map(|rule| (rule.category, rule.land_type, rule.provider, rule.note));
    let plain = CATEGORIES.iter().filter_map(|category| Some((category.code, "", category.provider?, "")));
    let positions = (0..).step_by(10);
    let special: Vec<_> = positions.clone().zip(special).collect();
    let plain: Vec<_> = positions.map(|position: i32| position + FIRST_PLAIN_POSITION).zip(plain).collect();
    let rules = special.into_iter().chain(plain);
    let created = rules.map(|(position, (category, land_type, provider, note))| async move {
        let request = issues::CreateRoutingRuleRequest {
            partnership_id: world.partnership(),
            position,
            category_code: category.to_owned(),
            area_geojson: String::new(),
            land_type: land_type.to_owned(),
            provider_id: world.provider_id(provider),
            note: note.to_owned(),
            request_id: key(format!("rule {category} {land_type}")),
        };
        ask(format!("route {category}"), world.desk("manager").routing_rules().create_routing_rule(within(request)))
            .await?;
        world.progress.add(1);
        Ok(())
    });
    all(created).await.map(|_| ())
}

fn terms(world: &World<'_>, part: &StandardPart) -> commitments::StandardTerms {
    commitments::StandardTerms {
        text: part.text.to_owned(),
        measure: part.measure.into(),
        target_value: part.target,
        unit: part.unit.into(),
        pause_reasons: part.pauses.iter().map(|reason| (*reason).to_owned()).collect(),
        target_percent: part.percent,
        effective_from_date: world.days.date(PLEDGED_SINCE),
        ..Default::default()
    }
}

async fn standard(world: &World<'_>, part: &StandardPart) -> Result<(&'static str, String), Refused> {
    let code = part.code;
    let request = commitments::CreateStandardRequest {
        partnership_id: world.partnership(),
        code: code.to_owned(),
        provider_id: world.provider_id(part.provider),
        category_code: part.category.to_owned(),
        terms: Some(terms(world, part)),
        request_id: key(format!("standard {code}")),
    };
    let standard =
        ask(format!("record the standard {code}"), world.desk("manager").standards().create_standard(within(request)))
            .await?;
    world.progress.add(1);
    Ok((code, standard.standard_id))
}

/// Tightens one standard in a few weeks, so that there are versions to see.
async fn revision(world: &World<'_>, standards: &[(&'static str, String)]) -> Result<(), Refused> {
    let (code, text, target, in_days) = REVISION;
    let Some(part) = STANDARDS.iter().find(|part| part.code == code) else { return Ok(()) };
    let revised = commitments::StandardTerms {
        text: text.to_owned(),
        target_value: target,
        effective_from_date: world.days.date(in_days),
        ..terms(world, part)
    };
    let standard_id = standards.iter().find(|(there, _)| *there == code).map(|(_, id)| id.clone()).unwrap_or_default();
    let request = commitments::ReviseStandardRequest {
        partnership_id: world.partnership(),
        standard_id,
        terms: Some(revised),
        etag: String::new(),
        request_id: key(format!("revision {code}")),
    };
    ask(format!("revise the standard {code}"), world.desk("manager").standards().revise_standard(within(request)))
        .await
        .map(|_| ())
}
