//! A partnership with one of everything, for laying two of them side by side: the same names, categories, providers and steps in
//! both, and in every free text a word that only the one has.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::neighbourhood::Neighbourhood;
use crate::sample::PHOTO;
use crate::sitting::Sitting;
use crate::world::{House, PUBLIC, World, text};

/// Where somebody is reached who reports in every partnership.
pub const SHARED_EMAIL: &str = "kim@example.org";

/// A partnership with issues, an action, a decision, a commitment with its reports, a breach and a form link.
#[derive(Debug, Clone)]
pub struct Lookalike {
    /// Where it is.
    pub hood: Neighbourhood,
    /// What no other partnership may show: it begins every free text, the slug, the logins and the references.
    pub marker: String,
    /// One id for each kind of thing, by the field in which requests name it.
    pub ids: BTreeMap<&'static str, String>,
    /// What the reporter follows the first issue with.
    pub follow_token: String,
}

impl Lookalike {
    /// Founds it. `marker` is a few capitals, such as `AAA`.
    pub async fn found<H: House>(world: &World<H>, marker: &str) -> Self {
        let hood = Neighbourhood::found(world, &format!("{}-only", marker.to_lowercase()), marker).await;
        let ids = BTreeMap::from([
            ("partnership_id", hood.partnership_id.clone()),
            ("provider_id", hood.provider_id.clone()),
            ("standard_id", hood.standard_id.clone()),
            ("category_id", hood.category_id.clone()),
            ("routing_rule_id", hood.routing_rule_id.clone()),
            ("member_id", hood.member_ids[1].clone()),
            ("person_id", hood.manager_id.clone()),
            // Nothing is on its way to a council where no council has a system.
            ("forwarding_id", hood.partnership_id.clone()),
        ]);
        let mut it = Self { hood, marker: format!("{}-", marker.to_lowercase()), ids, follow_token: String::new() };
        it.report(world).await;
        it.decide(world).await;
        it.act(world).await;
        it.commit(world).await;
        it.report_progress(world).await;
        it.link(world).await;
        it.tell(world).await;
        it
    }

    /// A free text of this partnership alone.
    #[must_use]
    pub fn says(&self, words: &str) -> String {
        format!("{}only: {words}", self.marker.to_uppercase())
    }

    /// The id for a field such as `owner_provider_id`; none for what is not known here.
    #[must_use]
    pub fn id_for(&self, field: &str) -> Option<&str> {
        let kind = match field {
            "duplicate_of" => "other_issue_id",
            "approving_meeting_id" | "next_meeting_id" => "meeting_id",
            "unfinished_item_ids" => "agenda_item_id",
            other => other.strip_suffix('s').unwrap_or(other),
        };
        let known = self.ids.iter().find(|(name, _)| **name == kind);
        let known = known.or_else(|| self.ids.iter().find(|(name, _)| kind.ends_with(&format!("_{name}"))));
        known.map(|(_, id)| id.as_str())
    }

    /// A message about this partnership, with ids for some of its fields.
    #[must_use]
    pub fn with(&self, fields: &[&'static str], mut message: Value) -> Value {
        for field in fields {
            message[*field] = json!(self.ids[field]);
        }
        self.hood.with(message)
    }

    fn keep(&mut self, field: &'static str, answer: &Value, named: &str) {
        self.ids.insert(field, text(answer, named));
    }

    /// Four reports: one that another system knew long ago and whose time has passed, one by a named resident, one by somebody who
    /// reports in the other partnership too, one held back.
    async fn report<H: House>(&mut self, world: &World<H>) {
        let mut old = self.hood.report(&self.says("mattresses"));
        old["report_time"] = json!(world.time_in(-TimeDelta::days(20)));
        old["external_id"] = json!(self.says("case 7"));
        let old = world.must(&self.hood.system(), "IssueService/ReportIssue", old).await;
        self.keep("issue_id", &old["issue"], "issueId");
        self.follow_token = text(&old, "followToken");
        let photo =
            json!({"content": PHOTO, "caption": self.says("the mattresses"), "follow_token": self.follow_token});
        let photo = world.must(PUBLIC, "PhotoService/AddPhoto", self.with(&["issue_id"], photo)).await;
        self.keep("photo_id", &photo, "photoId");
        let mut named = self.hood.report(&self.says("a fridge"));
        named["reporter"] = json!({
            "name": self.says("Joan Whitlock"), "email": format!("{}joan@example.org", self.marker),
            "visibility": "REPORTER_VISIBILITY_NAMED",
        });
        let named = world.must(PUBLIC, "IssueService/ReportIssue", named).await;
        self.keep("other_issue_id", &named["issue"], "issueId");
        let mut shared = self.hood.report(&self.says("a sofa"));
        shared["reporter"] = json!({"name": self.says("Kim"), "email": SHARED_EMAIL});
        world.must(PUBLIC, "IssueService/ReportIssue", shared).await;
        let mut held = self.hood.report(&self.says("a fire, call 999"));
        held["description"] = json!(self.says("There is a fire now, call 999."));
        world.must(PUBLIC, "IssueService/ReportIssue", held).await;
        let officer = self.hood.officer();
        for rpc in ["IssueService/AcceptIssue", "IssueService/StartIssueWork"] {
            let note = json!({"note": self.says("ours")});
            world.must(&officer, rpc, self.with(&["issue_id"], note)).await;
        }
        let supporter =
            json!({"supporter": {"name": self.says("Sam"), "email": format!("{}sam@example.org", self.marker)}});
        world.must(PUBLIC, "IssueService/SupportIssue", self.with(&["issue_id"], supporter)).await;
    }

    async fn decide<H: House>(&mut self, world: &World<H>) {
        let hood = self.hood.clone();
        let sitting = Sitting::opened(world, &hood, 4).await;
        let decided = sitting.decide(json!({"text": self.says("Street Scene clears it.")})).await;
        let decided = decided.unwrap_or_else(|refusal| panic!("four members are a quorum, but: {refusal:?}"));
        self.keep("decision_id", &decided, "decisionId");
        self.keep("meeting_id", &decided, "meetingId");
        self.keep("agenda_item_id", &decided, "agendaItemId");
        let interests = json!({"registered_interests": [self.says("a shop in Quay Lane")]});
        world.must(&hood.manager(), "MemberService/RegisterInterests", self.with(&["member_id"], interests)).await;
        let guest = json!({"attendee_name": self.says("Pat"), "status": "ATTENDANCE_STATUS_PRESENT"});
        sitting.must(&hood.manager(), "MeetingService/RecordAttendance", guest).await;
        let seats = world.list(PUBLIC, "MemberService/ListSeats", hood.with(json!({})), "seats").await;
        self.keep("seat_id", &seats[1], "seatId");
    }

    async fn act<H: House>(&mut self, world: &World<H>) {
        let raised = json!({
            "title": self.says("clear it for good"), "theme": "Clean streets", "origin": "ACTION_ORIGIN_BREACH",
            "issue_ids": [self.ids["issue_id"]], "owner_provider_id": self.hood.provider_id, "owner_organisation": "Street Scene",
            "owner_person_id": self.hood.officer_id, "owner_person_name": self.says("Dan"), "due_date": world.date_in(90),
        });
        let raised = self.with(&["decision_id"], raised);
        let action = world.must(&self.hood.manager(), "ActionService/RaiseAction", raised).await;
        self.keep("action_id", &action, "actionId");
        let agreed = self.with(&["action_id", "decision_id"], json!({}));
        world.must(&self.hood.manager(), "ActionService/AgreeAction", agreed).await;
        world.must(&self.hood.officer(), "ActionService/AcceptAction", self.with(&["action_id"], json!({}))).await;
    }

    async fn commit<H: House>(&mut self, world: &World<H>) {
        let terms = json!({
            "text": self.says("clear on every inspection"), "kind": "COMMITMENT_KIND_ONE_OFF", "target_value": 95.0, "unit": "percent",
            "baseline": {"value": 40.0, "value_date": world.date_in(-90), "source": self.says("survey")},
            "direction": "DIRECTION_INCREASE", "start_date": world.date_in(-75), "end_date": world.date_in(80),
            "reporting_frequency": "REPORTING_FREQUENCY_MONTHLY", "owner": self.says("the head"),
        });
        let step = json!([{"text": self.says("half way"), "due_date": world.date_in(20)}]);
        let offer = self.with(&["provider_id", "action_id"], json!({"terms": terms, "milestones": step}));
        let offer = world.must(&self.hood.officer(), "CommitmentService/OfferCommitment", offer).await;
        self.keep("commitment_id", &offer, "commitmentId");
        self.keep("milestone_id", &offer["milestones"][0], "milestoneId");
        let decided = json!({
            "text": self.says("the commitment is taken"), "by_consensus": true, "commitment_ids": [self.ids["commitment_id"]],
        });
        let decided = self.with(&["meeting_id", "agenda_item_id"], decided);
        let decided = world.must(&self.hood.manager(), "DecisionService/RecordDecision", decided).await;
        let accepted = json!({"decision_id": decided["decisionId"], "note": self.says("we do")});
        let accepted = self.with(&["commitment_id"], accepted);
        world.must(&self.hood.signatory(), "CommitmentService/AcceptCommitment", accepted).await;
    }

    /// Two reports: one accepted, which everyone reads, and one handed in.
    async fn report_progress<H: House>(&mut self, world: &World<H>) {
        for wording in ["clear on 24 of 25", "clear on 23 of 25"] {
            let read = self.with(&["commitment_id"], json!({}));
            let read = world.must(PUBLIC, "CommitmentService/GetCommitment", read).await;
            let content = json!({
                "ratio": {"numerator": 24, "denominator": 25}, "narrative": self.says(wording), "reported_rag": "RAG_GREEN",
            });
            let report = json!({"period_end_date": read["nextReportPeriodEndDate"], "content": content});
            let report = self.with(&["commitment_id"], report);
            let report = world.must(&self.hood.officer(), "ProgressReportService/SubmitProgressReport", report).await;
            if self.ids.contains_key("progress_report_id") {
                continue;
            }
            self.keep("progress_report_id", &report, "progressReportId");
            let report = self.with(&["commitment_id", "progress_report_id"], json!({}));
            world.must(&self.hood.manager(), "ProgressReportService/AcceptProgressReport", report).await;
        }
    }

    /// An issue that has ended, and what is said of it.
    async fn tell<H: House>(&mut self, world: &World<H>) {
        let reported = self.hood.report(&self.says("a broken chair"));
        let ended = world.must(PUBLIC, "IssueService/ReportIssue", reported).await;
        self.keep("ended_issue_id", &ended["issue"], "issueId");
        let closing = json!({"issue_id": self.ids["ended_issue_id"], "reason": self.says("it was gone")});
        let manager = self.hood.manager();
        world.must(&manager, "IssueService/CloseIssueWithoutAction", self.hood.with(closing)).await;
        let entry = json!({
            "you_said": self.says("a chair lies there"), "we_did": self.says("we looked, and it was gone"),
            "issue_ids": [self.ids["ended_issue_id"]], "provider_id": self.hood.provider_id,
        });
        let entry = world.must(&manager, "ResponseEntryService/PublishResponseEntry", self.hood.with(entry)).await;
        self.keep("response_entry_id", &entry, "responseEntryId");
        let other = json!({"we_did": self.says("we went there, and it was gone")});
        let other = self.with(&["response_entry_id"], other);
        world.must(&manager, "ResponseEntryService/UpdateResponseEntry", other).await;
    }

    async fn link<H: House>(&mut self, world: &World<H>) {
        let link = json!({"holder_name": self.says("Quay Skips")});
        let link = self.with(&["provider_id", "issue_id"], link);
        let link = world.must(&self.hood.manager(), "FormLinkService/CreateFormLink", link).await;
        self.keep("form_link_id", &link["formLink"], "formLinkId");
    }
}
