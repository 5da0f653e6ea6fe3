//! Bringing a council's existing cases in: twice without a duplicate, judged as the city judges them, refused by line and for every
//! reason. The sample lies in the repository; the whole file is used where it lies beside it.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    reason = "an answer of an unexpected kind fails the test; the measure is printed"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use pathfinder_proto::issues::v1 as pb;
use pathfinder_tests::council::{self, Brought, Case, Issues};
use pathfinder_tests::door::Way;
use pathfinder_tests::neighbourhood::Neighbourhood;
use pathfinder_tests::town::Town;
use pathfinder_tests::world::{House as _, World};

/// How long the whole file may take.
const MOST: Duration = Duration::from_secs(60);

async fn issues_of(world: &World<Town>, hood: &Neighbourhood) -> Issues {
    let token = world.token(&hood.system()).await.expect("a council's machine has a token");
    Issues::at(&world.house.services(), &token, &hood.partnership_id)
}

/// Every closed case that the city judged is judged the same here.
fn must_judge_as_the_city(cases: &[Case], issues: &BTreeMap<String, pb::Issue>) {
    let judged: Vec<&Case> = cases.iter().filter(|case| case.is_closed() && !case.on_time.is_empty()).collect();
    assert!(judged.len() * 2 > cases.len(), "the city judged most of its cases: {} of {}", judged.len(), cases.len());
    let mut late = 0;
    for case in judged {
        let issue = issues.get(&case.service_request_id);
        let clock = issue
            .and_then(|issue| issue.clock.as_ref())
            .unwrap_or_else(|| panic!("case {} has a clock", case.service_request_id));
        let expected = if case.on_time == "ontime" { pb::OnTime::Met } else { pb::OnTime::Late };
        assert_eq!(clock.on_time(), expected, "the city says `{}` of {case:?}; here it is {clock:?}", case.on_time);
        late += usize::from(expected == pb::OnTime::Late);
    }
    assert!(late > 0, "some cases were late");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_comes_in_once_and_is_judged_as_the_city_judged_it() {
    let world = Town::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "boston", "BOS").await;
    let mut issues = issues_of(&world, &hood).await;
    let cases = council::sample();
    assert_eq!(cases.len(), 500, "the sample has 500 cases");
    let rows = council::rows_of(&cases);
    let first = issues.bring_in(&rows).await;
    assert_eq!(first, Brought { created: 500, ..Brought::default() }, "every row of the sample is kept");
    let second = issues.bring_in(&rows).await;
    assert_eq!(second, Brought { unchanged: 500, ..Brought::default() }, "the same file again changes nothing");
    let all = issues.all().await;
    assert_eq!(all.len(), 500, "each case is there once");
    must_judge_as_the_city(&cases, &all);
    for case in cases.iter().filter(|case| !case.is_closed()) {
        let open = all[&case.service_request_id].resolution.is_none();
        assert!(open, "what the city left open is open here: {case:?}");
    }
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_cannot_be_kept_are_refused_by_line_with_every_reason_and_the_others_are_kept() {
    let world = Town::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "boston", "BOS").await;
    let mut issues = issues_of(&world, &hood).await;
    let cases = council::sample();
    let mut rows: Vec<pb::ImportRow> = council::rows_of(&cases).into_iter().take(6).collect();
    rows[1] = pb::ImportRow { external_id: String::new(), report_time: None, ..rows[1].clone() };
    rows[2] = pb::ImportRow { latitude: None, longitude: None, address: String::new(), ..rows[2].clone() };
    rows[3] = pb::ImportRow { category_code: "Not A Code".to_owned(), latitude: Some(91.0), ..rows[3].clone() };
    let brought = issues.bring_in(&rows).await;
    let lines: Vec<(i32, usize)> = brought.refused.iter().map(|(line, reasons)| (*line, reasons.len())).collect();
    assert_eq!(lines, [(3, 2), (4, 1), (5, 2)], "each refused line with each of its reasons: {brought:?}");
    assert_eq!(brought.created, 3, "the other rows are kept: {brought:?}");
    // The same id twice in one call is one case.
    let another = council::rows_of(&cases)[7].clone();
    let doubled = issues.bring_in(&[rows[4].clone(), another.clone(), another]).await;
    assert_eq!((doubled.created, doubled.unchanged), (1, 2), "{doubled:?}");
    assert_eq!(issues.all().await.len(), 4);
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_file_comes_in_within_a_minute_where_it_is_at_hand() {
    let Some(cases) = council::whole_file() else { return };
    let world = Town::world(Way::Grpc).await;
    let hood = Neighbourhood::found(&world, "boston", "BOS").await;
    let mut issues = issues_of(&world, &hood).await;
    let rows = council::rows_of(&cases);
    let count = i32::try_from(rows.len()).expect("a number of cases");
    let start = std::time::Instant::now();
    let first = issues.bring_in(&rows).await;
    let took = start.elapsed();
    let memory = resident_mebibytes();
    println!(
        "{count} cases came in within {took:.1?} of {MOST:?}; this process then held {memory} MiB, the test's own rows among them"
    );
    assert_eq!(first, Brought { created: count, ..Brought::default() }, "every row of the file is kept");
    assert!(took < MOST, "the whole file comes in within {MOST:?}, not {took:?}");
    let second = issues.bring_in(&rows).await;
    assert_eq!(second, Brought { unchanged: count, ..Brought::default() }, "the same file again changes nothing");
    let all = issues.all().await;
    assert_eq!(all.len(), cases.len(), "each case is there once");
    must_judge_as_the_city(&cases, &all);
    world.house.stop().await;
}

/// The memory that this process holds.
fn resident_mebibytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the system tells what a process holds");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line of resident memory");
    line.trim().trim_end_matches("kB").trim().parse::<u64>().expect("a number") / 1024
}
