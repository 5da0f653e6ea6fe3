//! In which order issues are listed, and where a page of them ends.

use chrono::{DateTime, Datelike as _, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Issue;
use super::place::Circle;

/// The most bytes of rows in an answer: plain clients of gRPC read 4 MiB at once.
const MOST_BYTES: usize = 3 << 20;
/// What an issue takes beside its texts and photos, and what each photo does, in bytes.
const REST: usize = 2_000;
const PHOTO: usize = 450;

/// An order of issues. Those of which it says the same stand in the order of their ids.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Order {
    /// Taken in last first.
    TakenIn,
    /// Reported last first.
    Reported,
    /// Due first to come; without those that have no due time.
    Due,
    /// Nearest first.
    Distance(Circle),
}

/// The last issue of a page, as far as the order goes by it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Last {
    /// Its id.
    pub id: Uuid,
    /// The time that the order goes by; the earliest there is where it goes by none.
    pub time: DateTime<Utc>,
    /// The square of its distance in square metres; 0 where the order does not go by it.
    pub squared_distance: f64,
}

impl Last {
    /// Whether it can be of an issue; databases know no earlier and no later times than these.
    #[must_use]
    pub(crate) fn is_sound(&self) -> bool {
        (1..=9999).contains(&self.time.year()) && self.squared_distance.is_finite()
    }
}

/// As many rows as fit into an answer, at least one, and behind which of them it was broken off: where others had done so, or before the
/// first that does not fit.
#[must_use]
pub(crate) fn fitting<T, K>(
    mut rows: Vec<T>,
    broken_off: Option<K>,
    bytes_of: impl Fn(&T) -> usize,
    key_of: impl Fn(&T) -> K,
) -> (Vec<T>, Option<K>) {
    let mut bytes = 0_usize;
    let too_many = rows.iter().position(|row| {
        bytes = bytes.saturating_add(bytes_of(row));
        bytes > MOST_BYTES
    });
    let Some(fit) = too_many.map(|first_left_out| first_left_out.max(1)).filter(|fit| *fit < rows.len()) else {
        return (rows, broken_off);
    };
    rows.truncate(fit);
    let last = rows.last().map(key_of);
    (rows, last)
}

/// About how many bytes an issue takes in an answer, at the most.
#[must_use]
pub(crate) fn bytes_of(issue: &Issue) -> usize {
    let answers =
        issue.answers.iter().flat_map(|answer| answer.texts.iter().chain(&answer.values).chain([&answer.question]));
    let evidence = issue.resolution.iter().flat_map(|resolution| &resolution.evidence);
    let reasons = issue.resolution.iter().map(|resolution| &resolution.reason);
    let words = [&issue.title, &issue.description, &issue.location.address, &issue.location.location_text];
    let texts = words.into_iter().chain(answers).chain(reasons);
    let texts = texts.chain(evidence.flat_map(|evidence| [&evidence.text, &evidence.url]));
    let photos: usize = issue.photos.iter().map(|photo| PHOTO + photo.caption.len()).sum();
    REST + photos + texts.map(String::len).sum::<usize>()
}

impl Order {
    /// The last of a page that ends with this issue.
    #[must_use]
    pub(crate) fn last(self, issue: &Issue) -> Last {
        let time = match self {
            Self::Reported => Some(issue.report_time),
            Self::Due => issue.clock.due_time(),
            Self::TakenIn | Self::Distance(_) => None,
        };
        let squared_distance = match self {
            Self::Distance(circle) => issue.location.public_point().map(|point| circle.squared_distance(point)),
            Self::TakenIn | Self::Reported | Self::Due => None,
        };
        Last {
            id: issue.id.0,
            time: time.unwrap_or(DateTime::UNIX_EPOCH),
            squared_distance: squared_distance.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_holds_what_fits_and_goes_on_behind_it() {
        let fit = |rows: &[usize]| fitting(rows.to_vec(), Some(0), |bytes| *bytes, |bytes| *bytes);
        assert_eq!(fit(&[1, 2]), (vec![1, 2], Some(0)), "broken off where it was before");
        assert_eq!(fit(&[1, MOST_BYTES, 2]), (vec![1], Some(1)));
        assert_eq!(fit(&[MOST_BYTES + 1, 2]), (vec![MOST_BYTES + 1], Some(MOST_BYTES + 1)), "at least one");
        assert_eq!(fit(&[MOST_BYTES]), (vec![MOST_BYTES], Some(0)));
        assert_eq!(fit(&[]), (vec![], Some(0)));
    }

    #[test]
    fn what_a_page_ended_with_is_read_as_it_was_written() {
        let mut distance = 0.1_f64;
        for _ in 0..10_000 {
            distance = (distance * 1.7 + 0.3) % 1e8;
            let last = Last { id: Uuid::nil(), time: DateTime::UNIX_EPOCH, squared_distance: distance };
            let text = serde_json::to_string(&last).expect("it can be written");
            assert_eq!(serde_json::from_str::<Last>(&text).expect("it can be read"), last);
        }
    }
}
