//! What another system says of an issue, and what it comes to here.
//!
//! An [`Update`] may come late, twice, out of order, or say what cannot be: it is never refused. What it says either moves the issue,
//! by the same table as every other move, or is kept as words. To give another word a meaning, say in [`UpdateStatus::aim`]
//! where the issue stands after it.

use chrono::{DateTime, SecondsFormat, Utc};
use pathfinder_terms::{IssueId, PartnershipId, words};

use super::issue::{Issue, Step};
use super::refusal::Refusal;
use super::state::{IssueState, Move};

/// The kind of a step that merely says something.
pub(crate) const SAID: &str = "issue.update";
/// What everyone reads in place of words that would hold a report back: these stay with staff.
pub(crate) const NOT_FOR_ALL: &str = "There is news, which the neighbourhood manager can read.";
/// What is said of a refusal for which the provider's system gave no words that all may read.
const REFUSED: &str = "Their system says that somebody else answers for it.";
/// What is said of a reopening for which the machine that asked for it gave no words.
const OPENED_AGAIN: &str = "Whoever handed it over says that there is still something to do.";
/// Why what happened earlier moves nothing.
const OVERTAKEN: &str = "A later update was taken before it, or the issue was opened again since.";

words! {
    /// How an issue stands in another system, in the words of Open311's updates.
    pub(crate) enum UpdateStatus {
        /// Open.
        Open = "open",
        /// Somebody looks into it.
        Investigating = "investigating",
        /// Somebody works on it.
        InProgress = "in_progress",
        /// Work has its date.
        ActionScheduled = "action_scheduled",
        /// Work is planned.
        Planned = "planned",
        /// Put right.
        Fixed = "fixed",
        /// Closed, whatever for.
        Closed = "closed",
        /// The same as another one.
        Duplicate = "duplicate",
        /// Somebody else answers for it.
        NotResponsible = "not_responsible",
        /// Nothing will be done.
        NoFurtherAction = "no_further_action",
        /// Passed on within the house.
        InternalReferral = "internal_referral",
        /// Called off.
        Cancelled = "cancelled",
        /// Not looked at yet.
        ForTriage = "for_triage",
        /// To be opened again.
        Reopen = "reopen",
    }
}

/// Where the work on an issue is, when a word of another system is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Goal {
    /// The state to come to.
    to: IssueState,
    /// The move by which it is come to.
    by: Move,
    /// The states in which the work is as far, or further: the word tells nothing new.
    as_far: &'static [IssueState],
}

use IssueState as S;

const TAKEN_ON: Goal = Goal { to: S::Accepted, by: Move::Accept, as_far: &[S::Accepted, S::InProgress, S::OnHold] };
/// Work that is on hold has begun; Open311 has no word for a hold, so that it comes back as this one.
const AT_WORK: Goal = Goal { to: S::InProgress, by: Move::StartWork, as_far: &[S::InProgress, S::OnHold] };
const DONE: Goal = Goal { to: S::Resolved, by: Move::Resolve, as_far: &[S::Resolved, S::Closed] };

/// Where a word would bring an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aim {
    /// Forward.
    Forward(Goal),
    /// Forward, unless whoever says it handed the issue over: then it ended with them, and not with its provider.
    ForwardFromProvider(Goal),
    /// Away from the provider, where it is the provider that says so.
    Away,
    /// Back, where it has ended.
    Back,
    /// To where only people bring it.
    ForPeople,
    /// Nowhere.
    Nowhere,
}

impl UpdateStatus {
    const fn aim(self) -> Aim {
        match self {
            Self::Investigating | Self::ActionScheduled | Self::Planned => Aim::Forward(TAKEN_ON),
            Self::InProgress => Aim::Forward(AT_WORK),
            Self::Fixed => Aim::Forward(DONE),
            Self::Closed => Aim::ForwardFromProvider(DONE),
            Self::NotResponsible => Aim::Away,
            Self::Duplicate | Self::NoFurtherAction | Self::InternalReferral | Self::Cancelled => Aim::ForPeople,
            Self::Reopen => Aim::Back,
            // Servers say OPEN with every comment.
            Self::Open | Self::ForTriage => Aim::Nowhere,
        }
    }
}

/// What another system says of an issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Update {
    /// How it stands there.
    pub status: UpdateStatus,
    /// When that happened.
    pub happened_time: DateTime<Utc>,
    /// What is said of it; may be empty.
    pub description: String,
    /// Whether those words would hold a report back: they are not published.
    pub held: bool,
}

impl Update {
    /// What of its words all may read; none where nothing was said or it was held.
    fn told(&self) -> Option<&str> {
        Some(self.description.as_str()).filter(|said| !self.held && !said.is_empty())
    }

    fn public_words(&self) -> &str {
        if self.held { NOT_FOR_ALL } else { &self.description }
    }

    /// What nobody but staff and the provider may read of it; empty where nothing was held back.
    fn held_words(&self) -> &str {
        if self.held { &self.description } else { "" }
    }
}

/// What is known of the system that says it, as far as its word needs it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sender {
    /// When the newest of its words happened with which the issue came in step, or the issue was opened again.
    pub latest: Option<DateTime<Utc>>,
    /// Whether it handed the issue over, for a report of its own.
    pub handed_over: bool,
    /// Whether it speaks for the issue's provider.
    pub is_provider: bool,
}

impl Sender {
    /// Whether a later word of its was taken before this one, or the issue was opened again since.
    fn is_ahead_of(&self, update: &Update) -> bool {
        self.latest.is_some_and(|latest| update.happened_time < latest)
    }
}

/// What a reopening needs to know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Ended {
    /// When the end was recorded here; none where there is none.
    pub recorded_time: Option<DateTime<Utc>>,
    /// Whether the issue goes back to its provider, which is active.
    pub provider_active: bool,
}

/// Which updates are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sought {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// Not recorded before this.
    pub start_time: Option<DateTime<Utc>>,
    /// Not recorded after this.
    pub end_time: Option<DateTime<Utc>>,
    /// Of these issues; none of all.
    pub issue_ids: Vec<IssueId>,
}

/// What an update came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    /// For the history.
    pub steps: Vec<Step>,
    /// Which of them is the update itself.
    pub own: usize,
    /// Whether it moved the issue.
    pub applied: bool,
    /// Whether the issue now stands where the update says: what is older says nothing any more.
    pub in_step: bool,
    /// Why it moved nothing; empty where it did.
    pub note: String,
}

/// What an update is found to mean.
enum Verdict {
    Moves(Vec<Move>),
    Refuses,
    Reopens,
    SoAlready(String),
    Words(String),
}

/// The moves by which the work on an issue goes forward: at most one of them can be made from a state.
const FORWARD: [Move; 4] = [Move::Accept, Move::StartWork, Move::Resume, Move::Resolve];

/// The moves that lead from a state forward to another; none where none do.
fn way(from: IssueState, to: IssueState) -> Option<Vec<Move>> {
    let (mut state, mut moves) = (from, Vec::new());
    while state != to {
        let next = |by: &Move| state.after(*by).ok().map(|after| (*by, after));
        let (by, after) = FORWARD.iter().find_map(next)?;
        moves.push(by);
        state = after;
    }
    Some(moves)
}

impl Issue {
    /// Takes in what another system says. `may` says which moves that system may make.
    ///
    /// # Errors
    ///
    /// Never in practice: only moves that the table allows are made.
    pub(crate) fn take_update(
        &mut self,
        update: &Update,
        sender: Sender,
        ended: Ended,
        may: impl Fn(Move) -> bool,
        now: DateTime<Utc>,
    ) -> Result<Taken, Refusal> {
        let moved = |steps, own| Taken { steps, own, applied: true, in_step: true, note: String::new() };
        match self.judge(update, sender, ended, may) {
            Verdict::Moves(moves) => Ok(moved(self.make(&moves, update, now)?, moves.len().saturating_sub(1))),
            Verdict::Refuses => Ok(moved(self.refuse_for(update, now)?, 0)),
            // What comes of it is a rule's.
            Verdict::Reopens => Ok(moved(self.reopen_for(update, ended.provider_active, now)?, 0)),
            Verdict::SoAlready(note) => Ok(self.merely_said(update, note, true, now)),
            Verdict::Words(note) => Ok(self.merely_said(update, note, false, now)),
        }
    }

    fn judge(&self, update: &Update, sender: Sender, ended: Ended, may: impl Fn(Move) -> bool) -> Verdict {
        let words = |why: &str| Verdict::Words(why.to_owned());
        let goal = match update.status.aim() {
            Aim::ForwardFromProvider(_) if sender.handed_over && !sender.is_provider => {
                return words("It ended where it came from; the neighbourhood manager sees what was said.");
            }
            Aim::Forward(goal) | Aim::ForwardFromProvider(goal) => goal,
            Aim::ForPeople => {
                return words("No system ends an issue unresolved; the neighbourhood manager sees what it said.");
            }
            Aim::Away => return self.judge_refusal(update, sender, may),
            Aim::Back => return self.judge_back(update, sender, ended, may),
            Aim::Nowhere => return words("This status moves nothing; what was said is kept."),
        };
        if sender.is_ahead_of(update) {
            return words(OVERTAKEN);
        }
        if goal.as_far.contains(&self.state) {
            return Verdict::SoAlready(format!("The issue is {} already.", self.state.spoken()));
        }
        match way(self.state, goal.to) {
            None => Verdict::Words(Refusal::StateForbids { state: self.state, wanted: goal.by }.to_string()),
            Some(moves) if !moves.iter().all(|by| may(*by)) => {
                words("Its sender does not answer for this issue, so that it moves nothing.")
            }
            Some(moves) => Verdict::Moves(moves),
        }
    }

    /// Responsibility is refused by whoever has it: the provider's own people, or the system that speaks for it.
    fn judge_refusal(&self, update: &Update, sender: Sender, may: impl Fn(Move) -> bool) -> Verdict {
        if let Err(refused) = self.state.after(Move::Refuse) {
            return Verdict::Words(refused.to_string());
        }
        if !(sender.is_provider && may(Move::Refuse)) {
            let why = "Only its provider refuses an issue; the neighbourhood manager sees what was said.";
            return Verdict::Words(why.to_owned());
        }
        if sender.is_ahead_of(update) {
            return Verdict::Words(OVERTAKEN.to_owned());
        }
        Verdict::Refuses
    }

    fn refuse_for(&mut self, update: &Update, now: DateTime<Utc>) -> Result<Vec<Step>, Refusal> {
        let mut steps = self.refuse(update.told().unwrap_or(REFUSED), None, now)?;
        if let Some(refused) = steps.first_mut() {
            update.held_words().clone_into(&mut refused.private_note);
        }
        Ok(steps)
    }

    /// What has ended is open again for whoever handed it over, as by a dispute, unless they spoke before they could know of the end.
    fn judge_back(&self, update: &Update, sender: Sender, ended: Ended, may: impl Fn(Move) -> bool) -> Verdict {
        let words = |why: &str| Verdict::Words(why.to_owned());
        if self.state.is_open() {
            return words("The issue is open; what was said is kept.");
        }
        // Whether two issues are one is for the manager to say.
        let can_reopen = self.state != S::Duplicate && self.state.after(Move::Dispute).is_ok();
        if !(can_reopen && sender.handed_over && may(Move::Dispute)) {
            return words("Only who reported an issue has it reopened; the neighbourhood manager sees what was said.");
        }
        if sender.is_ahead_of(update) {
            return words(OVERTAKEN);
        }
        // Times are told in whole seconds.
        if ended.recorded_time.is_some_and(|ended| update.happened_time.timestamp() < ended.timestamp()) {
            return words("It was said before the issue ended.");
        }
        Verdict::Reopens
    }

    fn reopen_for(&mut self, update: &Update, provider_active: bool, now: DateTime<Utc>) -> Result<Vec<Step>, Refusal> {
        let mut steps = self.dispute(update.held_words(), provider_active, now)?;
        let said = update.public_words();
        if let Some(disputed) = steps.first_mut() {
            disputed.note = if said.is_empty() { OPENED_AGAIN.to_owned() } else { said.to_owned() };
        }
        Ok(steps)
    }

    /// Makes the moves. Those on the way are a rule's and say nothing; the last is the update.
    fn make(&mut self, moves: &[Move], update: &Update, now: DateTime<Utc>) -> Result<Vec<Step>, Refusal> {
        let mut steps = Vec::with_capacity(moves.len());
        for (left, by) in (0..moves.len()).rev().zip(moves) {
            steps.push(match left {
                0 => self.forward(*by, update, now)?.confiding(update.held_words()),
                _ => self.forward(*by, &Update { description: String::new(), held: false, ..*update }, now)?.by_rule(),
            });
        }
        Ok(steps)
    }

    fn forward(&mut self, by: Move, update: &Update, now: DateTime<Utc>) -> Result<Step, Refusal> {
        let said = update.public_words();
        match by {
            Move::Accept => {
                let is_first = self.clock.answered.is_none();
                let step = self.accept(said, now)?;
                if is_first {
                    self.clock.answered = Some(self.really(update, now));
                }
                Ok(step)
            }
            Move::StartWork => self.start_work(said, now),
            Move::Resume => self.resume(said, now),
            Move::Resolve => {
                let fixed_by = Some(self.provider_name.as_str()).filter(|name| !name.is_empty());
                let fixed_by = fixed_by.unwrap_or("Its provider");
                let reason = update.told().map_or_else(|| format!("{fixed_by} says that it is fixed."), str::to_owned);
                self.resolve(&reason, Vec::new(), self.really(update, now), now)
            }
            // Nothing else leads forward.
            other => Err(Refusal::StateForbids { state: self.state, wanted: other }),
        }
    }

    /// When it really happened, unless that cannot be: then now.
    fn really(&self, update: &Update, now: DateTime<Utc>) -> DateTime<Utc> {
        let can_be = (self.report_time..=now).contains(&update.happened_time);
        if can_be { update.happened_time } else { now }
    }

    /// Keeps an update as words: for everyone what may be read by all, and for staff what it was.
    fn merely_said(&self, update: &Update, note: String, in_step: bool, now: DateTime<Utc>) -> Taken {
        let at = update.happened_time.to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut confided = format!("Sent as {} of {at}. {note}", update.status.word().to_uppercase());
        if update.held {
            confided = format!("{confided}\n{}", update.description);
        }
        let time = update.happened_time.clamp(self.report_time.min(now), now);
        let step = self.step(SAID, Some(self.state), time).saying(update.public_words()).confiding(confided);
        Taken { steps: vec![step], own: 0, applied: false, in_step, note }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_goes_forward_in_one_way_from_each_state() {
        for state in IssueState::ALL {
            let forward = FORWARD.iter().filter(|by| state.after(**by).is_ok()).count();
            assert!(forward <= 1, "{} goes forward in {forward} ways", state.word());
        }
    }

    #[test]
    fn each_goal_is_come_to_from_what_is_behind_it_alone() {
        use Move as M;
        let ways = [
            (S::Routed, TAKEN_ON, Some(vec![M::Accept])),
            (S::Routed, AT_WORK, Some(vec![M::Accept, M::StartWork])),
            (S::Routed, DONE, Some(vec![M::Accept, M::StartWork, M::Resolve])),
            (S::Accepted, DONE, Some(vec![M::StartWork, M::Resolve])),
            (S::OnHold, DONE, Some(vec![M::Resume, M::Resolve])),
            (S::InProgress, TAKEN_ON, None),
            (S::Resolved, AT_WORK, None),
            (S::Triaged, TAKEN_ON, None),
            (S::Reopened, DONE, None),
            (S::Withdrawn, DONE, None),
        ];
        for (from, goal, expected) in ways {
            assert_eq!(way(from, goal.to), expected, "from {} to {}", from.word(), goal.to.word());
        }
        for goal in [TAKEN_ON, AT_WORK, DONE] {
            assert!(goal.as_far.contains(&goal.to), "{} is as far as itself", goal.to.word());
        }
    }
}
