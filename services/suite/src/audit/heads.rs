//! Heads of the audit trail, kept where whoever may write to the databases may not: a file that can be read, printed or mailed.
//!
//! ```text
//! # Heads of Pathfinder's audit trail on 1 June 2026, 09:00:00 UTC; no fault was found.
//! boards installation 4 65873154d45e8e6642e15a06a4220388762b560c09fc14e3a248b2d1d70d921a
//! boards 01a20004-ecd1-7000-a2fd-c2cad3e6f190 310 fac219499c0c67830baba48b3df2d0ed3bed3774a2a27f87fef8607cfb0b916b
//! ```
//! A line for each chain: service, partnership, position, hash. Lines that are empty or begin with `#` say nothing to the program, so
//! files can be put together.

use std::fmt;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use chrono::{DateTime, Utc};
use pathfinder_kit::audit::Head;

use super::{Checked, SERVICES};

/// How the chain of the whole installation is called.
const INSTALLATION: &str = "installation";

/// A head, and whose trail it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The service.
    pub service: &'static str,
    /// Where one of its chains ended.
    pub head: Head,
}

/// The heads of all chains that were read, as they stand in a file.
#[derive(Debug)]
pub struct Sheet<'a> {
    /// What came of the check.
    pub checked: &'a [Checked],
    /// When it was made.
    pub time: DateTime<Utc>,
}

impl fmt::Display for Sheet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.time.format("%-d %B %Y, %H:%M:%S UTC");
        let faults = match self.checked.iter().map(Checked::fault_count).sum::<u64>() {
            0 => "no fault was".to_owned(),
            1 => "1 fault was".to_owned(),
            faults => format!("{faults} faults were"),
        };
        writeln!(f, "# Heads of Pathfinder's audit trail on {time}; {faults} found.")?;
        writeln!(
            f,
            "# Keep this where nobody who can write to the databases can change it. To compare: pathfinder audit verify --since FILE"
        )?;
        writeln!(f, "# service partnership position hash")?;
        for Checked { service, outcome } in self.checked {
            match outcome {
                Ok(report) => report.heads.iter().try_for_each(|head| write_head(f, service, head))?,
                Err(_) => writeln!(f, "# {service} could not be read")?,
            }
        }
        Ok(())
    }
}

fn write_head(f: &mut fmt::Formatter<'_>, service: &str, head: &Head) -> fmt::Result {
    let whose = head.partnership_id.map_or_else(|| INSTALLATION.to_owned(), |id| id.to_string());
    writeln!(f, "{service} {whose} {} {}", head.position, head.hash)
}

/// Says why heads cannot be kept in a file, before anything is read: what was kept earlier is never overwritten.
///
/// # Errors
///
/// In words.
pub fn check_free(path: &Path) -> Result<(), String> {
    if path.exists() {
        return Err(format!("{} is there already, and heads that were kept are not overwritten", path.display()));
    }
    Ok(())
}

/// Writes the heads to a new file.
///
/// # Errors
///
/// In words.
pub fn keep(path: &Path, sheet: &Sheet<'_>) -> Result<(), String> {
    let written = File::create_new(path).and_then(|mut file| {
        file.write_all(sheet.to_string().as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| format!("{} cannot be written: {error}", path.display()))
}

/// Reads heads from a file.
///
/// # Errors
///
/// Every line that cannot be read, in words.
pub fn read(path: &Path) -> Result<Vec<Kept>, Vec<String>> {
    let text =
        std::fs::read_to_string(path).map_err(|error| vec![format!("{} cannot be read: {error}", path.display())])?;
    let kept = parse(&text).map_err(|problems| {
        let told = problems.into_iter().map(|problem| format!("{}, {problem}", path.display()));
        told.collect::<Vec<_>>()
    })?;
    if kept.is_empty() {
        return Err(vec![format!("{} names no heads", path.display())]);
    }
    Ok(kept)
}

fn parse(text: &str) -> Result<Vec<Kept>, Vec<String>> {
    let (mut kept, mut problems) = (Vec::new(), Vec::new());
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match parse_line(line) {
            Ok(head) => kept.push(head),
            Err(problem) => problems.push(format!("line {number}: {problem}")),
        }
    }
    if problems.is_empty() { Ok(kept) } else { Err(problems) }
}

fn parse_line(line: &str) -> Result<Kept, String> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [service, whose, position, hash] = fields[..] else {
        return Err(format!("a service, a partnership, a position and a hash are wanted, not {} words", fields.len()));
    };
    let known = SERVICES.into_iter().find(|known| *known == service);
    let service = known.ok_or_else(|| format!("`{service}` is none of {}", SERVICES.join(", ")))?;
    let partnership_id = match whose {
        INSTALLATION => None,
        id => Some(id.parse().map_err(|_| format!("`{id}` is neither the id of a partnership nor `{INSTALLATION}`"))?),
    };
    let position = position.parse::<i64>().ok().filter(|position| *position > 0);
    let position = position.ok_or("the position is a whole number from 1 on")?;
    if hash.len() != 64 || !hash.chars().all(|letter| letter.is_ascii_hexdigit()) {
        return Err("the hash has 64 hexadecimal digits".to_owned());
    }
    Ok(Kept { service, head: Head { partnership_id, position, hash: hash.to_ascii_lowercase() } })
}

#[cfg(test)]
mod tests {
    use pathfinder_kit::audit::Report;

    use super::*;

    const ID: &str = "01a20004-ecd1-7000-a2fd-c2cad3e6f190";

    fn head(partnership_id: Option<&str>, position: i64) -> Head {
        let partnership_id = partnership_id.map(|id| id.parse().expect("an id"));
        Head { partnership_id, position, hash: "0a".repeat(32) }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let heads = vec![head(None, 4), head(Some(ID), 310)];
        let report = Report { heads: heads.clone(), ..Report::default() };
        let checked = [
            Checked { service: "boards", outcome: Ok(report) },
            Checked { service: "identity", outcome: Err("there is no database at x".to_owned()) },
        ];
        let time = "2026-06-01T09:00:00Z".parse().expect("an instant");
        let sheet = Sheet { checked: &checked, time }.to_string();
        assert!(
            sheet.starts_with("# Heads of Pathfinder's audit trail on 1 June 2026, 09:00:00 UTC; 1 fault was found.\n")
        );
        assert!(sheet.contains(&format!("\nboards {ID} 310 0a0a")), "{sheet}");
        assert!(sheet.ends_with("# identity could not be read\n"), "{sheet}");
        let wanted: Vec<Kept> = heads.into_iter().map(|head| Kept { service: "boards", head }).collect();
        assert_eq!(parse(&sheet), Ok(wanted));
    }

    #[test]
    fn every_line_that_cannot_be_read_is_told() {
        let hash = "0a".repeat(32);
        let text = format!(
            "# a note\n\nboards installation 4\nboats {ID} 1 {hash}\nboards here 1 {hash}\nboards {ID} 0 {hash}\n\
             boards {ID} 1 0a\nboards {ID} 1 {hash}\n"
        );
        let problems = parse(&text).expect_err("five lines cannot be read");
        assert_eq!(
            problems,
            [
                "line 3: a service, a partnership, a position and a hash are wanted, not 3 words",
                "line 4: `boats` is none of boards, commitments, issues, identity",
                "line 5: `here` is neither the id of a partnership nor `installation`",
                "line 6: the position is a whole number from 1 on",
                "line 7: the hash has 64 hexadecimal digits",
            ]
        );
    }
}
