//! Seats, which hold the votes, and members, who sit in them for a term.

use chrono::{DateTime, Days, Months, NaiveDate, Utc};
use pathfinder_terms::{MemberId, PartnershipId, PersonId, SeatId, words};
use serde::{Deserialize, Serialize};

use super::Refusal;

words! {
    /// What kind of member a seat is for.
    pub enum SeatCategory {
        /// A resident of the neighbourhood.
        Resident = "resident",
        /// An elected councillor.
        Councillor = "councillor",
        /// The police.
        Police = "police",
        /// Health services.
        Health = "health",
        /// Social housing.
        Housing = "housing",
        /// Schools and colleges.
        School = "school",
        /// Voluntary and community organisations.
        Voluntary = "voluntary",
        /// Faith groups.
        Faith = "faith",
        /// Businesses.
        Business = "business",
        /// Young people.
        YoungPeople = "young_people",
        /// The council, through an officer.
        CouncilOfficer = "council_officer",
        /// Anyone else.
        Other = "other",
    }
}

words! {
    /// What a member is beyond a member.
    pub enum MemberRole {
        /// Nothing more.
        None = "none",
        /// The chair.
        Chair = "chair",
        /// A vice-chair.
        ViceChair = "vice_chair",
    }
}

/// A seat: one seat, one vote, whoever sits in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// The id.
    pub id: SeatId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// What kind of member it is for.
    pub category: SeatCategory,
    /// The name to show.
    pub name: String,
    /// Whether it has a vote.
    pub voting: bool,
    /// When it was created.
    pub create_time: DateTime<Utc>,
}

/// A person's term in a seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The id.
    pub id: MemberId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The seat.
    pub seat_id: SeatId,
    /// The name to show.
    pub name: String,
    /// The person in identity, if they have an account.
    pub person_id: Option<PersonId>,
    /// Chair, vice-chair or none.
    pub role: MemberRole,
    /// The member stood in for; none for a member in their own right.
    pub substitute_for: Option<MemberId>,
    /// The first local day of the term.
    pub term_start_date: NaiveDate,
    /// The last local day of the term.
    pub term_end_date: NaiveDate,
    /// How it ended early, if it did.
    pub ending: Option<Ending>,
    /// The register of interests.
    pub registered_interests: Vec<String>,
    /// When the member was appointed.
    pub create_time: DateTime<Utc>,
    /// Counts its changes, for the etag.
    pub version: i64,
}

/// The early end of a membership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// The local date on which it ended, at once.
    pub date: NaiveDate,
    /// Why.
    pub reason: String,
}

impl Member {
    /// The last local day of the term; where it ended early, the day on which it did.
    #[must_use]
    pub fn last_date(&self) -> NaiveDate {
        self.ending.as_ref().map_or(self.term_end_date, |ending| ending.date)
    }

    /// Whether the term runs on a day. A membership that was ended stops at once: its last day no longer counts.
    #[must_use]
    pub fn serves_on(&self, date: NaiveDate) -> bool {
        let until_end = match &self.ending {
            Some(ending) => date < ending.date,
            None => date <= self.term_end_date,
        };
        self.term_start_date <= date && until_end
    }

    /// Whether this is a member in their own right, not a substitute.
    #[must_use]
    pub const fn is_principal(&self) -> bool {
        self.substitute_for.is_none()
    }

    /// Ends the term early.
    pub fn end(&mut self, today: NaiveDate, reason: String) -> Result<(), Refusal> {
        self.require_serving(today)?;
        self.ending = Some(Ending { date: today.max(self.term_start_date), reason });
        Ok(())
    }

    /// Replaces the entry in the register of interests.
    pub fn register(&mut self, today: NaiveDate, interests: Vec<String>) -> Result<(), Refusal> {
        self.require_serving(today)?;
        self.registered_interests = interests;
        Ok(())
    }

    fn require_serving(&self, today: NaiveDate) -> Result<(), Refusal> {
        if self.ending.is_some() || today > self.term_end_date {
            return Err(Refusal::MembershipEnded { on: self.last_date() });
        }
        Ok(())
    }

    fn overlaps(&self, start: NaiveDate, end: NaiveDate) -> bool {
        let before_ending = self.ending.as_ref().is_none_or(|ending| start < ending.date);
        self.term_start_date <= end && start <= self.term_end_date && before_ending
    }
}

/// A term of so many months from a day: its last day is the day before that day of the month.
#[must_use]
pub fn term_end(start: NaiveDate, months: u32) -> NaiveDate {
    let end = start.checked_add_months(Months::new(months)).and_then(|day| day.checked_sub_days(Days::new(1)));
    end.unwrap_or(NaiveDate::MAX)
}

/// Refuses an appointment that the board as it is has no room for: two principals in one seat, two chairs, a substitute
/// of a substitute.
pub fn require_room(new: &Member, others: &[Member]) -> Result<(), Refusal> {
    if new.term_end_date < new.term_start_date {
        return Err(Refusal::invalid("term_end_date", "must not be before the term starts"));
    }
    if let Some(principal_id) = new.substitute_for {
        return require_fit_substitute(new, principal_id, others);
    }
    let during = |other: &&Member| other.is_principal() && other.overlaps(new.term_start_date, new.term_end_date);
    if let Some(there) = others.iter().filter(during).find(|other| other.seat_id == new.seat_id) {
        return Err(Refusal::SeatTaken { by: there.name.clone(), until: there.last_date() });
    }
    let chairs = new.role == MemberRole::Chair;
    match others.iter().filter(during).find(|other| chairs && other.role == MemberRole::Chair) {
        Some(chair) => Err(Refusal::ChairTaken { by: chair.name.clone(), until: chair.last_date() }),
        None => Ok(()),
    }
}

fn require_fit_substitute(new: &Member, principal_id: MemberId, others: &[Member]) -> Result<(), Refusal> {
    let principal = others.iter().find(|other| other.id == principal_id);
    let why = match principal {
        None => "the member stood in for is not one of this board",
        Some(principal) if !principal.is_principal() => "a substitute cannot stand in for a substitute",
        Some(principal) if principal.seat_id != new.seat_id => "a substitute has the seat of the member stood in for",
        Some(_) if new.role != MemberRole::None => "a substitute is neither chair nor vice-chair",
        Some(_) => return Ok(()),
    };
    Err(Refusal::SubstituteUnfit { why })
}

#[cfg(test)]
pub(super) mod tests {
    use uuid::Uuid;

    use super::*;

    pub(in crate::domain) fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).expect("a date of the test")
    }

    /// A member in a seat of the same number, serving 2026.
    pub(in crate::domain) fn member(number: u128) -> Member {
        Member {
            id: MemberId(Uuid::from_u128(number)),
            partnership_id: PartnershipId(Uuid::nil()),
            seat_id: SeatId(Uuid::from_u128(number)),
            name: format!("Member {number}"),
            person_id: None,
            role: MemberRole::None,
            substitute_for: None,
            term_start_date: day(2026, 1, 1),
            term_end_date: day(2026, 12, 31),
            ending: None,
            registered_interests: Vec::new(),
            create_time: DateTime::UNIX_EPOCH,
            version: 1,
        }
    }

    #[test]
    fn a_term_of_36_months_ends_the_day_before() {
        assert_eq!(term_end(day(2026, 4, 1), 36), day(2029, 3, 31));
        assert_eq!(term_end(day(2024, 2, 29), 12), day(2025, 2, 27));
    }

    #[test]
    fn a_seat_holds_one_member_at_a_time() {
        let sitting = member(1);
        let mut next = Member { id: MemberId(Uuid::from_u128(9)), ..member(1) };
        assert!(matches!(require_room(&next, std::slice::from_ref(&sitting)), Err(Refusal::SeatTaken { .. })));
        (next.term_start_date, next.term_end_date) = (day(2027, 1, 1), day(2029, 12, 31));
        assert_eq!(require_room(&next, &[sitting]), Ok(()));
    }

    #[test]
    fn an_ended_membership_makes_room_at_once() {
        let mut sitting = member(1);
        sitting.end(day(2026, 6, 1), "Moved away".to_owned()).expect("the term runs");
        assert!(!sitting.serves_on(day(2026, 6, 1)));
        let next = Member { id: MemberId(Uuid::from_u128(9)), term_start_date: day(2026, 6, 1), ..member(1) };
        assert_eq!(require_room(&next, std::slice::from_ref(&sitting)), Ok(()));
        assert_eq!(sitting.end(day(2026, 6, 2), String::new()), Err(Refusal::MembershipEnded { on: day(2026, 6, 1) }));
    }

    #[test]
    fn a_board_has_one_chair() {
        let chair = Member { role: MemberRole::Chair, ..member(1) };
        let second = Member { role: MemberRole::Chair, ..member(2) };
        assert!(matches!(require_room(&second, &[chair]), Err(Refusal::ChairTaken { .. })));
    }

    #[test]
    fn a_substitute_stands_in_for_a_member_in_their_own_right() {
        let principal = member(1);
        let substitute = Member { id: MemberId(Uuid::from_u128(9)), substitute_for: Some(principal.id), ..member(1) };
        let second = Member { id: MemberId(Uuid::from_u128(10)), substitute_for: Some(substitute.id), ..member(1) };
        let board = [principal, substitute.clone()];
        assert_eq!(require_room(&substitute, &board[..1]), Ok(()));
        assert!(matches!(require_room(&second, &board), Err(Refusal::SubstituteUnfit { .. })));
        let elsewhere = Member { seat_id: SeatId(Uuid::from_u128(5)), ..substitute };
        assert!(matches!(require_room(&elsewhere, &board), Err(Refusal::SubstituteUnfit { .. })));
    }
}
