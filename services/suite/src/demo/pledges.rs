//! What residents can report, who answers for it, and what was pledged: categories, routing rules and standards.

use pathfinder_proto::commitments::v1::{StandardMeasure, StandardUnit};

use super::place::THEMES;

/// A kind of issue.
#[derive(Debug, Clone, Copy)]
pub(super) struct CategoryPart {
    /// The code.
    pub(super) code: &'static str,
    /// The name.
    pub(super) name: &'static str,
    /// The heading.
    pub(super) group: &'static str,
    /// Other words for it.
    pub(super) keywords: &'static [&'static str],
    /// The key of the provider that answers for it; none for what goes to the manager's list.
    pub(super) provider: Option<&'static str>,
}

impl CategoryPart {
    /// The partnership's theme that its issues come under; empty for none.
    pub(super) fn theme(&self) -> &'static str {
        let [clean, safe, homes, green, _] = THEMES;
        match self.group {
            "Streets" => clean,
            "Roads" | "Safety" => safe,
            "Homes" => homes,
            "Parks" => green,
            _ => "",
        }
    }
}

const fn category(
    code: &'static str,
    name: &'static str,
    group: &'static str,
    keywords: &'static [&'static str],
    provider: &'static str,
) -> CategoryPart {
    CategoryPart { code, name, group, keywords, provider: Some(provider) }
}

/// What nobody answers for yet.
pub(super) const UNROUTED: &str = "something-else";

/// What residents can report.
pub(super) const CATEGORIES: &[CategoryPart] = &[
    category("fly-tipping", "Fly-tipping", "Streets", &["dumping", "rubbish", "mattress"], "cleansing"),
    category("graffiti", "Graffiti", "Streets", &["tag", "paint"], "cleansing"),
    category("offensive-graffiti", "Offensive graffiti", "Streets", &["hate", "racist"], "cleansing"),
    category("litter-bin", "Overflowing litter bin", "Streets", &["bin", "litter"], "cleansing"),
    category("dog-fouling", "Dog fouling", "Streets", &["dog", "mess"], "cleansing"),
    category("street-light", "Street light out", "Roads", &["lamp", "lighting"], "highways"),
    category("pothole", "Pothole", "Roads", &["road", "hole"], "highways"),
    category("pavement", "Broken pavement", "Roads", &["footway", "kerb", "trip"], "highways"),
    category("blocked-drain", "Blocked drain", "Roads", &["gully", "flooding"], "highways"),
    category("anti-social-behaviour", "Anti-social behaviour", "Safety", &["nuisance", "rowdy"], "police"),
    category("abandoned-vehicle", "Abandoned vehicle", "Safety", &["car", "untaxed"], "protection"),
    category("noise", "Noise", "Safety", &["music", "alarm"], "protection"),
    category("communal-repair", "Repair in a shared area", "Homes", &["door", "stairs", "lift"], "homes"),
    category("play-area", "Broken play equipment", "Parks", &["swing", "playground"], "parks"),
    category("overgrown-path", "Overgrown path", "Parks", &["hedge", "brambles"], "parks"),
    CategoryPart { code: UNROUTED, name: "Something else", group: "Other", keywords: &[], provider: None },
];

/// A rule that goes before the rules of the categories.
#[derive(Debug, Clone, Copy)]
pub(super) struct SpecialRule {
    /// The category.
    pub(super) category: &'static str,
    /// Whose land it must be.
    pub(super) land_type: &'static str,
    /// The key of the provider.
    pub(super) provider: &'static str,
    /// What it is for.
    pub(super) note: &'static str,
}

/// Rules for land that somebody other than the category's provider answers for.
pub(super) const SPECIAL_RULES: &[SpecialRule] = &[
    SpecialRule {
        category: "fly-tipping",
        land_type: "housing",
        provider: "homes",
        note: "Fly-tips on the estates are cleared by the landlord.",
    },
    SpecialRule {
        category: "litter-bin",
        land_type: "park",
        provider: "parks",
        note: "Bins in parks are emptied by Parks.",
    },
];

/// A pledge.
#[derive(Debug, Clone, Copy)]
pub(super) struct StandardPart {
    /// The code.
    pub(super) code: &'static str,
    /// The key of the provider.
    pub(super) provider: &'static str,
    /// The category.
    pub(super) category: &'static str,
    /// The pledge in plain words.
    pub(super) text: &'static str,
    /// What it measures.
    pub(super) measure: StandardMeasure,
    /// How much.
    pub(super) target: f64,
    /// Of what.
    pub(super) unit: StandardUnit,
    /// The reasons for which its clock may pause.
    pub(super) pauses: &'static [&'static str],
    /// The share of cases to be kept within the target.
    pub(super) percent: f64,
}

use StandardMeasure::{ConditionGrade, Frequency, ResolutionTime, ResponseTime, Volume};
use StandardUnit::{CalendarDays, CalendarHours, Grade, PerYear, WorkingDays, WorkingHours};

#[rustfmt::skip]
const fn pledge(code: &'static str, provider: &'static str, category: &'static str, text: &'static str, measure: StandardMeasure, target: f64, unit: StandardUnit) -> StandardPart {
    StandardPart { code, provider, category, text, measure, target, unit, pauses: &[], percent: 95.0 }
}

/// The twenty standards.
#[rustfmt::skip]
pub(super) const STANDARDS: &[StandardPart] = &[
    pledge("fly-tip-removal", "cleansing", "fly-tipping", "Fly-tips are removed within 2 working days", ResolutionTime, 2.0, WorkingDays),
    pledge("fly-tip-visit", "cleansing", "fly-tipping", "Fly-tips are looked at within 1 working day", ResponseTime, 1.0, WorkingDays),
    pledge("graffiti-removal", "cleansing", "graffiti", "Graffiti is removed within 5 working days", ResolutionTime, 5.0, WorkingDays),
    pledge("offensive-graffiti-removal", "cleansing", "offensive-graffiti", "Offensive graffiti is removed within 1 working day", ResolutionTime, 1.0, WorkingDays),
    pledge("litter-bin-emptying", "cleansing", "litter-bin", "Overflowing bins are emptied within 1 working day", ResolutionTime, 1.0, WorkingDays),
    pledge("dog-fouling-removal", "cleansing", "dog-fouling", "Dog fouling is cleaned up within 2 working days", ResolutionTime, 2.0, WorkingDays),
    pledge("street-sweeping", "cleansing", "litter-bin", "Every street is swept 26 times a year", Frequency, 26.0, PerYear),
    pledge("cleanliness-grade", "cleansing", "litter-bin", "Streets are kept at cleanliness grade 2 of 4, 1 being the cleanest", ConditionGrade, 2.0, Grade),
    StandardPart { pauses: &["awaiting_parts", "awaiting_network_operator"], ..pledge("street-light-repair", "highways", "street-light", "Street lights are repaired within 5 working days", ResolutionTime, 5.0, WorkingDays) },
    pledge("pothole-repair", "highways", "pothole", "Potholes are filled within 5 working days", ResolutionTime, 5.0, WorkingDays),
    StandardPart { percent: 90.0, ..pledge("pavement-repair", "highways", "pavement", "Broken pavements are repaired within 20 working days", ResolutionTime, 20.0, WorkingDays) },
    pledge("drain-clearing", "highways", "blocked-drain", "Blocked drains are cleared within 10 working days", ResolutionTime, 10.0, WorkingDays),
    pledge("asb-answer", "police", "anti-social-behaviour", "Messages to the neighbourhood police team are answered within 24 hours", ResponseTime, 24.0, CalendarHours),
    pledge("foot-patrols", "police", "anti-social-behaviour", "The neighbourhood is patrolled on foot 104 times a year", Volume, 104.0, PerYear),
    pledge("abandoned-vehicle-visit", "protection", "abandoned-vehicle", "Abandoned vehicles are investigated within 1 working day", ResponseTime, 1.0, WorkingDays),
    StandardPart { pauses: &["awaiting_keeper"], ..pledge("abandoned-vehicle-removal", "protection", "abandoned-vehicle", "Abandoned vehicles are removed within 15 working days", ResolutionTime, 15.0, WorkingDays) },
    pledge("noise-answer", "protection", "noise", "Noise complaints are answered within 8 working hours", ResponseTime, 8.0, WorkingHours),
    StandardPart { pauses: &["awaiting_access", "awaiting_parts"], ..pledge("communal-repair", "homes", "communal-repair", "Repairs in shared areas are finished within 20 days", ResolutionTime, 20.0, CalendarDays) },
    pledge("play-area-safety", "parks", "play-area", "Broken play equipment is made safe within 2 working days", ResolutionTime, 2.0, WorkingDays),
    StandardPart { percent: 90.0, ..pledge("path-clearing", "parks", "overgrown-path", "Overgrown paths are cut back within 15 working days", ResolutionTime, 15.0, WorkingDays) },
];

/// A standard that is about to be tightened: its code, the new text, the new target, and in how many days.
pub(super) const REVISION: (&str, &str, f64, i64) =
    ("graffiti-removal", "Graffiti is removed within 3 working days", 3.0, 28);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_twenty_standards_of_categories_that_exist() {
        assert_eq!(STANDARDS.len(), 20);
        for standard in STANDARDS {
            let category = CATEGORIES.iter().find(|category| category.code == standard.category);
            assert_eq!(category.and_then(|category| category.provider), Some(standard.provider), "{}", standard.code);
        }
        assert!(STANDARDS.iter().any(|standard| standard.code == REVISION.0));
    }

    #[test]
    fn no_two_standards_measure_the_same() {
        for (index, standard) in STANDARDS.iter().enumerate() {
            let same = |other: &&StandardPart| {
                (other.provider, other.category, other.measure)
                    == (standard.provider, standard.category, standard.measure)
            };
            assert!(STANDARDS[..index].iter().find(same).is_none(), "{}", standard.code);
        }
    }

    #[test]
    fn one_category_goes_to_the_managers_list() {
        let unrouted: Vec<&str> =
            CATEGORIES.iter().filter(|category| category.provider.is_none()).map(|category| category.code).collect();
        assert_eq!(unrouted, [UNROUTED]);
    }
}
