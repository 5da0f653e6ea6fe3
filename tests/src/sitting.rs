//! A meeting of a partnership's board, held as soon as it is called: its papers go out late, for an urgent reason of the chair's.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::door::Refusal;
use crate::neighbourhood::Neighbourhood;
use crate::world::{House, World, merged, text};

/// A meeting with one item on its agenda.
pub struct Sitting<'a, H> {
    world: &'a World<H>,
    hood: &'a Neighbourhood,
    meeting_id: String,
    /// The item.
    pub item_id: String,
}

impl<'a, H: House> Sitting<'a, H> {
    /// Prepares a meeting that begins so far from now.
    pub async fn prepared(world: &'a World<H>, hood: &'a Neighbourhood, ahead: TimeDelta) -> Self {
        let agenda = json!([{"number": "1", "title": "Fly-tipping in Quay Lane"}]);
        let meeting = hood.with(json!({
            "title": "Board, extraordinary", "start_time": world.time_in(ahead), "place": "Library", "agenda_items": agenda,
        }));
        let meeting = world.must(&hood.manager(), "MeetingService/CreateMeeting", meeting).await;
        let item_id = text(&meeting["agendaItems"][0], "agendaItemId");
        Self { world, hood, meeting_id: text(&meeting, "meetingId"), item_id }
    }

    /// Prepares a meeting for now, and publishes its papers.
    pub async fn published(world: &'a World<H>, hood: &'a Neighbourhood) -> Self {
        let sitting = Self::prepared(world, hood, TimeDelta::zero()).await;
        sitting.must(&hood.chair(), "MeetingService/PublishAgenda", json!({"urgent_reason": "It burns."})).await;
        sitting
    }

    /// Opens a meeting to which the first so many members of the board come.
    pub async fn opened(world: &'a World<H>, hood: &'a Neighbourhood, members: usize) -> Self {
        let sitting = Self::published(world, hood).await;
        sitting.must(&hood.chair(), "MeetingService/OpenMeeting", json!({})).await;
        for member_id in &hood.member_ids[..members] {
            let arrival = json!({"member_id": member_id, "status": "ATTENDANCE_STATUS_PRESENT"});
            sitting.must(&hood.manager(), "MeetingService/RecordAttendance", arrival).await;
        }
        sitting
    }

    /// A message about this meeting.
    #[must_use]
    pub fn with(&self, mut fields: Value) -> Value {
        fields["meeting_id"] = json!(self.meeting_id);
        self.hood.with(fields)
    }

    /// Asks an RPC about this meeting.
    ///
    /// # Errors
    ///
    /// When it is refused.
    pub async fn ask(&self, who: &str, rpc: &str, fields: Value) -> Result<Value, Refusal> {
        self.world.ask(who, rpc, self.with(fields)).await
    }

    /// Asks an RPC about this meeting that must be answered.
    pub async fn must(&self, who: &str, rpc: &str, fields: Value) -> Value {
        self.world.must(who, rpc, self.with(fields)).await
    }

    /// Puts a motion on the item to the board: three for and one against, and what else `fields` say.
    ///
    /// # Errors
    ///
    /// When it is refused.
    pub async fn decide(&self, fields: Value) -> Result<Value, Refusal> {
        let motion = json!({
            "agenda_item_id": self.item_id, "text": "Street Scene clears Quay Lane for good.",
            "votes": {"for_count": 3, "against_count": 1},
        });
        self.ask(&self.hood.manager(), "DecisionService/RecordDecision", merged(motion, fields)).await
    }
}

/// Has the board of a partnership carry a decision, of which `fields` say more; answers its id.
///
/// # Panics
///
/// When it is refused.
pub async fn carried<H: House>(world: &World<H>, hood: &Neighbourhood, fields: Value) -> String {
    let decision = Sitting::opened(world, hood, 4).await.decide(fields).await;
    let decision = decision.unwrap_or_else(|refusal| panic!("four members are a quorum, but: {refusal:?}"));
    assert_eq!(decision["outcome"], "DECISION_OUTCOME_CARRIED", "{decision}");
    text(&decision, "decisionId")
}
