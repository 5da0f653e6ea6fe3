//! Words that hold a report back for a person to read.
//!
//! The list is configuration: a partnership's own words replace ours. A word matches whole words, whatever their case. It is
//! better to hold back one report too many than to publish a child's name, so the list is broad; the manager lets through what is
//! harmless. To add a heading, add it to [`Heading`] with the advice that its reporter is given.

use serde::{Deserialize, Serialize};

use super::words::words;

words! {
    /// Why a report is held back.
    pub(crate) enum Heading {
        /// Somebody may be in danger now.
        Emergency = "emergency",
        /// A child may be named.
        Child = "child",
        /// A medical condition may be named.
        Medical = "medical",
        /// Anything else that the partnership wants read first.
        Other = "other",
    }
}

impl Heading {
    /// What the reporter is told at once.
    #[must_use]
    pub(crate) const fn advice(self) -> &'static str {
        match self {
            Self::Emergency => {
                "If someone is in danger now, call 999. A person will read your report before it is published."
            }
            Self::Child => {
                "If a child is in danger now, call 999. A person will read your report before it is published."
            }
            Self::Medical => {
                "If someone needs medical help now, call 999, or 111 if it is less urgent. A person will read your report before it is published."
            }
            Self::Other => "A person will read your report before it is published.",
        }
    }
}

/// The words of one heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeldGroup {
    /// Why they hold a report back.
    pub heading: Heading,
    /// Words or phrases.
    pub phrases: Vec<String>,
}

/// The words that hold a report back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct HeldWords(pub Vec<HeldGroup>);

impl Default for HeldWords {
    fn default() -> Self {
        let group = |heading, phrases: &[&str]| HeldGroup {
            heading,
            phrases: phrases.iter().map(|phrase| (*phrase).to_owned()).collect(),
        };
        Self(vec![
            group(
                Heading::Emergency,
                &[
                    "999",
                    "ambulance",
                    "bleeding",
                    "overdose",
                    "suicide",
                    "kill myself",
                    "kill himself",
                    "kill herself",
                    "on fire",
                    "gas leak",
                    "smell of gas",
                    "smell gas",
                    "gun",
                    "stabbed",
                    "stabbing",
                    "being attacked",
                    "not breathing",
                    "unconscious",
                    "trapped",
                    "explosion",
                ],
            ),
            group(
                Heading::Child,
                &[
                    "my son",
                    "my daughter",
                    "her son",
                    "his son",
                    "their son",
                    "her daughter",
                    "his daughter",
                    "their daughter",
                    "child called",
                    "boy called",
                    "girl called",
                    "child named",
                    "boy named",
                    "girl named",
                    "year old",
                    "years old",
                    "child abuse",
                    "child neglect",
                    "neglected child",
                ],
            ),
            group(
                Heading::Medical,
                &[
                    "dementia",
                    "alzheimer's",
                    "schizophrenia",
                    "bipolar",
                    "hiv",
                    "cancer",
                    "epilepsy",
                    "epileptic",
                    "diabetic",
                    "depression",
                    "addict",
                    "alcoholic",
                    "mental illness",
                    "mental health",
                    "disabled neighbour",
                    "medication",
                    "pregnant",
                ],
            ),
        ])
    }
}

impl HeldWords {
    /// The first heading with a word that stands in one of the texts; none when nothing holds them back.
    #[must_use]
    pub(crate) fn find(&self, texts: &[&str]) -> Option<Heading> {
        let texts: Vec<String> = texts.iter().map(|text| spaced(text)).collect();
        let holds = |phrase: &String| {
            let phrase = spaced(phrase);
            texts.iter().any(|text| text.contains(&phrase))
        };
        self.0.iter().find(|group| group.phrases.iter().any(holds)).map(|group| group.heading)
    }
}

/// The words of a text in lower case, each with a space before and after, so that whole words can be looked for.
fn spaced(text: &str) -> String {
    let in_word = |c: char| c.is_alphanumeric() || c == '\'';
    let text = text.to_lowercase().replace('’', "'");
    let words = text.split(|c| !in_word(c)).filter(|word| !word.is_empty());
    words.fold(String::from(" "), |whole, word| whole + word + " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<Heading> {
        HeldWords::default().find(&["", text])
    }

    #[test]
    fn whole_words_hold_back_whatever_their_case() {
        assert_eq!(found("Please send an AMBULANCE!"), Some(Heading::Emergency));
        assert_eq!(found("There is a smell  of gas, by the bins"), Some(Heading::Emergency));
        assert_eq!(found("A boy called Sam, 7 years old"), Some(Heading::Child));
        assert_eq!(found("He has Alzheimer’s and wanders"), Some(Heading::Medical));
    }

    #[test]
    fn parts_of_words_do_not() {
        assert_eq!(found("The gunmetal railings are begun to rust"), None);
        assert_eq!(found("Lamp column 9994 is out"), None);
        assert_eq!(found("Overflowing bin by the bus stop"), None);
    }

    #[test]
    fn a_partnerships_own_words_replace_ours() {
        let own: HeldWords = serde_json::from_str(r#"[{"heading": "other", "phrases": ["bonfire"]}]"#).unwrap();
        assert_eq!(own.find(&["A bonfire is being built"]), Some(Heading::Other));
        assert_eq!(own.find(&["ambulance"]), None);
    }
}
