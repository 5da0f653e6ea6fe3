//! The calls that are measured: what each asks, with another place, word or issue every time.

use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::issues::v1::issue_service_client::IssueServiceClient;
use pathfinder_proto::types::v1::LatLng;
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use tonic::Request;
use tonic::transport::{Channel, Endpoint};

use super::generator::Generator;
use crate::neighbourhood::{CATEGORY, Neighbourhood};
use crate::processes::Processes;
use crate::world::{House as _, World};

/// Issues to a page.
const PAGE: u8 = 50;

/// A kind of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One issue, over gRPC.
    Get,
    /// One issue, over HTTP.
    GetJson,
    /// A page of the open ones of a category, those due first.
    Filtered,
    /// A page of those in a box in a state, over HTTP.
    BoxJson,
    /// A page of those near a point, nearest first.
    Near,
    /// A page of those with a word.
    Words,
    /// A page of those with two words.
    TwoWords,
    /// A report.
    Create,
    /// A report that is accepted by its provider.
    Accept,
}

impl Kind {
    /// All, in the order in which they are measured: what is accepted must have been created.
    pub const ALL: [Self; 9] = [
        Self::Get,
        Self::GetJson,
        Self::Filtered,
        Self::BoxJson,
        Self::Near,
        Self::Words,
        Self::TwoWords,
        Self::Create,
        Self::Accept,
    ];

    /// What it is called in the table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "get, gRPC",
            Self::GetJson => "get, JSON",
            Self::Filtered => "list of 50 by category and open, by due time, gRPC",
            Self::BoxJson => "list of 50 by box and status, JSON",
            Self::Near => "list of 50 near, by distance, gRPC",
            Self::Words => "list of 50 with a word, gRPC",
            Self::TwoWords => "list of 50 with two words, gRPC",
            Self::Create => "create, gRPC",
            Self::Accept => "status update, gRPC",
        }
    }

    /// How many issues it finds at the most: one, or a page.
    #[must_use]
    pub const fn most(self) -> u8 {
        match self {
            Self::Get | Self::GetJson | Self::Create | Self::Accept => 1,
            Self::Filtered | Self::BoxJson | Self::Near | Self::Words | Self::TwoWords => PAGE,
        }
    }

    /// The share of the rate of its SQL through `pgbench` that is aimed at: what a service without authorisation, audit and tracing reached.
    #[must_use]
    pub const fn aim(self) -> Option<f64> {
        match self {
            Self::Get => Some(0.26),
            Self::GetJson => Some(0.17),
            Self::BoxJson => Some(0.45),
            Self::Create => Some(0.40),
            Self::Filtered | Self::Near | Self::Words | Self::TwoWords | Self::Accept => None,
        }
    }

    /// Whether it changes nothing.
    #[must_use]
    pub const fn is_read(self) -> bool {
        !matches!(self, Self::Create | Self::Accept)
    }
}

/// An issue that there is.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) hood: usize,
    pub(super) issue_id: String,
    pub(super) point: LatLng,
    /// What is wrong, in words.
    pub(super) text: String,
}

/// A neighbourhood with those who call about it.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) hood: Neighbourhood,
    pub(super) generator: Generator,
    manager: String,
    officer: String,
}

/// Somebody who calls, one call after the other.
#[derive(Debug)]
pub(super) struct Calls {
    pub(super) callers: Vec<Caller>,
    pub(super) known: Vec<Known>,
    pub(super) issues: IssueServiceClient<Channel>,
    http: reqwest::Client,
    gateway: String,
    /// What was created and not accepted yet.
    created: Vec<(usize, String)>,
}

/// A call, ready to be made.
#[derive(Debug)]
pub(super) enum Call {
    Get(Request<pb::GetIssueRequest>),
    List(Box<Request<pb::ListIssuesRequest>>),
    Json(reqwest::Request),
    Create(usize, Box<Request<pb::ReportIssueRequest>>),
    Accept(Request<pb::AcceptIssueRequest>),
}

/// Words of an issue, so that at least that one is found by them.
fn some_words(known: &Known, count: usize, chance: &mut StdRng) -> String {
    let words: Vec<&str> = known.text.split(' ').collect();
    words.choose_multiple(chance, count).copied().collect::<Vec<_>>().join(" ")
}

/// As a token's holder.
pub(super) fn held<M>(message: M, token: &str) -> Request<M> {
    let mut request = Request::new(message);
    let bearer = format!("Bearer {token}").parse().expect("a token is plain text");
    request.metadata_mut().insert("authorization", bearer);
    request
}

impl Calls {
    pub(super) fn at(world: &World<Processes>) -> Self {
        let channel = Endpoint::from(world.house.services().issues).connect_lazy();
        Self {
            callers: Vec::new(),
            known: Vec::new(),
            issues: IssueServiceClient::new(channel).max_decoding_message_size(8 << 20),
            http: reqwest::Client::builder().no_proxy().build().expect("an HTTP client can be made"),
            gateway: world.house.gateway(),
            created: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, hood: Neighbourhood, generator: Generator) {
        self.callers.push(Caller { hood, generator, manager: String::new(), officer: String::new() });
    }

    /// Has everybody sign in.
    pub(super) async fn sign_in(&mut self, world: &World<Processes>) {
        for caller in &mut self.callers {
            caller.manager = world.house.token(&caller.hood.manager()).await;
            caller.officer = world.house.token(&caller.hood.officer()).await;
        }
    }

    /// The next call of a kind.
    pub(super) fn next(&mut self, kind: Kind, chance: &mut StdRng) -> Call {
        let known = self.known.choose(chance).expect("there are issues").clone();
        let caller = &self.callers[known.hood];
        let partnership_id = caller.hood.partnership_id.clone();
        let list = pb::ListIssuesRequest { partnership_id, page_size: PAGE.into(), ..Default::default() };
        let asked = |list: pb::ListIssuesRequest| Call::List(Box::new(held(list, &caller.manager)));
        match kind {
            Kind::Get => {
                let partnership_id = list.partnership_id;
                let get = pb::GetIssueRequest { partnership_id, issue_id: known.issue_id, ..Default::default() };
                Call::Get(held(get, &caller.manager))
            }
            Kind::GetJson => self.json(&known, &format!("/{}", known.issue_id), &[]),
            Kind::Filtered => {
                let category = [CATEGORY, "category-1", "category-7", "category-25"].choose(chance).expect("some");
                let filter = format!("category_code = \"{category}\" AND open = true");
                asked(pb::ListIssuesRequest { filter, order_by: "due_time".to_owned(), ..list })
            }
            Kind::BoxJson => {
                let (high, wide) = (chance.random_range(0.0005..0.01), chance.random_range(0.0005..0.01));
                let state = ["routed", "triaged", "closed"].choose(chance).expect("some");
                let edge = |middle: f64, half: f64| format!("{:.6}", middle + half);
                let (latitude, longitude) = known.point.degrees().expect("a whole point");
                let query = [
                    ("pageSize", PAGE.to_string()),
                    ("filter", format!("state = \"{state}\"")),
                    ("box.south", edge(latitude, -high)),
                    ("box.north", edge(latitude, high)),
                    ("box.west", edge(longitude, -wide)),
                    ("box.east", edge(longitude, wide)),
                ];
                self.json(&known, "", &query)
            }
            Kind::Near => {
                let near = Some(pb::GeoCircle {
                    center: Some(known.point),
                    radius_meters: chance.random_range(50.0..1_000.0),
                });
                asked(pb::ListIssuesRequest { near, order_by: "distance".to_owned(), ..list })
            }
            Kind::Words => asked(pb::ListIssuesRequest { query: some_words(&known, 1, chance), ..list }),
            Kind::TwoWords => asked(pb::ListIssuesRequest { query: some_words(&known, 2, chance), ..list }),
            Kind::Create => {
                let location = Some(pb::Location { point: Some(known.point), ..Default::default() });
                let mut text = || (0..10).map(|_| caller.generator.some_word(chance)).collect::<Vec<_>>().join(" ");
                let report = pb::ReportIssueRequest {
                    partnership_id: list.partnership_id,
                    category_code: CATEGORY.to_owned(),
                    title: text(),
                    description: text(),
                    location,
                    ..Default::default()
                };
                Call::Create(known.hood, Box::new(Request::new(report)))
            }
            Kind::Accept => {
                let (hood, issue_id) = self.created.pop().expect("as many were created as are accepted");
                let partnership_id = self.callers[hood].hood.partnership_id.clone();
                let accept = pb::AcceptIssueRequest { partnership_id, issue_id, ..Default::default() };
                Call::Accept(held(accept, &self.callers[hood].officer))
            }
        }
    }

    fn json(&self, known: &Known, path: &str, query: &[(&str, String)]) -> Call {
        let caller = &self.callers[known.hood];
        let address = format!("{}/v1/partnerships/{}/issues{path}", self.gateway, caller.hood.partnership_id);
        let request = self.http.get(address).query(query).bearer_auth(&caller.manager);
        Call::Json(request.build().expect("a request can be made"))
    }

    /// Makes a call; answers how many issues it found.
    ///
    /// # Panics
    ///
    /// When it is refused.
    pub(super) async fn make(&mut self, call: Call) -> usize {
        let refused = |status: &tonic::Status| -> ! { panic!("a call is answered: {status:?}") };
        match call {
            Call::Get(request) => self.issues.get_issue(request).await.map_or_else(|status| refused(&status), |_| 1),
            Call::List(request) => {
                let page = self.issues.list_issues(*request).await;
                page.map_or_else(|status| refused(&status), |page| page.into_inner().issues.len())
            }
            Call::Json(request) => {
                let answer = self.http.execute(request).await.unwrap_or_else(|error| panic!("it is answered: {error}"));
                let (status, body) = (answer.status(), answer.bytes().await);
                let body = body.unwrap_or_else(|error| panic!("an answer is whole: {error}"));
                assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
                String::from_utf8_lossy(&body).matches("\"issueId\"").count()
            }
            Call::Create(hood, request) => {
                let answer = self.issues.report_issue(*request).await;
                let issue = answer.map_or_else(|status| refused(&status), |answer| answer.into_inner().issue);
                self.created.extend(issue.map(|issue| (hood, issue.issue_id)));
                1
            }
            Call::Accept(request) => {
                self.issues.accept_issue(request).await.map_or_else(|status| refused(&status), |_| 1)
            }
        }
    }
}
