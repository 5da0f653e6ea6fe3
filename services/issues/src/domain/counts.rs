//! How many issues have something in common, and which of these numbers may be published.

use pathfinder_terms::ProviderId;

use super::issue::Severity;
use super::opinion::Satisfaction;
use super::{Issue, IssueState, cell};

/// A number that is smaller is not published: who is meant could be told by those who know the place.
const LEAST: i64 = 5;

/// What issues are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// Where they stand.
    State,
    /// Their category.
    Category,
    /// Who is answerable.
    Provider,
    /// How serious they are.
    Severity,
    /// How satisfied residents are with how they were closed.
    Satisfaction,
    /// The square that they lie in, of the grid with so many halvings.
    Square(u32),
}

impl Grouping {
    /// What an issue has of it; none for one without a point where squares are counted by.
    #[must_use]
    pub(crate) fn of(self, issue: &Issue) -> Option<Shared> {
        Some(match self {
            Self::State => Shared::State(issue.state),
            Self::Category => Shared::Category(issue.category_code.clone()),
            Self::Provider => Shared::Provider(issue.provider_id),
            Self::Severity => Shared::Severity(issue.severity),
            Self::Satisfaction => Shared::Satisfaction(issue.satisfaction),
            Self::Square(halvings) => {
                let number = cell::number_of(issue.location.public_point()?);
                Shared::Square(halvings, number / cell::numbers_to_square(halvings))
            }
        })
    }
}

/// What issues have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shared {
    /// Where they stand.
    State(IssueState),
    /// Their category.
    Category(String),
    /// Who is answerable; none for nobody.
    Provider(Option<ProviderId>),
    /// How serious they are.
    Severity(Severity),
    /// How satisfied residents are; none where nobody said.
    Satisfaction(Option<Satisfaction>),
    /// The number of their square, in the grid with so many halvings.
    Square(u32, i64),
}

/// How many issues have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Count {
    /// What they have in common.
    pub shared: Vec<Shared>,
    /// How many.
    pub count: i64,
}

/// What a reader is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// The counts, largest first.
    pub counts: Vec<Count>,
    /// All together, unless some were left out.
    pub total: Option<i64>,
}

impl Told {
    /// Everything.
    #[must_use]
    pub(crate) fn all(mut counts: Vec<Count>) -> Self {
        counts.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.shared.cmp(&other.shared)));
        let total = Some(counts.iter().map(|count| count.count).sum());
        Self { counts, total }
    }

    /// What everybody may know. Where a single small number would be the difference of what is told here and the whole, which can be
    /// asked for, the next smallest is left out, too.
    #[must_use]
    pub(crate) fn published(counts: Vec<Count>) -> Self {
        let Self { mut counts, total } = Self::all(counts);
        let shown = counts.iter().filter(|count| count.count >= LEAST).count();
        let left_out = counts.len() - shown;
        if left_out == 0 {
            return Self { counts, total };
        }
        counts.truncate(if left_out == 1 { shown.saturating_sub(1) } else { shown });
        Self { counts, total: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(numbers: &[i64]) -> Vec<Count> {
        let of =
            |(index, count): (usize, &i64)| Count { shared: vec![Shared::Category(index.to_string())], count: *count };
        numbers.iter().enumerate().map(of).collect()
    }

    fn published(numbers: &[i64]) -> (Vec<i64>, Option<i64>) {
        let told = Told::published(counts(numbers));
        (told.counts.iter().map(|count| count.count).collect(), told.total)
    }

    #[test]
    fn small_numbers_are_left_out_and_what_would_tell_them() {
        assert_eq!(published(&[5, 9, 7]), (vec![9, 7, 5], Some(21)));
        assert_eq!(published(&[9, 4, 7]), (vec![9], None), "16 of 20, less 9, would tell");
        assert_eq!(published(&[9, 4, 7, 1]), (vec![9, 7], None), "which of the two has how many is not told");
        assert_eq!(published(&[4]), (vec![], None));
        assert_eq!(published(&[]), (vec![], Some(0)));
        assert_eq!(Told::all(counts(&[1, 2])).total, Some(3));
    }
}
