//! Enumerations that are stored and filtered on as words.
//!
//! Each value is written once, beside its word, so that rows, events and filters can never disagree about it. To add an enumeration,
//! declare it through [`words!`].

/// A text that is none of an enumeration's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a word for it")]
pub(crate) struct UnknownWord(pub String);

/// Declares an enumeration with one word for each value: `ALL`, `word()`, `FromStr`, `Display`, and serde by the word.
macro_rules! words {
    ($(#[$meta:meta])* pub(crate) enum $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub(crate) enum $name {
            $($(#[$doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every value.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The word by which it is stored and filtered on.
            #[must_use]
            pub(crate) const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL
                    .iter()
                    .find(|value| value.word() == text)
                    .copied()
                    .ok_or_else(|| $crate::domain::UnknownWord(text.to_owned()))
            }
        }
    };
}

pub(super) use words;
