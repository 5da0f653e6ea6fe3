//! Changing what everybody reads of an issue, and what stood there before.
//!
//! An [`Edit`] keeps the words that it replaced apart from the issue, for its reporter and for those who may moderate; nothing that reads
//! issues ever meets them. To let another text be edited, add it to [`Rewording`](super::issue::Rewording), to
//! [`Issue::reword`](super::Issue::reword) and to [`FormerWords`].

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::anonymity::Traces;
use super::issue::{Issue, Rewording, Step};
use super::moderation::HeldWords;
use super::question::Answer;
use super::refusal::Refusal;

/// The kind of the step that an edit leaves.
pub(crate) const EDITED: &str = "issue.edited";

/// What stood where something else stands now; none for each text that stayed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FormerWords {
    /// What was wrong.
    pub description: Option<String>,
    /// The same in a few words.
    pub title: Option<String>,
    /// The address.
    pub address: Option<String>,
    /// The place in words.
    pub location_text: Option<String>,
    /// The name of the reporter.
    pub reporter_name: Option<String>,
    /// The category.
    #[serde(default)]
    pub category: Option<FormerCategory>,
}

/// The category that an issue had, and what was answered to its questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FormerCategory {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The answers.
    pub answers: Vec<Answer>,
}

impl FormerCategory {
    fn between(before: &Issue, after: &Issue) -> Option<Self> {
        (before.category_code != after.category_code).then(|| Self {
            code: before.category_code.clone(),
            name: before.category_name.clone(),
            answers: before.answers.clone(),
        })
    }
}

impl FormerWords {
    /// What of `before` stands in `after` no longer; none where all of it does.
    #[must_use]
    pub(crate) fn between(before: &Issue, after: &Issue) -> Option<Self> {
        let former = |before: &String, after: &String| (before != after).then(|| before.clone());
        let words = Self {
            description: former(&before.description, &after.description),
            title: former(&before.title, &after.title),
            address: former(&before.location.address, &after.location.address),
            location_text: former(&before.location.location_text, &after.location.location_text),
            reporter_name: former(&before.reporter_name, &after.reporter_name),
            category: FormerCategory::between(before, after),
        };
        (words != Self::default()).then_some(words)
    }

    /// What stands now in the place of a former text, by the name of the field that it stood in: nothing in that of an answer.
    #[must_use]
    pub(crate) fn replaced(&self, field: &str, text: &str, after: &Issue) -> Option<String> {
        let place = &after.location;
        let (former, now) = match field {
            "description" => (&self.description, &after.description),
            "title" => (&self.title, &after.title),
            "address" => (&self.address, &place.address),
            "location_text" => (&self.location_text, &place.location_text),
            "reporter_name" => (&self.reporter_name, &after.reporter_name),
            "values" | "texts" => return self.has_answer(text).then(String::new),
            _ => return None,
        };
        (former.as_deref() == Some(text)).then(|| now.clone())
    }

    fn has_answer(&self, text: &str) -> bool {
        let mut answers = self.category.iter().flat_map(|category| &category.answers);
        answers.any(|answer| answer.values.iter().chain(&answer.texts).any(|told| told == text))
    }

    /// Takes people out of them; answers whether there was anything of them.
    pub(crate) fn anonymise(&mut self, traces: &Traces) -> bool {
        let texts = [
            &mut self.description,
            &mut self.title,
            &mut self.address,
            &mut self.location_text,
            &mut self.reporter_name,
        ];
        let answers = self.category.iter_mut().flat_map(|category| &mut category.answers);
        let answered = answers.flat_map(|answer| answer.texts.iter_mut().chain(&mut answer.values));
        texts.into_iter().flatten().chain(answered).fold(false, |found, text| traces.remove_from(text) | found)
    }
}

/// Whether a change takes something out that others were told: words, where a home is, or an answer.
#[must_use]
pub(crate) fn takes_out(before: &Issue, after: &Issue) -> bool {
    let mut told = before.answers.iter().filter(|answer| !answer.confidential);
    let former = FormerWords::between(before, after).unwrap_or_default();
    let words = [former.description, former.title, former.address, former.location_text];
    words.iter().flatten().any(|text| !text.is_empty())
        || (after.location.domestic && !before.location.domestic)
        || told.any(|answer| !after.answers.contains(answer))
}

/// One edit, with what it replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Edit {
    /// The id; those of one issue rise with it.
    pub id: Uuid,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue_id: IssueId,
    /// When.
    pub time: DateTime<Utc>,
    /// Who: the id.
    pub actor_id: String,
    /// Who: the name, for staff.
    pub actor_name: String,
    /// Who: the role, for the reporter.
    pub actor_label: String,
    /// Why; may be empty.
    pub reason: String,
    /// What stood there.
    pub former: FormerWords,
}

impl Edit {
    /// The edit as its issue's reporter sees it: by a role, and nobody by name.
    #[must_use]
    pub(crate) fn for_reporter(self) -> Self {
        Self { actor_id: String::new(), actor_name: self.actor_label.clone(), ..self }
    }

    /// The edit without answers that were confided: who may not read them in the issue does not read them here.
    #[must_use]
    pub(crate) fn without_confided(mut self) -> Self {
        if let Some(category) = &mut self.former.category {
            category.answers.retain(|answer| !answer.confidential);
        }
        self
    }
}

impl Issue {
    /// Changes what everybody reads, in whatever state the issue is. Whether it is held back stays as it is.
    ///
    /// # Errors
    ///
    /// [`Refusal::NothingToEdit`]; [`Refusal::WordsHeld`] for words that would hold a report back and did not stand there before.
    pub(crate) fn edit(
        &mut self,
        rewording: &Rewording,
        reason: &str,
        held_words: &HeldWords,
        now: DateTime<Utc>,
    ) -> Result<Step, Refusal> {
        let before = self.clone();
        self.reword(rewording, now);
        if *self == before {
            return Err(Refusal::NothingToEdit);
        }
        let (former_place, place) = (&before.location, &self.location);
        let texts = [
            ("description", &before.description, &self.description),
            ("title", &before.title, &self.title),
            ("address", &former_place.address, &place.address),
            ("location_text", &former_place.location_text, &place.location_text),
            ("reporter_name", &before.reporter_name, &self.reporter_name),
        ];
        for (field, former, text) in texts {
            if let Some(heading) = held_words.find_new(former, text) {
                return Err(Refusal::WordsHeld { field, heading });
            }
        }
        if let Some(heading) = held_words.find(&[reason]) {
            return Err(Refusal::WordsHeld { field: "reason", heading });
        }
        Ok(self.step(EDITED, Some(self.state), now).saying(reason))
    }

    /// Puts what is fit to publish in the place of what stands there. A change of its words is remembered with its time.
    pub(super) fn reword(&mut self, rewording: &Rewording, now: DateTime<Utc>) {
        let reworded = [
            (&mut self.description, &rewording.description),
            (&mut self.title, &rewording.title),
            (&mut self.location.address, &rewording.address),
            (&mut self.location.location_text, &rewording.location_text),
            (&mut self.reporter_name, &rewording.reporter_name),
        ];
        let mut changed = false;
        for (text, fit) in reworded {
            if let Some(fit) = fit.as_ref().filter(|fit| *fit != &*text) {
                text.clone_from(fit);
                changed = true;
            }
        }
        for answer in &mut self.answers {
            answer.confidential |= rewording.confidential_answers.contains(&answer.question_code);
        }
        self.location.domestic |= rewording.domestic;
        if changed {
            self.edit_time = Some(now);
        }
    }

    /// It is found to stand at somebody's home. Answers nothing where that is known already.
    #[must_use]
    pub(crate) fn blur(&mut self, now: DateTime<Utc>) -> Option<Step> {
        if self.location.domestic {
            return None;
        }
        self.location.domestic = true;
        let said = "Its category is now of homes, so its exact place is not shown any more.";
        Some(self.step("issue.blurred", Some(self.state), now).saying(said).by_rule())
    }
}

#[cfg(test)]
mod tests;
