//! A council's own Open311 server, as the specification has it and no better: it knows no repeats, gives tokens first, shows late what it
//! took, looks at no parameter of a search, refuses what it does not want in XML whatever form is asked for, and a third of its answers is
//! lost.
//!
//! A strict one loses nothing, and goes by the letter of GeoReport v2: it has no list of updates, and its one service has attributes, of
//! which one is required.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use pathfinder_kit::clock::{Clock as _, SystemClock};
use percent_encoding::percent_decode_str;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What holds these words is refused.
pub const UNWANTED: &str = "nobody collects these";
/// The service of a strict council.
pub const SERVICE: &str = "FT01";
/// What a strict council says where an answer is missing, or is none that it offers.
pub const UNANSWERED: &str = "attribute[SIZE] must be 1 or 2.";
/// What is said of a refusal.
pub const REFUSAL: &str = "service_code is not taken for this.";
/// So long after it was taken a report gets its id, and is shown.
const LATE: TimeDelta = TimeDelta::seconds(4);
/// Which answers are lost is the same in every run.
const SEED: u64 = 311;

/// A report that it took.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Its id.
    pub id: String,
    /// What it says.
    pub description: String,
    /// What was answered, by the names of the parameters: `attribute[SIZE]`.
    pub answers: BTreeMap<String, Vec<String>>,
    token: String,
    time: DateTime<Utc>,
    closed: Option<DateTime<Utc>>,
    /// What was said of it while it is open, and when.
    said: Option<(String, DateTime<Utc>)>,
    /// When it was last touched without a word.
    touched: Option<DateTime<Utc>>,
}

/// Fields by their names; some are given several times.
type Fields = BTreeMap<String, Vec<String>>;

struct Books {
    is_strict: bool,
    taken: Vec<Taken>,
    chance: StdRng,
    lost_receipts: usize,
    /// How often it was asked how some reports stand.
    readings: usize,
}

/// The server. It stops when dropped.
pub struct PlainCouncil {
    url: String,
    books: Arc<Mutex<Books>>,
    serving: JoinHandle<()>,
}

impl Drop for PlainCouncil {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl PlainCouncil {
    /// Starts it on a free port.
    ///
    /// # Panics
    ///
    /// When none is free.
    pub async fn start() -> Self {
        Self::serve(false).await
    }

    /// Starts a strict one on a free port.
    ///
    /// # Panics
    ///
    /// When none is free.
    pub async fn start_strict() -> Self {
        Self::serve(true).await
    }

    async fn serve(is_strict: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/open311/", listener.local_addr().expect("an address"));
        let chance = StdRng::seed_from_u64(SEED);
        let books = Books { is_strict, taken: Vec::new(), chance, lost_receipts: 0, readings: 0 };
        let books = Arc::new(Mutex::new(books));
        let shared = Arc::clone(&books);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let books = Arc::clone(&shared);
                tokio::spawn(async move { answer(stream, &books).await });
            }
        });
        Self { url, books, serving }
    }

    /// The address that ends before `requests`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it took, in the order in which it came.
    #[must_use]
    pub fn taken(&self) -> Vec<Taken> {
        locked(&self.books).taken.clone()
    }

    /// How many answers to reports were lost.
    #[must_use]
    pub fn lost_receipts(&self) -> usize {
        locked(&self.books).lost_receipts
    }

    /// How often a strict one was asked how some reports stand.
    #[must_use]
    pub fn readings(&self) -> usize {
        locked(&self.books).readings
    }

    /// Says something of everything that it took, and leaves it open.
    pub fn say_of_all(&self, words: &str) {
        let now = SystemClock::default().now();
        for taken in &mut locked(&self.books).taken {
            taken.said = Some((words.to_owned(), now));
        }
    }

    /// Changes something about everything that it took of which nothing is shown.
    pub fn touch_all(&self) {
        let now = SystemClock::default().now();
        for taken in &mut locked(&self.books).taken {
            taken.touched = Some(now);
        }
    }

    /// Opens again everything that it took, without a word.
    pub fn reopen_all(&self) {
        self.touch_all();
        for taken in &mut locked(&self.books).taken {
            (taken.closed, taken.said) = (None, None);
        }
    }

    /// Closes everything that it took.
    pub fn close_all(&self) {
        let now = SystemClock::default().now();
        for taken in &mut locked(&self.books).taken {
            taken.closed.get_or_insert(now);
        }
    }
}

fn locked(books: &Mutex<Books>) -> MutexGuard<'_, Books> {
    books.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers one request, or ends the connection without an answer.
async fn answer(stream: TcpStream, books: &Mutex<Books>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut first = String::new();
    stream.read_line(&mut first).await.ok()?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(told) = line.strip_prefix("content-length:") {
            length = told.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let form = String::from_utf8(body).ok()?;
    let (status, text) = locked(books).answer(method, path, &fields(query), &fields(&form))?;
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", text.len());
    stream.write_all(format!("{head}{text}").as_bytes()).await.ok()?;
    stream.flush().await.ok()
}

impl Books {
    /// None where the answer is lost; what was asked is done all the same.
    fn answer(&mut self, method: &str, path: &str, query: &Fields, form: &Fields) -> Option<(&'static str, String)> {
        let now = SystemClock::default().now();
        let rest = path.strip_prefix("/open311/")?;
        let is_report = (method, rest) == ("POST", "requests.json");
        let said = match (method, rest) {
            ("POST", "requests.json") => {
                if let Some(why) = self.objection(form) {
                    return Some(("400 Bad Request", refusal(why)));
                }
                self.take(form, now)
            }
            ("GET", "requests.json") => self.shown(query, now),
            ("GET", "services/FT01.json") if self.is_strict => definition(),
            ("GET", "servicerequestupdates.json") if !self.is_strict => self.updates(),
            ("GET", other) => match other.strip_prefix("tokens/").and_then(|rest| rest.strip_suffix(".json")) {
                Some(token) => self.redeem(token, now)?,
                None => return Some(("404 Not Found", refusal(REFUSAL))),
            },
            _ => return Some(("404 Not Found", refusal(REFUSAL))),
        };
        // In no rhythm that a caller could fall into.
        if !self.is_strict && self.chance.random_ratio(1, 3) {
            self.lost_receipts += usize::from(is_report);
            return None;
        }
        Some(("200 OK", said.to_string()))
    }

    /// Why a report is not taken; none where it is.
    fn objection(&self, form: &Fields) -> Option<&'static str> {
        let of = |name: &str| form.get(name).map(Vec::as_slice).unwrap_or_default();
        if of("description").iter().any(|text| text.contains(UNWANTED)) {
            return Some(REFUSAL);
        }
        let is_answered = matches!(of("attribute[SIZE]"), [key] if ["1", "2"].contains(&key.as_str()));
        (self.is_strict && of("service_code") == [SERVICE] && !is_answered).then_some(UNANSWERED)
    }

    fn take(&mut self, form: &Fields, time: DateTime<Utc>) -> Value {
        let description = form.get("description").and_then(|texts| texts.first()).cloned().unwrap_or_default();
        let is_answer = |(name, _): &(&String, &Vec<String>)| name.starts_with("attribute[");
        let answers = form.iter().filter(is_answer).map(|(name, values)| (name.clone(), values.clone())).collect();
        let number = self.taken.len() + 1;
        let (id, token) = (format!("{}", 638_000 + number), format!("token-{number}"));
        self.taken.push(Taken {
            id,
            description,
            answers,
            token: token.clone(),
            time,
            closed: None,
            said: None,
            touched: None,
        });
        json!([{"token": token}])
    }

    /// The newest first, whatever is asked for; by a strict one, those that are asked for.
    fn shown(&mut self, query: &Fields, now: DateTime<Utc>) -> Value {
        let ids = query.get("service_request_id").filter(|_| self.is_strict).and_then(|lists| lists.first());
        self.readings += usize::from(ids.is_some());
        let is_asked = |taken: &&Taken| ids.is_none_or(|ids| ids.split(',').any(|id| id == taken.id));
        let shown = self.taken.iter().rev().filter(|taken| taken.is_there(now)).filter(is_asked);
        shown.map(Taken::row).collect()
    }

    /// Everything that ever happened, whatever is asked for.
    fn updates(&self) -> Value {
        let update = |taken: &Taken| {
            let time = taken.closed?;
            Some(
                json!({"update_id": format!("closing-{}", taken.id), "service_request_id": taken.id, "status": "CLOSED",
                "updated_datetime": written(time), "description": "Collected."}),
            )
        };
        self.taken.iter().filter_map(update).collect()
    }

    /// The id, once there is one. A token that is not known is answered by nobody: none is ever made up.
    fn redeem(&self, token: &str, now: DateTime<Utc>) -> Option<Value> {
        let taken = self.taken.iter().find(|taken| taken.token == token)?;
        let id = if taken.is_there(now) { taken.id.as_str() } else { "" };
        Some(json!([{"service_request_id": id, "token": token}]))
    }
}

impl Taken {
    fn is_there(&self, now: DateTime<Utc>) -> bool {
        now - self.time >= LATE
    }

    fn row(&self) -> Value {
        let said = self.said.as_ref().map(|(words, time)| (words.as_str(), *time));
        let (status, (notes, changed)) = match self.closed {
            Some(time) => ("closed", ("Collected.", time)),
            None => ("open", said.unwrap_or(("", self.time))),
        };
        let updated = self.touched.map_or(changed, |touched| touched.max(changed));
        json!({"service_request_id": self.id, "description": self.description, "status": status, "status_notes": notes,
            "requested_datetime": written(self.time), "updated_datetime": written(updated), "media_url": null})
    }
}

/// What the service of a strict council asks.
fn definition() -> Value {
    let offered = |keys: &[&str]| keys.iter().map(|key| json!({"key": key, "name": key})).collect::<Vec<Value>>();
    let attribute = |code: &str, datatype: &str, is_required: bool, keys: &[&str]| {
        json!({"variable": true, "code": code, "datatype": datatype, "required": is_required, "order": 1,
            "datatype_description": null, "description": code, "values": offered(keys)})
    };
    json!({"service_code": SERVICE, "attributes": [
        attribute("SIZE", "singlevaluelist", true, &["1", "2"]),
        attribute("WASTE", "multivaluelist", false, &["fridge", "cooker", "tyres"]),
    ]})
}

fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn refusal(why: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><errors><error><code>400</code><description>{why}</description></error></errors>"
    )
}

/// The fields of a form.
fn fields(form: &str) -> Fields {
    let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (decoded(name), decoded(value)));
    let mut fields = Fields::new();
    for (name, value) in form.split('&').filter_map(pair) {
        fields.entry(name).or_default().push(value);
    }
    fields
}
