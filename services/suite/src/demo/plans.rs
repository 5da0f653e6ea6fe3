//! What the board has people do: the actions of the demonstration, in every state, and what the providers undertake.
//!
//! Days count from the founding; before it when negative. The one action and the one commitment of the whole loop are not here but
//! in `whole_loop`.

use pathfinder_proto::boards::v1::{ActionOrigin, ActionPriority};
use pathfinder_proto::commitments::v1::{CommitmentKind, Direction, ReportingFrequency};
use pathfinder_proto::types::v1::Rag;

/// How far an action gets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum ActionFate {
    /// Put forward.
    Proposed,
    /// Agreed, and not taken on yet.
    Agreed,
    /// Agreed and taken on.
    Accepted,
    /// At work; what the owner reports, if anything.
    AtWork(Option<Rag>),
    /// At work, its due date moved by so many days.
    Moved(i64),
    /// At work, its due date moved so far that the board had to decide.
    MovedFar(i64),
    /// Held up.
    Blocked,
    /// Laid aside.
    Suspended,
    /// Said to be done.
    Submitted,
    /// Said to be done, and found not to be.
    SentBack,
    /// Done, and seen to be done.
    Complete,
    /// Dropped by the board.
    Cancelled,
}

/// An action.
#[derive(Debug, Clone, Copy)]
pub(super) struct ActionPart {
    /// The title.
    pub(super) title: &'static str,
    /// The theme, by its place in the partnership's list.
    pub(super) theme: usize,
    /// What it comes from.
    pub(super) origin: ActionOrigin,
    /// The key of the provider that owns it; none where the partnership's own team does.
    pub(super) owner: Option<&'static str>,
    /// The day it starts.
    pub(super) start: i64,
    /// The day it is due.
    pub(super) due: i64,
    /// How much it presses.
    pub(super) priority: ActionPriority,
    /// How far it gets.
    pub(super) fate: ActionFate,
}

use ActionFate::{
    Accepted, Agreed, AtWork, Blocked, Cancelled, Complete, Moved, MovedFar, Proposed, SentBack, Submitted, Suspended,
};
use ActionOrigin::{Breach, Commitment as OfCommitment, IssueCluster, Plan, Walkabout};
use ActionPriority::{High, Low, Medium};

#[rustfmt::skip]
#[expect(clippy::too_many_arguments, reason = "a row of the table below")]
const fn action(title: &'static str, theme: usize, origin: ActionOrigin, owner: Option<&'static str>, start: i64, due: i64, priority: ActionPriority, fate: ActionFate) -> ActionPart {
    ActionPart { title, theme, origin, owner, start, due, priority, fate }
}

/// Twenty-nine actions; the loop's makes thirty.
#[rustfmt::skip]
pub(super) const ACTIONS: &[ActionPart] = &[
    action("Ask residents of Tenter Fold which paths need gritting", 3, Walkabout, None, 5, 40, Low, Proposed),
    action("Put a dog-waste bin at both ends of Beck Side", 0, IssueCluster, Some("cleansing"), 7, 60, Medium, Proposed),
    action("Find a room for the homework club", 4, Plan, None, 10, 90, Medium, Proposed),
    action("Survey the steps at Chapel Brow", 3, Walkabout, Some("highways"), 0, 45, Medium, Agreed),
    action("Agree opening hours of the multi-use games area", 4, Plan, Some("parks"), 3, 30, Low, Agreed),
    action("Replace the entry panels of Foundry House", 2, Breach, Some("homes"), 0, 50, High, Agreed),
    action("Join the police patrol once a month", 1, Plan, Some("police"), 4, 75, Medium, Accepted),
    action("Publish the list of unadopted back lanes", 0, Plan, None, 6, 35, Low, Accepted),
    action("Clear the culvert below Gasworks Road", 0, Breach, Some("highways"), -30, 25, High, AtWork(Some(Rag::Green))),
    action("Paint out tags on Mill Street within the week", 0, IssueCluster, Some("cleansing"), -50, -6, Medium, AtWork(Some(Rag::Amber))),
    action("Renew the stair lights of Weavers Row", 2, Breach, Some("homes"), -70, -40, High, AtWork(Some(Rag::Red))),
    action("Keep quad bikes off the back lanes", 1, IssueCluster, Some("police"), -20, 40, High, AtWork(Some(Rag::Green))),
    action("Hold a street-by-street walkabout with the council", 0, Walkabout, None, -14, 20, Medium, AtWork(None)),
    action("Trace the keepers of abandoned vehicles", 1, Breach, Some("protection"), -40, 12, Medium, AtWork(Some(Rag::Amber))),
    action("Cut back the school path twice a year", 3, OfCommitment, Some("parks"), -25, 80, Medium, AtWork(Some(Rag::Green))),
    action("Re-lay the pavement outside the community centre", 3, IssueCluster, Some("highways"), -45, -10, High, Moved(30)),
    action("Rebuild the playground at Heather Close", 4, Plan, Some("parks"), -60, -5, High, MovedFar(120)),
    action("Mend the lift of Foundry House", 2, Breach, Some("homes"), -35, 5, High, Blocked),
    action("Open the snicket gate at night", 1, Walkabout, Some("protection"), -28, 14, Medium, Blocked),
    action("Take down the derelict shelter", 4, Walkabout, Some("parks"), -21, 21, Low, Blocked),
    action("Plant trees on Market Place", 3, Plan, Some("parks"), -55, 30, Low, Suspended),
    action("Set up a tool library", 2, Plan, None, -33, 60, Low, Suspended),
    action("Fit a mirror at the Station Terrace bend", 1, Walkabout, Some("highways"), -42, 2, Medium, Submitted),
    action("Wash down the underpass", 0, IssueCluster, Some("cleansing"), -31, 4, Medium, Submitted),
    action("Repair the notice boards", 2, Plan, None, -27, 9, Low, SentBack),
    action("Light the footbridge", 1, Breach, Some("highways"), -58, -3, High, Complete),
    action("Empty park bins at weekends", 3, IssueCluster, Some("parks"), -48, -9, Medium, Complete),
    action("Start a residents' newsletter", 4, Plan, None, -40, -1, Low, Complete),
    action("Close Mill Street to lorries", 1, Plan, Some("highways"), -52, 8, Medium, Cancelled),
];

/// How far a commitment gets. MISSED and EXPIRED cannot be reached on the first day: they come by themselves when a last day passes, with
/// no report or with nobody's acceptance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CommitmentFate {
    /// Offered.
    Offered,
    /// Being negotiated.
    Negotiating,
    /// Accepted, its first day ahead.
    Accepted,
    /// Running; how far the report on its first period gets.
    Active(ReportFate),
    /// Running, and flagged.
    AtRisk,
    /// Verified to be met.
    Met,
    /// Verified to be met in part.
    PartlyMet,
    /// Taken back.
    Withdrawn,
    /// Offered, and not taken up: it expires when its last day, tomorrow, has passed.
    Lapsing,
}

impl CommitmentFate {
    /// Whether the board takes it, whatever comes of it then.
    pub(super) const fn is_accepted(self) -> bool {
        match self {
            Self::Offered | Self::Negotiating | Self::Lapsing => false,
            Self::Accepted | Self::Active(_) | Self::AtRisk | Self::Met | Self::PartlyMet | Self::Withdrawn => true,
        }
    }
}

/// How far a report gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReportFate {
    /// Being written.
    Drafted,
    /// Handed in.
    Submitted,
    /// Asked back about.
    Queried,
    /// Asked back about, and corrected.
    Corrected,
    /// Taken.
    Accepted,
}

/// A commitment.
#[derive(Debug, Clone, Copy)]
pub(super) struct CommitmentPart {
    /// The key of the provider.
    pub(super) provider: &'static str,
    /// What it undertakes.
    pub(super) text: &'static str,
    /// The theme, by its place in the partnership's list.
    pub(super) theme: usize,
    /// What sort of change it is.
    pub(super) kind: CommitmentKind,
    /// Where things stood.
    pub(super) baseline: f64,
    /// Where they are to stand.
    pub(super) target: f64,
    /// In what.
    pub(super) unit: &'static str,
    /// The first day.
    pub(super) start: i64,
    /// The last day.
    pub(super) end: i64,
    /// How often its provider reports.
    pub(super) frequency: ReportingFrequency,
    /// How far it gets.
    pub(super) fate: CommitmentFate,
}

impl CommitmentPart {
    /// Which way its value is to move.
    pub(super) fn direction(&self) -> Direction {
        if self.target > self.baseline { Direction::Increase } else { Direction::Decrease }
    }

    /// A value so far on the way from baseline to target, 0 to 1, to one decimal.
    pub(super) fn value_at(&self, way: f64) -> f64 {
        ((self.baseline + (self.target - self.baseline) * way) * 10.0).round() / 10.0
    }
}

use CommitmentKind::{MainstreamChange, OneOff, Recurring, StandardImprovement};
use ReportingFrequency::{AtEnd, Monthly, Quarterly};

#[rustfmt::skip]
#[expect(clippy::too_many_arguments, reason = "a row of the table below")]
const fn commitment(provider: &'static str, text: &'static str, theme: usize, kind: CommitmentKind, baseline: f64, target: f64, unit: &'static str, start: i64, end: i64, frequency: ReportingFrequency, fate: CommitmentFate) -> CommitmentPart {
    CommitmentPart { provider, text, theme, kind, baseline, target, unit, start, end, frequency, fate }
}

/// Fourteen commitments; the loop's makes fifteen.
#[rustfmt::skip]
pub(super) const COMMITMENTS: &[CommitmentPart] = &[
    commitment("highways", "Replace every lamp older than twenty years", 1, OneOff, 140.0, 0.0, "old lamps", 30, 400, Quarterly, CommitmentFate::Offered),
    commitment("homes", "Answer damp and mould reports within five days", 2, StandardImprovement, 61.0, 95.0, "percent in time", 14, 380, Monthly, CommitmentFate::Negotiating),
    commitment("parks", "Open the bowling green to schools", 4, MainstreamChange, 0.0, 6.0, "school days a term", 20, 220, Quarterly, CommitmentFate::Negotiating),
    commitment("police", "Hold a street surgery in every part of the neighbourhood", 1, Recurring, 2.0, 12.0, "surgeries a year", 21, 385, Quarterly, CommitmentFate::Accepted),
    commitment("protection", "Put a noise officer on duty on Friday and Saturday nights", 1, MainstreamChange, 0.0, 2.0, "nights a week", 35, 400, Monthly, CommitmentFate::Accepted),
    commitment("cleansing", "Sweep Mill Street and Market Place every morning", 0, Recurring, 3.0, 7.0, "sweeps a week", -65, 300, Monthly, CommitmentFate::Active(ReportFate::Corrected)),
    commitment("highways", "Fill potholes on bus routes within two working days", 3, StandardImprovement, 58.0, 90.0, "percent in time", -70, 295, Monthly, CommitmentFate::Active(ReportFate::Submitted)),
    commitment("homes", "Renew the front doors of all four blocks", 2, OneOff, 0.0, 4.0, "blocks done", -80, 100, Monthly, CommitmentFate::Active(ReportFate::Queried)),
    commitment("police", "Answer every message to the neighbourhood team within a day", 1, StandardImprovement, 74.0, 95.0, "percent in time", -62, 3, Monthly, CommitmentFate::Active(ReportFate::Drafted)),
    commitment("parks", "Inspect every playground once a week", 3, Recurring, 1.0, 4.0, "inspections a month", -75, 290, Monthly, CommitmentFate::AtRisk),
    commitment("protection", "Remove abandoned vehicles within ten working days", 1, StandardImprovement, 52.0, 80.0, "percent in time", -120, 2, Monthly, CommitmentFate::Met),
    commitment("parks", "Cut back the ten worst paths", 3, OneOff, 0.0, 10.0, "paths", -100, 1, AtEnd, CommitmentFate::PartlyMet),
    commitment("highways", "Re-surface the car park behind the chapel", 3, OneOff, 0.0, 1.0, "car parks", -20, 160, AtEnd, CommitmentFate::Withdrawn),
    commitment("homes", "Paint the railings of Weavers Row before winter", 2, OneOff, 0.0, 1.0, "rows", -90, 1, AtEnd, CommitmentFate::Lapsing),
];

#[cfg(test)]
mod tests {
    use super::super::cast::PROVIDERS;
    use super::super::place::THEMES;
    use super::*;

    #[test]
    fn with_the_loop_there_are_thirty_actions_and_fifteen_commitments() {
        assert_eq!((ACTIONS.len() + 1, COMMITMENTS.len() + 1), (30, 15));
    }

    #[test]
    fn owners_providers_and_themes_exist() {
        let known = |key: &str| PROVIDERS.iter().any(|provider| provider.key == key);
        assert!(ACTIONS.iter().filter_map(|action| action.owner).all(known));
        assert!(COMMITMENTS.iter().all(|commitment| known(commitment.provider) && commitment.theme < THEMES.len()));
        assert!(ACTIONS.iter().all(|action| action.theme < THEMES.len() && action.start <= action.due));
    }

    #[test]
    fn a_move_of_more_than_ninety_days_is_the_boards() {
        for action in ACTIONS {
            match action.fate {
                Moved(by) => assert!(by <= 90, "{}", action.title),
                MovedFar(by) => assert!(by > 90, "{}", action.title),
                _ => {}
            }
        }
    }

    #[test]
    fn nothing_has_ended_that_is_offered_and_what_is_reported_on_has_a_period_behind_it() {
        for commitment in COMMITMENTS {
            assert!(commitment.end > 0, "{}", commitment.text);
            if matches!(commitment.fate, CommitmentFate::Active(_) | CommitmentFate::AtRisk | CommitmentFate::Met) {
                assert!(commitment.start < -31 && commitment.frequency == Monthly, "{}", commitment.text);
            }
        }
    }

    #[test]
    fn values_lie_on_the_way() {
        let sweeps = COMMITMENTS.iter().find(|part| part.unit == "sweeps a week").expect("it is there");
        assert!((sweeps.value_at(0.5) - 5.0).abs() < 1e-9);
        assert_eq!(sweeps.direction(), Direction::Increase);
    }
}
