//! Words that hold a report back for a person to read.
//!
//! The list is configuration: a partnership's own words replace ours, which stand in `held_words.json`. A word matches whole words,
//! whatever their case and however they are written: see [`text`](super::text). It is better to hold back one report too many than to
//! publish a child's name, so the list is broad; the manager lets through what is harmless. To add a word, add it to that file; to
//! add a heading, add it to [`Heading`] with the advice that its reporter is given.

use pathfinder_terms::words;
use serde::Deserialize;

use super::text::plain_words;

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

impl Heading {
    /// What whoever writes such words in confidence is told at once: nothing of what they wrote is published, so nobody needs to read it first.
    #[must_use]
    pub(crate) const fn call_first(self) -> &'static str {
        match self {
            Self::Emergency => "If someone is in danger now, call 999: nobody may read this answer in time.",
            Self::Child => "If a child is in danger now, call 999: nobody may read this answer in time.",
            Self::Medical => {
                "If someone needs medical help now, call 999, or 111 if it is less urgent: nobody may read this answer in time."
            }
            Self::Other => "",
        }
    }
}

/// The words of one heading, as a file lists them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeldGroup {
    /// Why they hold a report back.
    pub heading: Heading,
    /// Words or phrases.
    pub phrases: Vec<String>,
}

/// A phrase in which there is nothing to look for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{phrase}` under `{}` has no letter and no digit to look for", heading.word())]
pub(crate) struct EmptyPhrase {
    /// Where it stands.
    pub heading: Heading,
    /// As it stands there.
    pub phrase: String,
}

/// The words that hold a report back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<HeldGroup>")]
pub(crate) struct HeldWords {
    /// Each phrase in its plain form, with why it holds a report back, in the order of the file.
    phrases: Vec<(Heading, String)>,
}

impl TryFrom<Vec<HeldGroup>> for HeldWords {
    type Error = EmptyPhrase;

    fn try_from(groups: Vec<HeldGroup>) -> Result<Self, EmptyPhrase> {
        let listed = groups.into_iter().flat_map(|HeldGroup { heading, phrases }| {
            phrases.into_iter().map(move |phrase| match plain_words(&phrase) {
                plain if plain.trim().is_empty() => Err(EmptyPhrase { heading, phrase }),
                plain => Ok((heading, plain)),
            })
        });
        Ok(Self { phrases: listed.collect::<Result<_, _>>()? })
    }
}

/// Our own list, in the form of a partnership's.
const SHIPPED: &str = include_str!("../../held_words.json");

impl Default for HeldWords {
    fn default() -> Self {
        serde_json::from_str(SHIPPED).expect("the list that is shipped can be read: a test reads it")
    }
}

impl HeldWords {
    /// The first heading with a word that stands in one of the texts; none when nothing holds them back.
    #[must_use]
    pub(crate) fn find(&self, texts: &[&str]) -> Option<Heading> {
        let texts: Vec<String> = texts.iter().map(|text| plain_words(text)).collect();
        let holds = |phrase: &str| texts.iter().any(|text| text.contains(phrase));
        self.phrases.iter().find(|(_, phrase)| holds(phrase)).map(|(heading, _)| *heading)
    }

    /// The first heading with a word that stands in a text and did not in its former self: what stood there, somebody has read.
    #[must_use]
    pub(crate) fn find_new(&self, former: &str, text: &str) -> Option<Heading> {
        let (former, text) = (plain_words(former), plain_words(text));
        let is_new = |phrase: &str| text.contains(phrase) && !former.contains(phrase);
        self.phrases.iter().find(|(_, phrase)| is_new(phrase)).map(|(heading, _)| *heading)
    }
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
        for written in ["He has Alzheimer’s and wanders", "ALZHEIMERS", "Alzheimer's"] {
            assert_eq!(found(written), Some(Heading::Medical), "{written}");
        }
    }

    #[test]
    fn words_hold_back_however_they_are_written() {
        assert_eq!(found("Call an ambu\u{200B}lance"), Some(Heading::Emergency));
        assert_eq!(found("ＡＭＢＵＬＡＮＣＥ"), Some(Heading::Emergency));
        assert_eq!(found("de\u{00AD}men\u{00AD}tia"), Some(Heading::Medical));
        assert_eq!(found("d\u{0301}emen\u{0336}tia"), Some(Heading::Medical));
        assert_eq!(found("A bo\u{2060}y\u{00A0}cal\u{200D}led Sam"), Some(Heading::Child));
        assert_eq!(found("There is a 'gun' there"), Some(Heading::Emergency));
    }

    #[test]
    fn parts_of_words_do_not() {
        assert_eq!(found("The gunmetal railings are begun to rust"), None);
        assert_eq!(found("Lamp column 9994 is out"), None);
        assert_eq!(found("Overflowing bin by the bus stop"), None);
    }

    #[test]
    fn who_is_in_danger_or_ill_and_who_has_a_child_is_read_first() {
        for (text, heading) in [
            ("There is a fire and a child is in danger", Heading::Emergency),
            ("THERE IS A FIRE!", Heading::Emergency),
            ("A knife attack by the shops", Heading::Emergency),
            ("Somebody was stabbed", Heading::Emergency),
            ("Someone is drowning in the canal", Heading::Emergency),
            ("A man collapsed outside the pharmacy", Heading::Emergency),
            ("My neighbour has collapsed", Heading::Emergency),
            ("She talks of self-harm", Heading::Emergency),
            ("Self harm, I fear", Heading::Emergency),
            ("He says he is suicidal; suicide is near", Heading::Emergency),
            ("Domestic abuse next door", Heading::Emergency),
            ("A child in danger on the roof", Heading::Child),
            ("My child fell over the slab", Heading::Child),
            ("It scares my kid", Heading::Child),
            ("His brother is autistic", Heading::Medical),
            ("Noise is hard with autism", Heading::Medical),
            ("She had a heart attack", Heading::Medical),
            ("He had a stroke, and cannot climb", Heading::Medical),
            ("A seizure every week", Heading::Medical),
            ("The mould is bad for her asthma and my diabetes", Heading::Medical),
        ] {
            assert_eq!(found(text), Some(heading), "{text}");
        }
    }

    #[test]
    fn ordinary_reports_are_not_read_first() {
        for text in [
            "An old knife lies among the litter",
            "The garden wall collapsed onto the path",
            "The wall has collapsed, and the shed collapsed with it",
            "The fireplace was dumped by the fire door",
            "Brush strokes of blue paint on the bench",
            "Children play football in the car park",
            "The heart of the village needs more bins",
            "A kids' bike was left at the bus stop",
            "Dangerous ice on the steps",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn a_partnerships_own_words_replace_ours() {
        let own: HeldWords = serde_json::from_str(r#"[{"heading": "other", "phrases": ["bonfire"]}]"#).unwrap();
        assert_eq!(own.find(&["A bonfire is being built"]), Some(Heading::Other));
        assert_eq!(own.find(&["ambulance"]), None);
    }

    #[test]
    fn words_that_stood_there_before_are_not_new() {
        let words = HeldWords::default();
        assert_eq!(words.find_new("An ambulance came.", "The ambulance came late."), None);
        assert_eq!(words.find_new("An ambulance came.", "An ambulance; he has dementia."), Some(Heading::Medical));
        assert_eq!(words.find_new("", "A tag on the wall"), None);
    }

    #[test]
    fn a_phrase_with_nothing_to_look_for_is_refused() {
        for empty in ["", " - ", "\u{200B}"] {
            let list =
                vec![HeldGroup { heading: Heading::Other, phrases: vec!["bonfire".to_owned(), empty.to_owned()] }];
            let refused = HeldWords::try_from(list);
            assert_eq!(refused, Err(EmptyPhrase { heading: Heading::Other, phrase: empty.to_owned() }));
        }
    }

    #[test]
    fn our_own_list_is_read_and_speaks_of_each_danger() {
        let ours = HeldWords::default();
        for heading in [Heading::Emergency, Heading::Child, Heading::Medical] {
            assert!(ours.phrases.iter().filter(|(listed, _)| *listed == heading).count() > 10, "{}", heading.word());
        }
    }
}
