//! What a reader sees of a text, however it is written. The same word in full-width letters, with a soft hyphen or a joiner in
//! it, or with an accent set on it, is the same word; a text of which nothing can be seen is none.
//!
//! Letters that only look alike (a Cyrillic `а` for a Latin `a`) stay different, and so do words that are spelt otherwise.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// Whether there is nothing in the text that a person could read: it is empty, or holds only blanks, characters that show
/// nothing, and marks that stand on no letter.
#[must_use]
pub(crate) fn is_blank(text: &str) -> bool {
    let shows_nothing = |c: char| c.is_whitespace() || adds_no_letter(c) || c == BRAILLE_BLANK;
    text.nfkd().all(shows_nothing)
}

/// The text; empty where there is nothing in it to read.
#[must_use]
pub(crate) fn or_empty(text: String) -> String {
    if is_blank(&text) { String::new() } else { text }
}

/// The words of a text in one form, each with a space before and after, so that whole words and phrases can be looked for. An
/// apostrophe parts words, as do all signs that are neither letters nor digits.
#[must_use]
pub(crate) fn plain_words(text: &str) -> String {
    let plain: String = text.nfkd().flat_map(char::to_lowercase).filter(|c| !adds_no_letter(*c)).collect();
    let words = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(String::from(" "), |whole, word| whole + word + " ")
}

/// The Braille pattern without a dot.
const BRAILLE_BLANK: char = '\u{2800}';

/// Whether a character stands within words without being a letter of them: marks, joiners, soft hyphens, direction signs, and the
/// fillers of Hangul, which count as letters and show nothing.
fn adds_no_letter(c: char) -> bool {
    let format = c.general_category() == GeneralCategory::Format;
    format || is_combining_mark(c) || matches!(c, '\u{115F}' | '\u{1160}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_which_nothing_can_be_seen_is_blank() {
        let blank =
            ["", "  \t\r\n", "\u{200B}\u{200D}", "\u{00AD}", "\u{FEFF} \u{2060}", "\u{0301}", "\u{3164}\u{FFA0}"];
        for text in blank.into_iter().chain(["\u{2800}", "\u{3000}", "\u{E0041}", "\u{FE0F}"]) {
            assert!(is_blank(text), "{text:?}");
            assert_eq!(or_empty(text.to_owned()), "");
        }
        for text in ["x", " . ", "👍🏽", "é", "水", "٣", "\u{200B}a"] {
            assert!(!is_blank(text), "{text:?}");
            assert_eq!(or_empty(text.to_owned()), text, "what can be read stays as it is");
        }
    }

    #[test]
    fn the_same_word_has_one_form() {
        let ways = [
            "Ambulance",
            "ＡＭＢＵＬＡＮＣＥ",
            "ambu\u{200B}lance",
            "am\u{00AD}bu\u{00AD}lance",
            "a\u{0301}mbula\u{0323}nce",
            "ámbulànce",
            "𝐚𝐦𝐛𝐮𝐥𝐚𝐧𝐜𝐞",
            "\u{202E}ambu\u{2060}lance\u{202C}",
            "ambu\u{3164}lance",
            "'ambulance'",
            "ambulance's",
        ];
        for way in ways {
            assert!(plain_words(way).starts_with(" ambulance "), "{way:?} is {:?}", plain_words(way));
        }
        assert_eq!(plain_words("9\u{FE0F}\u{20E3}9\u{FE0F}\u{20E3}9\u{FE0F}\u{20E3}"), " 999 ");
        assert_eq!(plain_words("Alzheimer’s, ½ a day"), " alzheimer s 1 2 a day ");
        assert_eq!(plain_words(" - "), " ");
    }
}
