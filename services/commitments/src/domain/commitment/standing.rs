//! How a commitment stands by rule, whatever its provider says.
//!
//! Every rule looks at one thing and may find something amiss; the worst finding is the rating, and its sentence says why. To add a
//! rule, add a function to [`findings`].

use chrono::NaiveDate;
use pathfinder_terms::Rag;
use serde::{Deserialize, Serialize};

use super::super::Moment;
use super::{Commitment, CommitmentKind, CommitmentStatus, MilestoneStatus};

/// How a commitment stands by rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// The rating.
    pub(crate) rag: Rag,
    /// Why, in a sentence.
    pub(crate) reason: String,
    /// The report to come, if one is.
    pub(crate) next_report: Option<NextReport>,
    /// Whether a day beyond the published calendar was counted.
    pub(crate) beyond_calendar: bool,
}

/// A report to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NextReport {
    /// The last day of its period.
    pub(crate) period_end: NaiveDate,
    /// The day by which it is due.
    pub(crate) due: NaiveDate,
}

/// Something amiss.
struct Amiss {
    rag: Rag,
    reason: String,
}

/// Works out how a commitment stands.
pub(super) fn standing(commitment: &Commitment, moment: &Moment) -> Standing {
    let awaited = if commitment.status.is_final() { None } else { commitment.next_unreported() };
    let due = awaited.map(|period| commitment.terms.report_due(period, moment));
    let next_report = awaited.zip(due).map(|(period, due)| NextReport { period_end: period.end, due: due.date });
    let (rag, reason) = rating(commitment, next_report, moment);
    Standing { rag, reason, next_report, beyond_calendar: due.is_some_and(|due| due.beyond_calendar) }
}

fn rating(commitment: &Commitment, next: Option<NextReport>, moment: &Moment) -> (Rag, String) {
    let say = |rag, reason: &str| (rag, reason.to_owned());
    match commitment.status {
        CommitmentStatus::Offered | CommitmentStatus::Negotiating => say(Rag::None, "It is not accepted yet."),
        CommitmentStatus::Accepted => (Rag::None, format!("It starts on {}.", commitment.terms.start)),
        CommitmentStatus::Met => say(Rag::Blue, "It was found met."),
        CommitmentStatus::PartlyMet => say(Rag::Amber, "It was found partly met."),
        CommitmentStatus::Missed => say(Rag::Red, "It was missed."),
        CommitmentStatus::Withdrawn => say(Rag::Grey, "It was withdrawn."),
        CommitmentStatus::Expired => say(Rag::Grey, "It expired before it was accepted."),
        CommitmentStatus::Active | CommitmentStatus::AtRisk => {
            let worst = findings(commitment, next, moment)
                .into_iter()
                .reduce(|worst, other| if other.rag.severity() > worst.rag.severity() { other } else { worst });
            worst.map_or_else(|| say(Rag::Green, "It is on its way."), |amiss| (amiss.rag, amiss.reason))
        }
    }
}

/// All that is amiss with a commitment that runs.
fn findings(commitment: &Commitment, next: Option<NextReport>, moment: &Moment) -> Vec<Amiss> {
    let mut found: Vec<Amiss> = late_milestones(commitment, moment).collect();
    found.extend(ended(commitment, next, moment));
    found.extend(next.and_then(|next| overdue_report(next, moment)));
    found.extend(lagging_value(commitment, moment));
    found.extend(
        (commitment.status == CommitmentStatus::AtRisk).then(|| amber("It is flagged to be at risk.".to_owned())),
    );
    found
}

fn amber(reason: String) -> Amiss {
    Amiss { rag: Rag::Amber, reason }
}

fn red(reason: String) -> Amiss {
    Amiss { rag: Rag::Red, reason }
}

/// Amber for a first while after a due date, red after it; nothing before.
fn overdue(due: NaiveDate, reason: String, moment: &Moment) -> Option<Amiss> {
    match (moment.today() - due).num_days() {
        ..=0 => None,
        days if days <= moment.rules.amber_days => Some(amber(reason)),
        _ => Some(red(reason)),
    }
}

/// A milestone that is overdue, or was not met.
fn late_milestones<'a>(commitment: &'a Commitment, moment: &'a Moment) -> impl Iterator<Item = Amiss> + 'a {
    commitment.milestones.iter().filter_map(|milestone| match milestone.status {
        MilestoneStatus::Met | MilestoneStatus::PartlyMet => None,
        MilestoneStatus::NotMet => Some(amber(format!("A milestone was not met: {}.", milestone.text))),
        MilestoneStatus::Scheduled => {
            overdue(milestone.due, format!("A milestone was due on {}: {}.", milestone.due, milestone.text), moment)
        }
    })
}

/// A report that is overdue.
fn overdue_report(next: NextReport, moment: &Moment) -> Option<Amiss> {
    overdue(next.due, format!("The report on the period to {} was due on {}.", next.period_end, next.due), moment)
}

/// A value that is worse than the baseline, or lags behind the straight line from baseline to target. What is done once moves in one
/// step, so it cannot lag.
fn lagging_value(commitment: &Commitment, moment: &Moment) -> Option<Amiss> {
    let latest = commitment.progress.latest.as_ref()?;
    let terms = &commitment.terms;
    let way_gone = terms.way_gone(latest.value);
    if way_gone < 0.0 {
        return Some(red(format!(
            "At {} {} it is worse than its baseline of {}.",
            latest.value, terms.unit, terms.baseline.value
        )));
    }
    let lags = terms.kind != CommitmentKind::OneOff
        && way_gone + moment.rules.lag_tolerance < terms.time_gone(latest.period_end);
    lags.then(|| {
        amber(format!(
            "At {} {} on {} it lags behind its way to {}.",
            latest.value, terms.unit, latest.period_end, terms.target_value
        ))
    })
}

/// A commitment whose last day has passed and that nobody has verified yet.
fn ended(commitment: &Commitment, next: Option<NextReport>, moment: &Moment) -> Option<Amiss> {
    let terms = &commitment.terms;
    if moment.today() <= terms.end {
        return None;
    }
    match (&commitment.progress.latest, next) {
        (Some(latest), _) if latest.period_end == terms.end => (!terms.is_reached_by(latest.value)).then(|| {
            red(format!(
                "It ended on {} at {} {}, short of {}.",
                terms.end, latest.value, terms.unit, terms.target_value
            ))
        }),
        (_, Some(next)) => {
            Some(amber(format!("It ended on {}; its reports are awaited, the next by {}.", terms.end, next.due)))
        }
        (_, None) => Some(amber(format!("It ended on {}; its final report is not accepted yet.", terms.end))),
    }
}
