//! Who plays: the people with log-ins, the providers, and the seats of the board. All invented.
//!
//! To add a log-in, add it to [`LOGINS`]; the banner shows it by itself.

use pathfinder_proto::boards::v1::SeatCategory;
use pathfinder_proto::commitments::v1::ProviderKind;
use pathfinder_proto::identity::v1::{PrincipalKind, Role};

/// Somebody who can log in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Login {
    /// The name by which they sign in.
    pub(crate) login: &'static str,
    /// The name to show.
    pub(super) name: &'static str,
    /// A person or a machine.
    pub(super) kind: PrincipalKind,
    /// What they may do.
    pub(super) roles: &'static [Role],
    /// The key of the provider on whose behalf; none for the others.
    pub(super) provider: Option<&'static str>,
    /// What they may do; for those of a provider its name is to follow.
    about: &'static str,
}

impl Login {
    /// Where their link to sign in goes; none for a machine.
    pub(super) fn email(&self) -> String {
        match self.kind {
            PrincipalKind::Person => format!("{}@example.org", self.login),
            PrincipalKind::System | PrincipalKind::Unspecified => String::new(),
        }
    }

    /// What they may do, for the banner.
    pub(crate) fn about(&self) -> String {
        let provider = PROVIDERS.iter().find(|provider| Some(provider.key) == self.provider);
        provider.map_or_else(|| self.about.to_owned(), |provider| format!("{} {}", self.about, provider.name))
    }
}

/// Who runs the installation; identity makes this one itself.
pub(crate) const ADMINISTRATOR: &str = pathfinder_identity::FIRST_LOGIN;

/// Everyone who can log in, beside the administrator.
#[rustfmt::skip]
pub(crate) const LOGINS: &[Login] = &[
    person("manager", "Rosalind Achebe (neighbourhood manager, demonstration)", &[Role::Manager], "the neighbourhood manager: routes issues, keeps the action log"),
    person("chair", "Tom Ellershaw (chair, demonstration)", &[Role::Chair, Role::BoardMember], "the chair: opens and closes meetings"),
    person("board-member", "Nasreen Qureshi (board member, demonstration)", &[Role::BoardMember], "a resident on the board"),
    person("council", "Hugh Pemberton (accountable body, demonstration)", &[Role::AccountableBody], "the council as accountable body: reads everything"),
    person("street-rep", "Dolores Ibanez (street rep, demonstration)", &[Role::StreetRep], "a resident volunteer: verifies that things were done"),
    person("observer", "Wilf Harker (observer, demonstration)", &[Role::Observer], "reads"),
    Login { login: "council-system", name: "Fellmoor case system (demonstration)", kind: PrincipalKind::System, roles: &[Role::System], provider: None, about: "the council's case system, a machine: creates and reads issues" },
    officer("cleansing-officer", "Kwame Boateng (Street Cleansing, demonstration)", "cleansing"),
    signatory("cleansing-signatory", "Harriet Lowther (Head of Street Scene, demonstration)", "cleansing"),
    officer("highways-officer", "Priya Raman (Highways, demonstration)", "highways"),
    signatory("highways-signatory", "Owen Tregear (Head of Highways, demonstration)", "highways"),
    officer("police-officer", "Sgt Leah Marwood (Neighbourhood Police, demonstration)", "police"),
    signatory("police-signatory", "Ch Insp Ravi Deol (Neighbourhood Police, demonstration)", "police"),
    officer("homes-officer", "Jan Kowalski (Fellmoor Homes, demonstration)", "homes"),
    signatory("homes-signatory", "Beatrice Okafor (Director of Homes, demonstration)", "homes"),
    officer("protection-officer", "Mei-Ling Chau (Community Protection, demonstration)", "protection"),
    signatory("protection-signatory", "Gareth Pugh (Head of Community Protection, demonstration)", "protection"),
    officer("parks-officer", "Samira Haddad (Parks, demonstration)", "parks"),
    signatory("parks-signatory", "Colin Fothergill (Head of Parks, demonstration)", "parks"),
];

const fn person(login: &'static str, name: &'static str, roles: &'static [Role], about: &'static str) -> Login {
    Login { login, name, kind: PrincipalKind::Person, roles, provider: None, about }
}

const fn officer(login: &'static str, name: &'static str, provider: &'static str) -> Login {
    let about = "answers for issues, as an officer of";
    Login { login, name, kind: PrincipalKind::Person, roles: &[Role::ProviderOfficer], provider: Some(provider), about }
}

const fn signatory(login: &'static str, name: &'static str, provider: &'static str) -> Login {
    let about = "accepts commitments, as a signatory of";
    Login {
        login,
        name,
        kind: PrincipalKind::Person,
        roles: &[Role::ProviderSignatory],
        provider: Some(provider),
        about,
    }
}

/// An organisation that answers for services.
#[derive(Debug, Clone, Copy)]
pub(super) struct ProviderPart {
    /// The key by which the other parts name it.
    pub(super) key: &'static str,
    /// The name to show.
    pub(super) name: &'static str,
    /// What sort of organisation it is.
    pub(super) kind: ProviderKind,
    /// The post that answers for its commitments.
    pub(super) owner: &'static str,
}

/// The six providers.
#[rustfmt::skip]
pub(super) const PROVIDERS: &[ProviderPart] = &[
    ProviderPart { key: "cleansing", name: "Street Cleansing (demonstration)", kind: ProviderKind::Council, owner: "Head of Street Scene" },
    ProviderPart { key: "highways", name: "Highways and Lighting (demonstration)", kind: ProviderKind::Highways, owner: "Head of Highways" },
    ProviderPart { key: "police", name: "Neighbourhood Police Team (demonstration)", kind: ProviderKind::Police, owner: "Neighbourhood Inspector" },
    ProviderPart { key: "homes", name: "Fellmoor Homes (demonstration)", kind: ProviderKind::Housing, owner: "Director of Homes" },
    ProviderPart { key: "protection", name: "Community Protection (demonstration)", kind: ProviderKind::Council, owner: "Head of Community Protection" },
    ProviderPart { key: "parks", name: "Parks and Green Spaces (demonstration)", kind: ProviderKind::Council, owner: "Head of Parks" },
];

/// A seat of the board and who sits in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct SeatPart {
    /// What kind of member it is for.
    pub(super) category: SeatCategory,
    /// The name of the seat.
    pub(super) name: &'static str,
    /// Who sits in it.
    pub(super) member: &'static str,
    /// Their log-in, if they have one.
    pub(super) login: Option<&'static str>,
    /// Their entry in the register of interests.
    pub(super) interest: Option<&'static str>,
}

const fn seat(category: SeatCategory, name: &'static str, member: &'static str) -> SeatPart {
    SeatPart { category, name, member, login: None, interest: None }
}

/// The board. The first seat is the chair's, the second the vice-chair's. Twenty-one filled seats make a quorum of seven.
#[rustfmt::skip]
pub(super) const SEATS: &[SeatPart] = &[
    SeatPart { login: Some("chair"), ..seat(SeatCategory::Resident, "Resident, Mill Street", "Tom Ellershaw") },
    SeatPart { login: Some("board-member"), ..seat(SeatCategory::Resident, "Resident, Quarry Lane", "Nasreen Qureshi") },
    seat(SeatCategory::Resident, "Resident, Station Terrace", "Edwin Akpan"),
    SeatPart { interest: Some("Owns the shop at 2 The Snicket"), ..seat(SeatCategory::Resident, "Resident, The Snicket", "Moira Gilchrist") },
    seat(SeatCategory::Resident, "Resident, Bracken Rise", "Danuta Zielinska"),
    seat(SeatCategory::Resident, "Resident, Heather Close", "Femi Adeyemi"),
    seat(SeatCategory::Resident, "Resident, Chapel Brow", "Iris Wetherby"),
    seat(SeatCategory::Resident, "Resident, Foundry Yard", "Sanjay Mistry"),
    seat(SeatCategory::Resident, "Resident, Tenter Fold", "Bronwen Rees"),
    seat(SeatCategory::Councillor, "Councillor, Brackenside ward", "Cllr Alan Threlkeld"),
    seat(SeatCategory::Councillor, "Councillor, Moorgate ward", "Cllr Yasmin Dar"),
    seat(SeatCategory::Police, "Neighbourhood police", "Insp Fiona Carrick"),
    seat(SeatCategory::Health, "Community health", "Dr Emeka Nwosu"),
    SeatPart { interest: Some("Employed by Fellmoor Homes"), ..seat(SeatCategory::Housing, "Social housing", "Gwen Ashworth") },
    seat(SeatCategory::School, "Brackenside Primary School", "Lucy Tattersall"),
    seat(SeatCategory::Voluntary, "Brackenside Community Centre", "Patience Mensah"),
    seat(SeatCategory::Voluntary, "Fellmoor Advice", "Stuart Birkett"),
    seat(SeatCategory::Faith, "Faith groups", "Imam Yusuf Karim"),
    seat(SeatCategory::Business, "Mill Street traders", "Carla Bianchi"),
    seat(SeatCategory::YoungPeople, "Young people", "Jaden Whitlock"),
    seat(SeatCategory::CouncilOfficer, "Fellmoor Council, officer", "Hugh Pemberton"),
];

/// How many seats of each kind the constitution allows: as many as there are.
pub(super) fn seat_counts() -> Vec<(SeatCategory, i32)> {
    let mut counts: Vec<(SeatCategory, i32)> = Vec::new();
    for seat in SEATS {
        match counts.iter_mut().find(|(category, _)| *category == seat.category) {
            Some((_, count)) => *count += 1,
            None => counts.push((seat.category, 1)),
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_board_has_twenty_one_seats_nine_of_them_residents() {
        assert_eq!(SEATS.len(), 21);
        assert_eq!(seat_counts().first(), Some(&(SeatCategory::Resident, 9)));
        assert_eq!(seat_counts().iter().map(|(_, count)| count).sum::<i32>(), 21);
    }

    #[test]
    fn every_log_in_and_provider_that_is_named_is_there() {
        let logins: Vec<&str> = LOGINS.iter().map(|login| login.login).collect();
        let providers: Vec<&str> = PROVIDERS.iter().map(|provider| provider.key).collect();
        assert!(SEATS.iter().filter_map(|seat| seat.login).all(|login| logins.contains(&login)));
        assert!(LOGINS.iter().filter_map(|login| login.provider).all(|provider| providers.contains(&provider)));
        for provider in providers {
            assert!(logins.contains(&format!("{provider}-officer").as_str()), "{provider} needs an officer");
            assert!(logins.contains(&format!("{provider}-signatory").as_str()), "{provider} needs a signatory");
        }
    }

    #[test]
    fn every_name_with_a_log_in_says_that_it_is_a_demonstration() {
        assert!(LOGINS.iter().all(|login| login.name.contains("demonstration")));
        assert!(PROVIDERS.iter().all(|provider| provider.name.contains("demonstration")));
    }
}
