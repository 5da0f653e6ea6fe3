//! Checks the audit trails of all services: reads them where they are kept, changes nothing, and says what does not hold.

use std::fmt;

use chrono::{DateTime, Utc};
use pathfinder_kit::audit::{self, Report};
use pathfinder_kit::{Database, DatabaseUrl};

use crate::config::Store;

/// The services, each with a trail of its own.
pub const SERVICES: [&str; 4] = ["boards", "commitments", "issues", "identity"];

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
}

/// Hears how the check goes: the service, and how many of how many entries were read.
pub type Told<'a> = &'a (dyn Fn(&'static str, u64, u64) + Sync);

/// Checks the trail of every service. The services may be running.
pub async fn verify(store: &Store, now: DateTime<Utc>, told: Told<'_>) -> Vec<Checked> {
    let mut all = Vec::with_capacity(SERVICES.len());
    for service in SERVICES {
        let outcome = verify_one(store, service, now, told).await;
        all.push(Checked { service, outcome });
    }
    all
}

async fn verify_one(
    store: &Store,
    service: &'static str,
    now: DateTime<Utc>,
    told: Told<'_>,
) -> Result<Report, String> {
    let url = store.of(service);
    if let DatabaseUrl::Sqlite(path) = &url
        && !path.exists()
    {
        return Err(format!("there is no database at {}", path.display()));
    }
    let database = Database::open_to_read(&url, service).await;
    let database = database.map_err(|error| format!("the database cannot be opened: {error}"))?;
    let report = audit::verify(&database, now, &|read, all| told(service, read, all)).await;
    database.close().await.map_err(|error| error.to_string())?;
    report.map_err(|error| format!("the trail cannot be read; start this version of the service once: {error}"))
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

fn verdict_on(report: &Report) -> String {
    let faults = u64::try_from(report.faults.len()).unwrap_or(u64::MAX).saturating_add(report.untold);
    let found = match faults {
        0 => "whole".to_owned(),
        1 => "1 fault".to_owned(),
        _ => format!("{faults} faults"),
    };
    match report.waiting {
        0 => found,
        waiting => format!("{found}; {waiting} wait for their place, since the service does not run"),
    }
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

#[cfg(test)]
mod tests {
    use pathfinder_kit::audit::{Fault, Wrong};

    use super::*;

    #[test]
    fn the_table_names_every_fault() {
        let fault = Fault { partnership_id: None, position: 3, event_id: None, wrong: Wrong::Missing { last: 4 } };
        let found = Report { chains: 2, entries: 40, faults: vec![fault], ..Report::default() };
        let waiting = Report { chains: 1, entries: 7, waiting: 2, ..Report::default() };
        let all = [
            Checked { service: "boards", outcome: Ok(found) },
            Checked { service: "issues", outcome: Ok(waiting) },
            Checked { service: "identity", outcome: Err("there is no database at x".to_owned()) },
        ];
        assert_eq!(
            Table(&all).to_string(),
            "Service       Chains    Entries  Verdict\n\
             boards             2         40  1 fault\n\
             issues             1          7  whole; 2 wait for their place, since the service does not run\n\
             identity           -          -  could not be read\n\
             boards: installation, position 3: entries are missing up to position 4\n\
             identity: there is no database at x"
        );
        assert!(all[1].is_clean() && !all[0].is_clean() && !all[2].is_clean());
    }
}
