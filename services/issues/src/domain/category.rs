//! The kinds of issue that a partnership takes in.

use chrono::{DateTime, Utc};
use pathfinder_terms::{CategoryId, PartnershipId};
use serde::{Deserialize, Serialize};

use super::refusal::Refusal;

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
    /// The heading.
    pub group_name: String,
    /// Other words for it.
    pub keywords: Vec<String>,
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
    /// Whether it is no longer offered.
    pub retired: Option<bool>,
}

impl Category {
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
        let set = |field: &mut String, value: &Option<String>| {
            if let Some(value) = value {
                field.clone_from(value);
            }
        };
        set(&mut self.name, &change.name);
        set(&mut self.description, &change.description);
        set(&mut self.group_name, &change.group_name);
        if let Some(keywords) = &change.keywords {
            self.keywords.clone_from(keywords);
        }
        self.retired = change.retired.unwrap_or(self.retired);
        self.update_time = now;
        self.version += 1;
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
