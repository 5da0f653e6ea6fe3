//! What residents, officers and the manager say in the demonstration. Picked by seeded dice, so that every load says the same.

use pathfinder_proto::issues::v1::{ContactDetails, ReporterVisibility};
use rand::Rng;

/// What residents write, by category. Every category that is routed has some.
const REPORTS: &[(&str, &[&str])] = &[
    (
        "fly-tipping",
        &[
            "Three mattresses and a fridge have been left here.",
            "Somebody tipped rubble and old doors overnight.",
            "Black bags are piled up and the foxes have torn them open.",
            "A whole kitchen has been dumped here.",
        ],
    ),
    (
        "graffiti",
        &[
            "The wall has been tagged from end to end.",
            "Silver paint all over the substation door.",
            "New tags on the shutters, the third time this month.",
        ],
    ),
    (
        "offensive-graffiti",
        &[
            "There is a racist slogan on the wall, facing the school gate.",
            "Abusive words about a neighbour are painted on the fence.",
        ],
    ),
    (
        "litter-bin",
        &[
            "The bin has been overflowing since the weekend.",
            "The bin is full and the lid is broken off.",
            "Take-away boxes are blowing all over the street from the full bin.",
        ],
    ),
    (
        "dog-fouling",
        &[
            "The whole pavement is covered, children walk here to school.",
            "Dog mess along the grass verge again.",
            "Bags of dog mess hang in the hedge.",
        ],
    ),
    (
        "street-light",
        &[
            "The lamp has been out for a week and it is pitch dark.",
            "The light flickers all night.",
            "Two lamps in a row are out.",
            "The lamp is on all day and off at night.",
        ],
    ),
    (
        "pothole",
        &[
            "A deep hole, cyclists swerve round it.",
            "The patch from last year has come out again.",
            "My front tyre burst in this hole.",
        ],
    ),
    (
        "pavement",
        &[
            "A slab is rocking and an older neighbour tripped.",
            "Tree roots have lifted the pavement.",
            "The dropped kerb has broken away, wheelchairs cannot pass.",
        ],
    ),
    (
        "blocked-drain",
        &["The drain is blocked and the road floods whenever it rains.", "The gully is full of leaves and smells."],
    ),
    (
        "anti-social-behaviour",
        &[
            "Quad bikes race up and down the back lane every evening.",
            "Shouting and bottle throwing by the shelter at night.",
            "Fireworks are let off in the street at midnight.",
        ],
    ),
    (
        "abandoned-vehicle",
        &[
            "A van without wheels has stood here for a month.",
            "A car with no plates and broken windows.",
            "A burnt-out scooter lies in the lay-by.",
        ],
    ),
    (
        "noise",
        &[
            "A burglar alarm has rung for two days.",
            "Loud music from the yard until three in the morning.",
            "A generator runs all night.",
        ],
    ),
    (
        "communal-repair",
        &[
            "The front door of the block does not close.",
            "The stair light has failed on the second floor.",
            "The lift smells and stops between floors.",
            "The door entry panel is dead.",
        ],
    ),
    (
        "play-area",
        &["A swing hangs from one chain.", "The slide has a sharp edge.", "The gate of the playground does not shut."],
    ),
    (
        "overgrown-path",
        &[
            "Brambles cover half the path.",
            "The hedge hides the crossing.",
            "Nettles as high as a child along the school path.",
        ],
    ),
    (
        "something-else",
        &[
            "Could the notice board have a light?",
            "A mobile mast is planned and nobody has asked us.",
            "The clock on the market hall is an hour slow.",
            "Pigeons nest under the bridge.",
            "Who owns the strip of land by the beck?",
        ],
    ),
];

/// What holds a report back until a person has read it.
pub(super) const HELD: [&str; 3] = [
    "There is a smell of gas by the garages and the lamp is out.",
    "My daughter fell over the broken slab outside her school.",
    "A neighbour with dementia wanders along the road where the lamp is out.",
];

/// The words in which the manager lets the last of [`HELD`] through.
pub(super) const RELEASED: &str = "The lamp is out on a road that vulnerable people use.";

const RESOLVED: [&str; 6] = [
    "A crew came and put it right. Please tell us if it is not.",
    "Done this morning; a photograph is on file.",
    "Cleared and the spot was washed down.",
    "Repaired and tested.",
    "Made good; we will look again in two weeks.",
    "The work is finished and the site is tidy.",
];

const PEOPLE: [&str; 16] = [
    "Agnes Holroyd",
    "Bilal Rahman",
    "Chidi Eze",
    "Dorothy Plumb",
    "Elif Kaya",
    "Frank Sowerby",
    "Grace Tetteh",
    "Henryk Nowak",
    "Isobel Crane",
    "Jamal Osman",
    "Kath Bentham",
    "Lorcan Daly",
    "Mina Shah",
    "Nora Bickerdike",
    "Oluwaseun Ajayi",
    "Pauline Metcalfe",
];

/// What a resident writes about an issue of this category.
pub(super) fn report(category: &str, dice: &mut impl Rng) -> &'static str {
    let found = REPORTS.iter().find(|(code, _)| *code == category);
    let texts = found.map_or(&["It needs looking at."][..], |(_, texts)| *texts);
    texts[dice.random_range(0..texts.len())]
}

/// How a provider says that it is done.
pub(super) fn resolved(dice: &mut impl Rng) -> &'static str {
    RESOLVED[dice.random_range(0..RESOLVED.len())]
}

/// Somebody who reports: one in four gives no name, one in four may be named.
pub(super) fn reporter(dice: &mut impl Rng) -> Option<ContactDetails> {
    let name = PEOPLE[dice.random_range(0..PEOPLE.len())];
    let visibility = match dice.random_range(0..4) {
        0 => return None,
        1 => ReporterVisibility::Named,
        _ => ReporterVisibility::Confidential,
    };
    Some(contact(name, visibility))
}

/// How to reach somebody. The addresses lead nowhere.
pub(super) fn contact(name: &str, visibility: ReporterVisibility) -> ContactDetails {
    let email = format!("{}@demonstration.example", name.to_lowercase().replace(' ', "."));
    ContactDetails { name: name.to_owned(), email, visibility: visibility.into(), ..ContactDetails::default() }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::super::pledges::CATEGORIES;
    use super::*;

    #[test]
    fn every_category_has_words_of_its_own() {
        for category in CATEGORIES {
            assert!(
                REPORTS.iter().any(|(code, texts)| *code == category.code && !texts.is_empty()),
                "{}",
                category.code
            );
        }
    }

    #[test]
    fn the_dice_repeat_and_addresses_lead_nowhere() {
        let people = |seed| {
            let mut dice = StdRng::seed_from_u64(seed);
            (0..40).map(|_| reporter(&mut dice)).collect::<Vec<_>>()
        };
        assert_eq!(people(3), people(3));
        assert!(people(3).iter().flatten().all(|contact| contact.email.ends_with(".example")));
        assert!(people(3).iter().any(Option::is_none));
    }
}
