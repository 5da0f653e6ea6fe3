//! What comes to a decision after the board took it: the accountable body endorses it or refers it back, and the board answers,
//! corrects and ratifies by later decisions. What rests on a decision waits or goes on accordingly.

#![allow(clippy::panic, reason = "an answer of an unexpected kind fails the test")]

use pathfinder_tests::door::{Refusal, Way};
use pathfinder_tests::events;
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::sitting::{Sitting, carried};
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{ADMINISTRATOR, PUBLIC, World, merged, text};
use serde_json::{Value, json};

const AGREE: &str = "ActionService/AgreeAction";
const REFER_BACK: &str = "DecisionService/ReferDecisionBack";
const ENDORSE: &str = "DecisionService/EndorseDecision";
const ADOPT: &str = "PartnershipService/AdoptConstitution";
const ACCEPT: &str = "CommitmentService/AcceptCommitment";
const WHY: &str = "There is no money for it before April.";

/// A running suite with one partnership.
struct Scene {
    world: World<Town>,
    hood: Neighbourhood,
}

impl Scene {
    async fn set(way: Way) -> Self {
        let world = Town::world(way).await;
        let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
        Self { world, hood }
    }

    async fn must(&self, who: &str, rpc: &str, fields: Value) -> Value {
        self.world.must(who, rpc, self.hood.with(fields)).await
    }

    async fn refused(&self, who: &str, rpc: &str, fields: Value, reason: &str) -> Refusal {
        self.world.refused(who, rpc, self.hood.with(fields), reason).await
    }

    fn accountable(&self) -> String {
        self.hood.login("accountable")
    }

    /// The board carries a decision, of which `fields` say more.
    async fn decide(&self, fields: Value) -> String {
        carried(&self.world, &self.hood, fields).await
    }

    async fn refer_back(&self, decision_id: &str) -> Value {
        self.must(&self.accountable(), REFER_BACK, json!({"decision_id": decision_id, "reason": WHY})).await
    }

    async fn read(&self, who: &str, decision_id: &str) -> Value {
        self.must(who, "DecisionService/GetDecision", json!({"decision_id": decision_id})).await
    }

    /// An action that nobody has agreed yet.
    async fn action(&self) -> String {
        let action = json!({
            "title": "Clear the lane", "origin": "ACTION_ORIGIN_WALKABOUT", "owner_provider_id": self.hood.provider_id,
            "owner_organisation": "Street Scene", "due_date": self.world.date_in(30),
        });
        text(&self.must(&self.hood.manager(), "ActionService/RaiseAction", action).await, "actionId")
    }

    /// A commitment that nobody has accepted yet.
    async fn offer(&self) -> String {
        let world = &self.world;
        let terms = json!({
            "text": "The lane is clear on every inspection.", "kind": "COMMITMENT_KIND_ONE_OFF", "target_value": 95.0,
            "unit": "percent", "direction": "DIRECTION_INCREASE", "start_date": world.date_in(0), "end_date": world.date_in(80),
            "baseline": {"value": 40.0, "value_date": world.date_in(0), "source": "Inspections"},
            "reporting_frequency": "REPORTING_FREQUENCY_MONTHLY", "owner": "Head of Street Scene",
        });
        let offer = json!({"provider_id": self.hood.provider_id, "terms": terms});
        text(&self.must(&self.hood.officer(), "CommitmentService/OfferCommitment", offer).await, "commitmentId")
    }

    /// A constitution that takes effect so many days from now.
    fn constitution(&self, days: i64, decision_id: &str) -> Value {
        let adopted = json!({"effective_from_date": self.world.date_in(days), "rules": {"casting_vote": true}});
        merged(adopted, json!({"decision_id": decision_id}))
    }

    /// Everything that may rest on a decision is refused for the reason, which names the decision.
    async fn nothing_rests_on(&self, decision_id: &str, commitment_id: &str, reason: &str) {
        let by = |fields: Value| merged(fields, json!({"decision_id": decision_id}));
        let manager = self.hood.manager();
        let action_id = self.action().await;
        let refusal = self.refused(&manager, AGREE, by(json!({"action_id": action_id})), reason).await;
        let reference = text(&self.read(&manager, decision_id).await, "reference");
        assert_eq!(refusal.variable("reference"), reference, "it says which: {refusal:?}");
        assert!(refusal.message.contains(&reference), "also in words: {refusal:?}");
        let another = json!({
            "title": "Another", "origin": "ACTION_ORIGIN_DECISION", "owner_organisation": "Us", "due_date": self.world.date_in(30),
        });
        self.refused(&manager, "ActionService/RaiseAction", by(another), reason).await;
        self.refused(&manager, ADOPT, self.constitution(40, decision_id), reason).await;
        let accepted = by(json!({"commitment_id": commitment_id}));
        let refusal = self.refused(&self.hood.signatory(), ACCEPT, accepted, reason).await;
        assert_eq!(refusal.variable("decision_id"), decision_id, "{refusal:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_referred_back_waits_for_the_board() {
    let scene = Scene::set(Way::Http).await;
    let commitment_id = scene.offer().await;
    let about = json!({"commitment_ids": [commitment_id]});
    let decision_id = scene.decide(about).await;
    let done_before = json!({"action_id": scene.action().await, "decision_id": decision_id});
    scene.must(&scene.hood.manager(), AGREE, done_before.clone()).await;
    nobody_else_refers_back(&scene, &decision_id).await;

    let referred = scene.refer_back(&decision_id).await;
    assert_eq!(referred["referredBack"], true, "{referred}");
    everybody_reads_why(&scene, &decision_id).await;
    scene.nothing_rests_on(&decision_id, &commitment_id, "DECISION_REFERRED_BACK").await;
    let read = json!({"action_id": done_before["action_id"]});
    let agreed = scene.must(PUBLIC, "ActionService/GetAction", read).await;
    assert_eq!(agreed["status"], "ACTION_STATUS_AGREED", "what was done before stands: {agreed}");
    let again = json!({"decision_id": decision_id, "reason": "Once more."});
    let refusal = scene.refused(&scene.accountable(), REFER_BACK, again, "STATE_FORBIDS").await;
    assert_eq!(refusal.variable("state"), "referred_back", "one referral is open at a time: {refusal:?}");
    scene.refused(&scene.accountable(), ENDORSE, json!({"decision_id": decision_id}), "STATE_FORBIDS").await;

    what_does_not_carry_is_no_answer(&scene, &decision_id).await;
    let answer_id = scene.decide(json!({"ratifies_decision_id": decision_id})).await;
    let answer = scene.read(PUBLIC, &answer_id).await;
    assert_eq!(answer["commitmentIds"], json!([commitment_id]), "it is about what it ratifies is about: {answer}");
    let read = scene.read(PUBLIC, &decision_id).await;
    assert_eq!(read["referredBack"], false, "the board stands by it: {read}");
    assert_eq!(read["reviews"][0]["answeredByDecisionId"], json!(answer_id), "the referral stays to be read: {read}");
    let by = |fields: Value| merged(fields, json!({"decision_id": decision_id}));
    scene.must(&scene.hood.manager(), AGREE, by(json!({"action_id": scene.action().await}))).await;
    scene.must(&scene.hood.signatory(), ACCEPT, by(json!({"commitment_id": commitment_id}))).await;
    others_hear_of_it(&scene, &decision_id, &answer_id).await;
    scene.world.house.stop().await;
}

async fn nobody_else_refers_back(scene: &Scene, decision_id: &str) {
    let hood = &scene.hood;
    let referral = json!({"decision_id": decision_id, "reason": WHY});
    for who in [hood.manager(), hood.chair(), hood.insider(), ADMINISTRATOR.to_owned()] {
        for rpc in [REFER_BACK, ENDORSE] {
            let mut asked = referral.clone();
            if rpc == ENDORSE {
                asked = json!({"decision_id": decision_id});
            }
            let refusal = scene.refused(&who, rpc, asked, "ROLE_MISSING").await;
            assert_eq!(refusal.variable("needed"), "accountable_body", "it says who may: {refusal:?}");
        }
    }
    scene.refused(PUBLIC, REFER_BACK, referral.clone(), "TOKEN_REQUIRED").await;
    let blank = merged(referral, json!({"reason": " "}));
    scene.refused(&scene.accountable(), REFER_BACK, blank, "INVALID_REQUEST").await;
    let minutes = json!({"meeting_id": scene.read(PUBLIC, decision_id).await["meetingId"], "items": []});
    scene.refused(&scene.accountable(), "MeetingService/DraftMinutes", minutes, "ROLE_MISSING").await;
}

/// That it was referred back and why is public; by whom in person is not.
async fn everybody_reads_why(scene: &Scene, decision_id: &str) {
    for (who, name) in [(PUBLIC.to_owned(), ""), (scene.hood.manager(), "Council Finance")] {
        let read = scene.read(&who, decision_id).await;
        let listed = scene.must(&who, "DecisionService/ListDecisions", json!({})).await;
        assert_eq!(listed["decisions"][0], read, "the list shows the same: {listed}");
        let review = &read["reviews"][0];
        assert_eq!((&read["referredBack"], &review["note"]), (&json!(true), &json!(WHY)), "{read}");
        assert_eq!(review["kind"], "REVIEW_KIND_REFERRED_BACK", "{review}");
        assert_eq!(text(&review["reviewer"], "name"), name, "`{who}` reads who said it, or does not: {review}");
    }
}

async fn what_does_not_carry_is_no_answer(scene: &Scene, decision_id: &str) {
    let ratifying = json!({"ratifies_decision_id": decision_id});
    let quorate = Sitting::opened(&scene.world, &scene.hood, 4).await;
    let against = json!({"votes": {"for_count": 1, "against_count": 3}});
    let fallen = quorate.decide(merged(ratifying.clone(), against)).await.expect("four may decide against it");
    let few = Sitting::opened(&scene.world, &scene.hood, 3).await;
    let all = json!({"votes": {"for_count": 3}, "recommend_without_quorum": true});
    let recommended = few.decide(merged(ratifying, all)).await.expect("three may recommend it");
    assert_eq!(recommended["outcome"], "DECISION_OUTCOME_RECOMMENDED", "{recommended}");
    let read = scene.read(PUBLIC, decision_id).await;
    assert_eq!(read["referredBack"], true, "neither {} nor {} answers", fallen["reference"], recommended["reference"]);
}

async fn others_hear_of_it(scene: &Scene, decision_id: &str, answer_id: &str) {
    let here = ("partnership_id", scene.hood.partnership_id.as_str());
    let kinds = [("kinds", "decision.reviewed"), ("kinds", "decision.referral_answered"), here];
    let feed = events::open(&scene.world, &scene.hood.system(), "boards", &kinds).await;
    let told = events::read(feed, 2).await;
    assert_eq!(told[0]["decisionReviewed"]["decisionId"], json!(decision_id), "{told:?}");
    assert_eq!(told[0]["decisionReviewed"]["note"], json!(WHY), "{told:?}");
    assert_eq!(told[1]["decisionReferralAnswered"]["answeredByDecisionId"], json!(answer_id), "{told:?}");
    let asked = scene.hood.with(json!({"filter": format!("subject_id = \"{decision_id}\"")}));
    let kinds = |page: &Value| {
        let entries = page["entries"].as_array()?.iter();
        let kinds: Vec<String> = entries.map(|entry| text(entry, "kind")).collect();
        (kinds.len() == 3).then_some(kinds)
    };
    let (who, rpc) = (scene.accountable(), "BoardsAuditService/ListAuditEntries");
    let trail = scene.world.until("the trail of the decision", &who, rpc, asked, kinds).await;
    assert_eq!(trail, ["decision.referral_answered", "decision.reviewed", "decision.recorded"], "the trail keeps it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_corrected_makes_room_for_the_later_decision() {
    let scene = Scene::set(Way::Grpc).await;
    let commitment_id = scene.offer().await;
    let decision_id = scene.decide(json!({"commitment_ids": [commitment_id]})).await;
    let quorate = Sitting::opened(&scene.world, &scene.hood, 4).await;
    let against = json!({"corrects_decision_id": decision_id, "votes": {"for_count": 1, "against_count": 3}});
    quorate.decide(against).await.expect("four may decide against it");
    assert_eq!(scene.read(PUBLIC, &decision_id).await["correctedByDecisionId"], "", "what fell corrects nothing");

    scene.refer_back(&decision_id).await;
    let later_id = scene.decide(json!({"corrects_decision_id": decision_id})).await;
    let read = scene.read(PUBLIC, &decision_id).await;
    assert_eq!(read["correctedByDecisionId"], json!(later_id), "{read}");
    assert_eq!(read["referredBack"], false, "a correction answers a referral: {read}");
    scene.nothing_rests_on(&decision_id, &commitment_id, "DECISION_CORRECTED").await;
    let accepted = json!({"commitment_id": commitment_id, "decision_id": decision_id});
    let refusal = scene.refused(&scene.hood.signatory(), ACCEPT, accepted.clone(), "DECISION_CORRECTED").await;
    assert_eq!(refusal.variable("corrected_by"), later_id, "it says which one to name: {refusal:?}");
    for (rpc, fields) in [(REFER_BACK, json!({"reason": WHY})), (ENDORSE, json!({}))] {
        let asked = merged(fields, json!({"decision_id": decision_id}));
        scene.refused(&scene.accountable(), rpc, asked, "DECISION_CORRECTED").await;
    }
    let later = scene.read(PUBLIC, &later_id).await;
    assert_eq!(later["commitmentIds"], json!([commitment_id]), "it is about what it corrects is about: {later}");
    let accepted = merged(accepted, json!({"decision_id": later_id}));
    scene.must(&scene.hood.signatory(), ACCEPT, accepted).await;
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_accountable_body_endorses_what_carried() {
    let scene = Scene::set(Way::Grpc).await;
    let fallen = Sitting::opened(&scene.world, &scene.hood, 4).await;
    let fallen = fallen.decide(json!({"votes": {"for_count": 1, "against_count": 3}})).await.expect("four may decide");
    let accountable = scene.accountable();
    scene.refused(&accountable, ENDORSE, json!({"decision_id": fallen["decisionId"]}), "DECISION_NOT_CARRIED").await;
    let decision_id = scene.decide(json!({})).await;
    let endorsement = json!({"decision_id": decision_id, "note": "From the reserve."});
    let repeatable = merged(endorsement.clone(), json!({"request_id": "01890a5d-ac96-774b-bcce-000000000001"}));
    let endorsed = scene.must(&accountable, ENDORSE, repeatable.clone()).await;
    assert_eq!(scene.must(&accountable, ENDORSE, repeatable).await, endorsed, "a repeat is answered as the first time");
    assert_eq!(endorsed["reviews"].as_array().map(Vec::len), Some(1), "and writes once: {endorsed}");
    assert_eq!(endorsed["reviews"][0]["kind"], "REVIEW_KIND_ENDORSED", "{endorsed}");
    let refusal = scene.refused(&accountable, ENDORSE, endorsement, "STATE_FORBIDS").await;
    assert_eq!(refusal.variable("state"), "endorsed", "{refusal:?}");
    let by = json!({"action_id": scene.action().await, "decision_id": decision_id});
    scene.must(&scene.hood.manager(), AGREE, by).await;
    let referred = scene.refer_back(&decision_id).await;
    assert_eq!(referred["referredBack"], true, "what was endorsed can be referred back: {referred}");
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_board_alone_changes_its_constitution() {
    let scene = Scene::set(Way::Grpc).await;
    for who in [scene.hood.manager(), scene.hood.chair()] {
        let refusal = scene.refused(&who, ADOPT, scene.constitution(40, ""), "CONSTITUTION_NEEDS_DECISION").await;
        assert_eq!(refusal.variable("effective_from_date"), "2020-01-01", "it says which is in force: {refusal:?}");
    }
    let fallen = Sitting::opened(&scene.world, &scene.hood, 4).await;
    let fallen = fallen.decide(json!({"votes": {"for_count": 1, "against_count": 3}})).await.expect("four may decide");
    let by_fallen = scene.constitution(40, &text(&fallen, "decisionId"));
    scene.refused(&scene.hood.manager(), ADOPT, by_fallen, "DECISION_NOT_CARRIED").await;
    let decision_id = scene.decide(json!({})).await;
    let adopted = scene.must(&scene.hood.manager(), ADOPT, scene.constitution(40, &decision_id)).await;
    assert_eq!(adopted["decisionId"], json!(decision_id), "{adopted}");
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confidential_decision_is_referred_back_behind_closed_doors() {
    let scene = Scene::set(Way::Http).await;
    let (world, hood) = (&scene.world, &scene.hood);
    let agenda =
        json!([{"number": "1", "title": "A tenancy", "confidential": true, "exemption_reason": "It names a person."}]);
    let meeting =
        json!({"title": "Board", "start_time": world.time_in(chrono::TimeDelta::zero()), "agenda_items": agenda});
    let meeting = scene.must(&hood.manager(), "MeetingService/CreateMeeting", meeting).await;
    let here = json!({"meeting_id": meeting["meetingId"]});
    let late = merged(here.clone(), json!({"urgent_reason": "It burns."}));
    scene.must(&hood.chair(), "MeetingService/PublishAgenda", late).await;
    scene.must(&hood.chair(), "MeetingService/OpenMeeting", here.clone()).await;
    for member_id in &hood.member_ids[..4] {
        let arrival = json!({"member_id": member_id, "status": "ATTENDANCE_STATUS_PRESENT"});
        scene.must(&hood.manager(), "MeetingService/RecordAttendance", merged(arrival, here.clone())).await;
    }
    let item_id = &meeting["agendaItems"][0]["agendaItemId"];
    let motion = json!({"agenda_item_id": item_id, "text": "The tenancy ends.", "by_consensus": true});
    let decided = scene.must(&hood.manager(), "DecisionService/RecordDecision", merged(motion, here)).await;
    let decision_id = text(&decided, "decisionId");
    scene.refer_back(&decision_id).await;
    scene.refused(PUBLIC, "DecisionService/GetDecision", json!({"decision_id": decision_id}), "NOT_FOUND").await;
    let listed = scene.must(PUBLIC, "DecisionService/ListDecisions", json!({})).await;
    assert!(!listed.to_string().contains(WHY), "nobody outside reads why: {listed}");
    let partnership = ("partnership_id", hood.partnership_id.as_str());
    let feed = events::open(world, &hood.system(), "boards", &[("kinds", "decision.reviewed"), partnership]).await;
    let told = events::read(feed, 1).await;
    assert_eq!(told[0]["decisionReviewed"]["confidential"], true, "{told:?}");
    assert_eq!(told[0]["decisionReviewed"]["note"], "", "nor does the feed tell it: {told:?}");
    scene.world.house.stop().await;
}
