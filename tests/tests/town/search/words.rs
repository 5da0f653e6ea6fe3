//! Words and phrases to look for, and whether an issue has them.

use pathfinder_proto::issues::v1 as pb;
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rust_stemmers::{Algorithm, Stemmer};

/// A word or phrase to look for.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub(super) text: String,
    pub(super) unwanted: bool,
}

impl Term {
    /// Whether one of the issue's texts holds its words behind one another.
    pub(super) fn is_in(&self, issue: &pb::Issue) -> bool {
        let wanted = stems(&self.text);
        texts_of(issue).iter().any(|text| stems(text).windows(wanted.len()).any(|words| words == wanted))
    }
}

fn texts_of(issue: &pb::Issue) -> [String; 5] {
    let place = issue.location.clone().unwrap_or_default();
    let issue = issue.clone();
    [issue.title, issue.description, issue.category_name, place.address, place.location_text]
}

/// The words of a text of plain letters, without their endings.
fn stems(text: &str) -> Vec<String> {
    let stemmer = Stemmer::create(Algorithm::English);
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| stemmer.stem(&word.to_ascii_lowercase()).into_owned()).collect()
}

/// A word or a phrase of an issue, at times with another, and at times without those that have a third.
pub(super) fn some_words(chance: &mut StdRng, all: &[pb::Issue]) -> Vec<Term> {
    let one = texts_of(all.choose(chance).expect("there are issues"));
    let mut terms = vec![Term { text: some_phrase(chance, &one), unwanted: false }];
    if chance.random() {
        terms.push(Term { text: some_phrase(chance, &one), unwanted: false });
    }
    if chance.random() {
        let other = texts_of(all.choose(chance).expect("there are issues"));
        terms.push(Term { text: some_phrase(chance, &other), unwanted: true });
    }
    terms
}

/// One to three words that stand behind one another in a text.
fn some_phrase(chance: &mut StdRng, texts: &[String; 5]) -> String {
    let is_word = |letter: char| !letter.is_ascii_alphanumeric();
    let texts: Vec<Vec<&str>> =
        texts.iter().map(|text| text.split(is_word).filter(|word| !word.is_empty()).collect()).collect();
    let texts: Vec<&Vec<&str>> = texts.iter().filter(|words| !words.is_empty()).collect();
    let words = texts.choose(chance).expect("an issue has a text");
    let start = chance.random_range(0..words.len());
    let end = (start + chance.random_range(1..=3)).min(words.len());
    words[start..end].join(" ")
}
