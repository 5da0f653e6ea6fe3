//! Closed lists of words: an enum whose every value has the one word by which it is stored, filtered on and shown in history.
//!
//! Each value is written once, beside its word, so that rows, events and filters can never disagree about it. To add a value, add a
//! line where the list is declared; the word is released with the first database that holds it.

/// A word that is not in its list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not a word of {list}")]
pub struct UnknownWord {
    /// The name of the list.
    pub list: &'static str,
    /// The word.
    pub word: String,
}

/// Declares an enum with one word for each value: `ALL`, `WORDS`, `word()`, `FromStr`, `Display`, and serde by the word. The crate
/// that uses it needs `serde`.
///
/// ```
/// pathfinder_terms::words! {
///     /// A way to go.
///     pub enum Way {
///         /// Ahead.
///         Ahead = "ahead",
///         /// Back.
///         Back = "back",
///     }
/// }
/// assert_eq!(Way::WORDS, ["ahead", "back"]);
/// assert_eq!("back".parse(), Ok(Way::Back));
/// assert!("sideways".parse::<Way>().is_err());
/// ```
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* $visible:vis enum $name:ident { $($(#[$value_doc:meta])* $value:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        $visible enum $name {
            $($(#[$value_doc])* #[serde(rename = $word)] $value,)+
        }

        impl $name {
            /// Every value, in the order of the list.
            $visible const ALL: &'static [Self] = &[$(Self::$value,)+];

            /// The word of every value, in the same order.
            $visible const WORDS: &'static [&'static str] = &[$($word,)+];

            /// The word for it.
            #[must_use]
            $visible const fn word(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                let found = Self::WORDS.iter().zip(Self::ALL).find(|(known, _)| **known == word);
                let unknown = || $crate::UnknownWord { list: stringify!($name), word: word.to_owned() };
                found.map(|(_, value)| *value).ok_or_else(unknown)
            }
        }
    };
}
