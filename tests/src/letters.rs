//! The mail that a suite wrote, as whoever opens the outbox folder reads it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::database::TestDatabase;
use crate::town::Town;
use crate::waiting::{self, PATIENCE};

/// The outbox folder.
#[derive(Debug, Clone)]
pub struct Letters(PathBuf);

/// One letter.
#[derive(Debug, Clone)]
pub struct Letter(String);

impl Letters {
    /// The letters of a town.
    #[must_use]
    pub fn of(town: &Town) -> Self {
        Self::beside(&town.database)
    }

    /// The letters of a suite on that database.
    #[must_use]
    pub fn beside(database: &TestDatabase) -> Self {
        Self(database.outbox())
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.files().len()
    }

    /// Those that are there.
    #[must_use]
    pub fn seen(&self) -> BTreeSet<PathBuf> {
        self.files().into_iter().collect()
    }

    /// Waits for a letter that is none of those `seen`, of which some may be removed meanwhile.
    ///
    /// # Panics
    ///
    /// When it does not come in time, or cannot be read.
    pub async fn behind(&self, seen: &BTreeSet<PathBuf>) -> Letter {
        let file = waiting::until("a letter", PATIENCE, || async {
            self.files().into_iter().find(|file| !seen.contains(file)).ok_or_else(|| "no new one".to_owned())
        });
        Letter(std::fs::read_to_string(file.await).expect("a letter can be read"))
    }

    /// Waits for the letter behind the first `before`, where none is removed meanwhile.
    ///
    /// # Panics
    ///
    /// When it does not come in time, or cannot be read.
    pub async fn next(&self, before: usize) -> Letter {
        let file = waiting::until("a letter", PATIENCE, || async {
            let files = self.files();
            files.get(before).cloned().ok_or_else(|| format!("{} letters", files.len()))
        });
        let file = file.await;
        Letter(std::fs::read_to_string(&file).expect("a letter can be read"))
    }

    /// Waits for the letter behind the first `before` to an address, where none is removed meanwhile.
    ///
    /// # Panics
    ///
    /// When it does not come in time.
    pub async fn next_to(&self, address: &str, before: usize) -> Letter {
        let sent = waiting::until("a letter", PATIENCE, || async move {
            let sent = self.all_to(address);
            sent.get(before).cloned().ok_or_else(|| format!("{} letters to {address}", sent.len()))
        });
        sent.await
    }

    /// All to an address, in the order in which they were written.
    #[must_use]
    pub fn all_to(&self, address: &str) -> Vec<Letter> {
        let texts = self.files().into_iter().filter_map(|file| std::fs::read_to_string(file).ok());
        texts.filter(|text| text.contains(address)).map(Letter).collect()
    }

    /// Their files, in the order in which they were written: names begin with the time.
    fn files(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(&self.0) else { return Vec::new() };
        let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "eml"));
        files.sort();
        files
    }
}

impl Letter {
    /// The whole letter.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The token of the link in it.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[must_use]
    pub fn token(&self) -> String {
        self.token_behind("/sign-in/link")
    }

    /// The token of a link to a path that ends so.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[must_use]
    pub fn token_behind(&self, path: &str) -> String {
        let link = format!("{path}?token=");
        let (_, behind) = self.0.split_once(&link).unwrap_or_else(|| panic!("a letter with `{link}`: {}", self.0));
        behind.split_whitespace().next().expect("a token").to_owned()
    }
}
