//! Enumerations that are stored and filtered by a word of their own.

/// A text that is none of an enumeration's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not a known {kind}")]
pub(crate) struct UnknownWord {
    /// What was read.
    pub word: String,
    /// The name of the enumeration.
    pub kind: &'static str,
}

/// Defines an enumeration with the word by which each value is stored.
macro_rules! words {
    ($(#[$doc:meta])* pub(crate) enum $name:ident { $($(#[$value_doc:meta])* $value:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub(crate) enum $name {
            $($(#[$value_doc])* #[serde(rename = $word)] $value,)+
        }

        impl $name {
            /// Every value, in the order of the contract.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$value,)+];

            /// The word by which it is stored, filtered and shown.
            #[must_use]
            pub(crate) const fn word(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let unknown = || $crate::domain::UnknownWord { word: text.to_owned(), kind: stringify!($name) };
                Self::ALL.iter().copied().find(|value| value.word() == text).ok_or_else(unknown)
            }
        }
    };
}

pub(crate) use words;
