//! The keys that seal contact details, where none were told: a file in the data folder, made at the first start.

use std::fs::{File, hard_link, read_to_string, remove_file};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use pathfinder_kit::seal::{Contacts, Sealer};
use pathfinder_kit::{Failure, Ids, Reason};

use crate::config::{Config, Store};

/// What holds the keys, one line as in `--contact-keys`. Whoever has it and the databases reads contact details: back it up elsewhere.
const FILE: &str = "contact.keys";

/// How contact details are kept, with keys: those that were told, or those of the data folder.
///
/// # Errors
///
/// When none were told and the data is on a server, or the file can be neither read nor made.
pub(crate) fn settle(config: &Config, ids: &Ids) -> Result<Contacts, Failure> {
    if config.contacts.sealer.is_some() {
        return Ok(config.contacts.clone());
    }
    let Store::Folder(folder) = &config.store else {
        let message = "With --database-url, the keys that seal contact details are told by --contact-keys or PATHFINDER_CONTACT_KEYS.";
        return Err(Failure::new(Reason::InvalidRequest, message));
    };
    let file = folder.join(FILE);
    let unusable = |why: &dyn std::fmt::Display| {
        let message = format!("The keys that seal contact details, in {}, cannot be used: {why}.", file.display());
        Failure::new(Reason::InvalidRequest, message)
    };
    let keys = read_or_make(folder, &file, ids).map_err(|error| unusable(&error))?;
    let sealer = Sealer::read(FILE, keys.trim()).map_err(|problem| unusable(&problem))?;
    Ok(Contacts { sealer: Some(sealer), ..config.contacts.clone() })
}

/// The file appears whole or not at all, and never twice: of two that start at once, one makes it and both read it.
fn read_or_make(folder: &Path, file: &Path, ids: &Ids) -> io::Result<String> {
    match read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        known => return known,
    }
    std::fs::create_dir_all(folder)?;
    let draft = folder.join(format!("{FILE}.{}", ids.capability()));
    write_private(&draft, &Sealer::new_key(ids))?;
    let linked = hard_link(&draft, file);
    remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => read_to_string(file),
    }
}

fn write_private(file: &Path, keys: &str) -> io::Result<()> {
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(file, "{keys}")?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::config::Flags;

    fn config(flags: &Flags) -> Config {
        Config::check(flags).expect("a configuration")
    }

    #[test]
    fn the_first_start_makes_a_file_for_its_owner_alone_and_the_next_uses_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let config = config(&Flags { data_dir: Some(data.clone()), ..Flags::default() });
        let key_id =
            |seed| settle(&config, &Ids::seeded(seed)).expect("keys").sealer.expect("a sealer").key_id().to_owned();
        assert_eq!(key_id(1), key_id(2));
        let kept: Vec<_> = std::fs::read_dir(&data).expect("the folder").filter_map(Result::ok).collect();
        let [file] = kept.as_slice() else { panic!("one file is left, not {kept:?}") };
        assert_eq!(file.metadata().expect("it is there").permissions().mode() & 0o777, 0o600);
        std::fs::write(file.path(), "spoilt").expect("written");
        let refused = settle(&config, &Ids::seeded(3)).expect_err("a spoilt file is not made anew");
        assert!(refused.to_string().contains(FILE), "{refused}");
    }

    #[test]
    fn on_a_server_the_keys_are_told() {
        let mut flags = Flags { database_url: Some("postgres://me@localhost/x".to_owned()), ..Flags::default() };
        assert!(settle(&config(&flags), &Ids::seeded(1)).is_err());
        flags.contacts.contact_keys = Some(Sealer::new_key(&Ids::seeded(1)));
        assert!(settle(&config(&flags), &Ids::seeded(1)).is_ok());
    }
}
