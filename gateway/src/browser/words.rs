//! Times and states as people read them.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Europe::London;
use pathfinder_proto::identity::v1::Role;
use prost_types::Timestamp;

/// A time, local to the neighbourhoods; a dash where there is none.
pub(super) fn time(time: Option<&Timestamp>) -> String {
    let nanos = |time: &Timestamp| u32::try_from(time.nanos).unwrap_or_default();
    let time = time.and_then(|time| DateTime::<Utc>::from_timestamp(time.seconds, nanos(time)));
    time.map_or_else(|| "–".to_owned(), |time| time.with_timezone(&London).format("%-d %B %Y, %H:%M").to_string())
}

/// A day; as it came where it is none.
pub(super) fn date(date: &str) -> String {
    date.parse::<NaiveDate>().map_or_else(|_| date.to_owned(), |date| date.format("%-d %B %Y").to_string())
}

/// The word behind the prefix of an enum's name, with blanks: `in progress` of `ISSUE_STATE_IN_PROGRESS`.
pub(super) fn state(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_lowercase().replace('_', " ")
}

/// A role as people call it; total.
pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::Unspecified => "A role that this version does not know",
        Role::Administrator => "Administrator",
        Role::Manager => "Neighbourhood manager",
        Role::Chair => "Chair",
        Role::BoardMember => "Board member",
        Role::AccountableBody => "Accountable body",
        Role::StreetRep => "Street rep",
        Role::ProviderOfficer => "Officer of a provider",
        Role::ProviderSignatory => "Signatory of a provider",
        Role::Observer => "Observer",
        Role::System => "System of a local authority",
        Role::ProviderContractor => "Contractor of a provider",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_local_and_states_are_words() {
        let summer = Timestamp { seconds: 1_780_300_800, nanos: 0 };
        assert_eq!(time(Some(&summer)), "1 June 2026, 09:00");
        assert_eq!(time(None), "–");
        assert_eq!((date("2026-06-01"), date("")), ("1 June 2026".to_owned(), String::new()));
        assert_eq!(state("ISSUE_STATE_IN_PROGRESS", "ISSUE_STATE_"), "in progress");
    }
}
