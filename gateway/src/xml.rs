//! What XML cannot hold.

/// The text with what XML 1.0 has no way to write, not even escaped (most control characters), replaced.
pub(crate) fn legal(text: &str) -> String {
    let legal = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{FFFD}' | '\u{10000}'..);
    text.chars().map(|c| if legal(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}
