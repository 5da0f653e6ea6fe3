//! Every parameter, format and error of Open311 that `conformance.tsv` lists, against a running suite.
//!
//! A row without a check fails, and so does a check without a row. To add one, write its row there, and its check in [`checks`], or, where
//! what was written is to be read back, in [`kept`].

#![allow(clippy::panic, reason = "an answer that is none fails the test")]

mod checks;
mod kept;

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use http::Method;
use pathfinder::config::{Entry, Rates};
use pathfinder_tests::door::{Http, Way};
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::town::{START, Town};
use pathfinder_tests::world::{House as _, PUBLIC, World, text};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use self::checks::{Ask, Check, Want};
use self::kept::{Kept, Reader};

const LIST: &str = include_str!("conformance.tsv");

/// The suite, and what stands for the places in the checks.
struct Scene {
    world: World<Town>,
    hood: Neighbourhood,
    http: Http,
    places: Vec<(&'static str, String)>,
}

impl Scene {
    async fn set() -> Self {
        let world = Town::world(Way::Http).await;
        let hood = Neighbourhood::found(&world, "north-quay", "NQ").await;
        add_lamps(&world, &hood).await;
        let key = world.machine(("street-scene", "Street Scene's machine"), hood.grant("PROVIDER_OFFICER")).await;
        let council = world.machine(("desk", "The council's desk"), hood.grant("SYSTEM")).await;
        let http = Http::at(&world.house.gateway());
        let long = format!("{}end", "Straße ".repeat(571));
        let places = vec![("{key}", key), ("{council}", council), ("{4000}", long), ("{start}", START.to_owned())];
        let mut scene = Self { world, hood, http, places };
        // Two are older than the others, so that times tell them apart; the updates of the first are older than a day.
        for (place, hours) in [("{old}", 26), ("{early}", 3)] {
            let reported = scene.reported(checks::REPORT).await;
            scene.places.push((place, text(&reported, "service_request_id")));
            scene.world.pass_time(TimeDelta::hours(hours)).await;
        }
        let now = scene.world.now();
        let at = |hours: i64| (now + TimeDelta::hours(hours)).to_rfc3339_opts(SecondsFormat::Secs, true);
        scene.places.extend([("{now}", at(0)), ("{then}", at(-3)), ("{earlier}", at(-1)), ("{later}", at(1))]);
        for (place, reference, form) in [("{id}", "{reference}", checks::REPORT), ("{other}", "{-}", checks::LAMP)] {
            let issue_id = text(&scene.reported(form).await, "service_request_id");
            let asked = scene.hood.with(json!({"issue_id": issue_id}));
            let issue = scene.world.must(PUBLIC, "IssueService/GetIssue", asked).await;
            scene.places.extend([(place, issue_id), (reference, text(&issue, "reference"))]);
        }
        scene.hold_back().await;
        scene
    }

    /// Two reports that were held back: one is let go, the other waits on.
    async fn hold_back(&mut self) {
        let (manager, freed) = (self.hood.manager(), text(&self.reported(checks::HELD).await, "token"));
        let held = self.hood.with(json!({"filter": "state = \"awaiting_moderation\""}));
        let held = self.world.list(&manager, "IssueService/ListIssues", held, "issues").await;
        assert_eq!(held.len(), 1, "it is held back: {held:?}");
        let freed_id = text(&held[0], "issueId");
        let triage = self.hood.with(json!({"issue_id": freed_id}));
        self.world.must(&manager, "IssueService/TriageIssue", triage).await;
        let held = text(&self.reported(checks::HELD).await, "token");
        self.places.extend([("{freed}", freed), ("{freed-id}", freed_id), ("{held}", held)]);
    }

    /// What a report is answered.
    async fn reported(&self, form: checks::Form) -> Value {
        let told = self.sent(&Ask::Post("requests.json", form)).await.text;
        let told: Value = serde_json::from_str(&told).unwrap_or_else(|error| panic!("{error}: {told}"));
        told[0].clone()
    }

    /// One field of the rows of a list, in their order.
    async fn column(&self, path: &str, field: &str) -> Vec<String> {
        let request = self.http.request(Method::GET, &format!("/open311/v2/{path}"));
        let told = request.send().await.expect("the gateway answers").text().await.expect("the answer is whole");
        let rows: Value = serde_json::from_str(&told).unwrap_or_else(|error| panic!("{path}: {error}: {told}"));
        let rows = rows.as_array().unwrap_or_else(|| panic!("{path} is a list: {told}"));
        rows.iter().map(|row| text(row, field)).collect()
    }

    /// What does not hold of a list, page after page: joined, the pages are the whole list, and no row comes twice.
    async fn page(&self, (ids, list, field): (&str, &str, &str), size: usize) -> Option<String> {
        let whole = self.column(list, field).await;
        let mut joined = Vec::new();
        for page in 1..=whole.len().div_ceil(size) + 1 {
            let rows = self.column(&format!("{list}?page={page}&page_size={size}"), field).await;
            let left = whole.len().saturating_sub(joined.len());
            if rows.len() != size.min(left) {
                return Some(format!(
                    "{ids}: page {page} of {list} by {size} has {} rows; {left} are left",
                    rows.len()
                ));
            }
            joined.extend(rows);
        }
        let once: BTreeSet<&String> = joined.iter().collect();
        let holds = joined == whole && once.len() == joined.len() && whole.len() > 3;
        (!holds).then(|| format!("{ids}: {list} by {size} is {joined:?} page after page, and {whole:?} at once"))
    }

    /// A text of a check with what stands for its places.
    fn filled(&self, text: &str) -> String {
        self.places.iter().fold(text.to_owned(), |text, (place, value)| text.replace(place, value))
    }

    async fn sent(&self, ask: &Ask) -> Answer {
        let (method, path) = match ask {
            Ask::Get(path) | Ask::Accepting(path, _) => (Method::GET, path),
            Ask::Post(path, _) | Ask::Sending(path, _, _) => (Method::POST, path),
            Ask::Delete(path) => (Method::DELETE, path),
        };
        let request = self.http.request(method, &format!("/open311/v2/{}", self.filled(path)));
        let form = |form: &[(&str, &str)]| -> Vec<(String, String)> {
            form.iter().map(|(name, value)| ((*name).to_owned(), self.filled(value))).collect()
        };
        let request = match ask {
            Ask::Get(_) | Ask::Delete(_) => request,
            Ask::Accepting(_, accept) => request.header("accept", *accept),
            Ask::Post(_, fields) => request.form(&form(fields)),
            Ask::Sending(_, headers, fields) => {
                let named = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
                named.form(&form(fields))
            }
        };
        answer_to(request).await
    }

    /// What of a check does not hold.
    async fn make(&self, check: &Check) -> Option<String> {
        let answer = self.sent(&check.ask).await;
        let mut wrong: Vec<String> = check.wants.iter().filter_map(|want| self.missed(want, &answer)).collect();
        if answer.status != check.status {
            wrong.insert(0, format!("status {} and not {}", check.status, answer.status));
        }
        let ids = check.ids;
        (!wrong.is_empty()).then(|| format!("{ids} by {:?}: {}\n      {}", check.ask, wrong.join("; "), answer.text))
    }

    /// What of a report, and of what is read of it, does not hold.
    async fn keep(&self, kept: &Kept) -> Option<String> {
        let receipt = self.sent(&Ask::Post("requests.json", kept.form)).await;
        let told: Value = serde_json::from_str(&receipt.text).unwrap_or(Value::Null);
        let id = text(&told[0], "service_request_id");
        if receipt.status != 200 || id.is_empty() {
            let (status, answer) = (receipt.status, receipt.text);
            return Some(format!("{} by {:?}: it is not taken in: {status} {answer}", kept.ids, kept.form));
        }
        let missed = |wants: &[Want], answer: &Answer| -> Vec<String> {
            let missed = wants.iter().filter_map(|want| self.missed(want, answer));
            missed.map(|want| format!("{want} of {}", answer.text)).collect()
        };
        let mut wrong = missed(kept.receipt, &receipt);
        for &(reader, wants) in kept.reads {
            wrong.extend(missed(wants, &self.read(reader, &id).await));
        }
        (!wrong.is_empty()).then(|| format!("{} by {:?}: {}", kept.ids, kept.form, wrong.join("\n      ")))
    }

    /// What somebody reads of an issue.
    async fn read(&self, reader: Reader, id: &str) -> Answer {
        let asked = self.hood.with(json!({"issue_id": id}));
        let manager = self.hood.manager();
        let told = match reader {
            Reader::Everybody(suffix) => {
                let path = format!("/open311/v2/requests/{id}.{suffix}");
                return answer_to(self.http.request(Method::GET, &path)).await;
            }
            Reader::Manager => self.world.must(&manager, "IssueService/GetIssue", asked).await,
            Reader::History => self.world.must(&manager, "IssueService/ListIssueHistory", asked).await,
            Reader::PublicHistory => self.world.must(PUBLIC, "IssueService/ListIssueHistory", asked).await,
        };
        Answer { status: 200, kind: String::new(), allow: String::new(), text: told.to_string() }
    }

    /// Changes a category, after all else was made.
    async fn change_category(&self) {
        let change = json!({"category_id": self.hood.category_id, "description": "Heaps of rubbish."});
        self.world.must(&self.hood.manager(), "CategoryService/UpdateCategory", self.hood.with(change)).await;
    }

    /// What is wanted, if it is not so.
    fn missed(&self, want: &Want, answer: &Answer) -> Option<String> {
        let json: Value = serde_json::from_str(&answer.text).unwrap_or(Value::Null);
        let holds = match want {
            Want::Kind(kind) => answer.kind == *kind,
            Want::Allow(methods) => answer.allow == *methods,
            Want::Has(part) => answer.text.contains(&self.filled(part)),
            Want::Lacks(part) => !answer.text.contains(&self.filled(part)),
            Want::At(pointer, value) => match serde_json::from_str::<Value>(&self.filled(value)) {
                Ok(value) => json.pointer(pointer) == Some(&value),
                Err(error) => return Some(format!("{want:?} wants what is no JSON: {error}")),
            },
            Want::Words(pointer) => json.pointer(pointer).and_then(Value::as_str).is_some_and(|text| !text.is_empty()),
            Want::Rows(count) => json.as_array().map(Vec::len) == Some(*count),
            Want::Within(field, from, to) => {
                let [from, to] = [from, to].map(|end| instant(&self.filled(end)));
                let lies =
                    |row: &Value| instant(&text(row, field)).is_some_and(|time| from <= Some(time) && Some(time) <= to);
                let rows = json.as_array().filter(|rows| !rows.is_empty() && from.is_some() && to.is_some());
                rows.is_some_and(|rows| rows.iter().all(lies))
            }
            Want::Order(parts) => {
                let places: Vec<Option<usize>> =
                    parts.iter().map(|part| answer.text.find(&self.filled(part))).collect();
                places.iter().all(Option::is_some) && places.is_sorted()
            }
        };
        (!holds).then(|| format!("{want:?}"))
    }
}

/// A time as it is written.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    text.parse().ok()
}

/// What came back.
struct Answer {
    status: u16,
    kind: String,
    allow: String,
    text: String,
}

async fn answer_to(request: RequestBuilder) -> Answer {
    let answer = request.send().await.expect("the gateway answers");
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (kind, allow) = (header("content-type").unwrap_or_default(), header("allow").unwrap_or_default());
    let status = answer.status().as_u16();
    Answer { status, kind, allow, text: answer.text().await.expect("the answer is whole") }
}

/// A category that asks something.
async fn add_lamps(world: &World<Town>, hood: &Neighbourhood) {
    let kind = json!({
        "code": "kind", "label": "Which lamp?", "type": "QUESTION_TYPE_SINGLE_CHOICE", "required": true,
        "choices": [{"code": "post", "label": "On a post"}, {"code": "wall", "label": "On a wall"}],
    });
    let number = json!({
        "code": "number", "label": "Its number", "hint": "It stands on the post.", "type": "QUESTION_TYPE_NUMBER",
    });
    let height = json!({
        "code": "height", "label": "How tall is it?", "hint": "In metres.", "type": "QUESTION_TYPE_NUMBER", "required": true,
        "asked_when": {"question_code": "kind", "choice_codes": ["post"]},
    });
    let lamps = json!({"code": "lamps", "name": "Street lamps", "questions": [kind, number, height]});
    world.must(&hood.manager(), "CategoryService/CreateCategory", hood.with(lamps)).await;
}

/// The ids of the list.
fn rows() -> BTreeSet<&'static str> {
    let lines = LIST.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines.filter_map(|line| line.split('\t').next()).collect()
}

#[test]
fn every_row_has_a_check_and_every_check_a_row() {
    let checks = checks::ALONE.iter().chain(checks::CHANGED).chain(checks::TOGETHER).map(|check| check.ids);
    let ids = checks.chain(kept::KEPT.iter().map(|kept| kept.ids));
    let checked: BTreeSet<&str> = ids.flat_map(str::split_whitespace).collect();
    let rows = rows();
    let (unchecked, unknown): (Vec<_>, Vec<_>) =
        (rows.difference(&checked).collect(), checked.difference(&rows).collect());
    assert!(unchecked.is_empty(), "every row has a check; these do not: {unchecked:?}");
    assert!(unknown.is_empty(), "every check has a row; these do not: {unknown:?}");
    assert!(rows.len() >= 235, "the list only grows; it holds {}", rows.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_on_the_list_is_so() {
    let scene = Scene::set().await;
    let mut wrong = Vec::new();
    for check in checks::ALONE {
        wrong.extend(scene.make(check).await);
    }
    for kept in kept::KEPT {
        wrong.extend(scene.keep(kept).await);
    }
    for list in checks::PAGED {
        for size in [1, 2, 3] {
            wrong.extend(scene.page(*list, size).await);
        }
    }
    scene.change_category().await;
    for check in checks::CHANGED {
        wrong.extend(scene.make(check).await);
    }
    Neighbourhood::found(&scene.world, "south-quay", "SQ").await;
    for check in checks::TOGETHER {
        wrong.extend(scene.make(check).await);
    }
    let count = wrong.len();
    assert!(wrong.is_empty(), "the list holds; {count} checks do not:\n  {}", wrong.join("\n  "));
    scene.world.house.stop().await;
}

/// The gateway refuses it before anything of it is read.
#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_often_is_told_so_in_the_form_asked_for() {
    let rates = Rates { per_address: 1, per_caller: 1 };
    let town = Town::entered(Entry { rates, ..Entry::default() }).await;
    let http = Http::at(&town.gateway());
    let forms = [
        ("xml", "text/xml; charset=utf-8", "<errors><error><code>429</code><description>"),
        ("json", "application/json; charset=utf-8", "[{\"code\":429,\"description\":\""),
    ];
    for (suffix, kind, begin) in forms {
        let mut left = 100;
        let refused = loop {
            let answer = answer_to(http.request(Method::GET, &format!("/open311/v2/services.{suffix}"))).await;
            left -= 1;
            if answer.status == 429 || left == 0 {
                break answer;
            }
        };
        let told = (refused.status, refused.kind.as_str(), refused.text.contains(begin));
        assert_eq!(told, (429, kind, true), "{suffix}: {}", refused.text);
    }
    town.stop().await;
}
