//! The whole loop, walked once through whatever way in a world has: a resident says X → a provider is answerable by a date → the
//! board sees it missed → an action with an owner → a commitment → a progress report → someone else verifies → the resident is
//! told "you said, we did" → and confirms. At the end the issue's story must hold every step.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::neighbourhood::Neighbourhood;
use crate::world::{House, PUBLIC, World, date, text, time};

/// What only the reporter and the manager may ever read.
pub const REPORTER: &str = "Joan Whitlock";
/// What only the reporter and the manager may ever read.
pub const EMAIL: &str = "joan.whitlock@example.org";
/// What only the reporter and the manager may ever read.
pub const PHONE: &str = "07700 900417";
/// What only the board and its staff may ever read.
const CONFIDENTIAL: &str = "A tenancy in Quay Lane";
/// Who came to the meeting without being a member: named to the board and its staff only.
const GUEST: &str = "Pat Moorhouse";
/// What the resident is told of the board's action.
const FEEDBACK: &str = "Street Scene now clears Quay Lane twice a week and put up a camera.";

/// Walks the whole loop in a new partnership.
///
/// # Panics
///
/// When a step does not go as the domain says.
pub async fn walk<H: House>(world: &mut World<H>) -> Walk {
    let hood = Neighbourhood::found(world, "brook-wharf", "BWS").await;
    let mut walk = Walk { hood, ..Walk::default() };
    walk.report(world).await;
    world.house.tick();
    walk.accept_issue(world).await;
    world.house.tick();
    walk.miss_the_pledge(world).await;
    world.house.tick();
    walk.call_meeting(world).await;
    world.house.tick();
    walk.decide(world).await;
    world.house.tick();
    walk.raise_action(world).await;
    world.house.tick();
    walk.commit(world).await;
    world.house.tick();
    walk.report_progress(world).await;
    world.house.tick();
    walk.verify_commitment(world).await;
    world.house.tick();
    walk.verify_action(world).await;
    world.house.tick();
    walk.resolve(world).await;
    world.house.tick();
    walk.confirm(world).await;
    world.house.tick();
    walk.read_story(world).await;
    walk
}

/// What came of a walk.
#[derive(Debug, Clone)]
pub struct Walk {
    /// Where it took place.
    pub hood: Neighbourhood,
    /// The issue.
    pub issue_id: String,
    /// The board's action.
    pub action_id: String,
    /// The provider's commitment.
    pub commitment_id: String,
    /// What the reporter follows the issue with.
    pub follow_token: String,
    /// The board's meeting.
    pub meeting_id: String,
    item_id: String,
    decision_id: String,
}

impl Default for Walk {
    fn default() -> Self {
        let none = String::new;
        let hood = Neighbourhood {
            partnership_id: none(),
            slug: none(),
            member_ids: Vec::new(),
            provider_id: none(),
            standard_id: none(),
            category_id: none(),
            routing_rule_id: none(),
            manager_id: none(),
            officer_id: none(),
        };
        Self {
            hood,
            issue_id: none(),
            action_id: none(),
            commitment_id: none(),
            follow_token: none(),
            meeting_id: none(),
            item_id: none(),
            decision_id: none(),
        }
    }
}

impl Walk {
    fn of_issue(&self, mut fields: Value) -> Value {
        fields["issue_id"] = json!(self.issue_id);
        self.hood.with(fields)
    }

    fn of_action(&self, mut fields: Value) -> Value {
        fields["action_id"] = json!(self.action_id);
        self.hood.with(fields)
    }

    fn of_commitment(&self, mut fields: Value) -> Value {
        fields["commitment_id"] = json!(self.commitment_id);
        self.hood.with(fields)
    }

    fn of_meeting(&self, mut fields: Value) -> Value {
        fields["meeting_id"] = json!(self.meeting_id);
        self.hood.with(fields)
    }

    async fn report<H: House>(&mut self, world: &World<H>) {
        let mut report = self.hood.report("Mattresses in Quay Lane");
        report["reporter"] =
            json!({"name": REPORTER, "email": EMAIL, "phone": PHONE, "visibility": "REPORTER_VISIBILITY_CONFIDENTIAL"});
        let answer = world.must(PUBLIC, "IssueService/ReportIssue", report).await;
        let issue = &answer["issue"];
        self.issue_id = text(issue, "issueId");
        self.follow_token = text(&answer, "followToken");
        assert_eq!(issue["state"], "ISSUE_STATE_ROUTED", "the rule finds the provider at once: {issue}");
        assert_eq!(issue["providerId"], json!(self.hood.provider_id), "the rule's provider answers for it: {issue}");
        assert_eq!(issue["routingRuleId"], json!(self.hood.routing_rule_id), "the matched rule is kept: {issue}");
        assert_eq!(issue["standardId"], json!(self.hood.standard_id), "it is measured against the pledge: {issue}");
        assert!(!answer.to_string().contains(EMAIL), "an answer does not repeat contact details: {answer}");
        let (start, due) = (time(&issue["clock"], "startTime"), time(&issue["clock"], "dueTime"));
        let days = (due - start).num_days();
        assert!((2..=5).contains(&days), "two working days are two to five days ahead, not {days}: {issue}");
    }

    async fn accept_issue<H: House>(&self, world: &World<H>) {
        let note = self.of_issue(json!({"note": "Ours."}));
        let issue = world.must(&self.hood.officer(), "IssueService/AcceptIssue", note).await;
        assert_eq!(issue["state"], "ISSUE_STATE_ACCEPTED", "{issue}");
        world
            .must(&self.hood.officer(), "IssueService/StartIssueWork", self.of_issue(json!({"note": "On the list."})))
            .await;
    }

    async fn miss_the_pledge<H: House>(&self, world: &mut World<H>) {
        world.pass_time(TimeDelta::days(6)).await;
        let breached = |issue: &Value| (issue["clock"]["breached"] == true).then(|| issue.clone());
        let issue =
            world.until("the breach", PUBLIC, "IssueService/GetIssue", self.of_issue(json!({})), breached).await;
        assert_eq!(issue["clock"]["onTime"], "ON_TIME_LATE", "{issue}");
        let asked = self.hood.with(json!({"filter": format!("issue_id = \"{}\"", self.issue_id)}));
        let first = |page: &Value| page["breachNotices"].get(0).cloned();
        let rpc = "BreachNoticeService/ListBreachNotices";
        let notice = world.until("the breach notice at the board", &self.hood.chair(), rpc, asked, first).await;
        assert_eq!(notice["standardId"], json!(self.hood.standard_id), "the notice names the pledge: {notice}");
        assert_eq!(notice["answered"], false, "no action answers it yet: {notice}");
    }

    async fn call_meeting<H: House>(&mut self, world: &mut World<H>) {
        let agenda = json!([
            {"number": "1", "title": "Fly-tipping in Quay Lane", "issue_ids": [self.issue_id]},
            {"number": "2", "title": CONFIDENTIAL, "confidential": true, "exemption_reason": "It names a person."},
        ]);
        let start_time = world.time_in(TimeDelta::days(14));
        let meeting = self.hood.with(json!({"title": "Board, extraordinary", "start_time": start_time, "place": "Library", "agenda_items": agenda}));
        let meeting = world.must(&self.hood.manager(), "MeetingService/CreateMeeting", meeting).await;
        self.meeting_id = text(&meeting, "meetingId");
        self.item_id = text(&meeting["agendaItems"][0], "agendaItemId");
        let published =
            world.must(&self.hood.manager(), "MeetingService/PublishAgenda", self.of_meeting(json!({}))).await;
        assert_eq!(published["publishedLate"], false, "two weeks are notice enough: {published}");
        let seen = world.must(PUBLIC, "MeetingService/GetMeeting", self.of_meeting(json!({}))).await;
        assert!(
            !seen.to_string().contains(CONFIDENTIAL),
            "a confidential item is left out of the public's view: {seen}"
        );
        assert_eq!(seen["confidentialItemCount"], 1, "but the public sees that there is one: {seen}");
        world.pass_time(TimeDelta::days(14)).await;
        world.must(&self.hood.chair(), "MeetingService/OpenMeeting", self.of_meeting(json!({}))).await;
    }

    async fn decide<H: House>(&mut self, world: &World<H>) {
        let votes = json!({"for_count": 3, "against_count": 1});
        let decision =
            json!({"agenda_item_id": self.item_id, "text": "Street Scene clears Quay Lane for good.", "votes": votes});
        let decision = self.of_meeting(decision);
        for member_id in &self.hood.member_ids[..3] {
            self.arrive(world, member_id).await;
        }
        let manager = self.hood.manager();
        let refusal = world.refused(&manager, "DecisionService/RecordDecision", decision.clone(), "NOT_QUORATE").await;
        assert_eq!(
            (refusal.variable("needed"), refusal.variable("present")),
            ("4", "3"),
            "the numbers are named: {refusal:?}"
        );
        self.arrive(world, &self.hood.member_ids[3]).await;
        let decision = world.must(&manager, "DecisionService/RecordDecision", decision).await;
        assert_eq!(decision["outcome"], "DECISION_OUTCOME_CARRIED", "{decision}");
        assert_eq!(decision["quorum"]["presentCount"], 4, "the quorum of the moment is kept: {decision}");
        self.decision_id = text(&decision, "decisionId");
        self.let_a_guest_in(world).await;
    }

    async fn let_a_guest_in<H: House>(&self, world: &World<H>) {
        let arrival = self.of_meeting(json!({"attendee_name": GUEST, "status": "ATTENDANCE_STATUS_PRESENT"}));
        let meeting = world.must(&self.hood.manager(), "MeetingService/RecordAttendance", arrival).await;
        assert!(meeting.to_string().contains(GUEST), "the staff reads who came: {meeting}");
        let seen = world.must(PUBLIC, "MeetingService/GetMeeting", self.of_meeting(json!({}))).await;
        assert_eq!(seen["otherAttendeeCount"], 1, "the public sees that somebody else came: {seen}");
        assert_eq!(seen["attendances"].as_array().map(Vec::len), Some(4), "and which members did: {seen}");
        let listed = world.must(PUBLIC, "MeetingService/ListMeetings", self.hood.with(json!({}))).await;
        assert!(!format!("{seen}{listed}").contains(GUEST), "but not who it was: {seen}");
    }

    async fn arrive<H: House>(&self, world: &World<H>, member_id: &str) {
        let arrival = self.of_meeting(json!({"member_id": member_id, "status": "ATTENDANCE_STATUS_PRESENT"}));
        world.must(&self.hood.manager(), "MeetingService/RecordAttendance", arrival).await;
    }

    async fn raise_action<H: House>(&mut self, world: &World<H>) {
        let (manager, officer) = (self.hood.manager(), self.hood.officer());
        let action = self.hood.with(json!({
            "title": "Clear Quay Lane for good", "theme": "Clean streets", "origin": "ACTION_ORIGIN_BREACH",
            "issue_ids": [self.issue_id], "decision_id": self.decision_id, "owner_provider_id": self.hood.provider_id,
            "owner_organisation": "Street Scene", "owner_person_id": self.hood.officer_id, "owner_person_name": "Dan Fisher",
            "due_date": world.date_in(90),
        }));
        let action = world.must(&manager, "ActionService/RaiseAction", action).await;
        self.action_id = text(&action, "actionId");
        let agreed = self.of_action(json!({"decision_id": self.decision_id}));
        let agreed = world.must(&manager, "ActionService/AgreeAction", agreed).await;
        assert_eq!(agreed["status"], "ACTION_STATUS_AGREED", "{agreed}");
        world.must(&officer, "ActionService/AcceptAction", self.of_action(json!({}))).await;
        let started = world.must(&officer, "ActionService/StartAction", self.of_action(json!({}))).await;
        assert_eq!(started["status"], "ACTION_STATUS_IN_PROGRESS", "{started}");
        let linked = |issue: &Value| {
            issue["actionIds"].as_array().is_some_and(|ids| ids.contains(&json!(self.action_id))).then_some(())
        };
        world.until("the action at its issue", PUBLIC, "IssueService/GetIssue", self.of_issue(json!({})), linked).await;
        let asked = self.hood.with(json!({"filter": "answered = true"}));
        let answered = |page: &Value| page["breachNotices"].get(0).map(|notice| notice["actionIds"].clone());
        let rpc = "BreachNoticeService/ListBreachNotices";
        let ids = world.until("the answered breach notice", &manager, rpc, asked, answered).await;
        assert_eq!(ids, json!([self.action_id]), "the notice names the action that answers it");
    }

    async fn commit<H: House>(&mut self, world: &World<H>) {
        let terms = json!({
            "text": "Quay Lane is clear on every weekly inspection.", "theme": "Clean streets", "kind": "COMMITMENT_KIND_STANDARD_IMPROVEMENT",
            "baseline": {"value": 40.0, "value_date": world.date_in(-30), "source": "Inspections, spring"},
            "target_value": 95.0, "unit": "percent", "direction": "DIRECTION_INCREASE", "start_date": world.date_in(0),
            "end_date": world.date_in(80), "reporting_frequency": "REPORTING_FREQUENCY_MONTHLY", "owner": "Head of Street Scene",
        });
        let offer = json!({"provider_id": self.hood.provider_id, "action_id": self.action_id, "terms": terms});
        let offer = world.must(&self.hood.officer(), "CommitmentService/OfferCommitment", self.hood.with(offer)).await;
        self.commitment_id = text(&offer, "commitmentId");
        let rpc = "CommitmentService/AcceptCommitment";
        let by_another = self.of_commitment(json!({"decision_id": self.decision_id}));
        let refusal = world.refused(&self.hood.signatory(), rpc, by_another, "DECISION_UNRELATED").await;
        assert_eq!(refusal.variable("commitment_id"), self.commitment_id, "a decision on the action is none on this");
        let accepted = self.of_commitment(json!({"decision_id": self.decide_on_commitment(world).await}));
        world.refused(&self.hood.officer(), rpc, accepted.clone(), "ROLE_MISSING").await;
        let accepted = world.must(&self.hood.signatory(), rpc, accepted).await;
        assert_eq!(accepted["status"], "COMMITMENT_STATUS_ACTIVE", "its first day has come: {accepted}");
        let id = json!(self.commitment_id);
        let linked = |action: &Value| {
            let mut known = action["commitments"].as_array()?.iter();
            known.any(|one| one["commitmentId"] == id && one["status"] == "active").then_some(())
        };
        world
            .until("the commitment at its action", PUBLIC, "ActionService/GetAction", self.of_action(json!({})), linked)
            .await;
    }

    /// The board takes the commitment; answers the decision.
    async fn decide_on_commitment<H: House>(&self, world: &World<H>) -> String {
        let decision = self.of_meeting(json!({
            "agenda_item_id": self.item_id, "text": "The commitment of Street Scene is accepted.", "by_consensus": true,
            "commitment_ids": [self.commitment_id],
        }));
        let decision = world.must(&self.hood.manager(), "DecisionService/RecordDecision", decision).await;
        assert_eq!(decision["commitmentIds"], json!([self.commitment_id]), "it says what it is about: {decision}");
        text(&decision, "decisionId")
    }

    async fn report_progress<H: House>(&self, world: &mut World<H>) {
        let read = world.must(PUBLIC, "CommitmentService/GetCommitment", self.of_commitment(json!({}))).await;
        let end = date(&read, "nextReportPeriodEndDate");
        let content = json!({"ratio": {"numerator": 24, "denominator": 25}, "narrative": "Clear on 24 of 25 inspections.", "reported_rag": "RAG_GREEN"});
        let report = self.of_commitment(json!({"period_end_date": end.to_string(), "content": content}));
        let rpc = "ProgressReportService/SubmitProgressReport";
        world.refused(&self.hood.officer(), rpc, report.clone(), "PERIOD_NOT_OVER").await;
        world.pass_time(TimeDelta::days(32)).await;
        let report = world.must(&self.hood.officer(), rpc, report).await;
        let report_id = self.of_commitment(json!({"progress_report_id": report["progressReportId"]}));
        world.refused(PUBLIC, "ProgressReportService/GetProgressReport", report_id.clone(), "NOT_FOUND").await;
        let accept = "ProgressReportService/AcceptProgressReport";
        world.refused(&self.hood.insider(), accept, report_id.clone(), "SELF_VERIFICATION").await;
        world.must(&self.hood.manager(), accept, report_id.clone()).await;
        let seen = world.must(PUBLIC, "ProgressReportService/GetProgressReport", report_id).await;
        assert_eq!(seen["status"], "PROGRESS_REPORT_STATUS_ACCEPTED", "{seen}");
        assert_eq!(seen["value"], 96.0, "24 of 25 are 96 %: {seen}");
    }

    async fn verify_commitment<H: House>(&self, world: &World<H>) {
        let rpc = "CommitmentService/VerifyCommitment";
        let evidence = json!([{"text": "Inspection sheets, 25 weeks"}]);
        let found = self.of_commitment(
            json!({"outcome": "VERIFICATION_OUTCOME_MET", "note": "Seen on site.", "evidence": evidence}),
        );
        world.refused(&self.hood.officer(), rpc, found.clone(), "ROLE_MISSING").await;
        world.refused(&self.hood.insider(), rpc, found.clone(), "SELF_VERIFICATION").await;
        let mut bare = found.clone();
        bare["evidence"] = json!([]);
        world.refused(&self.hood.manager(), rpc, bare, "EVIDENCE_REQUIRED").await;
        let met = world.must(&self.hood.manager(), rpc, found).await;
        assert_eq!(met["status"], "COMMITMENT_STATUS_MET", "{met}");
        assert_eq!(met["computedRag"], "RAG_BLUE", "{met}");
    }

    async fn verify_action<H: House>(&self, world: &World<H>) {
        let note = self.of_action(json!({"closing_note": "Twice weekly rounds run.", "evidence": [{"text": "Rota"}]}));
        world.must(&self.hood.officer(), "ActionService/SubmitActionForVerification", note).await;
        let rpc = "ActionService/VerifyAction";
        let verified = self.of_action(json!({"accepted": true, "feedback_note": FEEDBACK}));
        world.refused(&self.hood.insider(), rpc, verified.clone(), "VERIFIER_IS_OWNER").await;
        let complete = world.must(&self.hood.manager(), rpc, verified).await;
        assert_eq!(complete["status"], "ACTION_STATUS_COMPLETE", "{complete}");
        let told = |page: &Value| notice_of(page, "action.completed");
        let notice = world
            .until("the reporter's notice of the action", PUBLIC, "IssueService/ListNotices", self.notices(), told)
            .await;
        let words = text(&notice, "text");
        assert!(words.contains("You said") && words.contains("We did"), "it says what was said and done: {words}");
        assert!(words.contains(FEEDBACK), "it says it in the verifier's words: {words}");
        assert_eq!(notice["actionId"], json!(self.action_id), "{notice}");
    }

    async fn resolve<H: House>(&self, world: &World<H>) {
        let done = self.of_issue(
            json!({"reason": "The mattresses and the fridge were taken away.", "evidence": [{"text": "Photo"}]}),
        );
        let issue = world.must(&self.hood.officer(), "IssueService/ResolveIssue", done).await;
        assert_eq!(issue["state"], "ISSUE_STATE_RESOLVED", "{issue}");
        let told = world.must(PUBLIC, "IssueService/ListNotices", self.notices()).await;
        let notice = notice_of(&told, "issue.resolved")
            .unwrap_or_else(|| panic!("the reporter is told of the resolution: {told}"));
        assert!(text(&notice, "text").contains("taken away"), "{notice}");
    }

    async fn confirm<H: House>(&self, world: &World<H>) {
        let rpc = "IssueService/ConfirmResolution";
        let wrong = self.of_issue(json!({"follow_token": "not-the-token"}));
        world.refused(PUBLIC, rpc, wrong, "FOLLOW_TOKEN_INVALID").await;
        let said = self.of_issue(json!({"follow_token": self.follow_token, "note": "Thank you."}));
        let issue = world.must(PUBLIC, rpc, said).await;
        assert_eq!(issue["confirmation"], "CONFIRMATION_CONFIRMED", "{issue}");
        assert_eq!(issue["state"], "ISSUE_STATE_CLOSED", "{issue}");
    }

    fn notices(&self) -> Value {
        self.of_issue(json!({"follow_token": self.follow_token}))
    }

    /// The story holds every step, in order, with who and when; the public's holds none of what is not the public's.
    async fn read_story<H: House>(&self, world: &World<H>) {
        let rpc = "IssueService/GetIssueStory";
        let story = world.must(&self.hood.manager(), rpc, self.of_issue(json!({}))).await;
        assert_eq!(story["incompleteSources"], json!([]), "every service answered");
        let steps = story["steps"].as_array().unwrap_or_else(|| panic!("a story has steps: {story}"));
        for step in steps {
            assert!(time(step, "stepTime") <= world.now(), "each step says when: {step}");
            assert!(!text(&step["actor"], "name").is_empty(), "each step says who: {step}");
            assert!(!text(step, "text").is_empty(), "each step says what, in words: {step}");
        }
        let times: Vec<_> = steps.iter().map(|step| time(step, "stepTime")).collect();
        assert!(times.is_sorted(), "the steps come in the order in which they happened: {times:?}");
        must_hold_in_order(steps);
        let told = steps.iter().find(|step| step["kind"] == "notice.sent" && step["actionId"] == json!(self.action_id));
        assert!(told.is_some(), "the story says that the reporter was told of the action: {story}");
        let public = world.must(PUBLIC, rpc, self.of_issue(json!({}))).await;
        for secret in [REPORTER, EMAIL, CONFIDENTIAL, self.follow_token.as_str()] {
            assert!(!public.to_string().contains(secret), "the public does not read `{secret}`: {public}");
        }
        must_hold_in_order(
            public["steps"].as_array().unwrap_or_else(|| panic!("the public reads a story, too: {public}")),
        );
    }
}

/// The newest notice of a kind.
fn notice_of(page: &Value, kind: &str) -> Option<Value> {
    page["notices"].as_array()?.iter().find(|notice| notice["kind"] == kind).cloned()
}

/// The kinds that a whole loop holds, in the order in which they happen.
const STEPS: [&str; 17] = [
    "issue.reported",
    "issue.accepted",
    "issue.work_started",
    "issue.breached",
    "action.raised",
    "action.agreed",
    "action.accepted",
    "action.started",
    "commitment.offered",
    "commitment.accepted",
    "progress_report.submitted",
    "progress_report.accepted",
    "commitment.met",
    "action.submitted",
    "action.completed",
    "issue.resolved",
    "issue.confirmed",
];

fn must_hold_in_order(steps: &[Value]) {
    let kinds: Vec<&str> = steps.iter().filter_map(|step| step["kind"].as_str()).collect();
    let mut from = 0;
    for wanted in STEPS {
        let found = kinds.get(from..).and_then(|rest| rest.iter().position(|kind| *kind == wanted));
        let at = found
            .unwrap_or_else(|| panic!("the story holds `{wanted}` behind its {from} earlier steps; it has {kinds:?}"));
        from += at + 1;
    }
}
