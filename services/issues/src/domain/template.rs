//! What may be said of an issue that comes into a state: texts that staff choose, or that are said by themselves.

use std::collections::BTreeSet;

use pathfinder_terms::calendar::{WorkingCalendar, local_date};
use serde::{Deserialize, Serialize};

use super::question::Flaw;
use super::{Issue, IssueState, Step};

/// A text for a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ResponseTemplate {
    /// What staff know it by.
    pub name: String,
    /// The state that it speaks of.
    pub state: IssueState,
    /// The text, with places for what differs from issue to issue.
    pub text: String,
    /// Whether it is said by itself where nothing else is.
    pub automatic: bool,
}

/// What stands in a template for what an issue has.
fn places(issue: &Issue) -> [(&'static str, String); 4] {
    let due_date = issue.clock.due_time().map(|due| local_date(due).to_string());
    [
        ("{reference}", issue.reference.clone()),
        ("{category}", issue.category_name.clone()),
        ("{provider}", issue.provider_name.clone()),
        ("{due_date}", due_date.unwrap_or_default()),
    ]
}

impl ResponseTemplate {
    /// What it says of an issue.
    #[must_use]
    pub(crate) fn filled(&self, issue: &Issue) -> String {
        places(issue).iter().fold(self.text.clone(), |text, (place, words)| text.replace(place, words))
    }
}

/// Those of some templates that speak of a state that the issue may come into next, as they read for it: none with a place for what it has not
/// got.
#[must_use]
pub(crate) fn suggested(templates: Vec<ResponseTemplate>, issue: &Issue) -> Vec<ResponseTemplate> {
    let next: Vec<IssueState> = issue.state.moves().filter_map(|by| issue.state.after(by).ok()).collect();
    let is_empty = |template: &ResponseTemplate| {
        places(issue).iter().any(|(place, words)| words.is_empty() && template.text.contains(place))
    };
    let fitting = templates.into_iter().filter(|template| next.contains(&template.state) && !is_empty(template));
    fitting.map(|template| ResponseTemplate { text: template.filled(issue), ..template }).collect()
}

/// Everything for which some templates cannot be kept.
#[must_use]
pub(crate) fn flaws_of(templates: &[ResponseTemplate]) -> Vec<Flaw> {
    let mut speaking: BTreeSet<&str> = BTreeSet::new();
    let automatic = templates.iter().enumerate().filter(|(_, template)| template.automatic);
    let second = automatic.filter(|(_, template)| !speaking.insert(template.state.word()));
    second
        .map(|(index, template)| Flaw {
            path: format!("[{index}].automatic"),
            text: format!("must be said of one template alone for {}", template.state.word()),
        })
        .collect()
}

/// Whether a step into another state says nothing of itself, or only what is said where nobody says anything.
#[must_use]
pub(crate) fn says_nothing(step: &Step) -> bool {
    step.from != Some(step.to) && (step.note.is_empty() || step.by_default)
}

/// Lets templates speak where a step into another state says nothing of itself. A clock that starts with these very steps has its due
/// time only once they are written, so it is reckoned for the templates first.
pub(crate) fn speak(templates: &[ResponseTemplate], issue: &Issue, calendar: &WorkingCalendar, steps: &mut [Step]) {
    let speaks_of = |state: IssueState| templates.iter().find(move |one| one.automatic && one.state == state);
    if !steps.iter().any(|step| says_nothing(step) && speaks_of(step.to).is_some()) {
        return;
    }
    let mut reckoned = issue.clone();
    reckoned.clock.reckon(calendar);
    for step in steps.iter_mut().filter(|step| says_nothing(step)) {
        if let Some(template) = speaks_of(step.to) {
            step.note = template.filled(&reckoned);
            step.by_default = false;
        }
    }
}
