//! What the queries find, on a database in memory.

use chrono::{DateTime, NaiveDate};
use pathfinder_terms::calendar::Reckoned;
use pathfinder_terms::{ActionId, IssueId, Nation, PartnershipId, StandardId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, ConnectOptions, Database, DatabaseConnection, EntityTrait as _, QueryFilter as _};
use sea_orm_migration::MigratorTrait as _;
use uuid::Uuid;

use super::{Migrator, Query, action, breach_notice, decision, entity, partnership, review};
use crate::domain::Actor;
use crate::domain::action::tests::action as proposed;
use crate::domain::action::{Action, Agreement};
use crate::domain::action_state::ActionStatus;
use crate::domain::breach_notice::BreachNotice;
use crate::domain::decision::Decision;
use crate::domain::decision::tests::{carried, fallen};
use crate::domain::partnership::{Boundary, Partnership, PartnershipStatus};
use crate::domain::review::{Review, ReviewKind};

pub(crate) const HERE: PartnershipId = PartnershipId(Uuid::from_u128(1));
const ELSEWHERE: PartnershipId = PartnershipId(Uuid::from_u128(2));

/// An empty database. One connection: each would have a memory of its own.
async fn database() -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1);
    let connection = Database::connect(options).await.expect("a database in memory");
    migrate(&connection).await;
    connection
}

/// Makes the tables.
pub(crate) async fn migrate(connection: &DatabaseConnection) {
    Migrator::up(connection, None).await.expect("the tables");
}

fn issue(number: u128) -> IssueId {
    IssueId(Uuid::from_u128(number))
}

fn notice(partnership_id: PartnershipId, number: u128) -> BreachNotice {
    BreachNotice {
        id: Uuid::from_u128(number + 100 * partnership_id.0.as_u128()),
        partnership_id,
        issue_id: issue(number),
        issue_reference: format!("BWS-{number}"),
        provider_id: None,
        standard_id: None,
        due_time: Some(DateTime::UNIX_EPOCH),
        breach_time: DateTime::UNIX_EPOCH,
        action_ids: Vec::new(),
    }
}

fn raised(partnership_id: PartnershipId, number: u128) -> Action {
    Action {
        id: ActionId(Uuid::from_u128(number + 100 * partnership_id.0.as_u128())),
        partnership_id,
        reference: format!("BWS-2026-{number}"),
        issue_ids: vec![issue(number)],
        ..proposed()
    }
}

/// The numbers of the issues whose notices a filter finds, newest first, with whether an action answers each.
async fn noticed(connection: &DatabaseConnection, filter: &str) -> Vec<(u128, bool)> {
    let query = Query { filter, after: None, limit: 10 };
    let notices = breach_notice::list(connection, HERE, query).await.expect("a list");
    let seen = notices.iter().map(|notice| (notice.issue_id.0.as_u128(), !notice.action_ids.is_empty()));
    seen.collect()
}

#[tokio::test]
async fn a_notice_is_answered_by_an_action_of_its_partnership_whichever_came_first() {
    let connection = database().await;
    for number in [1, 2, 3] {
        if number == 1 {
            action::insert(&connection, &raised(HERE, number)).await.expect("an action");
        }
        breach_notice::insert_once(&connection, &notice(HERE, number)).await.expect("a notice");
    }
    action::insert(&connection, &raised(HERE, 2)).await.expect("an action");
    action::insert(&connection, &raised(ELSEWHERE, 3)).await.expect("an action");
    breach_notice::insert_once(&connection, &notice(ELSEWHERE, 3)).await.expect("a notice");

    assert_eq!(noticed(&connection, "").await, [(3, false), (2, true), (1, true)]);
    assert_eq!(noticed(&connection, "answered = true").await, [(2, true), (1, true)]);
    assert_eq!(noticed(&connection, "answered = false").await, [(3, false)]);
    assert_eq!(noticed(&connection, "NOT answered = true").await, [(3, false)]);
    let both = format!("answered = true AND issue_id = \"{}\" AND breach_time < \"2026-01-01T00:00:00Z\"", issue(2));
    assert_eq!(noticed(&connection, &both).await, [(2, true)]);
}

#[tokio::test]
async fn notices_go_on_behind_the_last_of_a_page() {
    let connection = database().await;
    for number in [1, 2, 3] {
        breach_notice::insert_once(&connection, &notice(HERE, number)).await.expect("a notice");
    }
    let query = Query { filter: "answered = false", after: Some(notice(HERE, 3).id), limit: 1 };
    let rows = breach_notice::list(&connection, HERE, query).await.expect("a list");
    assert_eq!(rows, [notice(HERE, 2)]);
}

#[tokio::test]
async fn a_notice_that_nothing_answers_is_withdrawn_and_may_come_back() {
    let connection = database().await;
    for partnership_id in [HERE, ELSEWHERE] {
        for number in [1, 2] {
            breach_notice::insert_once(&connection, &notice(partnership_id, number)).await.expect("a notice");
        }
    }
    action::insert(&connection, &raised(HERE, 1)).await.expect("an action");
    for (number, withdrawn) in [(1, vec![]), (2, vec![notice(HERE, 2).id]), (3, vec![])] {
        let told =
            breach_notice::withdraw_unanswered(&connection, HERE, issue(number), &[]).await.expect("a withdrawal");
        assert_eq!(told, withdrawn, "of issue {number}");
    }
    assert_eq!(noticed(&connection, "").await, [(1, true)], "the answered one stays");
    let elsewhere = breach_notice::list(&connection, ELSEWHERE, Query { filter: "", after: None, limit: 10 }).await;
    assert_eq!(elsewhere.expect("a list").len(), 2, "another partnership's stay");
    for kept in [true, false] {
        assert_eq!(breach_notice::insert_once(&connection, &notice(HERE, 2)).await.expect("a notice"), kept);
    }
    assert_eq!(noticed(&connection, "").await, [(2, false), (1, true)]);
}

#[tokio::test]
async fn an_issue_has_a_notice_for_each_standard_that_it_missed() {
    let connection = database().await;
    let under = |number: u128| StandardId(Uuid::from_u128(number));
    let missed = |id: u128, standard_id| BreachNotice { id: Uuid::from_u128(id), standard_id, ..notice(HERE, 1) };
    for (id, standard_id, kept) in [
        (11, Some(under(1)), true),
        (12, Some(under(2)), true),
        (13, None, true),
        (14, Some(under(1)), false),
        (15, None, false),
    ] {
        let told = breach_notice::insert_once(&connection, &missed(id, standard_id)).await.expect("a notice");
        assert_eq!(told, kept, "{standard_id:?}");
    }
    let still = [Some(under(2)), None];
    let told = breach_notice::withdraw_unanswered(&connection, HERE, issue(1), &still).await.expect("a withdrawal");
    assert_eq!(told, [Uuid::from_u128(11)], "the others stay missed");
    assert!(breach_notice::insert_once(&connection, &missed(16, Some(under(1)))).await.expect("a notice"), "set back");
    assert_eq!(noticed(&connection, "").await.len(), 3);
}

#[tokio::test]
async fn the_first_notice_of_each_issue_stays_where_there_can_be_no_more() {
    let connection = database().await;
    let under = |number: u128| Some(StandardId(Uuid::from_u128(number)));
    let missed =
        |id: u128, of: u128, standard_id| BreachNotice { id: Uuid::from_u128(id), standard_id, ..notice(HERE, of) };
    for notice in [missed(11, 1, under(1)), missed(12, 1, under(2)), missed(13, 1, None), missed(14, 2, under(2))] {
        assert!(breach_notice::insert_once(&connection, &notice).await.expect("a notice"));
    }
    let kept = async || {
        let query = Query { filter: "", after: None, limit: 10 };
        breach_notice::list(&connection, HERE, query).await.expect("a list")
    };
    Migrator::down(&connection, Some(1)).await.expect("a step back");
    assert_eq!(kept().await, [missed(14, 2, under(2)), missed(11, 1, under(1))]);
    let second = breach_notice::insert_once(&connection, &missed(15, 1, under(2))).await;
    assert!(!second.expect("no notice"), "an issue has one alone");
    Migrator::up(&connection, None).await.expect("and forth");
    assert_eq!(kept().await, [missed(14, 2, under(2)), missed(11, 1, under(1))], "as it was");
    assert!(breach_notice::insert_once(&connection, &missed(15, 1, under(2))).await.expect("a notice"));
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, day).expect("a date of the test")
}

/// Keeps a partnership with little in it.
pub(crate) async fn keep_partnership(connection: &DatabaseConnection, id: PartnershipId, status: PartnershipStatus) {
    let partnership = Partnership {
        id,
        name: id.to_string(),
        slug: id.to_string(),
        nation: Nation::EnglandAndWales,
        boundary: Boundary::Polygon(Vec::new()),
        ward_codes: Vec::new(),
        accountable_body: String::new(),
        themes: Vec::new(),
        reference_prefix: id.to_string(),
        status,
        successor: None,
        demonstration: true,
        create_time: DateTime::UNIX_EPOCH,
        update_time: DateTime::UNIX_EPOCH,
        version: 1,
    };
    partnership::insert(connection, &partnership).await.expect("a partnership");
}

/// Keeps an agreed action that its owner should have accepted by 2 March 2026.
pub(crate) async fn keep_agreed(
    connection: &DatabaseConnection,
    partnership_id: PartnershipId,
    number: u128,
) -> ActionId {
    let acceptance_due = Reckoned { date: day(2), beyond_calendar: false };
    let agreement = Some(Agreement { decision_id: None, acceptance_due });
    let agreed = Action { status: ActionStatus::Agreed, agreement, ..raised(partnership_id, number) };
    action::insert(connection, &agreed).await.expect("an action");
    agreed.id
}

/// Makes the row of an action unreadable.
pub(crate) async fn spoil(connection: &DatabaseConnection, id: ActionId) {
    let spoil = entity::action::Entity::update_many()
        .col_expr(entity::action::Column::Evidence, Expr::value("no JSON"))
        .filter(entity::action::Column::Id.eq(id.0));
    assert_eq!(spoil.exec(connection).await.expect("an update").rows_affected, 1);
}

#[tokio::test]
async fn only_partnerships_at_work_escalate() {
    let connection = database().await;
    keep_partnership(&connection, HERE, PartnershipStatus::Active).await;
    keep_partnership(&connection, ELSEWHERE, PartnershipStatus::Archived).await;
    let here = keep_agreed(&connection, HERE, 1).await;
    keep_agreed(&connection, ELSEWHERE, 1).await;
    let waiting = |today| action::list_unaccepted(&connection, today, None, 10);
    assert_eq!(waiting(day(2)).await.expect("a list"), [], "the last day is still in time");
    assert_eq!(waiting(day(3)).await.expect("a list"), [(HERE, here)]);
}

#[tokio::test]
async fn an_action_remembers_who_submitted_it() {
    let connection = database().await;
    let submitter = Some(crate::domain::action::tests::actor("Manager"));
    let submitted = Action { submitter, ..raised(HERE, 1) };
    action::insert(&connection, &submitted).await.expect("an action");
    assert_eq!(action::get(&connection, HERE, submitted.id).await.expect("an action"), submitted);
}

fn referral(number: u128) -> Review {
    Review {
        id: Uuid::from_u128(number),
        kind: ReviewKind::ReferredBack,
        note: "There is no money for it.".to_owned(),
        reviewer: Actor { id: "council".to_owned(), name: "Council Finance".to_owned() },
        review_time: DateTime::UNIX_EPOCH,
        answered_by: None,
    }
}

#[tokio::test]
async fn a_decision_has_one_open_referral_at_a_time() {
    let connection = database().await;
    let referred = carried(1);
    decision::insert(&connection, &referred).await.expect("a decision");
    review::insert(&connection, &referred, &referral(1)).await.expect("a referral");
    let second = review::insert(&connection, &referred, &referral(2)).await.expect_err("one is open");
    assert!(second.is_transient(), "the next attempt finds the first: {second:?}");
    let answered = Review { answered_by: Some(carried(2).id), ..referral(1) };
    review::keep_answer(&connection, referred.partnership_id, &answered).await.expect("an answer");
    let again = review::keep_answer(&connection, referred.partnership_id, &answered).await;
    assert!(again.is_err(), "a referral is answered once");
    review::insert(&connection, &referred, &referral(3)).await.expect("another referral");
    let found = review::get(&connection, referred.partnership_id, referred.id).await.expect("the decision");
    assert_eq!((found.reviews, found.corrected_by), (vec![answered, referral(3)], None));
}

#[tokio::test]
async fn the_latest_decision_that_carried_corrects() {
    let connection = database().await;
    let corrected = carried(1);
    let correcting = |later: Decision| Decision { corrects: Some(corrected.id), ..later };
    let later = [correcting(carried(2)), correcting(carried(3)), correcting(fallen(4)), carried(5)];
    for decision in std::iter::once(&corrected).chain(&later) {
        decision::insert(&connection, decision).await.expect("a decision");
    }
    let found = review::get(&connection, corrected.partnership_id, corrected.id).await.expect("the decision");
    assert_eq!(found.corrected_by.map(|correction| correction.id), Some(carried(3).id));
    let found = review::get(&connection, corrected.partnership_id, carried(3).id).await.expect("the decision");
    assert_eq!(found.corrected_by, None);
    let elsewhere = review::get(&connection, ELSEWHERE, corrected.id).await;
    assert!(elsewhere.is_err(), "another partnership has no such decision");
}
