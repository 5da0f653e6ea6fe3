//! The RAG rating of actions and commitments.

use crate::words;

words! {
    /// How something stands. Never shown by colour alone: [`Rag::word`] goes beside it.
    pub enum Rag {
        /// Not started, and its start lies ahead.
        None = "none",
        /// On time.
        Green = "green",
        /// Slipping, or at risk of it.
        Amber = "amber",
        /// Late.
        Red = "red",
        /// Complete.
        Blue = "blue",
        /// Suspended with approval.
        Grey = "grey",
    }
}

impl Rag {
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
