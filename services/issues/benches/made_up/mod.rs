//! Boundaries that are made up, for tests and for the benchmark: stars of many corners, some with holes, some of several parts.

use std::f64::consts::TAU;

use rand::Rng;
use rand::rngs::StdRng;

use crate::domain::geography::Area;

/// A closed star around a middle (degrees east, degrees north) whose corners lie between the two distances from it.
fn star(chance: &mut StdRng, (east, north): (f64, f64), reach: std::ops::Range<f64>, corners: u32) -> Vec<Vec<f64>> {
    let corner = |number: u32, chance: &mut StdRng| {
        let (angle, length) = (f64::from(number) / f64::from(corners) * TAU, chance.random_range(reach.clone()));
        vec![east + length * angle.cos(), north + length * angle.sin()]
    };
    let mut ring: Vec<Vec<f64>> = (0..corners).map(|number| corner(number, chance)).collect();
    ring.extend(ring.first().cloned());
    ring
}

/// A neighbourhood around a middle that reaches at most so far: every third has a hole, and every fourth a second part.
pub(crate) fn neighbourhood(chance: &mut StdRng, middle: (f64, f64), reach: f64) -> Area {
    let corners = chance.random_range(50..=500);
    let mut polygon = vec![star(chance, middle, reach / 2.0..reach, corners)];
    if chance.random_ratio(1, 3) {
        polygon.push(star(chance, middle, reach / 8.0..reach / 3.0, 30));
    }
    if !chance.random_ratio(1, 4) {
        return Area::Polygon(polygon);
    }
    let beside = (middle.0 + reach * 1.5, middle.1);
    Area::MultiPolygon(vec![polygon, vec![star(chance, beside, reach / 8.0..reach / 3.0, 50)]])
}

/// So many neighbourhoods in rows over a country, close enough to overlap here and there.
pub(crate) fn country(chance: &mut StdRng, count: u32) -> Vec<Area> {
    let columns = f64::from(count).sqrt().ceil();
    let place = |number: u32| {
        let row = (f64::from(number) / columns).floor();
        (-6.0 + (f64::from(number) - row * columns) * 0.07, 50.0 + row * 0.07)
    };
    (0..count).map(|number| neighbourhood(chance, place(number), 0.04)).collect()
}

/// A point somewhere in such a country, degrees east before degrees north.
pub(crate) fn somewhere(chance: &mut StdRng, count: u32) -> (f64, f64) {
    let side = f64::from(count).sqrt().ceil() * 0.07;
    (-6.0 + chance.random_range(0.0..side), 50.0 + chance.random_range(0.0..side))
}
