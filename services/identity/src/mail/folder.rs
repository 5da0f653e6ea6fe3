//! Letters as files: for a trial, and for a mail server that takes them from a folder.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use lettre::message::Mailbox;
use pathfinder_kit::Failure;

use super::{Letter, Mailer};

/// Writes each letter into a folder that only its owner can read, as `<time>-<id>.eml`.
pub(super) struct Folder {
    path: PathBuf,
    from: Mailbox,
}

impl Folder {
    pub(super) const fn new(path: PathBuf, from: Mailbox) -> Self {
        Self { path, from }
    }
}

#[async_trait]
impl Mailer for Folder {
    async fn send(&self, letter: &Letter) -> Result<(), Failure> {
        let text = super::message(letter, &self.from)?.formatted();
        let file = self.path.join(format!("{}-{}.eml", letter.time.format("%Y%m%dT%H%M%S"), letter.id));
        let written = file.clone();
        let writing = tokio::task::spawn_blocking(move || write(&written, &text));
        writing.await.map_err(Failure::internal)?.map_err(Failure::internal)?;
        tracing::info!(file = %file.display(), "a letter was written");
        Ok(())
    }
}

/// Writes beside and renames, so that nobody reads half a letter.
fn write(file: &Path, text: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let unfinished = file.with_extension("part");
    let mut open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    open.write_all(text)?;
    open.sync_all()?;
    fs::rename(unfinished, file)
}
