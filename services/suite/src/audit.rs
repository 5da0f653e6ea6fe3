//! Checks the audit trails of all services: reads them where they are kept, changes nothing, and says what does not hold.
//!
//! What the trails cannot show by themselves is found by [`heads`] of an earlier check. Names that are gone are compared with the
//! erasures that identity's trail records.

pub mod heads;

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};
use pathfinder_kit::audit::{self, Report};
use pathfinder_kit::{Database, DatabaseUrl};

use self::heads::Kept;
use crate::config::Store;

/// The services, each with a trail of its own.
pub const SERVICES: [&str; 4] = ["boards", "commitments", "issues", "identity"];
/// Whose trail records erasures, and as what.
const ERASURES: (&str, &str) = ("identity", "person.erased");

/// What came of checking one service's trail.
#[derive(Debug)]
pub struct Checked {
    /// The service.
    pub service: &'static str,
    /// What was found, or why nothing could be read.
    pub outcome: Result<Report, String>,
}

impl Checked {
    /// Whether the trail could be read and holds.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.outcome.as_ref().is_ok_and(Report::is_clean)
    }

    /// How many faults there are. That a trail could not be read is one.
    #[must_use]
    pub fn fault_count(&self) -> u64 {
        self.outcome.as_ref().map_or(1, fault_count)
    }
}

/// Hears how the check goes: the service, and how many of how many entries were read.
pub type Told<'a> = &'a (dyn Fn(&'static str, u64, u64) + Sync);

/// Checks the trail of every service, also against heads that were kept. The services may be running.
pub async fn verify(store: &Store, now: DateTime<Utc>, kept: &[Kept], told: Told<'_>) -> Vec<Checked> {
    let mut all = Vec::with_capacity(SERVICES.len());
    for service in SERVICES {
        let outcome = verify_one(store, service, now, kept, told).await;
        all.push(Checked { service, outcome });
    }
    // Read last: an erasure that comes while the trails are read is known here, too.
    if let Ok(erased) = erased_people(store).await {
        let reports = all.iter_mut().filter_map(|checked| checked.outcome.as_mut().ok());
        reports.for_each(|report| report.expect_erased(&erased));
    }
    all
}

async fn verify_one(
    store: &Store,
    service: &'static str,
    now: DateTime<Utc>,
    kept: &[Kept],
    told: Told<'_>,
) -> Result<Report, String> {
    let kept: Vec<_> = kept.iter().filter(|kept| kept.service == service).map(|kept| kept.head.clone()).collect();
    let database = open(store, service).await?;
    let report = audit::verify(&database, now, &kept, &|read, all| told(service, read, all)).await;
    database.close().await.map_err(|error| error.to_string())?;
    report.map_err(|error| format!("the trail cannot be read; start this version of the service once: {error}"))
}

async fn open(store: &Store, service: &str) -> Result<Database, String> {
    let url = store.of(service);
    if let DatabaseUrl::Sqlite(path) = &url
        && !path.exists()
    {
        return Err(format!("there is no database at {}", path.display()));
    }
    let database = Database::open_to_read(&url, service).await;
    database.map_err(|error| format!("the database cannot be opened: {error}"))
}

/// The ids of those whose erasure is recorded.
async fn erased_people(store: &Store) -> Result<BTreeSet<String>, String> {
    let (service, kind) = ERASURES;
    let database = open(store, service).await?;
    let erased = audit::subjects_of(&database, kind).await;
    database.close().await.map_err(|error| error.to_string())?;
    let erased = erased.map_err(|error| error.to_string())?;
    Ok(erased.into_iter().map(|id| id.to_string()).collect())
}

/// What was found, as a table with every fault on a line of its own below.
#[derive(Debug)]
pub struct Table<'a>(pub &'a [Checked]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<12} {:>7} {:>10}  Verdict", "Service", "Chains", "Entries")?;
        for Checked { service, outcome } in self.0 {
            match outcome {
                Ok(report) => {
                    let verdict = verdict_on(report);
                    write!(f, "\n{service:<12} {:>7} {:>10}  {verdict}", report.chains, report.entries)?;
                }
                Err(_) => write!(f, "\n{service:<12} {:>7} {:>10}  could not be read", "-", "-")?,
            }
        }
        for Checked { service, outcome } in self.0 {
            match outcome {
                Ok(report) => write_faults(f, service, report)?,
                Err(why) => write!(f, "\n{service}: {why}")?,
            }
        }
        Ok(())
    }
}

fn fault_count(report: &Report) -> u64 {
    u64::try_from(report.faults.len()).unwrap_or(u64::MAX).saturating_add(report.untold)
}

fn verdict_on(report: &Report) -> String {
    let found = match fault_count(report) {
        0 => "whole".to_owned(),
        1 => "1 fault".to_owned(),
        faults => format!("{faults} faults"),
    };
    let blanked = match report.blanked_entries() {
        0 => String::new(),
        entries => format!("; {entries} without the name, which was erased"),
    };
    let waiting = match report.waiting {
        0 => String::new(),
        waiting => format!("; {waiting} wait for their place, since the service does not run"),
    };
    found + &blanked + &waiting
}

fn write_faults(f: &mut fmt::Formatter<'_>, service: &str, report: &Report) -> fmt::Result {
    for fault in &report.faults {
        write!(f, "\n{service}: {fault}")?;
    }
    if report.untold > 0 {
        write!(f, "\n{service}: and {} faults more", report.untold)?;
    }
    Ok(())
}

/// Whose names were erased, a line for each service and person.
#[derive(Debug)]
pub struct Names<'a>(pub &'a [Checked]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Names that were erased:")?;
        let mut none = true;
        for Checked { service, outcome } in self.0 {
            let Ok(report) = outcome else { continue };
            for (actor_id, blanked) in &report.blanked {
                none = false;
                write!(f, "\n{service}: {actor_id}, from {} entries", blanked.entries)?;
            }
        }
        if none { f.write_str(" none") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use pathfinder_kit::audit::{Blanked, Fault, Wrong};

    use super::*;

    #[test]
    fn the_table_names_every_fault() {
        let fault = Fault { partnership_id: None, position: 3, event_id: None, wrong: Wrong::Missing { last: 4 } };
        let found = Report { chains: 2, entries: 40, faults: vec![fault], ..Report::default() };
        let first = Blanked { entries: 5, partnership_id: None, position: 1, event_id: uuid::Uuid::nil() };
        let blanked = BTreeMap::from([("ann".to_owned(), first)]);
        let waiting = Report { chains: 1, entries: 7, waiting: 2, blanked, ..Report::default() };
        let all = [
            Checked { service: "boards", outcome: Ok(found) },
            Checked { service: "issues", outcome: Ok(waiting) },
            Checked { service: "identity", outcome: Err("there is no database at x".to_owned()) },
        ];
        assert_eq!(
            Table(&all).to_string(),
            "Service       Chains    Entries  Verdict\n\
             boards             2         40  1 fault\n\
             issues             1          7  whole; 5 without the name, which was erased; 2 wait for their place, since the service does not run\n\
             identity           -          -  could not be read\n\
             boards: installation, position 3: entries are missing up to position 4\n\
             identity: there is no database at x"
        );
        assert_eq!(Names(&all).to_string(), "Names that were erased:\nissues: ann, from 5 entries");
        assert_eq!(Names(&all[..1]).to_string(), "Names that were erased: none");
        assert!(all[1].is_clean() && !all[0].is_clean() && !all[2].is_clean());
    }
}
