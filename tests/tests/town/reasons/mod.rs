//! Every reason for failing that the contracts list is provoked here, over real HTTP or gRPC, in a partnership that is as it was founded.
//!
//! A new reason in `errors.proto` fails this test until it has its case: a function in the file of its domain that brings the refusal
//! about, and its line in [`CASES`]. A case that changes the partnership itself stands in [`SPOILING`], too.

#![allow(clippy::panic, reason = "a step that is refused on the way to a case fails the test")]

mod actions;
mod commitments;
mod faults;
mod http;
mod issues;
mod keys;
mod meetings;
mod members;
mod requests;

use std::collections::BTreeSet;

use futures::future::BoxFuture;
use pathfinder_kit::{Reason, code_of};
use pathfinder_tests::contract;
use pathfinder_tests::door::{Grpc, Http, Refusal, Way, code_name, http_of};
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{House as _, World};
use serde_json::Value;

/// An id that nothing has.
const ABSENT: &str = "01890a5d-ac96-774b-bcce-000000000000";

/// What came of the last step of a case: it must be the refusal.
type Outcome = Result<Value, Refusal>;
/// Brings a refusal about.
type Case = for<'a> fn(&'a mut Scene) -> BoxFuture<'a, Outcome>;

/// The suite, and the partnership of the case.
struct Scene {
    world: World<Town>,
    hood: Neighbourhood,
}

impl Scene {
    /// Asks an RPC about the partnership.
    async fn ask(&self, who: &str, rpc: &str, fields: Value) -> Outcome {
        self.world.ask(who, rpc, self.hood.with(fields)).await
    }

    /// Asks an RPC about the partnership that must be answered: a step on the way to the refusal.
    async fn must(&self, who: &str, rpc: &str, fields: Value) -> Value {
        self.world.must(who, rpc, self.hood.with(fields)).await
    }

    fn http(&self) -> Http {
        Http::at(&self.world.house.gateway())
    }

    fn grpc(&self) -> Grpc {
        Grpc::at(&self.world.house.services())
    }
}

/// Why nothing here brings about some reasons. The list may only get shorter.
const UNPROVOKED: &[(&str, &str)] = &[("UNSPECIFIED", "the zero that every enum has; no failure carries it")];

/// After these the partnership is no longer what another case expects.
const SPOILING: &[Reason] = &[
    Reason::PartnershipForbids,
    Reason::PartnershipArchived,
    Reason::SeatsExceeded,
    Reason::MembershipEnded,
    Reason::NotACurrentMember,
    Reason::NoPresidingMember,
    Reason::StandardSuperseded,
    Reason::ProviderInactive,
    Reason::CategoryRetired,
    Reason::TooManyRoutingRules,
];

macro_rules! cases {
    ($($reason:ident by $case:path;)+) => {
        &[$((Reason::$reason, |scene| Box::pin($case(scene)))),+]
    };
}

const CASES: &[(Reason, Case)] = cases! {
    InvalidRequest by requests::a_field_is_wrong;
    PageTokenInvalid by requests::a_page_token_is_broken;
    FilterInvalid by requests::a_filter_names_no_field;
    CursorInvalid by requests::a_cursor_lies_ahead;
    TokenRequired by requests::nobody_known_writes;
    TokenInvalid by requests::a_token_is_none;
    RoleMissing by requests::an_observer_writes;
    NotFound by requests::something_is_not_there;
    AlreadyExists by requests::a_name_is_taken;
    EtagMismatch by requests::an_etag_is_stale;
    RequestIdReused by requests::a_request_id_comes_with_another_body;
    StateForbids by requests::a_move_is_made_twice;
    TooLarge by requests::a_message_is_too_large;
    NoSuchCall by requests::a_service_is_asked_what_another_answers;
    ServiceSecretWrong by requests::a_service_has_another_secret;
    GrantIncomplete by requests::a_role_lacks_its_partnership;
    Conflict by faults::others_are_always_faster;
    Overloaded by faults::too_many_streams_are_open;
    DeadlineExceeded by faults::a_call_waits_past_its_deadline;
    DatabaseUnavailable by faults::a_call_waits_for_a_connection_in_vain;
    PeerUnavailable by faults::tokens_cannot_be_checked;
    Internal by faults::a_table_is_missing;
    RouteNotFound by http::a_path_leads_nowhere;
    MethodNotAllowed by http::a_path_has_no_such_method;
    JsonMalformed by http::a_body_is_no_json;
    MediaTypeUnsupported by http::a_body_is_a_form;
    BodyUnreadable by http::a_body_breaks_off;
    CrossSite by http::another_site_sends_it;
    RateLimited by http::one_address_asks_too_often;
    SessionEnded by http::a_session_is_none;
    SignInRefused by keys::a_sign_in_link_is_guessed;
    ClientRefused by keys::a_client_secret_is_guessed;
    ScopeRefused by keys::a_key_is_to_open_more_than_it_does;
    CredentialEnded by keys::a_revoked_key_is_rotated;
    NotASystem by keys::a_person_is_to_have_a_key;
    LinkRefused by keys::a_form_link_is_guessed;
    TooManyAttempts by keys::eleven_letters_are_asked_for;
    PartnershipForbids by members::a_partnership_forbids_it;
    NoConstitution by members::nothing_was_in_force_then;
    ConstitutionNeedsDecision by members::a_constitution_is_changed_without_the_board;
    PartnershipArchived by members::a_partnership_is_archived;
    SeatsExceeded by members::a_kind_of_seat_is_used_up;
    SeatTaken by members::a_seat_is_taken;
    ChairTaken by members::there_is_a_chair;
    SubstituteUnfit by members::a_substitute_is_to_be_chair;
    MembershipEnded by members::a_membership_ends_twice;
    NotACurrentMember by members::a_former_member_comes;
    NoPresidingMember by members::nobody_presides;
    NoticeTooShort by meetings::papers_go_out_late;
    AgendaEmpty by meetings::an_agenda_has_no_items;
    MeetingBeforeItsDay by meetings::a_meeting_opens_too_soon;
    AttendanceOutOfOrder by meetings::someone_leaves_who_never_came;
    MinutesIncomplete by meetings::an_item_has_no_outcome;
    MinutesNeedLaterMeeting by meetings::a_meeting_approves_its_own_minutes;
    NotQuorate by meetings::three_are_too_few;
    VotesExceedElectorate by meetings::nine_vote_where_four_are;
    CastingVoteForbidden by meetings::a_casting_vote_comes_without_a_tie;
    MemberMayNotVote by meetings::an_absent_member_proposes;
    DecisionClassUnknown by meetings::a_class_of_decision_is_unknown;
    DecisionNotCarried by actions::a_fallen_decision_agrees_it;
    DecisionReferredBack by actions::a_decision_that_was_referred_back_agrees_it;
    DecisionCorrected by actions::a_corrected_decision_agrees_it;
    IssueUnknown by actions::it_answers_no_issue;
    NotTheOwner by actions::another_accepts_it;
    ActionAlreadyAccepted by actions::it_is_accepted_twice;
    ActionNotAccepted by actions::it_starts_unaccepted;
    MoveNeedsDecision by actions::its_date_moves_too_far;
    VerifierIsOwner by actions::its_owner_verifies_it;
    NoStandard by commitments::no_standard_is_in_force;
    StandardSuperseded by commitments::a_standard_is_revised_twice;
    StandardBackdated by commitments::a_standard_is_revised_for_the_past;
    StandardOverlaps by commitments::a_standard_measures_the_same;
    ProviderInactive by commitments::an_inactive_provider_offers;
    LinkUnknown by commitments::it_answers_no_action;
    SelfVerification by commitments::its_provider_verifies_it;
    EvidenceRequired by commitments::it_is_met_without_evidence;
    CommitmentNotEnded by commitments::it_is_missed_before_its_end;
    CommitmentEnded by commitments::it_is_accepted_after_its_end;
    DecisionUnrelated by commitments::a_decision_is_about_something_else;
    MilestoneRecorded by commitments::a_milestone_is_recorded_twice;
    PeriodUnknown by commitments::no_period_ends_then;
    PeriodNotOver by commitments::a_period_is_not_over;
    PeriodReported by commitments::a_period_is_reported_twice;
    ReportSuperseded by commitments::a_report_is_corrected_twice;
    DraftOfAnother by commitments::a_draft_is_replaced_unread;
    CategoryRetired by issues::its_category_is_retired;
    FollowTokenInvalid by issues::its_follow_token_is_another;
    PauseNotAllowed by issues::its_clock_may_not_pause_for_that;
    DuplicateOfItself by issues::it_repeats_itself;
    ClosingNotDisputed by issues::an_undisputed_closing_is_upheld;
    TooManyRoutingRules by issues::there_are_too_many_routing_rules;
    TooManySupporters by issues::it_has_too_many_supporters;
    TooManyPhotos by issues::it_has_too_many_photos;
};

fn word(reason: Reason) -> &'static str {
    reason.as_str_name().trim_start_matches("ERROR_REASON_")
}

#[test]
fn every_reason_has_its_case() {
    let registry =
        contract::enums().find(|words| words.name() == "ErrorReason").expect("there is a registry of reasons");
    let listed: BTreeSet<String> = registry.values().map(|value| value.name().replace("ERROR_REASON_", "")).collect();
    let provoked: BTreeSet<String> = CASES.iter().map(|(reason, _)| word(*reason).to_owned()).collect();
    assert_eq!(provoked.len(), CASES.len(), "a reason has one case");
    let unprovoked: Vec<&String> = listed.difference(&provoked).collect();
    let excused: Vec<&str> = UNPROVOKED.iter().map(|(word, _)| *word).collect();
    assert_eq!(unprovoked, excused, "every reason has a case in CASES, and none is excused that has one");
    assert!(UNPROVOKED.len() <= 1, "the list of excuses may only get shorter");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reason_is_given_where_it_belongs() {
    let world = Town::world(Way::Http).await;
    let hood = Neighbourhood::found(&world, "first", "FIRST").await;
    let mut scene = Scene { world, hood };
    let mut findings = Vec::new();
    for (reason, case) in CASES {
        match case(&mut scene).await {
            Ok(answer) => findings.push(format!("{} was to be refused, and was answered: {answer}", word(*reason))),
            Err(refusal) => findings.extend(finding(*reason, &refusal)),
        }
        if let Some(number) = SPOILING.iter().position(|spoiling| spoiling == reason) {
            let letter = ('A'..='Z').nth(number).expect("few cases spoil their partnership");
            scene.hood = Neighbourhood::found(&scene.world, &format!("next-{number}"), &format!("NX{letter}")).await;
        }
    }
    assert!(findings.is_empty(), "each case is refused for its reason; not so:\n  {}", findings.join("\n  "));
    scene.world.house.stop().await;
}

/// What is not as it should be with a refusal for a reason.
fn finding(reason: Reason, refusal: &Refusal) -> Option<String> {
    let code = code_name(code_of(reason).grpc());
    let named = refusal.reason == word(reason) && refusal.status == code;
    let sentence = refusal.message.len() > 15 && refusal.message.contains(' ');
    let status = refusal.http.is_none_or(|http| http == http_of(refusal));
    (!named || !sentence || !status)
        .then(|| format!("{} comes with {code}, its HTTP status and a sentence, but: {refusal:?}", word(reason)))
}
