//! The demonstration: an invented partnership with everything that the suite can show, put there through the services' own calls by
//! invented people with real tokens. Nothing here writes to a database, and every state is one that the services reached by themselves.
//!
//! | what | where |
//! |---|---|
//! | who and where | [`cast`], [`place`] |
//! | what is pledged and routed | [`pledges`] |
//! | meetings and decisions | [`sittings`] |
//! | actions and commitments | [`plans`] |
//! | issues | [`journeys`], [`words`] |
//! | putting it there | [`founding`], [`board`], [`actions`], [`undertakings`], [`cases`], [`whole_loop`] |
//!
//! A load that was interrupted goes on at the next start: every call carries a request id made from its name ([`keys`]) and every date
//! counts from the founding ([`days`]), so what was done is answered as it was then. The partnership's name says whether all is there.

#![expect(rustdoc::private_intra_doc_links, reason = "the overview is for those who read the source")]

mod actions;
mod board;
mod cases;
pub(crate) mod cast;
mod days;
mod founding;
mod journeys;
mod keys;
mod place;
mod plans;
mod pledges;
mod questions;
mod sittings;
mod undertakings;
mod whole_loop;
mod words;
mod world;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder_kit::config::PeerAddresses;
use pathfinder_kit::{Deps, Failure, wire};
use pathfinder_proto::boards::v1::{ListPartnershipsRequest, Partnership};
use pathfinder_proto::issues::v1::ListIssuesRequest;

use self::board::{About, Decisions};
use self::cast::{ADMINISTRATOR, LOGINS, PROVIDERS, SEATS};
use self::days::Days;
use self::plans::{ACTIONS, COMMITMENTS};
use self::pledges::{CATEGORIES, SPECIAL_RULES, STANDARDS};
use self::undertakings::Offered;
use self::whole_loop::Reported;
use self::world::{Progress, World};
use crate::client::{Desk, Lines, Refused, ask, within};
use crate::config::Config;

pub use self::world::Tell;

/// Answers to repeated requests are kept for a day; a load that was interrupted before that cannot go on.
const RESUMABLE: TimeDelta = TimeDelta::hours(23);
/// Meetings that were held, one to come, one being prepared, one called off.
const MEETINGS: usize = 5;

/// The demonstration, as far as one needs to know to try it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demonstration {
    /// The partnership.
    pub partnership_id: String,
    /// The issue that went all the way round.
    pub issue_id: String,
}

/// What came of asking for the demonstration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was loaded, or finished, just now.
    Loaded(Demonstration),
    /// It was there.
    There(Demonstration),
    /// The data are somebody's own; it was left alone.
    NotWanted,
    /// It was half loaded at this time, too long ago to go on. The rest of the data can be used.
    Abandoned(DateTime<Utc>),
}

/// Why the demonstration could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A call was refused.
    #[error("The demonstration could not be loaded; it could not {0}. Start again to go on, or start with --no-demo.")]
    Refused(String),
    /// No token could be made.
    #[error("The demonstration could not be loaded, because there is no token to load it with.")]
    NoToken(#[from] Failure),
}

impl From<Refused> for LoadError {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused.to_string())
    }
}

/// Loads the demonstration where no partnership exists yet, and finishes one that was interrupted.
///
/// # Errors
///
/// The first call that was refused. What was done stays, and the next start goes on from there.
pub async fn ensure(peers: &PeerAddresses, config: &Config, deps: &Deps, tell: Tell<'_>) -> Result<Outcome, LoadError> {
    let lines = Lines::to(peers);
    let anyone = lines.anonymous();
    let first = partnerships(&anyone, "").await?;
    match partnerships(&anyone, &format!("slug = \"{}\"", place::SLUG)).await?.pop() {
        Some(there) if there.name == place::NAME_WHILE_LOADING => {
            let founded = founding_time(&there);
            if deps.clock.now() - founded > RESUMABLE {
                return Ok(Outcome::Abandoned(founded));
            }
            load(&lines, config, tell).await.map(Outcome::Loaded)
        }
        Some(there) => Ok(Outcome::There(find(&anyone, there.partnership_id).await?)),
        None if first.is_empty() => load(&lines, config, tell).await.map(Outcome::Loaded),
        None => Ok(Outcome::NotWanted),
    }
}

async fn partnerships(anyone: &Desk, filter: &str) -> Result<Vec<Partnership>, Refused> {
    let request = ListPartnershipsRequest { page_size: 1, filter: filter.to_owned(), ..Default::default() };
    Ok(ask("see which partnerships there are", anyone.partnerships().list_partnerships(within(request)))
        .await?
        .partnerships)
}

async fn find(anyone: &Desk, partnership_id: String) -> Result<Demonstration, Refused> {
    let filter = format!("external_id = \"{}\"", whole_loop::EXTERNAL_ID);
    let request = ListIssuesRequest { partnership_id: partnership_id.clone(), filter, ..Default::default() };
    let found = ask("find the loop's issue", anyone.issues().list_issues(within(request))).await?.issues.pop();
    Ok(Demonstration { partnership_id, issue_id: found.map(|issue| issue.issue_id).unwrap_or_default() })
}

fn founding_time(partnership: &Partnership) -> DateTime<Utc> {
    let time = partnership.create_time.as_ref().and_then(|time| wire::time("create_time", time).ok());
    time.unwrap_or_default()
}

async fn load(lines: &Lines, config: &Config, tell: Tell<'_>) -> Result<Demonstration, LoadError> {
    let administrator = lines.with_token(&crate::token(config, ADMINISTRATOR).await?)?;
    let people = founding::people(&administrator).await?;
    let partnership = founding::partnership(&administrator).await?;
    let mut world = World {
        days: Days::from(founding_time(&partnership)),
        partnership_id: partnership.partnership_id,
        desks: BTreeMap::new(),
        anyone: lines.anonymous(),
        providers: BTreeMap::new(),
        member_ids: Vec::new(),
        progress: Progress::of(thing_count(), tell),
    };
    founding::constitution(&world, &administrator).await?;
    world.member_ids = founding::board(&world, &administrator, &people).await?;
    world.providers = founding::providers(&world, &administrator).await?;
    founding::roles(&world, &administrator, &people).await?;
    for login in LOGINS {
        world.desks.insert(login.login, lines.with_token(&crate::token(config, login.login).await?)?);
    }
    let issue_id = play(&world).await?;
    founding::complete(&world).await?;
    Ok(Demonstration { partnership_id: world.partnership_id, issue_id })
}

/// Everything that happens once everybody has their roles; answers the loop's issue.
async fn play(world: &World<'_>) -> Result<String, Refused> {
    founding::services(world).await?;
    let reported = whole_loop::report(world).await?;
    let (board, issue_ids, brought_in) =
        tokio::join!(sit(world, &reported), cases::report_all(world, &reported.issue_id), cases::bring_in(world));
    let Sat { answer, offered, decisions } = board?;
    let issue_ids = issue_ids?;
    brought_in?;
    let (raised, taken, finished) = tokio::join!(
        actions::raise_all(world, &decisions, &issue_ids),
        undertakings::take_all(world, &offered, &decisions),
        whole_loop::finish(world, &reported, &answer, &decisions),
    );
    raised.and(taken).and(finished)?;
    Ok(reported.issue_id)
}

/// What the meetings leave for the rest.
struct Sat<'a> {
    answer: whole_loop::Answer<'a>,
    offered: Vec<Offered<'a>>,
    decisions: Decisions,
}

/// Both meetings, with what is offered between them: the board takes commitments by decisions that are about them.
async fn sit<'a>(world: &'a World<'a>, reported: &Reported) -> Result<Sat<'a>, Refused> {
    let breach = About { item: 2, issue_ids: vec![reported.issue_id.clone()], ..About::default() };
    let (first_id, mut decisions) = board::first_meeting(world, &[breach]).await?;
    let answer = whole_loop::answer(world, &reported.issue_id, &decisions).await?;
    let offered = undertakings::offer_all(world).await?;
    let loops = About {
        item: 1,
        action_ids: vec![answer.action_id.clone()],
        commitment_ids: vec![answer.commitment_id.clone()],
        ..About::default()
    };
    let others = About { item: 2, commitment_ids: undertakings::put_to_the_board(&offered), ..About::default() };
    decisions.extend(board::second_meeting(world, &[loops, others], &first_id).await?);
    board::longer_notice(world, &decisions).await?;
    Ok(Sat { answer, offered, decisions })
}

/// How many things there are to put there.
fn thing_count() -> usize {
    let issues = journeys::reported().count() + journeys::brought_in().count() + 1;
    let rules = SPECIAL_RULES.len() + CATEGORIES.iter().filter(|category| category.provider.is_some()).count();
    let services = PROVIDERS.len() + CATEGORIES.len() + rules + STANDARDS.len();
    LOGINS.len() + SEATS.len() + services + MEETINGS + ACTIONS.len() + 1 + COMMITMENTS.len() + 1 + issues
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demonstration_has_what_was_promised() {
        assert_eq!((SEATS.len(), PROVIDERS.len(), STANDARDS.len()), (21, 6, 20));
        assert_eq!(thing_count(), 19 + 21 + 6 + 16 + 17 + 20 + 5 + 30 + 15 + 200);
    }

    #[test]
    fn a_refusal_says_how_to_go_on() {
        let refused =
            Refused { what: "seat a member".into(), why: "no".into(), code: tonic::Code::Internal, reason: None };
        let error = LoadError::from(refused).to_string();
        assert!(error.contains("seat a member: no") && error.contains("Start again"), "{error}");
    }
}
