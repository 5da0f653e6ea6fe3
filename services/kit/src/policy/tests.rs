//! What the rules of a service and the own policies of partnerships come to.

use pathfinder_terms::{Grant, PrincipalKind};
use uuid::Uuid;

use super::*;
use crate::caller::Principal;

const SCHEMA: &str = "
    entity Role;
    entity Principal in [Role] = { anonymous: Bool };
    entity Record = { found: Bool, owned_by_principal: Bool };
    action OpenToAll, BeyondPartnerships;
    action Change in [BeyondPartnerships] appliesTo { principal: Principal, resource: Record };
    action Look in [OpenToAll] appliesTo { principal: Principal, resource: Record };
    action Report, Judge, Open appliesTo { principal: Principal, resource: Record };";
const RULES: &str = r#"
    permit (principal, action in Action::"OpenToAll", resource);
    permit (principal in Role::"provider_officer", action == Action::"Report", resource);
    permit (principal, action == Action::"Judge", resource)
        when { principal in [Role::"administrator", Role::"chair", Role::"service"] };
    permit (principal in Role::"board_member", action in [Action::"Judge", Action::"Change"], resource);
    forbid (principal in Role::"provider_officer", action == Action::"Judge", resource) when { resource.found };
    permit (principal, action == Action::"Open", resource)
        when { !resource.found || resource.owned_by_principal };"#;

fn policies() -> Policies {
    Policies::compile(Policy::Rules { schema: SCHEMA, rules: RULES }).expect("valid policies")
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn officer_and_member(provider: u128) -> Caller {
    let grant = |role, provider_id: Option<Uuid>| Grant {
        role,
        partnership_id: Some(id(1).into()),
        provider_id: provider_id.map(Into::into),
        object_id: None,
    };
    Caller::Known(Principal {
        subject: "ann".to_owned(),
        name: "Ann".to_owned(),
        kind: PrincipalKind::Person,
        grants: vec![grant(Role::ProviderOfficer, Some(id(provider))), grant(Role::BoardMember, None)],
        credential: None,
    })
}

fn record(provider: u128) -> Subject {
    Subject::record(id(1).into(), Some(id(provider).into()))
}

#[test]
fn a_provider_role_holds_for_its_provider_and_for_any_before_the_record_is_found() {
    let (policies, caller) = (policies(), officer_and_member(7));
    assert!(policies.allow(&caller, "Report", &Subject::within(Some(id(1).into()))));
    assert!(policies.allow(&caller, "Report", &record(7)));
    assert!(!policies.allow(&caller, "Report", &record(8)));
    assert!(!policies.allow(&caller, "Report", &Subject::within(Some(id(2).into()))));
    assert!(!policies.allow(&caller, "Report", &Subject::within(None)));
}

#[test]
fn a_forbid_holds_against_every_permit() {
    let (policies, caller) = (policies(), officer_and_member(7));
    assert!(policies.allow(&caller, "Judge", &record(8)));
    assert!(!policies.allow(&caller, "Judge", &record(7)));
}

#[test]
fn an_owner_is_compared_once_the_record_is_found() {
    let (policies, caller) = (policies(), officer_and_member(7));
    let anonymous = record(7).owned_by(Some(Caller::Anonymous.id().to_owned()));
    assert!(!policies.allow(&Caller::Anonymous, "Open", &anonymous), "nobody in particular owns nothing");
    assert!(policies.allow(&caller, "Open", &Subject::within(None)));
    assert!(policies.allow(&caller, "Open", &record(7).owned_by(Some("ann".to_owned()))));
    assert!(!policies.allow(&caller, "Open", &record(7).owned_by(Some("bob".to_owned()))));
    assert!(!policies.allow(&caller, "Open", &record(7)));
}

#[test]
fn a_refusal_names_the_roles_that_would_do_and_unknown_acts_are_refused() {
    let policies = policies();
    let refused = policies.demand(&officer_and_member(7), "Report", &record(8)).expect_err("not this provider");
    assert!(refused.to_string().contains("for this provider: provider_officer"), "{refused}");
    let refused = policies.demand(&Caller::Anonymous, "Judge", &record(8)).expect_err("nobody");
    assert_eq!(refused.reason(), Reason::TokenRequired);
    assert!(policies.allow(&Caller::Anonymous, "Look", &Subject::within(None)));
    assert!(!policies.allow(&officer_and_member(7), "Destroy", &Subject::within(None)));
}

#[test]
fn whoever_has_the_role_for_another_provider_is_told_so() {
    let (policies, officer) = (policies(), officer_and_member(7));
    let said = |caller: &Caller, subject: &Subject| {
        policies.demand(caller, "Report", subject).expect_err("not their provider's").to_string()
    };
    let but = "provider_officer. You hold one for a provider that does not answer for this.";
    assert!(said(&officer, &record(8)).ends_with(but), "another's");
    assert!(said(&officer, &Subject::record(id(1).into(), None)).ends_with(but), "nobody's");
    let elsewhere = Subject::record(id(2).into(), Some(id(8).into()));
    assert!(said(&officer, &elsewhere).ends_with(": provider_officer."), "there is no role in that partnership");
    assert!(said(&holder(1, Role::Chair), &record(8)).ends_with(": provider_officer."), "that is no such role");
}

#[test]
fn rules_that_do_not_hold_to_the_schema_are_refused() {
    let rules = r#"permit (principal, action == Action::"Judge", resource) when { resource.colour == "red" };"#;
    assert!(Policies::compile(Policy::Rules { schema: SCHEMA, rules }).is_err());
    let never = r#"permit (principal, action == Action::"Judge", resource) when { resource has owner && resource.owner == "ann" };"#;
    let somebody = r#"permit (principal == Principal::"ann", action == Action::"Judge", resource);"#;
    for rules in [never, somebody] {
        assert!(Policies::compile(Policy::Rules { schema: SCHEMA, rules }).is_err(), "{rules}");
    }
}

fn holder(partnership: u128, role: Role) -> Caller {
    let here = Grant { role, partnership_id: Some(id(partnership).into()), provider_id: None, object_id: None };
    let grant = if role == Role::Administrator { Grant::everywhere(role) } else { here };
    let kind = PrincipalKind::Person;
    let (subject, name) = ("eve".to_owned(), "Eve".to_owned());
    Caller::Known(Principal { subject, name, kind, grants: vec![grant], credential: None })
}

fn place(partnership: u128) -> Subject {
    Subject::within(Some(id(partnership).into()))
}

/// The policies of the service, stricter in the first partnership.
fn stricter(text: &str) -> Policies {
    let policies = policies();
    set(&policies, 1, text);
    policies
}

fn set(policies: &Policies, version: i64, text: &str) {
    let set_time = chrono::DateTime::UNIX_EPOCH;
    let set = kept::OwnPolicies { partnership_id: id(1).into(), text: text.to_owned(), version, set_time };
    policies.go_by(&[set]);
}

#[test]
fn a_partnership_takes_away_in_its_own_place_alone() {
    let policies =
        stricter(r#"forbid (principal, action == Action::"Judge", resource) unless { principal in Role::"chair" };"#);
    for (partnership, role, expected) in [
        (1, Role::BoardMember, false),
        (1, Role::Chair, true),
        (1, Role::Administrator, true),
        (1, Role::Service, true),
        (1, Role::Observer, false),
        (2, Role::BoardMember, true),
        (2, Role::Observer, false),
    ] {
        let found = policies.allow(&holder(partnership, role), "Judge", &place(partnership));
        assert_eq!(found, expected, "{} in {partnership}", role.word());
    }
    assert!(policies.allow(&Caller::Anonymous, "Look", &place(1)), "what it does not name stays as it was");
    assert!(!policies.allow(&holder(1, Role::Chair), "Judge", &place(2)), "and gives nothing elsewhere");
    set(&policies, 2, "");
    assert!(policies.allow(&holder(1, Role::BoardMember), "Judge", &place(1)), "what was taken away comes back");
    assert_eq!(policies.version_of_own(id(1).into()), 2);
}

#[test]
fn nobody_is_locked_out_of_what_lies_beyond_partnerships() {
    let policies = stricter("forbid (principal, action, resource);");
    let member = holder(1, Role::BoardMember);
    assert!(policies.allow(&member, "Change", &place(1)));
    assert!(!policies.allow(&member, "Judge", &place(1)));
    assert!(!policies.allow(&Caller::Anonymous, "Look", &place(1)));
    assert!(policies.allow(&Caller::Anonymous, "Look", &Subject::within(None)), "the installation is nobody's");
}

#[test]
fn a_partnership_tells_records_apart() {
    let policies =
        stricter(r#"forbid (principal, action == Action::"Open", resource) when { resource.owned_by_principal };"#);
    let caller = officer_and_member(7);
    assert!(policies.allow(&caller, "Open", &place(1)), "as long as nothing is found");
    let refused = policies.demand(&caller, "Open", &record(7).owned_by(Some("ann".to_owned()))).expect_err("hers");
    assert_eq!(refused.reason(), Reason::PartnershipForbids, "{refused}");
}

#[test]
fn a_refusal_by_the_partnership_names_a_role_that_would_do_or_that_none_would() {
    let member = holder(1, Role::BoardMember);
    let refusal = |text: &str, caller: &Caller, act: &str| {
        let refused = stricter(text).demand(caller, act, &place(1)).expect_err("refused");
        (refused.reason(), refused.to_string())
    };
    let but_chair = r#"@advice("The chair judges.") forbid (principal, action == Action::"Judge", resource) unless { principal in Role::"chair" };"#;
    let (reason, said) = refusal(but_chair, &member, "Judge");
    assert_eq!(reason, Reason::RoleMissing, "{said}");
    let told = "The chair judges. By the partnership's own policies this needs one of these roles here: chair.";
    assert_eq!(said, told);
    let (reason, said) = refusal(but_chair, &Caller::Anonymous, "Judge");
    assert_eq!(reason, Reason::TokenRequired, "{said}");
    let nobody = r#"forbid (principal, action == Action::"Judge", resource);"#;
    let (reason, said) = refusal(nobody, &member, "Judge");
    assert_eq!((reason, said.as_str()), (Reason::PartnershipForbids, "The partnership's own policies forbid this."));
    let no_officers = r#"forbid (principal in Role::"provider_officer", action == Action::"Judge", resource);"#;
    let (reason, said) = refusal(no_officers, &officer_and_member(7), "Judge");
    assert_eq!(reason, Reason::PartnershipForbids, "a role that she holds would not help: {said}");
    let (reason, said) =
        refusal("forbid (principal, action in Action::\"OpenToAll\", resource);", &Caller::Anonymous, "Look");
    assert_eq!(reason, Reason::PartnershipForbids, "{said}");
}

/// What is wrong with a text that is to be set.
fn faults(text: &str) -> Vec<String> {
    let refused = policies().check_own("text", text);
    let refused = refused.err().map(|failure| failure.violations().to_vec()).unwrap_or_default();
    refused.into_iter().map(|violation| format!("{}: {}", violation.field, violation.description)).collect()
}

#[test]
fn a_text_may_forbid_what_lies_in_a_partnership() {
    for text in [
        "",
        "// nothing yet\n",
        r#"forbid (principal, action, resource) when { principal.anonymous };"#,
        r#"@advice("Ask the chair.") forbid (principal in Role::"observer", action in [Action::"Look", Action::"OpenToAll"], resource);"#,
        r#"forbid (principal, action == Action::"Open", resource) when { resource.found && !resource.owned_by_principal };"#,
    ] {
        assert_eq!(faults(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn every_fault_of_a_text_is_told_with_its_line() {
    let unfit = r#"// Ours.
permit (principal, action == Action::"Judge", resource);
forbid (principal in Role::"chairman", action == Action::"Judge", resource);
forbid (principal, action == Action::"Change", resource); forbid (principal, action in Action::"BeyondPartnerships", resource);
forbid (principal, action, resource)
    when { action == Action::"Change" };
@advice("")
forbid (principal, action == Action::"Judge", resource);
forbid (principal == Principal::"eve", action == Action::"Judge", resource);
forbid (principal, action == Action::"Judge", resource) when { resource == Record::"it" };
forbid (principal, action == Action::"Judge", resource) when { principal.anonymous || resource has owner && resource.owner == "ann" };
forbid (principal, action == Action::"Judge", resource) unless { principal has id && principal.id == "ann" };"#;
    let told = [
        (2, "only `forbid`"),
        (3, "Role::\"chairman\" is no role"),
        (4, "Action::\"Change\" cannot be forbidden"),
        (4, "Action::\"BeyondPartnerships\" cannot be forbidden"),
        (5, "Action::\"Change\" cannot be forbidden"),
        (7, "advice"),
        (9, "see nobody's id"),
        (10, "see nobody's id"),
        (11, "`has` cannot be asked"),
        (12, "`has` cannot be asked"),
    ];
    all_told(unfit, &told);
    let wrong = r#"forbid (principal,
    action == Action::"Jugde",
    resource);
forbid (principal, action == Action::"Judge", resource)
    when { resource.colour == "red" };
forbid (principal, action == Action::"Judge", resource) when { resource.owner == "ann" };
forbid (principal == ?principal, action, resource);
forbid (principal, action == Action::"Judge", resource) when { false };
forbid (principal, action == Action::"Judge" resource);
forbid (principal, action, resource)"#;
    let told_of_hidden = [(1, "only `forbid`")];
    all_told("// A comment ends here:\rpermit (principal, action == Action::\"Judge\", resource);", &told_of_hidden);
    let told = [(2, "Jugde"), (5, "colour"), (6, "owner"), (7, "template"), (8, "false"), (9, ""), (10, "")];
    all_told(wrong, &told);
}

fn all_told(text: &str, told: &[(usize, &str)]) {
    let found = faults(text);
    for (line, word) in told {
        let begin = format!("text: line {line}: ");
        let is_told = found.iter().any(|fault| fault.starts_with(&begin) && fault.contains(word));
        assert!(is_told, "line {line} has `{word}`: {found:#?}");
    }
}

#[test]
fn a_text_that_is_too_much_is_refused_before_it_is_read() {
    let deep = format!("forbid (principal, action, resource) when {{ {}true{} }};", "(".repeat(900), ")".repeat(900));
    let many = "forbid (principal, action, resource);".repeat(65);
    let long = format!("forbid (principal, action, resource) when {{ \"{}\" == \"\" }};", "x".repeat(2000));
    for (text, word) in [
        (deep.as_str(), "nested too deep"),
        (&"(".repeat(16_000), "at most 2000"),
        (&"(".repeat(1_900), "nested too deep"),
        (&many, "at most 64"),
        (&long, "at most 2000"),
    ] {
        let found = faults(text);
        assert!(found.len() == 1 && found[0].contains(word), "`{word}`: {found:?}");
    }
    let wrong = "permit (principal, action, resource);".repeat(40);
    let found = faults(&wrong);
    assert!(found.len() == 17 && found[16].contains("24 more"), "the faults fit into an answer: {found:?}");
}

/// A member of the board, and what is refused to it in the first partnership.
fn closed(text: &str) -> Vec<&'static str> {
    let policies = stricter(text);
    let member = holder(1, Role::BoardMember);
    let acts = ["Judge", "Look", "Open", "Change"];
    acts.into_iter().filter(|act| !policies.allow(&member, act, &place(1))).collect()
}

#[test]
fn what_an_unfit_text_may_have_forbidden_is_closed() {
    let former = r#"forbid (principal, action == Action::"Judge", resource) when { resource.colour == "red" };"#;
    assert_eq!(closed(former), ["Judge"], "the act that it names");
    let owner = r#"forbid (principal, action == Action::"Judge", resource)
        when { principal in Role::"observer" || resource has owner && resource.owner == "ann" };"#;
    assert_eq!(closed(owner), ["Judge"], "what it may have said of owners");
    let fit = r#"forbid (principal in Role::"observer", action == Action::"Look", resource);"#;
    assert_eq!(closed(&format!("{former} {fit}")), ["Judge"], "the rest holds as it did");
    assert_eq!(closed(r#"forbid (principal, action == Action::"Renamed", resource);"#), ["Judge", "Look", "Open"]);
    assert_eq!(closed("forbid (principal"), ["Judge", "Look", "Open"], "everything, where it cannot be read");
    assert_eq!(closed(r#"permit (principal, action == Action::"Look", resource);"#), ["Look"]);
    let policies = stricter(former);
    let refused = policies.demand(&holder(1, Role::Chair), "Judge", &place(1)).expect_err("closed");
    assert!(refused.reason() == Reason::PartnershipForbids && refused.to_string().contains("anew"), "{refused}");
    assert!(policies.allow(&holder(1, Role::Administrator), "Judge", &place(1)));
}

#[test]
fn an_answer_that_is_kept_is_that_of_its_own_situation() {
    let policies = stricter(r#"@advice("Not here.") forbid (principal in Role::"observer", action, resource);"#);
    let expected = [(Role::Observer, false), (Role::BoardMember, true), (Role::Chair, true), (Role::Manager, false)];
    for _ in 0..2 {
        for (role, judges) in expected {
            assert_eq!(policies.allow(&holder(1, role), "Judge", &place(1)), judges, "{role:?}");
            assert!(policies.allow(&holder(1, role), "Look", &place(2)), "{role:?} looks elsewhere");
        }
        let refused = policies.demand(&holder(1, Role::Observer), "Look", &place(1)).expect_err("forbidden");
        assert!(refused.to_string().contains("Not here."), "{refused}");
        assert!(policies.allow(&officer_and_member(7), "Judge", &record(8)));
        assert!(!policies.allow(&officer_and_member(7), "Judge", &record(7)));
    }
    set(&policies, 2, "");
    assert!(policies.allow(&holder(1, Role::Observer), "Look", &place(1)), "what is set anew is asked anew");
}
