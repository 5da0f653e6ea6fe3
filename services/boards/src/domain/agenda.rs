//! The agenda: a tree of items, whose numbers (`3`, `3.1`) say where each stands.

use pathfinder_terms::{ActionId, AgendaItemId, CommitmentId, IssueId, words};
use serde::{Deserialize, Serialize};

use super::Fault;

words! {
    /// What came of an item.
    pub enum ItemOutcome {
        /// The board was informed, or talked.
        Information = "information",
        /// The board decided.
        Decision = "decision",
        /// The board gave someone something to do.
        Action = "action",
        /// It goes to another meeting.
        Unfinished = "unfinished",
    }
}

/// A place in the tree: one to three numbers, compared as numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemNumber(Vec<u8>);

impl ItemNumber {
    /// Reads `3` or `3.1.2`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<u8> = text.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        let sound = (1..=3).contains(&parts.len()) && parts.iter().all(|part| (1..=99).contains(part));
        sound.then_some(Self(parts))
    }

    /// A number on the first level.
    #[must_use]
    pub fn top(number: u8) -> Self {
        Self(vec![number])
    }

    /// The number on the first level.
    #[must_use]
    pub fn first(&self) -> u8 {
        self.0.first().copied().unwrap_or_default()
    }

    /// The item above, if this is not on the first level.
    #[must_use]
    pub fn above(&self) -> Option<Self> {
        let (_, above) = self.0.split_last()?;
        (!above.is_empty()).then(|| Self(above.to_vec()))
    }
}

impl std::fmt::Display for ItemNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<String> = self.0.iter().map(u8::to_string).collect();
        f.write_str(&parts.join("."))
    }
}

/// A paper for an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// Its title.
    pub title: String,
    /// Where it is.
    pub url: String,
}

/// What the preparer says of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemText {
    /// Its place.
    pub number: ItemNumber,
    /// The title.
    pub title: String,
    /// What it is about.
    pub text: String,
    /// Who presents it.
    pub presenter: String,
    /// How long it is meant to take; 0 = not said.
    pub duration_minutes: u32,
    /// Its papers.
    pub papers: Vec<Paper>,
    /// Issues it is about.
    pub issue_ids: Vec<IssueId>,
    /// Actions it is about.
    pub action_ids: Vec<ActionId>,
    /// Commitments it is about.
    pub commitment_ids: Vec<CommitmentId>,
    /// The exemption relied on where it is confidential of itself; none = as public as the item above. See [`exemption`].
    pub exemption_reason: Option<String>,
}

/// An item of an agenda.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgendaItem {
    /// The id.
    pub id: AgendaItemId,
    /// What the preparer says of it.
    #[serde(flatten)]
    pub written: ItemText,
    /// What came of it.
    pub outcome: Option<ItemOutcome>,
    /// What the minutes say of it.
    pub minute_text: String,
    /// The unfinished item of an earlier meeting that goes on here.
    pub carried_from: Option<AgendaItemId>,
}

impl AgendaItem {
    /// An item of which nothing has come yet.
    #[must_use]
    pub const fn new(id: AgendaItemId, written: ItemText) -> Self {
        Self { id, written, outcome: None, minute_text: String::new(), carried_from: None }
    }
}

/// The exemption that the item at `number` relies on: its own, or that of the nearest item above it, because what stands below
/// a confidential item is taken without the public too. None = public.
///
/// This alone says what is confidential; an item's own reason does not.
#[must_use]
pub fn exemption<'a>(items: &'a [AgendaItem], number: &ItemNumber) -> Option<&'a str> {
    let upwards = std::iter::successors(Some(number.clone()), ItemNumber::above);
    let mut path = upwards.filter_map(|number| items.iter().find(|item| item.written.number == number));
    path.find_map(|item| item.written.exemption_reason.as_deref())
}

/// What keeps the numbers from being a tree: a number twice, or an item without the one above it. `field` is the path of the list.
#[must_use]
pub fn tree_faults(field: &str, numbers: &[&ItemNumber]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, number) in numbers.iter().enumerate() {
        let path = format!("{field}[{index}].number");
        if numbers[..index].contains(number) {
            faults.push(Fault::new(path.clone(), format!("{number} is there twice")));
        }
        if let Some(above) = number.above()
            && !numbers.contains(&&above)
        {
            faults.push(Fault::new(path, format!("{number} stands below {above}, which is not there")));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> ItemNumber {
        ItemNumber::parse(text).expect("a number of the test")
    }

    #[test]
    fn numbers_sort_as_numbers() {
        let mut numbers = ["10", "2.10", "2", "2.9", "1"].map(number);
        numbers.sort();
        assert_eq!(numbers.map(|number| number.to_string()), ["1", "2", "2.9", "2.10", "10"]);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "0", "1.", "1.0", "1.2.3.4", "100", "a", "-1"] {
            assert_eq!(ItemNumber::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_tree_has_every_number_once_and_every_item_above() {
        let numbers = ["1", "1.1", "3.1", "1"].map(number);
        let faults = tree_faults("agenda_items", &numbers.iter().collect::<Vec<_>>());
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["agenda_items[2].number", "agenda_items[3].number"]);
    }
}
