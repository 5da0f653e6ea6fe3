//! The settings of this service beside those that every service has: the words that hold a report back, the days that differ from
//! the published bank holidays (both JSON files, named by variables), and how many supporters an issue takes. All are read before
//! the service starts.

use std::path::{Path, PathBuf};

use pathfinder_kit::config::Problems;
use pathfinder_terms::calendar::Overrides;
use serde::de::DeserializeOwned;

use crate::domain::HeldWords;

/// Names a file with a list of `{"heading": "emergency|child|medical|other", "phrases": ["…"]}`, in place of our own list.
pub(crate) const HELD_WORDS: &str = "PATHFINDER_HELD_WORDS_FILE";
/// Names a file with `{"closed": ["2026-06-15"], "open": []}`: days on which nobody works, and days that are worked after all.
pub(crate) const WORKING_DAYS: &str = "PATHFINDER_WORKING_DAYS_FILE";

/// Names how many supporters an issue takes, 1 to 1,000,000. Support needs no account, so without a limit anybody could fill the tables.
pub(crate) const MAX_SUPPORTERS: &str = "PATHFINDER_MAX_SUPPORTERS";
/// Names a file with the Open311 systems of councils to which issues are sent on. It is read again when it changes.
pub(crate) const OPEN311_ENDPOINTS: &str = "PATHFINDER_OPEN311_ENDPOINTS_FILE";
const DEFAULT_MAX_SUPPORTERS: u32 = 1_000;

/// What this service was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The words that hold a report back.
    pub held_words: HeldWords,
    /// The days that differ from the published calendar.
    pub working_days: Overrides,
    /// How many supporters an issue takes.
    pub max_supporters: u32,
    /// The file with the systems of councils.
    pub open311_endpoints: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            held_words: HeldWords::default(),
            working_days: Overrides::default(),
            max_supporters: DEFAULT_MAX_SUPPORTERS,
            open311_endpoints: None,
        }
    }
}

impl Settings {
    /// Reads what the environment names.
    ///
    /// # Errors
    ///
    /// Every problem at once.
    pub(crate) fn from_environment() -> Result<Self, Problems> {
        Self::read(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn read(value_of: impl Fn(&str) -> Option<String>) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let held_words = problems.take(file(HELD_WORDS, value_of(HELD_WORDS)));
        let working_days = problems.take(file(WORKING_DAYS, value_of(WORKING_DAYS)));
        let max_supporters = problems.take(max_supporters(value_of(MAX_SUPPORTERS)));
        match (held_words, working_days, max_supporters) {
            (Some(held_words), Some(working_days), Some(max_supporters)) => {
                let open311_endpoints = value_of(OPEN311_ENDPOINTS).map(PathBuf::from);
                Ok(Self { held_words, working_days, max_supporters, open311_endpoints })
            }
            _ => Err(problems),
        }
    }
}

fn file<T: DeserializeOwned + Default>(name: &str, path: Option<String>) -> Result<T, String> {
    let Some(path) = path else { return Ok(T::default()) };
    let text = std::fs::read_to_string(Path::new(&path)).map_err(|error| format!("{name} names {path}: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{name} names {path}, which cannot be read: {error}"))
}

fn max_supporters(value: Option<String>) -> Result<u32, String> {
    let Some(value) = value else { return Ok(DEFAULT_MAX_SUPPORTERS) };
    let limit = value.parse().ok().filter(|limit| (1..=1_000_000).contains(limit));
    limit.ok_or_else(|| format!("{MAX_SUPPORTERS} is `{value}`; it must be a whole number from 1 to 1000000"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_variables_our_own_lists_hold() {
        assert_eq!(Settings::read(|_| None).unwrap(), Settings::default());
    }

    #[test]
    fn the_number_of_supporters_is_limited() {
        assert_eq!(max_supporters(Some("5".to_owned())), Ok(5));
        for wrong in ["0", "-1", "many", "1000001"] {
            assert!(max_supporters(Some(wrong.to_owned())).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_problem_is_named() {
        let problems = Settings::read(|name| Some(format!("/nowhere/{name}.json"))).unwrap_err();
        assert_eq!(problems.0.len(), 3);
        assert!(problems.to_string().contains(HELD_WORDS), "{problems}");
    }
}
