//! Taking issues out of public view, and putting them there again. Neither is a move: what is hidden goes on as it was. What is said of other
//! issues may name it by its reference.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::reference::OF_ISSUES;
use super::refusal::Refusal;
use super::{Issue, IssueState, Step};

/// What stands in the place of the reference of an issue that a reader is not told of.
const UNNAMED: &str = "another report";

impl Issue {
    /// Takes it out of public view. Why is for those who deal with it.
    ///
    /// # Errors
    ///
    /// [`Refusal::HiddenAlready`].
    pub(crate) fn hide(&mut self, reason: &str, now: DateTime<Utc>) -> Result<Step, Refusal> {
        if self.held_back {
            return Err(Refusal::HiddenAlready { state: self.state });
        }
        self.held_back = true;
        Ok(self.step("issue.hidden", Some(self.state), now).confiding(reason))
    }

    /// Puts it into public view again.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotHidden`], also while it waits to be found fit to act on.
    pub(crate) fn show(&mut self, now: DateTime<Utc>) -> Result<Step, Refusal> {
        if !self.is_hidden() {
            return Err(Refusal::NotHidden { state: self.state });
        }
        self.held_back = false;
        Ok(self.step("issue.shown", Some(self.state), now))
    }

    /// Whether it is out of public view without waiting to be found fit to act on.
    #[must_use]
    pub(crate) fn is_hidden(&self) -> bool {
        self.held_back && self.state != IssueState::AwaitingModeration
    }
}

/// The references of issues in a text, as far as words look like such.
pub(crate) fn references_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_between).filter(|word| is_reference(word))
}

/// Whether it is made as references of issues are: `BWS-ISS-2026-00001`.
fn is_reference(word: &str) -> bool {
    let of_digits =
        |part: &str, most: usize| (4..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let numbers =
        word.split_once(OF_ISSUES).and_then(|(prefix, rest)| rest.split_once('-').filter(|_| !prefix.is_empty()));
    numbers.is_some_and(|(year, number)| of_digits(year, 4) && of_digits(number, 10))
}

/// A text without the references that are not told; the one of whose issue it is stays.
#[must_use]
pub(crate) fn without_references(text: &str, untold: &BTreeSet<String>, own: &str) -> String {
    let told = |part: &str| {
        let word = part.trim_end_matches(is_between);
        let is_untold = word != own && untold.contains(word);
        if is_untold { format!("{UNNAMED}{}", &part[word.len()..]) } else { part.to_owned() }
    };
    text.split_inclusive(is_between).map(told).collect()
}

/// Whether it stands between words. In references are letters, digits and hyphens.
fn is_between(letter: char) -> bool {
    !(letter.is_ascii_alphanumeric() || letter == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_whole_and_left_out_whole() {
        let text = "The same as BWS-ISS-2026-00001, where it goes on (not BWS-ISS-2026-000012; see HIL-2026-001). BWS-ISS-2026-00003";
        let found: Vec<&str> = references_in(text).collect();
        assert_eq!(found, ["BWS-ISS-2026-00001", "BWS-ISS-2026-000012", "BWS-ISS-2026-00003"]);
        let others =
            "-ISS-aa1 BWS-ISS-aa1 BWS-ISS-2026 BWS-ISS-2026- BWS-ISS-26-00001 -ISS-2026-00001 BWS-ISS-2026-00001x";
        assert_eq!(references_in(others).count(), 0, "no issue is called so");
        let untold = BTreeSet::from(["BWS-ISS-2026-00001".to_owned(), "BWS-ISS-2026-00003".to_owned()]);
        let told = without_references(text, &untold, "BWS-ISS-2026-00003");
        assert_eq!(told, text.replace("BWS-ISS-2026-00001,", "another report,"), "a longer one and its own stay");
        assert_eq!(without_references(text, &BTreeSet::new(), ""), text);
        assert_eq!(without_references("", &untold, ""), "");
    }
}
