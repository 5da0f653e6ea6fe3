//! The words of issues, and looking for them: whatever their case, their accents and their endings in English. Words are reduced here and
//! not by the database, so that every database finds the same.

use std::collections::BTreeSet;

use rust_stemmers::{Algorithm, Stemmer};

use super::Issue;
use super::text::plain_words;

/// Stands between the texts of an issue, so that no phrase reaches from one into the next: no letter, so no word.
const BETWEEN: &str = "¶";
/// Only so much of a word is looked at; PostgreSQL keeps none of more than 2,046 bytes.
const LONGEST_WORD: usize = 64;
/// The most words and phrases that are looked for at once.
const MOST_TERMS: usize = 16;

/// The texts of an issue that are public and looked through. The address of a home is none of them: it could be guessed word by word.
#[must_use]
pub(crate) fn texts_of(issue: &Issue) -> [&str; 5] {
    let place = &issue.location;
    let (address, location_text) = if place.domestic { ("", "") } else { (&*place.address, &*place.location_text) };
    [&issue.title, &issue.description, &issue.category_name, address, location_text]
}

/// The words of texts, reduced, in their order.
#[must_use]
pub(crate) fn of(texts: [&str; 5]) -> Vec<String> {
    let mut words = Vec::new();
    for text in texts.into_iter().filter(|text| !text.is_empty()) {
        words.extend(reduced(text));
        words.push(BETWEEN.to_owned());
    }
    words
}

/// The words of texts, reduced, each once.
#[must_use]
pub(crate) fn distinct(texts: [&str; 5]) -> BTreeSet<String> {
    texts.into_iter().flat_map(reduced).collect()
}

fn reduced(text: &str) -> Vec<String> {
    let stemmer = Stemmer::create(Algorithm::English);
    let words = plain_words(text);
    words.split_whitespace().map(|word| stemmer.stem(word).chars().take(LONGEST_WORD).collect()).collect()
}

/// What to look for: words and phrases, each as reduced words that stand behind one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Query {
    /// All of them must be there; at least one.
    pub wanted: Vec<Vec<String>>,
    /// None of them may be there.
    pub unwanted: Vec<Vec<String>>,
}

/// Why nothing can be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QueryFlaw {
    /// Nothing to look for.
    #[error("must hold at least one word that is to be there")]
    Empty,
    /// Too many words.
    #[error("must hold at most {MOST_TERMS} words and phrases")]
    TooMany,
}

impl Query {
    /// Reads what somebody typed: words; phrases in quotation marks; a hyphen before what must not be there.
    ///
    /// # Errors
    ///
    /// When it holds nothing to look for, or too much.
    pub(crate) fn read(text: &str) -> Result<Self, QueryFlaw> {
        let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
        for term in terms(text) {
            let (list, term) = match term.strip_prefix('-') {
                Some(rest) => (&mut unwanted, rest),
                None => (&mut wanted, term.as_str()),
            };
            // A term may be several words: `wheel-chair`.
            list.extend(Some(reduced(term)).filter(|words| !words.is_empty()));
        }
        if wanted.len() + unwanted.len() > MOST_TERMS {
            return Err(QueryFlaw::TooMany);
        }
        if wanted.is_empty() { Err(QueryFlaw::Empty) } else { Ok(Self { wanted, unwanted }) }
    }
}

impl Query {
    /// The words that an issue must have.
    #[must_use]
    pub(crate) fn wanted_words(&self) -> BTreeSet<&str> {
        self.wanted.iter().flatten().map(String::as_str).collect()
    }

    /// The words that it must not have; what must not stand in a phrase may stand elsewhere.
    #[must_use]
    pub(crate) fn unwanted_words(&self) -> BTreeSet<&str> {
        self.unwanted.iter().filter(|term| term.len() == 1).flatten().map(String::as_str).collect()
    }

    /// Whether it takes more to know what it finds than which words an issue has.
    #[must_use]
    pub(crate) fn has_phrases(&self) -> bool {
        self.wanted.iter().chain(&self.unwanted).any(|term| term.len() > 1)
    }

    /// Whether an issue has what is wanted and nothing that is not.
    #[must_use]
    pub(crate) fn finds(&self, issue: &Issue) -> bool {
        let words = of(texts_of(issue));
        let has = |term: &Vec<String>| words.windows(term.len()).any(|found| found == term.as_slice());
        self.wanted.iter().all(has) && !self.unwanted.iter().any(has)
    }
}

/// Cuts at blanks that do not stand in quotation marks.
fn terms(text: &str) -> Vec<String> {
    let mut quoted = false;
    let is_end = |letter: char| {
        quoted ^= matches!(letter, '"' | '“' | '”');
        letter.is_whitespace() && !quoted
    };
    text.split(is_end).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<String>, Vec<String>) {
        let query = Query::read(text).expect("something to look for");
        let joined = |terms: Vec<Vec<String>>| terms.into_iter().map(|words| words.join(" ")).collect();
        (joined(query.wanted), joined(query.unwanted))
    }

    #[test]
    fn words_are_looked_for_whatever_their_form() {
        assert_eq!(reduced("Overflowing BINS, café’s"), ["overflow", "bin", "cafe", "s"]);
        let texts = of(["Street lights", "", "Lighting", "", ""]);
        assert_eq!(texts, ["street", "light", BETWEEN, "light", BETWEEN]);
        assert!(reduced(BETWEEN).is_empty(), "nobody types it");
        assert_eq!(reduced(&"a".repeat(5_000)), ["a".repeat(LONGEST_WORD)]);
    }

    #[test]
    fn words_phrases_and_what_must_not_be_there() {
        let terms = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let found = read("overflowing  bins -recycling \"High  Street\" -\"park gates\" wheel-chair ?");
        let wanted = terms(&["overflow", "bin", "high street", "wheel chair"]);
        assert_eq!(found, (wanted, terms(&["recycl", "park gate"])));
        assert_eq!(read("\"not closed"), (terms(&["not close"]), Vec::new()));
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        for text in ["", "  ", "?!", "-bin", "\"\""] {
            assert_eq!(Query::read(text), Err(QueryFlaw::Empty), "{text}");
        }
        assert_eq!(Query::read(&"bin ".repeat(17)), Err(QueryFlaw::TooMany));
        assert!(Query::read(&"bin ".repeat(16)).is_ok());
    }
}
