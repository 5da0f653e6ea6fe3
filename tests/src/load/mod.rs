//! How long calls take among a great many issues.
//!
//! [`run`] starts everything as it is shipped, each service a process, twice, brings few made-up cases in through the front door of one and many
//! through that of the other ([`generator`]), and makes each kind of call ([`Kind`]) again and again with one client ([`timing`]), by turns here and
//! there. On PostgreSQL it has `pgbench` do the same SQL ([`pgbench`]), if it knows where the server's log lies.

mod calls;
pub mod generator;
pub mod pgbench;
pub mod timing;

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::types::v1::LatLng;
use rand::Rng as _;
use rand::rngs::StdRng;

pub use self::calls::Kind;
use self::calls::{Calls, Known, held};
use self::generator::Generator;
use self::pgbench::{Recorder, Script};
use self::timing::{Timing, timed};
use crate::chance;
use crate::door::Way;
use crate::neighbourhood::{LATITUDE, LONGITUDE, Neighbourhood};
use crate::processes::Processes;
use crate::world::{House as _, World};

/// Rows to a call, the most that a call takes.
const BATCH: usize = 500;
/// Of so many issues, one is remembered, to be asked for.
const REMEMBERED: usize = 20;
/// Everything is quiet when the services together use less of a processor.
const QUIET: f64 = 0.1;
/// At most so many times the calls are made that are asked for, until enough pages were full.
const MOST_ROUNDS: usize = 4;
/// The longest that the services may take to come to rest.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// How much.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Among how many issues calls are measured: so few in one installation, and so many in another.
    pub issues: [usize; 2],
    /// In how many neighbourhoods. The few lie all in the first, so that pages are as full among them; of the many, a fourth lies there.
    pub neighbourhoods: usize,
    /// How often each call is made.
    pub rounds: usize,
    /// For how long `pgbench` does the SQL of each kind of call, in seconds.
    pub seconds: usize,
    /// Whether what is measured is read into memory first. On PostgreSQL that takes a superuser, and the server's own `pg_prewarm`.
    pub in_memory: bool,
}

/// How long calls of a kind took.
#[derive(Debug, Clone)]
pub struct Measured {
    /// All of them.
    pub timing: Timing,
    /// Those whose page was full; none where no page was. Only these are compared between few issues and many, because a page among many
    /// is fuller.
    pub full: Option<Timing>,
    /// How many issues a call found at the mean.
    pub found: f64,
}

/// How long the calls of a kind took.
#[derive(Debug, Clone)]
pub struct Row {
    /// What was called.
    pub kind: Kind,
    /// Among few issues and among many.
    pub measured: [Measured; 2],
    /// The share of the rate at which `pgbench` does the same SQL among many issues.
    pub share: Option<f64>,
}

/// How long everything took.
#[derive(Debug, Clone)]
pub struct Report {
    /// Among how many issues.
    pub issues: [usize; 2],
    /// On which database.
    pub database: &'static str,
    /// One row a kind.
    pub rows: Vec<Row>,
}

/// Measures every kind of call.
///
/// # Panics
///
/// When a call is refused, or the services do not come to rest.
pub async fn run(scale: Scale) -> Report {
    let mut chance = chance::seeded();
    let [few, many] = scale.issues;
    let few = Place::with(few, few, scale.neighbourhoods, &mut chance).await;
    let mut places = [few, Place::with(many / 4, many, scale.neighbourhoods, &mut chance).await];
    let mut measured = Vec::new();
    for kind in Kind::ALL {
        for place in &mut places {
            place.make_ready(scale.in_memory).await;
        }
        measured.push(measure(&mut places, &mut chance, kind, scale.rounds).await);
        if !kind.is_read() {
            let [few, many] = &places;
            tokio::join!(settle(&few.world), settle(&many.world));
        }
    }
    let [mut few, many] = places;
    few.world.house.halt().await;
    let database = if many.world.house.database.is_server() { "PostgreSQL" } else { "SQLite" };
    let rates = rates_of_sql(many, &mut chance, scale.seconds).await;
    let rows = Kind::ALL.into_iter().zip(measured).enumerate().map(|(index, (kind, measured))| {
        assert!(measured.iter().all(|one| one.found > 0.0), "{} finds something: {measured:?}", kind.name());
        let share = rates.get(index).map(|rate| measured[1].timing.rate() / rate);
        Row { kind, measured, share }
    });
    Report { issues: scale.issues, database, rows: rows.collect() }
}

/// The rate at which `pgbench` does the SQL of each kind of call; none where there is no server, or nobody knows where its log lies.
async fn rates_of_sql(mut place: Place, chance: &mut StdRng, seconds: usize) -> Vec<f64> {
    let Some(mut recorder) = recorder(&place.world).await else {
        place.world.house.halt().await;
        return Vec::new();
    };
    place.make_ready(false).await;
    let recorded = record(&mut recorder, &mut place.calls, chance).await;
    // Nothing else is to use the machine meanwhile.
    place.world.house.halt().await;
    let folder = place.world.house.database.folder();
    recorded.iter().map(|scripts| recorder.replay(scripts, folder, seconds)).collect()
}

/// Everything as it is shipped, with issues in it, and those who call about them.
struct Place {
    world: World<Processes>,
    calls: Calls,
}

impl Place {
    /// With so many issues, so many of them in the first neighbourhood.
    async fn with(in_first: usize, issues: usize, neighbourhoods: usize, chance: &mut StdRng) -> Self {
        let world = World::new(Processes::start_measured().await, Way::Grpc);
        let mut calls = found(&world, chance, neighbourhoods).await;
        bring_in(&world, &mut calls, chance, in_first, issues).await;
        settle(&world).await;
        Self { world, calls }
    }

    /// Everybody is signed in then, and what is measured lies in memory, if it is to.
    async fn make_ready(&mut self, in_memory: bool) {
        self.calls.sign_in(&self.world).await;
        if in_memory {
            self.world.house.database.warm("issues").await;
        }
    }
}

async fn found(world: &World<Processes>, chance: &mut StdRng, neighbourhoods: usize) -> Calls {
    let mut calls = Calls::at(world);
    for number in 0..neighbourhoods {
        #[expect(clippy::cast_precision_loss, reason = "there are some dozens")]
        let middle = (LATITUDE + number as f64 * 0.05, LONGITUDE);
        let hood = Neighbourhood::found_around(world, &format!("hood-{number}"), &prefix(number), middle).await;
        calls.add(hood, Generator::around(chance, middle, world.house.now()));
    }
    calls
}

/// The letters that a neighbourhood's references begin with.
fn prefix(number: usize) -> String {
    [number / 26 % 26, number % 26]
        .into_iter()
        .map(|digit| char::from(b'A' + u8::try_from(digit).unwrap_or(0)))
        .collect()
}

/// Brings so many cases in, so many of them in the first neighbourhood, and as many in each other.
async fn bring_in(world: &World<Processes>, calls: &mut Calls, chance: &mut StdRng, in_first: usize, count: usize) {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}").expect("a template of a bar");
    let bar = ProgressBar::new(count as u64).with_style(style).with_message("cases come in");
    let others = calls.callers.len() - 1;
    let in_first = if others == 0 { count } else { in_first };
    for hood in 0..calls.callers.len() {
        let mut left = if hood == 0 { in_first } else { (count - in_first) / others };
        while left > 0 {
            let token = world.house.token(&calls.callers[hood].hood.system()).await;
            for _ in 0..20 {
                let size = left.min(BATCH);
                import(calls, chance, hood, size, &token).await;
                left -= size;
                bar.inc(size as u64);
            }
        }
    }
    bar.finish_and_clear();
}

async fn import(calls: &mut Calls, chance: &mut StdRng, hood: usize, size: usize, token: &str) {
    if size == 0 {
        return;
    }
    let caller = &mut calls.callers[hood];
    let rows: Vec<pb::ImportRow> = (0..size).map(|_| caller.generator.row(chance)).collect();
    let known: Vec<(LatLng, String)> = rows.iter().map(|row| (point_of(row), row.description.clone())).collect();
    let batch = pb::BatchImportIssuesRequest { partnership_id: caller.hood.partnership_id.clone(), rows };
    let answer = calls.issues.batch_import_issues(held(batch, token)).await;
    let answer = answer.unwrap_or_else(|status| panic!("cases come in: {status:?}")).into_inner();
    assert_eq!(usize::try_from(answer.created_count), Ok(size), "every case comes in: {:?}", answer.outcomes.first());
    for (outcome, (point, text)) in answer.outcomes.into_iter().zip(known) {
        if chance.random_range(0..REMEMBERED) == 0 {
            calls.known.push(Known { hood, issue_id: outcome.issue_id, point, text });
        }
    }
}

fn point_of(row: &pb::ImportRow) -> LatLng {
    LatLng { latitude: row.latitude, longitude: row.longitude }
}

/// Waits until the services have done what follows from what came in, and the database knows what it holds.
async fn settle(world: &World<Processes>) {
    let rest = async {
        loop {
            let before = world.house.processor_time();
            tokio::time::sleep(Duration::from_secs(2)).await;
            if (world.house.processor_time() - before).as_secs_f64() < 2.0 * QUIET {
                return;
            }
        }
    };
    assert!(tokio::time::timeout(PATIENCE, rest).await.is_ok(), "the services come to rest");
    world.house.database.analyze("issues").await;
}

/// How long calls take, at both places by turns: whatever else slows the machine down slows down both. More of them are made where few pages are
/// full.
async fn measure(places: &mut [Place; 2], chance: &mut StdRng, kind: Kind, rounds: usize) -> [Measured; 2] {
    // The first calls meet empty caches, on each of the service's connections.
    for _ in 0..=rounds / 2 {
        for Place { calls, .. } in &mut *places {
            let call = calls.next(kind, chance);
            calls.make(call).await;
        }
    }
    let mut tallies = [Tally::default(), Tally::default()];
    for round in 0..rounds * MOST_ROUNDS {
        for (Place { calls, .. }, tally) in places.iter_mut().zip(&mut tallies) {
            if round >= rounds && tally.full.len() >= rounds / 4 {
                continue;
            }
            let call = calls.next(kind, chance);
            let (count, time) = timed(calls.make(call)).await;
            if count == usize::from(kind.most()) {
                tally.full.push(time);
            }
            if round < rounds {
                tally.found += count;
                tally.taken.push(time);
            }
        }
    }
    tallies.map(Tally::measured)
}

/// What calls of a kind took at one place.
#[derive(Debug, Default)]
struct Tally {
    taken: Vec<Duration>,
    /// Of those whose page was full, and of more of them.
    full: Vec<Duration>,
    found: usize,
}

impl Tally {
    fn measured(self) -> Measured {
        #[expect(clippy::cast_precision_loss, reason = "there are some thousands")]
        let found = self.found as f64 / self.taken.len() as f64;
        let full = Some(self.full).filter(|full| !full.is_empty()).map(Timing::of);
        Measured { timing: Timing::of(self.taken), full, found }
    }
}

async fn recorder(world: &World<Processes>) -> Option<Recorder> {
    let address = world.house.database.schema_address("issues")?;
    Recorder::of(world.house.database.look("issues").await, &address)
}

/// What the database is asked for some calls of each kind.
async fn record(recorder: &mut Recorder, calls: &mut Calls, chance: &mut StdRng) -> Vec<Vec<Script>> {
    let mut recorded = Vec::new();
    recorder.start().await;
    for kind in Kind::ALL {
        let mut scripts = Vec::new();
        for _ in 0..pgbench::SAMPLES {
            let call = calls.next(kind, chance);
            scripts.push(recorder.record(calls.make(call)).await.1);
        }
        recorded.push(scripts);
    }
    recorder.stop().await;
    recorded
}

impl Display for Report {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let [few, many] = self.issues;
        writeln!(
            formatter,
            "{}, one client; median and 99th percentile in ms, issues found at the mean; median of full pages in ms",
            self.database
        )?;
        writeln!(formatter, "{:<52} {few:>32} {many:>32} {:>9} {:>9} {:>6}", "issues", "slower", "pgbench", "aim")?;
        for Row { kind, measured, share } in &self.rows {
            let percent =
                |share: Option<f64>| share.map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", share * 100.0));
            let (share, aim) = (percent(*share), percent(kind.aim()));
            let slower =
                slower(measured).map_or_else(|| "–".to_owned(), |times| format!("{:+.0} %", (times - 1.0) * 100.0));
            let [few, many] = measured;
            writeln!(formatter, "{:<52} {few} {many} {slower:>9} {share:>9} {aim:>6}", kind.name())?;
        }
        Ok(())
    }
}

impl Display for Measured {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let full = self.full.as_ref().map_or_else(|| "–".to_owned(), |full| format!("{:.2}", ms(full.median())));
        let (median, nearly_all) = (ms(self.timing.median()), ms(self.timing.nearly_all()));
        write!(formatter, "{median:>8.2} {nearly_all:>8.2} {:>5.1} {full:>8}", self.found)
    }
}

/// How many times as long a full page takes among many issues as among few.
#[must_use]
pub fn slower([few, many]: &[Measured; 2]) -> Option<f64> {
    let median = |measured: &Measured| measured.full.as_ref().map(|full| full.median().as_secs_f64());
    Some(median(many)? / median(few)?)
}
