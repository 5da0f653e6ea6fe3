//! Where the demonstration is: a neighbourhood drawn on open moorland, where nobody lives.

use pathfinder_proto::issues::v1::Location;
use pathfinder_proto::types::v1::LatLng;
use rand::Rng;

/// The name in full, once everything is there.
pub(super) const NAME: &str = "Brackenside (demonstration)";
/// The name while things are still being put there; a load that was interrupted leaves it behind.
pub(super) const NAME_WHILE_LOADING: &str = "Brackenside (demonstration, still loading)";
/// The name in addresses.
pub(super) const SLUG: &str = "brackenside-demonstration";
/// What begins its references.
pub(super) const PREFIX: &str = "DEMO";
/// The organisation that holds the money.
pub(super) const ACCOUNTABLE_BODY: &str = "Fellmoor Borough Council (invented)";
/// A GSS code that no ward has.
pub(super) const WARD_CODE: &str = "E05999901";
/// What its actions are sorted under.
pub(super) const THEMES: [&str; 5] = ["Clean streets", "Safe at night", "Decent homes", "Green spaces", "Young people"];

const SOUTH: f64 = 54.600;
const NORTH: f64 = 54.618;
const WEST: f64 = -2.305;
const EAST: f64 = -2.270;
/// How far inside its bounds every issue lies.
const MARGIN: f64 = 0.003;

/// Where the loop's issue lies.
pub(super) const QUARRY_LANE: (f64, f64) = (54.6142, -2.2791);

const STREETS: [&str; 14] = [
    "Mill Street",
    "Quarry Lane",
    "Station Terrace",
    "The Snicket",
    "Bracken Rise",
    "Heather Close",
    "Chapel Brow",
    "Foundry Yard",
    "Tenter Fold",
    "Market Place",
    "Beck Side",
    "Moor View",
    "Weavers Row",
    "Gasworks Road",
];

const SPOTS: [&str; 10] = [
    "outside number {n}",
    "at the corner of Mill Street",
    "behind the garages",
    "by the bus shelter",
    "opposite number {n}",
    "at the end of the row",
    "next to the bottle bank",
    "by the footbridge",
    "in front of the community centre",
    "beside number {n}",
];

/// The boundary as GeoJSON: a rectangle with its corners cut.
pub(super) fn boundary() -> String {
    let cut = MARGIN / 2.0;
    let ring = [
        (WEST + cut, SOUTH),
        (EAST - cut, SOUTH),
        (EAST, SOUTH + cut),
        (EAST, NORTH - cut),
        (EAST - cut, NORTH),
        (WEST + cut, NORTH),
        (WEST, NORTH - cut),
        (WEST, SOUTH + cut),
        (WEST + cut, SOUTH),
    ];
    let positions: Vec<String> =
        ring.iter().map(|(longitude, latitude)| format!("[{longitude:.4},{latitude:.4}]")).collect();
    format!(r#"{{"type":"Polygon","coordinates":[[{}]]}}"#, positions.join(","))
}

/// A street and a spot on it, such as `Mill Street, by the bus shelter`.
pub(super) fn address(dice: &mut impl Rng) -> String {
    let street = STREETS[dice.random_range(0..STREETS.len())];
    let number = dice.random_range(1..90).to_string();
    let spot = SPOTS[dice.random_range(0..SPOTS.len())].replace("{n}", &number);
    format!("{street}, {spot}")
}

/// A point well within the boundary, latitude first.
pub(super) fn point(dice: &mut impl Rng) -> (f64, f64) {
    let round = |degrees: f64| (degrees * 1e5).round() / 1e5;
    let latitude = dice.random_range(SOUTH + MARGIN..NORTH - MARGIN);
    let longitude = dice.random_range(WEST + MARGIN..EAST - MARGIN);
    (round(latitude), round(longitude))
}

/// A place as a report gives it.
pub(super) fn location((latitude, longitude): (f64, f64), address: &str, land_type: &str) -> Location {
    Location {
        point: Some(LatLng::at(latitude, longitude)),
        address: address.to_owned(),
        land_type: land_type.to_owned(),
        ..Location::default()
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn the_boundary_is_closed() {
        let boundary = boundary();
        let first = "[-2.3035,54.6000]";
        assert!(boundary.contains(&format!("[[{first},")) && boundary.contains(&format!(",{first}]]")), "{boundary}");
    }

    #[test]
    fn places_lie_within_and_repeat() {
        let places = |seed| {
            let mut dice = StdRng::seed_from_u64(seed);
            (0..50).map(|_| (point(&mut dice), address(&mut dice))).collect::<Vec<_>>()
        };
        assert_eq!(places(7), places(7));
        assert!(places(7).iter().all(|((latitude, longitude), _)| (SOUTH..NORTH).contains(latitude) && (WEST..EAST).contains(longitude)));
        assert!((SOUTH..NORTH).contains(&QUARRY_LANE.0) && (WEST..EAST).contains(&QUARRY_LANE.1));
    }
}
