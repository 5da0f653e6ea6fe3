//! The settings of this service beside those that every service has: the words that hold a report back, and the days that differ
//! from the published bank holidays. Both are JSON files, named by variables, and read before the service starts.

use std::path::Path;

use pathfinder_kit::config::Problems;
use pathfinder_terms::calendar::Overrides;
use serde::de::DeserializeOwned;

use crate::domain::HeldWords;

/// Names a file with a list of `{"heading": "emergency|child|medical|other", "phrases": ["…"]}`, in place of our own list.
pub(crate) const HELD_WORDS: &str = "PATHFINDER_HELD_WORDS_FILE";
/// Names a file with `{"closed": ["2026-06-15"], "open": []}`: days on which nobody works, and days that are worked after all.
pub(crate) const WORKING_DAYS: &str = "PATHFINDER_WORKING_DAYS_FILE";

/// What this service was told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The words that hold a report back.
    pub held_words: HeldWords,
    /// The days that differ from the published calendar.
    pub working_days: Overrides,
}

impl Settings {
    /// Reads the files that the environment names.
    ///
    /// # Errors
    ///
    /// Every problem at once.
    pub(crate) fn from_environment() -> Result<Self, Problems> {
        Self::read(|name| std::env::var(name).ok().filter(|path| !path.is_empty()))
    }

    fn read(path_of: impl Fn(&str) -> Option<String>) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let held_words = problems.take(file(HELD_WORDS, path_of(HELD_WORDS)));
        let working_days = problems.take(file(WORKING_DAYS, path_of(WORKING_DAYS)));
        match (held_words, working_days) {
            (Some(held_words), Some(working_days)) => Ok(Self { held_words, working_days }),
            _ => Err(problems),
        }
    }
}

fn file<T: DeserializeOwned + Default>(name: &str, path: Option<String>) -> Result<T, String> {
    let Some(path) = path else { return Ok(T::default()) };
    let text = std::fs::read_to_string(Path::new(&path)).map_err(|error| format!("{name} names {path}: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{name} names {path}, which cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_variables_our_own_lists_hold() {
        assert_eq!(Settings::read(|_| None).unwrap(), Settings::default());
    }

    #[test]
    fn every_problem_is_named() {
        let problems = Settings::read(|name| Some(format!("/nowhere/{name}.json"))).unwrap_err();
        assert_eq!(problems.0.len(), 2);
        assert!(problems.to_string().contains(HELD_WORDS), "{problems}");
    }
}
