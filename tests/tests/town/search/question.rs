//! A question about issues: how it is asked, and the answer that is found by looking at each.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::types::v1::LatLng;
use pathfinder_tests::council::Issues;
use prost_types::Timestamp;
use rand::Rng as _;
use rand::rngs::StdRng;
use serde_json::json;

use super::counts::{Common, Groupings};
use super::known::{Cases, seconds};
use super::place::{Where, some_area, some_box, some_circle};
use super::what::What;
use super::words::{Term, some_words};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    TakenIn,
    Reported,
    Due,
    Distance,
}

#[derive(Debug, Clone)]
pub(super) struct Question {
    place: Where,
    what: What,
    words: Vec<Term>,
    order: Order,
    page_size: i32,
}

/// What was answered.
pub(super) struct Answered {
    pub(super) ids: Vec<String>,
    /// Whether there is another page.
    pub(super) more: bool,
}

impl Question {
    pub(super) fn random(chance: &mut StdRng, cases: &Cases) -> Self {
        let all = cases.issues.as_slice();
        let place = match chance.random_range(0..8) {
            0 => Where::Anywhere,
            1 | 2 => some_box(chance, all),
            3 | 4 => some_circle(chance, all),
            _ => some_area(chance, all),
        };
        let what = What::random(chance, cases);
        let order = match chance.random_range(0..4) {
            0 => Order::TakenIn,
            1 => Order::Reported,
            2 => Order::Due,
            _ if matches!(place, Where::Near { .. }) => Order::Distance,
            _ => Order::TakenIn,
        };
        let words = if chance.random_range(0..3) == 0 { some_words(chance, all) } else { Vec::new() };
        Self { place, what, words, order, page_size: chance.random_range(1..=200) }
    }

    /// About nothing else.
    pub(super) fn plain(what: What) -> Self {
        Self { place: Where::Anywhere, what, words: Vec::new(), order: Order::TakenIn, page_size: 200 }
    }

    /// Whether only those may ask it who read what is held back.
    pub(super) fn is_for_staff(&self) -> bool {
        self.what.is_for_staff()
    }

    /// The answer, so many pages at the most.
    pub(super) async fn ask(&self, issues: &mut Issues, pages: usize) -> Answered {
        let mut answered = Answered { ids: Vec::new(), more: true };
        let mut page_token = String::new();
        for _ in 0..pages {
            let page = issues.list(pb::ListIssuesRequest { page_token, ..self.message() }).await;
            answered.ids.extend(page.issues.into_iter().map(|issue| issue.issue_id));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                answered.more = false;
                break;
            }
        }
        answered
    }

    pub(super) fn message(&self) -> pb::ListIssuesRequest {
        let message = pb::ListIssuesRequest {
            filter: self.what.filter(),
            query: self.query(),
            order_by: self.order_by().to_owned(),
            page_size: self.page_size,
            ..Default::default()
        };
        match &self.place {
            Where::Anywhere => message,
            Where::Box { south, west, north, east } => {
                let edges =
                    pb::GeoBox { south: Some(*south), west: Some(*west), north: Some(*north), east: Some(*east) };
                pb::ListIssuesRequest { r#box: Some(edges), ..message }
            }
            Where::Near { latitude, longitude, metres } => {
                let center = Some(LatLng::at(*latitude, *longitude));
                let near = Some(pb::GeoCircle { center, radius_meters: *metres });
                pb::ListIssuesRequest { near, ..message }
            }
            Where::Area(polygons) => {
                let area = match polygons.as_slice() {
                    [one] => json!({"type": "Polygon", "coordinates": one}),
                    several => json!({"type": "MultiPolygon", "coordinates": several}),
                };
                pb::ListIssuesRequest { area_geojson: area.to_string(), ..message }
            }
        }
    }

    /// The ids of an export.
    pub(super) async fn export(&self, issues: &mut Issues) -> Vec<String> {
        let pb::ListIssuesRequest { filter, r#box, near, area_geojson, query, .. } = self.message();
        let message = pb::ExportIssuesRequest { filter, r#box, near, area_geojson, query, ..Default::default() };
        issues.export(message).await.into_iter().map(|row| row.issue_id).collect()
    }

    /// Found by looking at each issue: the last that was taken in comes first.
    pub(super) fn rows(&self, cases: &Cases) -> Vec<String> {
        let mut ids: Vec<String> = self.found(cases).map(|issue| issue.issue_id.clone()).collect();
        ids.sort_unstable_by(|one, other| other.cmp(one));
        ids
    }

    pub(super) async fn count(&self, issues: &mut Issues, groupings: &Groupings) -> BTreeMap<Common, i64> {
        let pb::ListIssuesRequest { filter, r#box, near, area_geojson, query, .. } = self.message();
        let group_by = groupings.by.iter().map(|grouping| *grouping as i32).collect();
        let grid_level = groupings.level;
        let message = pb::AggregateIssuesRequest {
            filter,
            r#box,
            near,
            area_geojson,
            query,
            group_by,
            grid_level,
            ..Default::default()
        };
        let told = issues.count(message).await;
        let total: i64 = told.counts.iter().map(|count| count.count).sum();
        assert_eq!(told.total_count, Some(total), "a manager is told all: {self:?}");
        let common = |count: pb::IssueCount| {
            let corner = count
                .square
                .map(|square| groupings.step(square.south.unwrap_or_default(), square.west.unwrap_or_default()));
            ((count.state, count.category_code, count.provider_id, count.severity, corner), count.count)
        };
        let counts: BTreeMap<Common, i64> = told.counts.into_iter().map(common).collect();
        assert_eq!(counts.values().sum::<i64>(), total, "nothing is counted under two names: {self:?}");
        counts
    }

    /// Found by looking at each issue.
    pub(super) fn counts(&self, cases: &Cases, groupings: &Groupings) -> BTreeMap<Common, i64> {
        let mut counts = BTreeMap::new();
        for issue in self.found(cases) {
            if let Some(common) = groupings.common(issue) {
                *counts.entry(common).or_default() += 1;
            }
        }
        counts
    }

    pub(super) fn query(&self) -> String {
        let typed = |term: &Term| {
            let mark = if term.unwanted { "-" } else { "" };
            if term.text.contains(' ') { format!("{mark}\"{}\"", term.text) } else { format!("{mark}{}", term.text) }
        };
        self.words.iter().map(typed).collect::<Vec<_>>().join(" ")
    }

    pub(super) fn order_by(&self) -> &'static str {
        match self.order {
            Order::TakenIn => "",
            Order::Reported => "report_time desc",
            Order::Due => "due_time",
            Order::Distance => "distance",
        }
    }

    /// The ids of the issues that it is about, in its order, found by looking at each.
    pub(super) fn answer(&self, cases: &Cases) -> Vec<String> {
        let is_listed = |issue: &&pb::Issue| self.order != Order::Due || due_time(issue).is_some();
        let mut found: Vec<&pb::Issue> = self.found(cases).filter(is_listed).collect();
        found.sort_by(|one, other| self.compare(one, other));
        found.into_iter().map(|issue| issue.issue_id.clone()).collect()
    }

    /// The issues that it is about, in no order.
    fn found<'c>(&'c self, cases: &'c Cases) -> impl Iterator<Item = &'c pb::Issue> {
        cases.issues.iter().filter(move |issue| {
            let is_it = self.what.is_true_of(issue, cases.known(issue)) && self.place.holds(issue);
            is_it && self.words.iter().all(|term| term.is_in(issue) != term.unwanted)
        })
    }

    pub(super) fn compare(&self, one: &pb::Issue, other: &pb::Issue) -> Ordering {
        let (first, second) = (&one.issue_id, &other.issue_id);
        match self.order {
            Order::TakenIn => second.cmp(first),
            Order::Reported => {
                let times = seconds(other.report_time.as_ref()).cmp(&seconds(one.report_time.as_ref()));
                times.then_with(|| second.cmp(first))
            }
            Order::Due => seconds(due_time(one)).cmp(&seconds(due_time(other))).then_with(|| first.cmp(second)),
            Order::Distance => {
                let nearer = self.place.squared_distance(one).total_cmp(&self.place.squared_distance(other));
                nearer.then_with(|| first.cmp(second))
            }
        }
    }
}

pub(super) fn due_time(issue: &pb::Issue) -> Option<&Timestamp> {
    issue.clock.as_ref()?.due_time.as_ref()
}
