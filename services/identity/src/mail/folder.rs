//! Letters as files: for a trial, and for a mail server that takes them from a folder.
//!
//! A letter is called `<time>-<id>.eml`, or `<time>-<id>-until-<time>.eml` where it is worth nothing afterwards, such as one with a link to
//! sign in. Such a letter is removed when its link was used or has ended: it names a person and where to reach them.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use lettre::message::Mailbox;
use pathfinder_kit::Failure;
use uuid::Uuid;

use super::{Letter, Mailer};

const TIME: &str = "%Y%m%dT%H%M%S";
const UNTIL: &str = "-until-";

/// Writes each letter into a folder that only its owner can read.
pub(super) struct Folder {
    path: PathBuf,
    from: Mailbox,
}

impl Folder {
    pub(super) const fn new(path: PathBuf, from: Mailbox) -> Self {
        Self { path, from }
    }

    /// Removes the letters whose names are `unwanted`.
    async fn remove(&self, unwanted: impl Fn(&str) -> bool + Send + 'static) -> Result<(), Failure> {
        let path = self.path.clone();
        let removing = tokio::task::spawn_blocking(move || remove(&path, unwanted));
        removing.await.map_err(Failure::internal)?.map_err(Failure::internal)
    }
}

#[async_trait]
impl Mailer for Folder {
    async fn send(&self, letter: &Letter) -> Result<(), Failure> {
        let text = super::message(letter, &self.from)?.formatted();
        let file = self.path.join(name_of(letter));
        let written = file.clone();
        let writing = tokio::task::spawn_blocking(move || write(&written, &text));
        writing.await.map_err(Failure::internal)?.map_err(Failure::internal)?;
        tracing::info!(file = %file.display(), "a letter was written");
        Ok(())
    }

    async fn clear(&self, now: DateTime<Utc>) -> Result<(), Failure> {
        self.remove(move |name| end_of(name).is_some_and(|end| end <= now)).await
    }

    async fn discard(&self, letters: &[Uuid]) -> Result<(), Failure> {
        if letters.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = letters.iter().map(Uuid::to_string).collect();
        self.remove(move |name| ids.iter().any(|id| name.contains(id.as_str()))).await
    }
}

fn name_of(letter: &Letter) -> String {
    let until = letter.expire_time.map(|end| format!("{UNTIL}{}", end.format(TIME))).unwrap_or_default();
    format!("{}-{}{until}.eml", letter.time.format(TIME), letter.id)
}

/// When the letter of this name is worth nothing any more: names have whole seconds, so a second is added.
fn end_of(name: &str) -> Option<DateTime<Utc>> {
    let (_, end) = name.split_once(UNTIL)?;
    let (end, _) = end.split_once('.')?;
    Some(NaiveDateTime::parse_from_str(end, TIME).ok()?.and_utc() + TimeDelta::seconds(1))
}

/// Writes beside and renames, so that nobody reads half a letter.
fn write(file: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let unfinished = file.with_extension("part");
    let mut open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    open.write_all(text)?;
    open.sync_all()?;
    fs::rename(unfinished, file)
}

/// A folder that is not there holds nothing, and a file that is gone needs no removing.
fn remove(folder: &Path, unwanted: impl Fn(&str) -> bool) -> io::Result<()> {
    let gone = |error: io::Error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return gone(error),
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(&unwanted) {
            fs::remove_file(entry.path()).or_else(gone)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(id: u128, life: Option<TimeDelta>) -> Letter {
        let time = DateTime::UNIX_EPOCH;
        Letter {
            id: Uuid::from_u128(id),
            to_address: "ada@example.org".to_owned(),
            to_name: "Ada".to_owned(),
            subject: "A link".to_owned(),
            text: "Hello\n".to_owned(),
            time,
            expire_time: life.map(|life| time + life),
        }
    }

    #[tokio::test]
    async fn a_letter_goes_when_its_link_is_used_or_has_ended_and_others_stay() {
        let path = std::env::temp_dir().join(format!("pathfinder-letters-{}", std::process::id()));
        let folder = Folder::new(path.clone(), "Pathfinder <pathfinder@localhost>".parse().expect("a sender"));
        let count = || fs::read_dir(&path).map(Iterator::count).unwrap_or_default();
        folder.clear(DateTime::UNIX_EPOCH).await.expect("nothing is there, which is no harm");
        let minute = TimeDelta::minutes(1);
        for letter in [letter(1, Some(minute)), letter(2, Some(minute * 2)), letter(3, None)] {
            folder.send(&letter).await.expect("it is written");
        }
        folder.clear(DateTime::UNIX_EPOCH + minute).await.expect("it can be cleared");
        assert_eq!(count(), 3, "none has ended");
        folder.clear(DateTime::UNIX_EPOCH + minute + TimeDelta::seconds(1)).await.expect("it can be cleared");
        assert_eq!(count(), 2, "one has ended");
        folder.discard(&[Uuid::from_u128(2), Uuid::from_u128(9)]).await.expect("it can be removed");
        folder.clear(DateTime::UNIX_EPOCH + TimeDelta::days(999)).await.expect("it can be cleared");
        assert_eq!(count(), 1, "one is left, which does not end");
        fs::remove_dir_all(&path).expect("the folder can go");
    }
}
