//! The kinds of issue that a partnership takes in.

use chrono::{DateTime, Utc};
use pathfinder_terms::{CategoryId, PartnershipId};
use serde::{Deserialize, Serialize};

use super::issue::{IssueKind, Severity};
use super::question::{Flaw, Question};
use super::refusal::Refusal;
use super::template::{self, ResponseTemplate};
use super::{question, text};

/// What parts the headings of a way through their tree.
const PARTS_HEADINGS: &str = " > ";
/// How deep that tree may be.
const MOST_HEADINGS: usize = 5;

/// A kind of issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Category {
    /// The id.
    pub id: CategoryId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The code by which reports name it.
    pub code: String,
    /// The name to show.
    pub name: String,
    /// What belongs to it.
    pub description: String,
    /// The heading, or the way to it through a tree of headings.
    pub group_name: String,
    /// Other words for it.
    pub keywords: Vec<String>,
    /// What its issues are.
    pub kind: IssueKind,
    /// The partnership's theme; may be empty.
    pub theme: String,
    /// Whether its issues endanger people.
    pub hazard: bool,
    /// How serious its issues are where nobody says.
    pub default_severity: Severity,
    /// Whether a person reads each of its issues first.
    pub moderated: bool,
    /// Whether its issues are at people's homes.
    #[serde(default)]
    pub domestic: bool,
    /// What it asks.
    pub questions: Vec<Question>,
    /// What may be said of its issues.
    pub response_templates: Vec<ResponseTemplate>,
    /// Whether it is no longer offered.
    pub retired: bool,
    /// When it was made.
    pub create_time: DateTime<Utc>,
    /// When it last changed.
    pub update_time: DateTime<Utc>,
    /// Counts the writes.
    pub version: i64,
}

/// What to change; absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CategoryChange {
    /// The name.
    pub name: Option<String>,
    /// What belongs to it.
    pub description: Option<String>,
    /// The heading.
    pub group_name: Option<String>,
    /// Other words for it.
    pub keywords: Option<Vec<String>>,
    /// What its issues are.
    pub kind: Option<IssueKind>,
    /// The theme.
    pub theme: Option<String>,
    /// Whether its issues endanger people.
    pub hazard: Option<bool>,
    /// How serious its issues are where nobody says.
    pub default_severity: Option<Severity>,
    /// Whether a person reads each of its issues first.
    pub moderated: Option<bool>,
    /// Whether its issues are at people's homes.
    pub domestic: Option<bool>,
    /// What it asks.
    pub questions: Option<Vec<Question>>,
    /// What may be said of its issues.
    pub response_templates: Option<Vec<ResponseTemplate>>,
    /// Whether it is no longer offered.
    pub retired: Option<bool>,
}

impl Category {
    /// A category that asks for nothing and says nothing.
    #[must_use]
    pub(crate) const fn new(
        id: CategoryId,
        partnership_id: PartnershipId,
        code: String,
        name: String,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            partnership_id,
            code,
            name,
            description: String::new(),
            group_name: String::new(),
            keywords: Vec::new(),
            kind: IssueKind::Problem,
            theme: String::new(),
            hazard: false,
            default_severity: Severity::Normal,
            moderated: false,
            domestic: false,
            questions: Vec::new(),
            response_templates: Vec::new(),
            retired: false,
            create_time: now,
            update_time: now,
            version: 1,
        }
    }

    /// Everything for which it cannot be kept, each with the field of the contract that it is about.
    #[must_use]
    pub(crate) fn flaws(&self) -> Vec<Flaw> {
        let within = |list: &str, flaws: Vec<Flaw>| -> Vec<Flaw> {
            flaws.into_iter().map(|flaw| Flaw { path: format!("{list}{}", flaw.path), ..flaw }).collect()
        };
        let headings: Vec<&str> = self.group_name.split(PARTS_HEADINGS).collect();
        let is_heading = |heading: &&str| !text::is_blank(heading) && !heading.contains('>');
        let is_way = headings.len() <= MOST_HEADINGS && headings.iter().all(is_heading);
        let heading = (!is_way && !self.group_name.is_empty()).then(|| Flaw {
            path: "group_name".to_owned(),
            text: format!("must be a heading, or at most {MOST_HEADINGS} parted by `{PARTS_HEADINGS}`"),
        });
        let questions = within("questions", question::flaws_of(&self.questions));
        let templates = within("response_templates", template::flaws_of(&self.response_templates));
        heading.into_iter().chain(questions).chain(templates).collect()
    }

    /// Whether new issues may have it.
    ///
    /// # Errors
    ///
    /// [`Refusal::CategoryRetired`].
    pub(crate) fn check_offered(&self) -> Result<(), Refusal> {
        if self.retired { Err(Refusal::CategoryRetired { category_code: self.code.clone() }) } else { Ok(()) }
    }

    /// Applies a change.
    pub(crate) fn change(&mut self, change: &CategoryChange, now: DateTime<Utc>) {
        self.fill(change);
        self.update_time = now;
        self.version += 1;
    }

    /// Takes over what is stated.
    pub(crate) fn fill(&mut self, change: &CategoryChange) {
        set(&mut self.name, change.name.as_ref());
        set(&mut self.description, change.description.as_ref());
        set(&mut self.group_name, change.group_name.as_ref());
        set(&mut self.keywords, change.keywords.as_ref());
        set(&mut self.kind, change.kind.as_ref());
        set(&mut self.theme, change.theme.as_ref());
        set(&mut self.hazard, change.hazard.as_ref());
        set(&mut self.default_severity, change.default_severity.as_ref());
        set(&mut self.moderated, change.moderated.as_ref());
        set(&mut self.domestic, change.domestic.as_ref());
        set(&mut self.questions, change.questions.as_ref());
        set(&mut self.response_templates, change.response_templates.as_ref());
        set(&mut self.retired, change.retired.as_ref());
    }
}

fn set<T: Clone>(field: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        field.clone_from(value);
    }
}

/// A name made from a code: `street-light-outages` becomes `Street light outages`.
#[must_use]
pub(crate) fn name_from_code(code: &str) -> String {
    let spoken = code.replace('-', " ");
    let mut letters = spoken.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Whether a text can be a category's code.
#[must_use]
pub(crate) fn is_code(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (1..=63).contains(&text.len()) && text.starts_with(plain) && text.chars().all(|c| plain(c) || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names() {
        assert!(is_code("street-light-outages") && is_code("311"));
        assert!(!is_code("") && !is_code("-x") && !is_code("Street") && !is_code(&"a".repeat(64)));
        assert_eq!(name_from_code("street-light-outages"), "Street light outages");
    }
}
