//! What is known of each case without asking for it: from its row in the file, and from what is done here to it, to its category and to
//! its agency.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder_kit::wire::timestamp;
use pathfinder_proto::issues::v1 as pb;
use pathfinder_tests::council::{self, Case};
use pathfinder_tests::neighbourhood::{CATEGORY, Neighbourhood};
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{PUBLIC, World, merged, text};
use prost_types::Timestamp;
use serde_json::{Value, json};

/// Agencies of the file that are providers here. The rows write them in other letters, which makes no difference.
const AGENCIES: [&str; 2] = ["pwdx", "Info"];
/// Categories have these one after the other, and then one has none.
pub(super) const THEMES: [&str; 2] = ["Clean streets", "Safe streets"];
/// As the themes.
const GROUPS: [&str; 3] = ["Streets > Lighting", "Streets > Rubbish", "Parks"];
/// Of so many open cases with a target, one has it ahead: in the file, all have passed long ago.
const AHEAD: usize = 3;
/// So many open cases that a provider has are worked on here.
const WORKED_ON: usize = 12;

/// What is done to a case.
#[derive(Debug, Clone, Copy)]
struct Deed {
    /// How often it is resolved and that is disputed.
    disputes: usize,
    /// Whether it is resolved in the end.
    resolved: bool,
}

const DEEDS: [Deed; 4] = [
    Deed { disputes: 0, resolved: true },
    Deed { disputes: 1, resolved: false },
    Deed { disputes: 1, resolved: true },
    Deed { disputes: 2, resolved: false },
];

/// What is known of a case.
#[derive(Debug)]
pub(super) struct Known {
    /// Empty for nobody who is a provider here.
    pub(super) provider_id: String,
    /// Empty for none.
    pub(super) theme: &'static str,
    /// Empty for none.
    pub(super) group_name: &'static str,
    pub(super) report_time: Timestamp,
    pub(super) overdue: bool,
    pub(super) reopened_count: usize,
}

/// The issues as they are answered, and what is known of each by its id.
pub(super) struct Cases {
    pub(super) issues: Vec<pb::Issue>,
    pub(super) provider_ids: Vec<String>,
    known: BTreeMap<String, Known>,
}

impl Cases {
    pub(super) fn known(&self, issue: &pb::Issue) -> &Known {
        self.known.get(&issue.issue_id).expect("each issue is a case of the file")
    }
}

/// The rows, and who are providers by the agencies' names in lower case.
pub(super) struct File {
    rows: Vec<pb::ImportRow>,
    providers: BTreeMap<String, String>,
    now: DateTime<Utc>,
}

impl File {
    /// The rows as they will be brought in. Some agencies become providers first, and some targets are put off.
    pub(super) async fn prepare(world: &World<Town>, hood: &Neighbourhood, cases: &[Case]) -> Self {
        let mut providers = BTreeMap::new();
        for name in AGENCIES {
            let provider_id = hood.add_provider(world, name).await;
            // By this rule the service has heard of it for sure. No case of the file is of that category.
            let rule = json!({"position": 20, "category_code": CATEGORY, "provider_id": provider_id});
            world.must(&hood.manager(), "RoutingRuleService/CreateRoutingRule", hood.with(rule)).await;
            providers.insert(name.to_lowercase(), provider_id);
        }
        let (mut rows, now) = (council::rows_of(cases), world.now());
        for row in rows.iter_mut().filter(|row| !row.closed && row.due_time.is_some()).step_by(AHEAD) {
            row.due_time = Some(timestamp(now + TimeDelta::days(30)));
        }
        Self { rows, providers, now }
    }

    pub(super) fn rows(&self) -> &[pb::ImportRow] {
        &self.rows
    }

    /// Gives the categories themes and groups.
    pub(super) async fn sort_categories(&self, world: &World<Town>, hood: &Neighbourhood) {
        let (manager, headings) = (hood.manager(), self.headings());
        let there = world.list(&manager, "CategoryService/ListCategories", hood.with(json!({})), "categories").await;
        for category in there {
            let Some((theme, group_name)) = headings.get(text(&category, "code").as_str()) else { continue };
            let change = json!({"category_id": category["categoryId"], "theme": theme, "group_name": group_name});
            world.must(&manager, "CategoryService/UpdateCategory", hood.with(change)).await;
        }
    }

    /// Works on some open cases. `all` are those that were brought in, by their ids in the file.
    pub(super) async fn work(&self, world: &World<Town>, hood: &Neighbourhood, all: &BTreeMap<String, pb::Issue>) {
        for (external_id, deed) in self.deeds() {
            let issue = hood.with(json!({"issue_id": all[external_id].issue_id}));
            let supported = world.must(PUBLIC, "IssueService/SupportIssue", issue.clone()).await;
            let said = json!({"follow_token": supported["followToken"], "reason": "It is still there."});
            for _ in 0..deed.disputes {
                resolve(world, hood, &issue).await;
                world.must(PUBLIC, "IssueService/DisputeResolution", merged(issue.clone(), said.clone())).await;
            }
            if deed.resolved {
                resolve(world, hood, &issue).await;
            }
        }
    }

    /// The issues that came of it, by their ids in the file, with what is known of them.
    pub(super) fn cases(&self, mut all: BTreeMap<String, pb::Issue>) -> Cases {
        let (deeds, headings) = (self.deeds(), self.headings());
        let (mut issues, mut known) = (Vec::new(), BTreeMap::new());
        for row in &self.rows {
            let id = row.external_id.as_str();
            let issue = all.remove(id).ok_or(id).expect("every case is there to be found");
            let deed = deeds.get(id).copied();
            known.insert(issue.issue_id.clone(), self.known(row, deed, headings[row.category_code.as_str()]));
            issues.push(issue);
        }
        assert!(all.is_empty(), "there are only the cases of the file: {all:?}");
        Cases { issues, provider_ids: self.providers.values().cloned().collect(), known }
    }

    fn known(
        &self,
        row: &pb::ImportRow,
        deed: Option<Deed>,
        (theme, group_name): (&'static str, &'static str),
    ) -> Known {
        let now = timestamp(self.now);
        let has_passed = row.due_time.is_some_and(|due| seconds(Some(&due)) < seconds(Some(&now)));
        let has_ended = row.closed || deed.is_some_and(|deed| deed.resolved);
        Known {
            provider_id: self.provider_of(row).cloned().unwrap_or_default(),
            theme,
            group_name,
            report_time: row.report_time.expect("a row says when it was reported"),
            overdue: has_passed && !has_ended,
            reopened_count: deed.map_or(0, |deed| deed.disputes),
        }
    }

    fn provider_of(&self, row: &pb::ImportRow) -> Option<&String> {
        self.providers.get(&row.provider_name.to_lowercase())
    }

    /// What is done, by the ids of the file.
    fn deeds(&self) -> BTreeMap<&str, Deed> {
        let is_in_hand = |row: &&pb::ImportRow| !row.closed && self.provider_of(row).is_some();
        let worked_on = self.rows.iter().filter(is_in_hand).take(WORKED_ON);
        worked_on.map(|row| row.external_id.as_str()).zip(DEEDS.into_iter().cycle()).collect()
    }

    /// The theme and the group of each category of the file.
    fn headings(&self) -> BTreeMap<&str, (&'static str, &'static str)> {
        let codes: BTreeSet<&str> = self.rows.iter().map(|row| row.category_code.as_str()).collect();
        let heading = |(index, code)| (code, (turn(&THEMES, index), turn(&GROUPS, index)));
        codes.into_iter().enumerate().map(heading).collect()
    }
}

/// One of some words after the other, and then none.
fn turn(words: &[&'static str], index: usize) -> &'static str {
    words.get(index % (words.len() + 1)).copied().unwrap_or_default()
}

/// An issue that a provider has is resolved, by the manager in its place.
async fn resolve(world: &World<Town>, hood: &Neighbourhood, issue: &Value) {
    let manager = hood.manager();
    for rpc in ["IssueService/AcceptIssue", "IssueService/StartIssueWork"] {
        world.must(&manager, rpc, issue.clone()).await;
    }
    let done = merged(issue.clone(), json!({"reason": "It was seen to."}));
    world.must(&manager, "IssueService/ResolveIssue", done).await;
}

pub(super) fn seconds(time: Option<&Timestamp>) -> (i64, i32) {
    time.map_or((0, 0), |time| (time.seconds, time.nanos))
}
