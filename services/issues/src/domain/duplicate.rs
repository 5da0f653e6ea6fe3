//! Whether what somebody is about to report was reported before: the same category, close by, not long ago, in like words.
//!
//! Nothing is ever merged by this. It orders what is shown to the reporter, who decides whether to support what is there or to go on; the
//! manager alone says that two issues are one.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::Issue;
use super::geography::Point;
use super::place::Circle;
use super::words;

/// The most that are suggested.
pub(crate) const MOST_SUGGESTED: usize = 5;

/// What each of three likenesses, which are between 0 and 1, counts for in the score: how close, how many of the words, how recent.
const CLOSENESS: f64 = 0.5;
const WORDS: f64 = 0.3;
const RECENTNESS: f64 = 0.2;

/// Words that stand in most texts and say nothing of what is wrong, in their reduced form.
const COMMON: [&str; 20] = [
    "a", "an", "and", "are", "at", "but", "for", "from", "has", "have", "in", "is", "it", "not", "of", "on", "that",
    "the", "there", "was",
];

/// How close and how recent an issue must be to be suggested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Nearness {
    /// At most so many metres away.
    pub metres: u32,
    /// Reported at most so many days ago.
    pub days: u32,
}

impl Default for Nearness {
    fn default() -> Self {
        Self { metres: 25, days: 30 }
    }
}

impl Nearness {
    /// Around a point.
    #[must_use]
    pub(crate) fn around(self, center: Point) -> Circle {
        Circle { center, radius: self.metres.into() }
    }

    /// Since when, as of `now`.
    #[must_use]
    pub(crate) fn since(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now - TimeDelta::days(self.days.into())
    }
}

/// What somebody is about to report.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sketch {
    category_code: String,
    point: Point,
    words: BTreeSet<String>,
}

/// How like an issue is to a sketch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Likeness {
    /// How far away it is.
    pub distance_metres: f64,
    /// How many words both have.
    pub shared_word_count: u32,
    /// From 0 to 1: the greater, the more likely it is the same.
    pub score: f64,
}

impl Sketch {
    /// What is said of it so far.
    #[must_use]
    pub(crate) fn of(category_code: String, point: Point, text: &str) -> Self {
        Self { category_code, point, words: telling([text, "", "", "", ""]) }
    }

    /// How like an issue is; none where it is not to be suggested: it has another category, has ended, is not public, has no point, or is too
    /// far away or too old.
    ///
    /// The score is made of how close it is (half of it: 1 at the same point, 0 at the limit), how many of the words of the shorter of both
    /// texts the other has, too (three tenths), and how recent it is (two tenths: 1 just now, 0 at the limit).
    #[must_use]
    pub(crate) fn likeness(&self, issue: &Issue, within: Nearness, now: DateTime<Utc>) -> Option<Likeness> {
        let may_be = issue.category_code == self.category_code && issue.state.is_open() && issue.is_public();
        let point = issue.location.public_point().filter(|_| may_be)?;
        let circle = within.around(self.point);
        let distance_metres = circle.squared_distance(point).sqrt();
        let since = within.since(now);
        if distance_metres > circle.radius || issue.report_time < since {
            return None;
        }
        let words = telling(words::texts_of(issue));
        let shared = count(self.words.intersection(&words).count());
        let fewer = count(self.words.len().min(words.len()));
        let left = minutes(issue.report_time - since) / minutes(now - since);
        let score = CLOSENESS * (1.0 - distance_metres / circle.radius)
            + WORDS * f64::from(shared) / f64::from(fewer.max(1))
            + RECENTNESS * left.clamp(0.0, 1.0);
        Some(Likeness { distance_metres, shared_word_count: shared, score })
    }

    /// The likeliest of some issues, likeliest first.
    #[must_use]
    pub(crate) fn likeliest(&self, issues: Vec<Issue>, within: Nearness, now: DateTime<Utc>) -> Vec<(Issue, Likeness)> {
        let like = |issue: Issue| self.likeness(&issue, within, now).map(|likeness| (issue, likeness));
        let mut found: Vec<(Issue, Likeness)> = issues.into_iter().filter_map(like).collect();
        found.sort_by(|(one, likeness), (other, less)| {
            less.score.total_cmp(&likeness.score).then_with(|| other.id.cmp(&one.id))
        });
        found.truncate(MOST_SUGGESTED);
        found
    }
}

/// The words of texts that say something, reduced.
fn telling(texts: [&str; 5]) -> BTreeSet<String> {
    let mut words = words::distinct(texts);
    words.retain(|word| !COMMON.contains(&word.as_str()));
    words
}

fn count(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX)
}

fn minutes(length: TimeDelta) -> f64 {
    i32::try_from(length.num_minutes()).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use pathfinder_terms::IssueId;
    use uuid::Uuid;

    use super::*;
    use crate::domain::issue::{Location, Report};
    use crate::domain::{IssueState, Step, fixture};

    const WITHIN: Nearness = Nearness { metres: 25, days: 30 };

    fn now() -> DateTime<Utc> {
        "2026-06-10T12:00:00Z".parse().unwrap()
    }

    /// An issue so many metres to the north of the sketch, reported so many days ago.
    fn issue(number: u128, metres: f64, days: i64, description: &str) -> Issue {
        let latitude = 51.5 + metres / Circle::metres_per_latitude();
        let point = Point::new(latitude, -0.1);
        let report = Report {
            id: IssueId(Uuid::from_u128(number)),
            reference: format!("BWS-ISS-2026-{number:05}"),
            category_code: "graffiti".to_owned(),
            category_name: String::new(),
            description: description.to_owned(),
            location: Location { point, ..Location::default() },
            report_time: now() - TimeDelta::days(days),
            ..fixture::report()
        };
        let (issue, _): (Issue, Vec<Step>) = Issue::report(report, None, None, now()).unwrap();
        issue
    }

    fn sketch(text: &str) -> Sketch {
        Sketch::of("graffiti".to_owned(), Point::new(51.5, -0.1).unwrap(), text)
    }

    fn order(text: &str, issues: Vec<Issue>) -> Vec<u128> {
        let found = sketch(text).likeliest(issues, WITHIN, now());
        found.iter().map(|(issue, _)| issue.id.0.as_u128()).collect()
    }

    #[test]
    fn only_what_is_near_recent_open_public_and_of_the_category_is_suggested() {
        let like = |issue: &Issue| sketch("A tag").likeness(issue, WITHIN, now()).is_some();
        assert!(like(&issue(1, 0.0, 0, "A tag")) && like(&issue(1, 24.9, 30, "")));
        assert!(!like(&issue(1, 25.1, 0, "A tag")) && !like(&issue(1, 0.0, 31, "A tag")));
        let near = issue(1, 0.0, 0, "A tag");
        assert!(!like(&Issue { category_code: "litter".to_owned(), ..near.clone() }));
        assert!(!like(&Issue { state: IssueState::Closed, ..near.clone() }));
        assert!(!like(&Issue { held_back: true, ..near.clone() }));
        assert!(!like(&Issue { location: Location::default(), ..near }));
    }

    #[test]
    fn what_is_closer_has_more_of_the_words_or_is_more_recent_comes_first() {
        let (far, close) = (issue(1, 20.0, 1, "A tag"), issue(2, 2.0, 1, "A tag"));
        assert_eq!(order("A tag", vec![far, close]), [2, 1]);
        let (other, same) = (issue(1, 5.0, 1, "Paint on the door"), issue(2, 5.0, 1, "A rude tag on the garage"));
        assert_eq!(order("The garage has a rude tag", vec![other, same]), [2, 1]);
        let (old, new) = (issue(1, 5.0, 20, "A tag"), issue(2, 5.0, 1, "A tag"));
        assert_eq!(order("A tag", vec![old, new]), [2, 1]);
        let many = (1..=9).map(|number| issue(number, 5.0, 1, "A tag")).collect();
        assert_eq!(order("A tag", many), [9, 8, 7, 6, 5], "five at the most, and those alike in one order");
    }

    #[test]
    fn the_score_is_made_of_three_parts() {
        let score = |text: &str, issue: &Issue| sketch(text).likeness(issue, WITHIN, now()).unwrap();
        let twin = score("A rude tag", &issue(1, 0.0, 0, "rude TAGS"));
        assert!((twin.score - 1.0).abs() < 1e-6 && twin.shared_word_count == 2, "{twin:?}");
        let wordless = score("", &issue(1, 0.0, 0, "A tag"));
        assert!((wordless.score - 0.7).abs() < 1e-6 && wordless.shared_word_count == 0, "{wordless:?}");
        let half = score("A rude tag", &issue(1, 12.5, 15, "A tag, and more of it"));
        assert!((half.score - (0.25 + 0.15 + 0.1)).abs() < 0.01 && half.shared_word_count == 1, "{half:?}");
        assert!((half.distance_metres - 12.5).abs() < 0.01, "{half:?}");
    }

    #[test]
    fn common_words_are_in_their_reduced_form_and_tell_nothing() {
        for word in COMMON {
            assert_eq!(words::distinct([word, "", "", "", ""]), BTreeSet::from([word.to_owned()]));
        }
        assert!(telling(["There is a tag", "", "", "", ""]) == BTreeSet::from(["tag".to_owned()]));
    }
}
