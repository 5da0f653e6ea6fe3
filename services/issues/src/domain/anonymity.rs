//! Taking a person out of the words of an issue. Their name, e-mail address and telephone number are looked for as whole words, however
//! they are capitalised and spaced, and `a resident` is put in their place.
//!
//! A name of one word is taken out only where it stands alone: "Rose" is a person, and "Rose Lane" is not. What a person wrote of
//! themselves in other words stays. Whose home it is can be told by where it is, so that goes with whoever reported an issue at a home.

use super::issue::{Issue, Location};
use super::reporter::Contact;

/// What stands in the place of a person.
pub(crate) const SOMEBODY: &str = "a resident";
/// A shorter number may be anything.
const FEWEST_DIGITS: usize = 7;

/// What to look for.
#[derive(Default)]
pub(crate) struct Traces(Vec<Trace>);

struct Trace {
    letters: Vec<char>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Within a text.
    Words,
    /// Digits within a text, however they are parted.
    Digits,
    /// Only as the whole text.
    Alone,
}

impl Traces {
    /// The traces of people.
    #[must_use]
    pub(crate) fn of<'a>(contacts: impl IntoIterator<Item = &'a Contact>) -> Self {
        Self(contacts.into_iter().flat_map(Trace::of).collect())
    }

    /// The text without them; none where there are none in it.
    #[must_use]
    pub(crate) fn remove(&self, text: &str) -> Option<String> {
        let letters: Vec<char> = text.chars().collect();
        let plain: Vec<char> = letters.iter().copied().map(lower).collect();
        let mut rest = String::with_capacity(text.len());
        let (mut at, mut found) = (0, false);
        while let Some(letter) = letters.get(at) {
            if let Some(end) = self.0.iter().find_map(|trace| trace.end_of(&plain, at)) {
                rest.push_str(SOMEBODY);
                (at, found) = (end, true);
            } else {
                rest.push(*letter);
                at += 1;
            }
        }
        found.then_some(rest)
    }

    /// Removes them from a text in place; answers whether there were any.
    pub(crate) fn remove_from(&self, text: &mut String) -> bool {
        let without = self.remove(text);
        let found = without.is_some();
        if let Some(without) = without {
            *text = without;
        }
        found
    }
}

impl Trace {
    fn of(contact: &Contact) -> Vec<Self> {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").chars().map(lower).collect();
        let (name, email): (Vec<char>, Vec<char>) = (words(&contact.name), words(&contact.email));
        let digits: Vec<char> = contact.phone.chars().filter(char::is_ascii_digit).collect();
        let name_kind = if name.contains(&' ') { Kind::Words } else { Kind::Alone };
        let phone_kind = if digits.len() < FEWEST_DIGITS { Kind::Alone } else { Kind::Digits };
        let all = [(name, name_kind), (email, Kind::Words), (digits, phone_kind)];
        all.into_iter()
            .filter(|(letters, _)| !letters.is_empty())
            .map(|(letters, kind)| Self { letters, kind })
            .collect()
    }

    /// Where the trace that begins at `from` ends, if one does.
    fn end_of(&self, text: &[char], from: usize) -> Option<usize> {
        let within_a_word = |letter: Option<&char>| letter.is_some_and(|letter| letter.is_alphanumeric());
        if from.checked_sub(1).is_some_and(|before| within_a_word(text.get(before))) {
            return None;
        }
        let run = |mut at: usize, skipped: fn(char) -> bool| {
            while text.get(at).is_some_and(|letter| skipped(*letter)) {
                at += 1;
            }
            at
        };
        let mut at = from;
        for (index, wanted) in self.letters.iter().enumerate() {
            if index > 0 && self.kind == Kind::Digits {
                at = run(at, |letter| matches!(letter, ' ' | '(' | ')' | '-' | '.'));
            }
            let next = if *wanted == ' ' {
                run(at, char::is_whitespace)
            } else {
                at + usize::from(text.get(at) == Some(wanted))
            };
            if next == at {
                return None;
            }
            at = next;
        }
        let alone = from == 0 && at == text.len();
        (!within_a_word(text.get(at)) && (alone || self.kind != Kind::Alone)).then_some(at)
    }
}

impl Issue {
    /// Takes people out of the words of the issue; answers whether there was anything of them.
    pub(crate) fn anonymise(&mut self, traces: &Traces) -> bool {
        let mut found = false;
        let location = &mut self.location;
        for text in self.answers.iter_mut().flat_map(|answer| answer.texts.iter_mut().chain(&mut answer.values)) {
            found |= traces.remove_from(text);
        }
        for photo in &mut self.photos {
            found |= traces.remove_from(&mut photo.caption);
        }
        for text in [&mut self.title, &mut self.description, &mut location.address, &mut location.location_text] {
            found |= traces.remove_from(text);
        }
        if let Some(resolution) = &mut self.resolution {
            found |= traces.remove_from(&mut resolution.reason);
            for evidence in &mut resolution.evidence {
                found |= traces.remove_from(&mut evidence.text);
            }
        }
        found
    }
}

impl Location {
    /// Keeps no more of a home than everybody may know; answers whether there was more. By the point that is left it is found as before.
    pub(crate) fn forget_home(&mut self) -> bool {
        let published = self.clone().published();
        let had_more = *self != published;
        *self = published;
        had_more
    }
}

fn lower(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::geography::Point;

    fn traces(name: &str) -> Traces {
        let contact = Contact {
            name: name.to_owned(),
            email: "Rose.Ash@example.org".to_owned(),
            phone: "+44 (0)7700 900123".to_owned(),
        };
        Traces::of([&contact])
    }

    #[test]
    fn a_person_is_taken_out_however_they_are_written() {
        let traces = traces("Rose Ash");
        for (text, without) in [
            ("Rose Ash", "a resident"),
            ("Ask ROSE  ASH, please", "Ask a resident, please"),
            ("rose.ash@EXAMPLE.org", "a resident"),
            ("Call +44 07700-900123.", "Call +a resident."),
            ("Rose Ash and Rose Ash", "a resident and a resident"),
            ("Für Rose\nAsh!", "Für a resident!"),
        ] {
            assert_eq!(traces.remove(text).as_deref(), Some(without), "{text}");
        }
    }

    #[test]
    fn what_only_looks_alike_stays() {
        let traces = traces("Rose Ash");
        for text in ["", "Rose Lane", "Primrose Ash", "Rose Ashby", "4407700900123456", "ose Ash"] {
            assert_eq!(traces.remove(text), None, "{text}");
        }
    }

    #[test]
    fn a_name_of_one_word_is_taken_out_where_it_stands_alone() {
        let traces = traces("Rose");
        assert_eq!(traces.remove("rose").as_deref(), Some("a resident"));
        assert_eq!(traces.remove("The bins of Rose Lane"), None);
        assert_eq!(Traces::of([&Contact::default()]).remove("anything"), None);
    }

    #[test]
    fn of_a_home_what_everybody_may_know_is_kept() {
        let home = Location {
            point: Point::new(51.512_345_6, -0.123_456_7),
            address: "Flat 3, 12 Zebra Court".to_owned(),
            uprn: "100012345".to_owned(),
            location_text: "second floor".to_owned(),
            land_type: "housing".to_owned(),
            domestic: true,
        };
        let mut left = home.clone();
        assert!(left.forget_home());
        let expected = Location {
            point: home.public_point(),
            land_type: "housing".to_owned(),
            domestic: true,
            ..Location::default()
        };
        assert_eq!(left, expected);
        assert_eq!(left.public_point(), home.public_point(), "it is found where it was");
        assert!(!left.forget_home(), "once");
        let mut lamp = Location { domestic: false, ..home.clone() };
        assert!(!lamp.forget_home());
        assert_eq!(lamp, Location { domestic: false, ..home }, "street furniture has an address, too");
    }
}
