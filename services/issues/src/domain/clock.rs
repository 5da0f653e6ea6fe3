//! How long an issue may take, how long it took, and whether that was in time.
//!
//! A [`Clock`] keeps facts (when it was reported, answered, fixed, held up) and the pledge it is measured against; everything else
//! is worked out from those, so a pledge can be attached late and still count from the original start, and a refusal or a change
//! of provider can never restart anything. To add a unit, add it to [`Unit`] and to [`reckon`].

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder_terms::calendar::WorkingCalendar;
use pathfinder_terms::{ProviderId, StandardId, words};
use serde::{Deserialize, Serialize};

use super::refusal::Refusal;

pub(crate) mod reckon;
mod response;

pub(crate) use reckon::Due;
use reckon::{Span, Terms};
pub(crate) use response::{ResponseClock, ResponseTime};

/// It is warned when one part in so many of the time that was pledged is left.
const WARNED_SHARE: i64 = 5;

words! {
    /// The unit of a pledge.
    pub(crate) enum Unit {
        /// Working days of the nation, to the end of the last one.
        WorkingDays = "working_days",
        /// Hours between 09:00 and 17:00 of working days.
        WorkingHours = "working_hours",
        /// Hours that pass, whatever the clocks do.
        CalendarHours = "calendar_hours",
        /// Days of the calendar, to the end of the last one.
        CalendarDays = "calendar_days",
    }
}

words! {
    /// What a pledge is about.
    pub(crate) enum Measure {
        /// Somebody answers: the provider accepts.
        Response = "response",
        /// It is put right.
        Resolution = "resolution",
    }
}

words! {
    /// Where a clock starts.
    pub(crate) enum StartEvent {
        /// At the report.
        Reported = "reported",
        /// When it was found fit to act on.
        Triaged = "triaged",
        /// When a provider first became answerable.
        Routed = "routed",
    }
}

words! {
    /// Whether an issue was dealt with in time.
    pub(crate) enum OnTime {
        /// The clock runs and the due time is ahead.
        Running = "running",
        /// Stopped by the due time.
        Met = "met",
        /// The due time passed first, or a dispute was not answered.
        Late = "late",
        /// Nothing to measure.
        NotMeasured = "not_measured",
    }
}

/// One version of a standard, as far as a clock needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pledge {
    /// The version of the standard.
    pub standard_id: StandardId,
    /// What it says.
    pub text: String,
    /// What it is about.
    pub measure: Measure,
    /// How many units.
    pub count: u32,
    /// Which units.
    pub unit: Unit,
    /// Where the clock starts.
    pub starts_at: StartEvent,
    /// The reasons for which it may pause.
    pub pause_reasons: Vec<String>,
    /// The most days that all pauses may add up to; 0 for no cap.
    pub pause_cap_days: u32,
}

impl Pledge {
    /// What its due time depends on.
    #[must_use]
    pub(crate) const fn terms(&self) -> Terms {
        Terms { count: self.count, unit: self.unit, pause_cap_days: self.pause_cap_days }
    }
}

/// What an issue is measured against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Basis {
    /// Nothing: nobody is answerable yet, or nothing was pledged.
    Nothing,
    /// Not known yet: the commitments service did not answer.
    Pending,
    /// A pledge.
    Pledged(Pledge),
    /// The target date that another system gave the case; a case without one cannot be late there.
    Imported {
        /// That date.
        due_time: Option<DateTime<Utc>>,
    },
}

impl Basis {
    /// The version of the standard; none where it is measured against none.
    #[must_use]
    pub(crate) const fn standard_id(&self) -> Option<StandardId> {
        match self {
            Self::Pledged(pledge) => Some(pledge.standard_id),
            Self::Nothing | Self::Pending | Self::Imported { .. } => None,
        }
    }
}

/// A due time that passed under a pledge against which the issue is not measured any more, or before which a closing was told that is disputed.
/// Whoever had it then missed it, whatever became of it since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FormerBreach {
    /// The version of the standard; none for the target of another system.
    pub standard_id: Option<StandardId>,
    /// Who had the issue.
    pub provider_id: ProviderId,
    /// What the pledge was about.
    pub measure: Measure,
    /// The due time; ahead of `leave_time` where only a dispute makes it late.
    pub due_time: DateTime<Utc>,
    /// When the issue was last measured against it no more: where it comes back and is moved again, then.
    pub leave_time: DateTime<Utc>,
}

impl FormerBreach {
    /// Whether the facts bear it out: a fix may be told late, or a closing be upheld. An answer of somebody else's is none.
    fn stands(&self, ended: Option<DateTime<Utc>>) -> bool {
        match self.measure {
            Measure::Response => true,
            Measure::Resolution => ended.is_none_or(|ended| ended > self.due_time),
        }
    }
}

/// A time in which the clock stood still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pause {
    /// When it began.
    pub from: DateTime<Utc>,
    /// When it ended; none while it lasts.
    pub to: Option<DateTime<Utc>>,
    /// The standard's word for why.
    pub reason: String,
}

impl Pause {
    const fn span(&self) -> Span {
        Span { from: self.from, to: self.to }
    }
}

fn earliest(one: Option<DateTime<Utc>>, other: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    [one, other].into_iter().flatten().min()
}

/// The clock of one issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Clock {
    /// What it is measured against.
    pub basis: Basis,
    /// When it was reported.
    pub reported: DateTime<Utc>,
    /// When it was found fit to act on.
    pub triaged: Option<DateTime<Utc>>,
    /// When a provider first became answerable.
    pub routed: Option<DateTime<Utc>>,
    /// When a provider first said that it is theirs.
    pub answered: Option<DateTime<Utc>>,
    /// When it was really fixed, or ended; none while it is open.
    pub ended: Option<DateTime<Utc>>,
    /// When it first ended, before a resident disputed that.
    pub disputed_end: Option<DateTime<Utc>>,
    /// The versions of standards under which closings were disputed, as long as no closing is upheld; none in a place for what has none. Where
    /// the list is empty, as in what was kept before that was asked, a dispute counts under whatever it is measured against.
    #[serde(default)]
    pub disputed_under: Vec<Option<StandardId>>,
    /// When the clock stood still.
    pub pauses: Vec<Pause>,
    /// Whether it counts at all: not for duplicates and withdrawn issues.
    pub excluded: bool,
    /// The due time, worked out by [`Clock::reckon`].
    pub due: Option<Due>,
    /// The due time that was found to have passed; taken back when the facts no longer bear it out.
    pub breach_time: Option<DateTime<Utc>>,
    /// Who had the issue when that was first found, or a closing of it disputed; stays when the breach is taken back, so that it is theirs if it is
    /// found again. None where nobody had it, and in what was kept before that was asked.
    #[serde(default)]
    pub breach_provider_id: Option<ProviderId>,
    /// What was missed under other pledges, each version of a standard once.
    #[serde(default)]
    pub former_breaches: Vec<FormerBreach>,
    /// The due time under the present standard of which it was told that it comes near. Issues that were taken in before there were warnings have
    /// none.
    #[serde(default)]
    pub warned_due_time: Option<DateTime<Utc>>,
    /// The pledge to answer that is measured beside the one to put it right; none where there are not both, and in what was kept before.
    #[serde(default)]
    pub response: Option<ResponseClock>,
}

impl Clock {
    /// The clock of an issue that was just reported.
    #[must_use]
    pub(crate) const fn new(reported: DateTime<Utc>) -> Self {
        Self {
            basis: Basis::Nothing,
            reported,
            triaged: None,
            routed: None,
            answered: None,
            ended: None,
            disputed_end: None,
            disputed_under: Vec::new(),
            pauses: Vec::new(),
            excluded: false,
            due: None,
            breach_time: None,
            breach_provider_id: None,
            former_breaches: Vec::new(),
            warned_due_time: None,
            response: None,
        }
    }

    /// The pledge, if there is one.
    #[must_use]
    pub(crate) const fn pledge(&self) -> Option<&Pledge> {
        match &self.basis {
            Basis::Pledged(pledge) => Some(pledge),
            Basis::Nothing | Basis::Pending | Basis::Imported { .. } => None,
        }
    }

    /// Whether the pledge is still to be asked for.
    #[must_use]
    pub(crate) const fn is_pending(&self) -> bool {
        matches!(self.basis, Basis::Pending)
    }

    /// When the clock started; none where nothing is measured (yet).
    #[must_use]
    pub(crate) fn start_time(&self) -> Option<DateTime<Utc>> {
        match &self.basis {
            Basis::Nothing => None,
            Basis::Pending | Basis::Imported { .. } => Some(self.reported),
            Basis::Pledged(pledge) => self.start_of(pledge),
        }
    }

    fn start_of(&self, pledge: &Pledge) -> Option<DateTime<Utc>> {
        match pledge.starts_at {
            StartEvent::Reported => Some(self.reported),
            StartEvent::Triaged => Some(self.triaged.unwrap_or(self.reported)),
            StartEvent::Routed => self.routed,
        }
    }

    /// By when the issue is due.
    #[must_use]
    pub(crate) fn due_time(&self) -> Option<DateTime<Utc>> {
        self.due.as_ref().map(|due| due.time)
    }

    /// When the clock stopped: at the answer where the pledge is about one, else at the fix.
    #[must_use]
    pub(crate) fn stopped_time(&self) -> Option<DateTime<Utc>> {
        match self.pledge().map(|pledge| pledge.measure) {
            Some(Measure::Response) => self.answer_time(),
            Some(Measure::Resolution) | None => self.ended,
        }
    }

    /// Whether a pause was begun and not ended. It may have reached its cap: see [`Clock::stands_still`].
    #[must_use]
    pub(crate) fn is_paused(&self) -> bool {
        self.open_pause().is_some()
    }

    /// Whether the clock stands still at `now`: a pause is open, and the cap of all pauses is not yet reached.
    #[must_use]
    pub(crate) fn stands_still(&self, now: DateTime<Utc>) -> bool {
        self.is_paused() && self.cap_end().is_none_or(|end| now < end)
    }

    fn open_pause(&self) -> Option<&Pause> {
        self.pauses.last().filter(|pause| pause.to.is_none())
    }

    /// The most that all pauses may add up to; none without a cap.
    fn pause_cap(&self) -> Option<TimeDelta> {
        self.pledge()?.terms().pause_cap()
    }

    /// When the open pause ends by itself, because what is left of the cap is used up; none without either.
    fn cap_end(&self) -> Option<DateTime<Utc>> {
        let (open, earlier) = self.pauses.split_last().filter(|(last, _)| last.to.is_none())?;
        let left = self.pause_cap()? - length_of(earlier, open.from);
        Some(open.from + left.max(TimeDelta::zero()))
    }

    /// How long the clock stood still up to `now`, at most the cap of all pauses.
    #[must_use]
    pub(crate) fn paused_time(&self, now: DateTime<Utc>) -> TimeDelta {
        let whole = length_of(&self.pauses, now);
        self.pause_cap().map_or(whole, |cap| whole.min(cap))
    }

    /// Pauses the clock, for a reason that the standard lists. The response time beside it stands still, too, where its own lists the reason.
    ///
    /// # Errors
    ///
    /// [`Refusal::PauseNotAllowed`] for any other reason, and where there is no standard.
    pub(crate) fn pause(&mut self, reason: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        let allowed = self.pledge().map(|pledge| pledge.pause_reasons.clone()).unwrap_or_default();
        if !allowed.iter().any(|word| word == reason) {
            return Err(Refusal::PauseNotAllowed { given: reason.to_owned(), allowed });
        }
        if !self.is_paused() {
            self.pauses.push(Pause { from: now, to: None, reason: reason.to_owned() });
        }
        Ok(())
    }

    /// Ends a pause, if there is one.
    pub(crate) fn run_on(&mut self, now: DateTime<Utc>) {
        if let Some(pause) = self.pauses.last_mut().filter(|pause| pause.to.is_none()) {
            pause.to = Some(now.max(pause.from));
        }
    }

    /// Stops the clock for good at the time of the fix.
    pub(crate) fn end(&mut self, at: DateTime<Utc>) {
        self.run_on(at);
        self.ended = Some(at);
    }

    /// Lets the clock run again because a resident disputed the end; it counts as late under the present standard unless that end is upheld.
    /// `holder` is who has the issue, and so whose closing it was. Where nobody had answered before, the closing was an answer all the same.
    pub(crate) fn dispute(&mut self, holder: Option<ProviderId>) {
        let ended = self.ended.take();
        // What ended as another's repeat was no answer.
        if !self.excluded {
            self.answered = earliest(self.answered, ended);
        }
        self.disputed_end = self.disputed_end.or(ended);
        self.excluded = false;
        if self.is_pending() {
            return;
        }
        self.breach_provider_id = self.breach_provider_id.or(holder);
        let standard_id = self.basis.standard_id();
        if !self.disputed_under.contains(&standard_id) {
            self.disputed_under.push(standard_id);
        }
    }

    /// Lets the clock run on as if it had never ended: what ended it was a mistake, and nobody's closing.
    pub(crate) fn go_on(&mut self) {
        self.ended = None;
        self.excluded = false;
    }

    /// Takes the first end as the right one after all.
    ///
    /// # Errors
    ///
    /// [`Refusal::ClosingNotDisputed`] when nobody disputed one.
    pub(crate) fn uphold(&mut self) -> Result<(), Refusal> {
        let first_end = self.disputed_end.take().ok_or(Refusal::ClosingNotDisputed)?;
        self.disputed_under.clear();
        self.end(first_end);
        Ok(())
    }

    /// Measures it against something else from now on: reckoned from the same start, less the same pauses. `holder` is who has the issue until
    /// now. What was missed stays with whoever missed it, and comes back with its pledge, so that it is found once. A pause for which the new
    /// pledge has no reason is over. All that holds for `response`, the pledge to answer beside it, too.
    pub(crate) fn hold_to(
        &mut self,
        basis: Basis,
        response: Option<Pledge>,
        holder: Option<ProviderId>,
        now: DateTime<Utc>,
    ) {
        let is_same_standard = basis.standard_id().is_some() && basis.standard_id() == self.basis.standard_id();
        let stays = self.basis == basis || is_same_standard;
        if !stays {
            self.leave(holder, now);
        }
        self.leave_response(response.as_ref(), holder, now);
        self.basis = basis;
        if !stays {
            self.take_up_what_was_missed();
        }
        self.take_up_response(response);
        let reasons = self.pledge().map(|pledge| pledge.pause_reasons.as_slice()).unwrap_or_default();
        let is_allowed = self.open_pause().is_none_or(|pause| reasons.contains(&pause.reason));
        if !is_allowed && !self.is_pending() {
            self.run_on(now);
        }
    }

    /// What was missed while nobody had the issue is nobody's. Of a pledge that was not known, what was found before stands. A closing that is
    /// disputed stays with whoever had the issue, though the time may not have passed. Whoever has it next is warned anew.
    fn leave(&mut self, holder: Option<ProviderId>, now: DateTime<Utc>) {
        self.warned_due_time = None;
        let measure = match &self.basis {
            Basis::Pending => return,
            Basis::Pledged(pledge) => pledge.measure,
            Basis::Nothing | Basis::Imported { .. } => Measure::Resolution,
        };
        let standard_id = self.basis.standard_id();
        let disputed_due = self.due_time().filter(|_| self.is_late_by_dispute());
        if self.disputed_end.is_some() && self.disputed_under.is_empty() {
            self.disputed_under.push(standard_id);
        }
        let missed = self.breach_time.take().or(disputed_due);
        let provider_id = self.breach_provider_id.take().or(holder);
        if let Some((due_time, provider_id)) = missed.zip(provider_id) {
            self.former_breaches.push(FormerBreach { standard_id, provider_id, measure, due_time, leave_time: now });
        }
    }

    fn take_up_what_was_missed(&mut self) {
        let Some(standard_id) = self.basis.standard_id() else { return };
        if let Some(former) = self.recall(standard_id) {
            self.breach_provider_id = Some(former.provider_id);
            // What was late by a dispute alone may be due still.
            self.breach_time = Some(former.due_time).filter(|due| *due < former.leave_time);
        }
    }

    /// What was missed under a standard before, which is not kept apart any more.
    fn recall(&mut self, standard_id: StandardId) -> Option<FormerBreach> {
        let known = self.former_breaches.iter().position(|former| former.standard_id == Some(standard_id));
        known.map(|index| self.former_breaches.remove(index))
    }

    /// What was missed under other pledges, as far as the facts bear it out, and nothing while the issue does not count.
    pub(crate) fn missed_before(&self) -> impl Iterator<Item = &FormerBreach> {
        self.former_breaches.iter().filter(move |former| {
            let disputed = self.disputed_end.is_some() && self.disputed_under.contains(&former.standard_id);
            !self.excluded && (disputed || former.stands(self.ended))
        })
    }

    /// Works out the due times anew. Call it after anything that may move them.
    pub(crate) fn reckon(&mut self, calendar: &WorkingCalendar) {
        self.reckon_response(calendar);
        self.due = match &self.basis {
            Basis::Nothing | Basis::Pending => None,
            Basis::Imported { due_time } => due_time.map(|time| Due { time, beyond_calendar: false }),
            Basis::Pledged(pledge) => {
                let pauses = self.pauses.iter().map(Pause::span);
                self.start_time().map(|start| reckon::due(start, pledge.terms(), pauses, calendar))
            }
        };
    }

    /// Whether the due time passed before the clock stopped. A clock that stands still passes nothing; a pause under a cap has
    /// given back all that the cap allows to the due time already, so that the due time itself says when it has stood long enough.
    #[must_use]
    pub(crate) fn has_breached(&self, now: DateTime<Utc>) -> bool {
        let Some(due) = self.due_time().filter(|_| !self.excluded) else { return false };
        has_passed(due, self.stopped_time(), self.open_pause(), self.pause_cap(), now)
    }

    /// From when on the due time is near: a fifth of the time that was pledged is left. None where nothing was pledged (yet): of a
    /// case of another system it is not known what its own people hear there.
    #[must_use]
    pub(crate) fn warn_time(&self) -> Option<DateTime<Utc>> {
        self.pledge()?;
        let (start, due) = self.start_time().zip(self.due_time())?;
        let pledged = (due - start - self.paused_until_due()).max(TimeDelta::zero());
        Some(due - TimeDelta::seconds(pledged.num_seconds() / WARNED_SHARE))
    }

    /// How long the clock stands still on the way to the due time: an open pause counts as it does there, to the cap or not at all.
    fn paused_until_due(&self) -> TimeDelta {
        let open_until = self.open_pause().map(|open| self.cap_end().unwrap_or(open.from));
        self.paused_time(open_until.unwrap_or(self.reported))
    }

    /// Whether it is to be told now that the due time comes near: once, and again only when it has moved to a later time. A clock that
    /// stands still brings nothing nearer.
    #[must_use]
    pub(crate) fn must_warn(&self, now: DateTime<Utc>) -> bool {
        let is_near = self.warn_time().is_some_and(|near| near < now) && self.due_time().is_some_and(|due| now <= due);
        let runs = !self.excluded && self.stopped_time().is_none() && !self.stands_still(now);
        is_near && runs && self.is_unwarned()
    }

    fn is_unwarned(&self) -> bool {
        self.warned_due_time < self.due_time()
    }

    /// When to look again whether a due time is near, or has passed: none when there is nothing to find.
    #[must_use]
    pub(crate) fn next_look(&self) -> Option<DateTime<Utc>> {
        [self.next_look_for_response(), self.next_own_look()].into_iter().flatten().min()
    }

    fn next_own_look(&self) -> Option<DateTime<Utc>> {
        let paused_for_good = self.is_paused() && self.pause_cap().is_none();
        let settled = self.breach_time.is_some() || self.excluded || self.stopped_time().is_some();
        if settled || paused_for_good {
            return None;
        }
        let due = self.due_time()?;
        let next = self.warn_time().filter(|_| self.is_unwarned()).unwrap_or(due);
        Some(self.cap_end().map_or(next, |end| next.max(end)))
    }

    /// Whether the issue was dealt with in time.
    #[must_use]
    pub(crate) fn on_time(&self, now: DateTime<Utc>) -> OnTime {
        if self.excluded {
            return OnTime::NotMeasured;
        }
        let stopped = self.stopped_time();
        match (&self.basis, self.due_time()) {
            (Basis::Nothing, _) => OnTime::NotMeasured,
            (Basis::Pending, _) => OnTime::Running,
            (Basis::Imported { due_time: None }, _) if stopped.is_some() => OnTime::Met,
            (Basis::Imported { .. } | Basis::Pledged(_), None) => OnTime::Running,
            (Basis::Imported { .. } | Basis::Pledged(_), Some(_)) => {
                match (self.is_late_by_dispute() || self.has_breached(now), stopped) {
                    (true, _) => OnTime::Late,
                    (false, Some(_)) => OnTime::Met,
                    (false, None) => OnTime::Running,
                }
            }
        }
    }

    /// A dispute is about the fix: a pledge to answer was kept or missed before it. It is about the fix of whoever had the issue then: under
    /// another standard it counts for nothing.
    fn is_late_by_dispute(&self) -> bool {
        let is_about_fix = self.pledge().is_none_or(|pledge| pledge.measure == Measure::Resolution);
        let is_own = self.disputed_under.is_empty() || self.disputed_under.contains(&self.basis.standard_id());
        self.disputed_end.is_some() && is_about_fix && is_own
    }
}

/// Whether a due time passed before the clock stopped; `open_pause` is the pause that lasts, `cap` the most that all pauses may add up to.
fn has_passed(
    due: DateTime<Utc>,
    stopped: Option<DateTime<Utc>>,
    open_pause: Option<&Pause>,
    cap: Option<TimeDelta>,
    now: DateTime<Utc>,
) -> bool {
    match (stopped, open_pause) {
        (Some(stopped), _) => stopped > due,
        (None, Some(pause)) if cap.is_none() => pause.from > due,
        (None, _) => now > due,
    }
}

/// How long pauses lasted in all, an open one up to `now`.
fn length_of(pauses: &[Pause], now: DateTime<Utc>) -> TimeDelta {
    let lengths = pauses.iter().map(|pause| pause.to.unwrap_or(now) - pause.from);
    lengths.fold(TimeDelta::zero(), |whole, length| whole + length.max(TimeDelta::zero()))
}

#[cfg(test)]
mod tests;
