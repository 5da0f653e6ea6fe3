//! Existing cases, made up: as many as are wanted, and alike to those that a city publishes in what makes finding them hard. Few
//! categories hold most of them, few streets most of the rest; some words stand in every tenth, most in hardly any; most are closed.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder_kit::wire::timestamp;
use pathfinder_proto::issues::v1 as pb;
use rand::Rng as _;
use rand::rngs::StdRng;

use crate::neighbourhood::CATEGORY;

const CATEGORIES: usize = 30;
const STREETS: usize = 40;
const WORDS: usize = 4_000;
const SYLLABLES: [&str; 20] = [
    "bin", "ga", "ter", "lo", "mat", "tres", "ko", "fu", "rin", "pa", "vel", "do", "shi", "gra", "nu", "lam", "pi",
    "so", "reth", "wa",
];
/// How far a neighbourhood reaches from its middle, in degrees.
const REACH: f64 = 0.02;
const YEARS: i64 = 6;

/// Makes cases up, for one neighbourhood.
#[derive(Debug, Clone)]
pub struct Generator {
    words: Arc<Vec<String>>,
    middle: (f64, f64),
    streets: Vec<(f64, f64)>,
    made: usize,
    now: DateTime<Utc>,
}

impl Generator {
    /// For a neighbourhood around a middle (degrees north, degrees east).
    pub fn around(chance: &mut StdRng, middle: (f64, f64), now: DateTime<Utc>) -> Self {
        let streets = (0..STREETS).map(|_| near(chance, middle, REACH)).collect();
        let words = (0..WORDS).map(word).collect();
        Self { words: Arc::new(words), middle, streets, made: 0, now }
    }

    /// The next case.
    pub fn row(&mut self, chance: &mut StdRng) -> pb::ImportRow {
        self.made += 1;
        let (latitude, longitude) = self.place(chance);
        let (report_time, due_time) = self.times(chance);
        let close_time = self.end(chance, report_time);
        let (code, name) = category(chance);
        pb::ImportRow {
            line: i32::try_from(self.made).unwrap_or(i32::MAX),
            external_id: format!("case-{}", self.made),
            category_code: code,
            category_name: name,
            report_time: Some(timestamp(report_time)),
            due_time: Some(timestamp(due_time)),
            close_time: close_time.map(timestamp),
            closed: close_time.is_some(),
            status_note: self.text(chance, 4),
            provider_name: if chance.random_bool(0.6) { "Street Scene".to_owned() } else { String::new() },
            address: format!("{} {} Street", chance.random_range(1..200), self.some_word(chance)),
            latitude: Some(latitude),
            longitude: Some(longitude),
            area: String::new(),
            source: "phone".to_owned(),
            description: self.text(chance, 12),
        }
    }

    /// A word to look for, common ones as often as they stand in the texts.
    pub fn some_word(&self, chance: &mut StdRng) -> String {
        self.words[rank(chance, WORDS)].clone()
    }

    fn text(&self, chance: &mut StdRng, most: usize) -> String {
        let count = chance.random_range(1..=most);
        (0..count).map(|_| self.some_word(chance)).collect::<Vec<_>>().join(" ")
    }

    fn place(&self, chance: &mut StdRng) -> (f64, f64) {
        if chance.random_bool(0.7) {
            let street = self.streets[rank(chance, STREETS)];
            near(chance, street, REACH / 40.0)
        } else {
            near(chance, self.middle, REACH)
        }
    }

    fn times(&self, chance: &mut StdRng) -> (DateTime<Utc>, DateTime<Utc>) {
        let ago = TimeDelta::seconds(chance.random_range(0..YEARS * 365 * 86_400));
        let report_time = self.now - ago;
        (report_time, report_time + TimeDelta::days(chance.random_range(1..15)))
    }

    /// When a case was closed: of the old ones nearly all are, of the new ones half.
    fn end(&self, chance: &mut StdRng, report_time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let is_old = self.now - report_time > TimeDelta::days(60);
        let end = report_time + TimeDelta::seconds(chance.random_range(3_600..20 * 86_400));
        (end < self.now && chance.random_bool(if is_old { 0.95 } else { 0.5 })).then_some(end)
    }
}

fn category(chance: &mut StdRng) -> (String, String) {
    match rank(chance, CATEGORIES) {
        0 => (CATEGORY.to_owned(), "Fly-tipping".to_owned()),
        number => (format!("category-{number}"), format!("Category {number}")),
    }
}

fn near(chance: &mut StdRng, (latitude, longitude): (f64, f64), reach: f64) -> (f64, f64) {
    (latitude + chance.random_range(-reach..reach), longitude + chance.random_range(-reach..reach))
}

/// One of so many, the first of them most often: each as often as its place in the order is small.
fn rank(chance: &mut StdRng, count: usize) -> usize {
    #[expect(clippy::cast_precision_loss, reason = "there are a few thousand")]
    let place = (chance.random::<f64>() * (count as f64 + 1.0).ln()).exp();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 1 and the count")]
    let place = place as usize;
    place.clamp(1, count) - 1
}

/// The word of a number, each another.
fn word(number: usize) -> String {
    let base = SYLLABLES.len();
    [number % base, number / base % base, number / base / base].map(|digit| SYLLABLES[digit]).concat()
}
