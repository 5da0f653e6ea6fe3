//! Puts the issues of the demonstration there: some brought in from the council's own system, most reported one by one, each taken
//! as far as its journey goes.

use pathfinder_proto::issues::v1 as issues;
use pathfinder_proto::types::v1::Evidence;
use prost_types::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::journeys::{Age, Former, Journey, brought_in, reported};
use super::pledges::{CATEGORIES, CategoryPart, UNROUTED};
use super::world::{World, all, key};
use super::{place, words};
use crate::client::{Desk, Refused, ask, within};

/// Dice are thrown with this and the issue's place, so that every load says the same in whatever order it goes.
const SEED: u64 = 0x0B2A_C4E7;
const DAY: i64 = 24;

/// Brings the council's own cases in, in one call.
pub(super) async fn bring_in(world: &World<'_>) -> Result<(), Refused> {
    let rows: Vec<_> = brought_in().map(|(place, former)| former_row(world, place, former)).collect();
    let count = rows.len();
    let request = issues::BatchImportIssuesRequest { partnership_id: world.partnership(), rows };
    ask("bring cases in", world.desk("council-system").issues().batch_import_issues(within(request))).await?;
    world.progress.add(count);
    Ok(())
}

fn former_row(world: &World<'_>, place: usize, former: Former) -> issues::ImportRow {
    let mut dice = dice(1, place);
    let category = routed_category(place);
    let report_hours = match former {
        Former::Open => dice.random_range(2..2 * DAY),
        Former::Overdue => dice.random_range(12 * DAY..30 * DAY),
        Former::InTime | Former::Late | Former::WithoutTarget => dice.random_range(40 * DAY..200 * DAY),
    };
    let target = report_hours - 5 * DAY;
    let close_hours = match former {
        Former::InTime => Some(target + dice.random_range(1..4 * DAY)),
        Former::Late => Some(target - dice.random_range(DAY..20 * DAY)),
        Former::WithoutTarget => Some(target),
        Former::Open | Former::Overdue => None,
    };
    let (latitude, longitude) = place::point(&mut dice);
    issues::ImportRow {
        line: i32::try_from(place + 2).unwrap_or(i32::MAX),
        external_id: format!("FELLMOOR-{:05}", 41_000 + place),
        category_code: category.code.to_owned(),
        category_name: category.name.to_owned(),
        report_time: Some(world.days.hours_ago(report_hours)),
        due_time: (former != Former::WithoutTarget).then(|| world.days.hours_ago(target)),
        close_time: close_hours.map(|hours| world.days.hours_ago(hours)),
        closed: close_hours.is_some(),
        status_note: if close_hours.is_some() { words::resolved(&mut dice).to_owned() } else { String::new() },
        provider_name: category
            .provider
            .and_then(|key| world.providers.get(key))
            .map_or("", |provider| provider.name)
            .to_owned(),
        address: place::address(&mut dice),
        latitude: Some(latitude),
        longitude: Some(longitude),
        source: "Council case system (invented)".to_owned(),
        description: words::report(category.code, &mut dice).to_owned(),
        ..Default::default()
    }
}

/// Reports every issue and takes it on its journey; answers the ids of those that are open, in order.
pub(super) async fn report_all(world: &World<'_>, loop_issue_id: &str) -> Result<Vec<String>, Refused> {
    let travelled = reported().map(|(place, journey, age)| async move {
        let case = report(world, place, journey, age).await?;
        travel(&case, journey, loop_issue_id).await?;
        world.progress.add(1);
        Ok(matches!(journey, Journey::Routed | Journey::Accepted | Journey::AtWork).then_some(case.issue_id))
    });
    Ok(all(travelled).await?.into_iter().flatten().collect())
}

/// An issue on its journey.
struct Case<'a> {
    world: &'a World<'a>,
    place: usize,
    issue_id: String,
    follow_token: String,
    /// The key of the provider that answers; none where nobody does.
    provider: Option<&'static str>,
    /// When it was really fixed, if it was.
    fix_time: Timestamp,
    dice: StdRng,
}

fn dice(kind: u64, place: usize) -> StdRng {
    StdRng::seed_from_u64(SEED ^ (kind << 32) ^ u64::try_from(place).unwrap_or(0))
}

fn routed_category(place: usize) -> &'static CategoryPart {
    let mut routed = CATEGORIES.iter().filter(|category| category.provider.is_some()).cycle();
    // The table is never empty, so the cycle never ends.
    routed.nth(place).unwrap_or(&CATEGORIES[0])
}

/// The category and the words of a report.
fn subject(journey: Journey, place: usize, dice: &mut StdRng) -> (&'static str, &'static str) {
    let code = match journey {
        Journey::Triaged | Journey::Reopened => UNROUTED,
        Journey::OnHold | Journey::Held | Journey::Released => "street-light",
        Journey::Duplicate => "fly-tipping",
        _ => routed_category(place).code,
    };
    let text = match journey {
        Journey::Held => words::HELD[place % 2],
        Journey::Released => words::HELD[2],
        Journey::Duplicate => "The quarry is being used as a tip again.",
        _ => words::report(code, dice),
    };
    (code, text)
}

/// How many hours ago it was reported, and how many hours ago it was fixed if it was.
fn hours(journey: Journey, age: Age, dice: &mut StdRng) -> (i64, i64) {
    let reported = match age {
        Age::Fresh => dice.random_range(1..20),
        Age::Old => dice.random_range(35 * DAY..63 * DAY),
    };
    let late = matches!(journey, Journey::ResolvedLate | Journey::ClosedLate);
    let took = if late { dice.random_range(30 * DAY..34 * DAY) } else { dice.random_range(3..12) };
    (reported, (reported - took).max(0))
}

async fn report<'a>(world: &'a World<'a>, place: usize, journey: Journey, age: Age) -> Result<Case<'a>, Refused> {
    let mut dice = dice(2, place);
    let (category_code, description) = subject(journey, place, &mut dice);
    let (reported_hours, fixed_hours) = hours(journey, age, &mut dice);
    let (point, address) = match journey {
        Journey::Duplicate => (place::QUARRY_LANE, "Quarry Lane, by the old quarry gate".to_owned()),
        _ => (place::point(&mut dice), place::address(&mut dice)),
    };
    let source = [
        issues::IssueSource::Web,
        issues::IssueSource::Phone,
        issues::IssueSource::StreetRep,
        issues::IssueSource::Walkabout,
    ];
    let request = issues::ReportIssueRequest {
        partnership_id: world.partnership(),
        category_code: category_code.to_owned(),
        description: description.to_owned(),
        location: Some(place::location(point, &address, "")),
        source: source[place % source.len()].into(),
        severity: if place.is_multiple_of(7) { issues::IssueSeverity::High } else { issues::IssueSeverity::Normal }
            .into(),
        hazard: category_code == "play-area",
        reporter: words::reporter(&mut dice),
        external_id: format!("FELLMOOR-{:05}", 52_000 + place),
        report_time: Some(world.days.hours_ago(reported_hours)),
        request_id: key(format!("report issue {place}")),
        ..Default::default()
    };
    let taken_in =
        ask(format!("report issue {place}"), world.desk("council-system").issues().report_issue(within(request)))
            .await?;
    let issue = taken_in.issue.unwrap_or_default();
    let provider = world.provider_key(&issue.provider_id);
    let fix_time = world.days.hours_ago(fixed_hours);
    Ok(Case { world, place, issue_id: issue.issue_id, follow_token: taken_in.follow_token, provider, fix_time, dice })
}

async fn travel(case: &Case<'_>, journey: Journey, loop_issue_id: &str) -> Result<(), Refused> {
    match journey {
        Journey::Routed | Journey::Triaged | Journey::Held => Ok(()),
        Journey::Accepted => case.accept().await,
        Journey::AtWork => case.work().await,
        Journey::OnHold => {
            case.work().await?;
            case.hold("Waits for a lamp that is no longer in store.", "awaiting_parts").await
        }
        Journey::Resolved | Journey::ResolvedLate => case.resolve().await,
        Journey::Closed | Journey::ClosedLate => {
            case.resolve().await?;
            case.close().await
        }
        Journey::Confirmed => {
            case.resolve().await?;
            case.confirm().await
        }
        Journey::Disputed => {
            case.resolve().await?;
            case.dispute().await
        }
        Journey::Upheld => {
            case.resolve().await?;
            case.dispute().await?;
            case.uphold().await
        }
        Journey::Rerouted => case.refuse(&case.world.provider_id("protection")).await,
        Journey::Refused => case.refuse("").await,
        Journey::Released => case.release().await,
        Journey::Duplicate => case.repeat_of(loop_issue_id).await,
        Journey::NoAction => case.end_without_action().await,
        Journey::Reopened => {
            case.end_without_action().await?;
            case.dispute().await
        }
        Journey::Withdrawn => case.withdraw().await,
    }
}

impl Case<'_> {
    fn key(&self, verb: &str) -> String {
        key(format!("{verb} issue {}", self.place))
    }

    fn what(&self, verb: &str) -> String {
        format!("{verb} issue {}", self.place)
    }

    /// The desk of the officer who answers for it.
    fn officer(&self) -> &Desk {
        self.provider.map_or(&self.world.anyone, |provider| self.world.officer(provider))
    }

    async fn accept(&self) -> Result<(), Refused> {
        let request = issues::AcceptIssueRequest {
            partnership_id: self.world.partnership(),
            issue_id: self.issue_id.clone(),
            note: "Thank you; it is ours.".to_owned(),
            etag: String::new(),
            request_id: self.key("accept"),
        };
        ask(self.what("accept"), self.officer().issues().accept_issue(within(request))).await.map(|_| ())
    }

    async fn work(&self) -> Result<(), Refused> {
        self.accept().await?;
        let request = issues::StartIssueWorkRequest {
            partnership_id: self.world.partnership(),
            issue_id: self.issue_id.clone(),
            note: "A crew has it on its list.".to_owned(),
            etag: String::new(),
            request_id: self.key("start"),
        };
        ask(self.what("start"), self.officer().issues().start_issue_work(within(request))).await.map(|_| ())
    }

    async fn hold(&self, reason: &str, pause_reason: &str) -> Result<(), Refused> {
        let request = issues::HoldIssueRequest {
            partnership_id: self.world.partnership(),
            issue_id: self.issue_id.clone(),
            reason: reason.to_owned(),
            pause_reason: pause_reason.to_owned(),
            etag: String::new(),
            request_id: self.key("hold"),
        };
        ask(self.what("hold"), self.officer().issues().hold_issue(within(request))).await.map(|_| ())
    }

    async fn resolve(&self) -> Result<(), Refused> {
        self.work().await?;
        let request = issues::ResolveIssueRequest {
            partnership_id: self.world.partnership(),
            issue_id: self.issue_id.clone(),
            reason: words::resolved(&mut self.dice.clone()).to_owned(),
            evidence: vec![Evidence {
                text: "Photographs of before and after, on file.".to_owned(),
                url: String::new(),
            }],
            fix_time: Some(self.fix_time),
            etag: String::new(),
            request_id: self.key("resolve"),
        };
        ask(self.what("resolve"), self.officer().issues().resolve_issue(within(request))).await.map(|_| ())
    }

    async fn close(&self) -> Result<(), Refused> {
        let request = issues::CloseIssueRequest {
            partnership_id: self.world.partnership(),
            issue_id: self.issue_id.clone(),
            reason: String::new(),
            etag: String::new(),
            request_id: self.key("close"),
        };
        ask(self.what("close"), self.world.desk("manager").issues().close_issue(within(request))).await.map(|_| ())
    }

    async fn confirm(&self) -> Result<(), Refused> {
        let request = issues::ConfirmResolutionRequest {
            partnership_id: self.world.partnership(),
            issue_id: self.issue_id.clone(),
            follow_token: self.follow_token.clone(),
            note: "Thank you.".to_owned(),
            request_id: self.key("confirm"),
            ..issues::ConfirmResolutionRequest::default()
        };
        ask(self.what("confirm"), self.world.anyone.issues().confirm_resolution(within(request))).await.map(|_| ())
    }

    async fn dispute(&self) -> Result<(), Refused> {
        let request = issues::DisputeResolutionRequest {
            partnership_id: self.world.partnership(),
            issue_id: self.issue_id.clone(),
            follow_token: self.follow_token.clone(),
            reason: "I walked past just now, and nothing has changed.".to_owned(),
            request_id: self.key("dispute"),
            ..issues::DisputeResolutionRequest::default()
        };
        ask(self.what("dispute"), self.world.anyone.issues().dispute_resolution(within(request))).await.map(|_| ())
    }

    async fn uphold(&self) -> Result<(), Refused> {
        let request = issues::UpholdClosingRequest {
            partnership_id: self.world.partnership(),
            issue_id: self.issue_id.clone(),
            reason: "We looked together with a street rep: it is fixed; the spot next to it is another report."
                .to_owned(),
            etag: String::new(),
            request_id: self.key("uphold"),
        };
        ask(self.what("uphold"), self.world.desk("manager").issues().uphold_closing(within(request))).await.map(|_| ())
    }

    async fn refuse(&self, responsible_provider_id: &str) -> Result<(), Refused> {
        let request = issues::RefuseIssueRequest {
            partnership_id: self.world.partnership(),
            issue_id: self.issue_id.clone(),
            reason: "This is private land, which we may not enter.".to_owned(),
            responsible_provider_id: responsible_provider_id.to_owned(),
            etag: String::new(),
            request_id: self.key("refuse"),
        };
        ask(self.what("refuse"), self.officer().issues().refuse_issue(within(request))).await.map(|_| ())
    }

    async fn release(&self) -> Result<(), Refused> {
        let request = issues::TriageIssueRequest {
            partnership_id: self.world.partnership(),
            issue_id: self.issue_id.clone(),
            description: Some(words::RELEASED.to_owned()),
            note: "Put in other words.".to_owned(),
            request_id: self.key("triage"),
            ..Default::default()
        };
        ask(self.what("triage"), self.world.desk("manager").issues().triage_issue(within(request))).await.map(|_| ())
    }

    async fn repeat_of(&self, other: &str) -> Result<(), Refused> {
        let request = issues::MarkIssueDuplicateRequest {
            partnership_id: self.world.partnership(),
            issue_id: self.issue_id.clone(),
            duplicate_of: other.to_owned(),
            reason: String::new(),
            etag: String::new(),
            request_id: self.key("duplicate"),
        };
        ask(self.what("mark as duplicate"), self.world.desk("manager").issues().mark_issue_duplicate(within(request)))
            .await
            .map(|_| ())
    }

    async fn end_without_action(&self) -> Result<(), Refused> {
        let request = issues::CloseIssueWithoutActionRequest {
            partnership_id: self.world.partnership(),
            issue_id: self.issue_id.clone(),
            reason: "The land belongs to nobody whom the partnership can ask; we wrote to the Crown Estate.".to_owned(),
            etag: String::new(),
            request_id: self.key("no action"),
        };
        ask(self.what("end"), self.world.desk("manager").issues().close_issue_without_action(within(request)))
            .await
            .map(|_| ())
    }

    async fn withdraw(&self) -> Result<(), Refused> {
        let request = issues::WithdrawIssueRequest {
            partnership_id: self.world.partnership(),
            issue_id: self.issue_id.clone(),
            follow_token: self.follow_token.clone(),
            reason: "A neighbour took it away.".to_owned(),
            request_id: self.key("withdraw"),
        };
        ask(self.what("withdraw"), self.world.anyone.issues().withdraw_issue(within(request))).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fixed_in_time_is_fixed_within_half_a_day_and_nothing_in_the_future() {
        for (place, journey, age) in reported() {
            let (reported, fixed) = hours(journey, age, &mut dice(2, place));
            assert!(fixed >= 0 && fixed < reported, "issue {place}");
            let late = matches!(journey, Journey::ResolvedLate | Journey::ClosedLate);
            assert!(age == Age::Fresh || (reported - fixed <= 12) != late, "issue {place}");
        }
    }

    #[test]
    fn whoever_reroutes_names_somebody_else() {
        for (place, journey, _) in reported().filter(|(_, journey, _)| *journey == Journey::Rerouted) {
            let (code, _) = subject(journey, place, &mut dice(2, place));
            let category = CATEGORIES.iter().find(|category| category.code == code).expect("it is there");
            assert_ne!(category.provider, Some("protection"), "issue {place}");
        }
    }

    #[test]
    fn a_report_of_a_place_is_always_the_same() {
        let told = |place| subject(Journey::Routed, place, &mut dice(2, place));
        assert!((0..60).all(|place| told(place) == told(place)));
    }
}
