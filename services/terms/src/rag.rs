//! The RAG rating of actions and commitments.

use serde::{Deserialize, Serialize};

/// How something stands. Never shown by colour alone: [`Rag::word`] goes beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rag {
    /// Not started, and its start lies ahead.
    None,
    /// On time.
    Green,
    /// Slipping, or at risk of it.
    Amber,
    /// Late.
    Red,
    /// Complete.
    Blue,
    /// Suspended with approval.
    Grey,
}

impl Rag {
    /// The word shown beside the colour, and stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
            Self::Blue => "blue",
            Self::Grey => "grey",
        }
    }

    /// How bad it is, for comparing a reported rating with a computed one: red 2, amber 1, all others 0.
    #[must_use]
    pub const fn severity(self) -> u8 {
        match self {
            Self::Red => 2,
            Self::Amber => 1,
            Self::None | Self::Green | Self::Blue | Self::Grey => 0,
        }
    }
}
