//! A council's existing cases, as a file: reading it, bringing it in over gRPC, and what the city itself says of each case.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use futures::{TryStreamExt as _, stream};
use pathfinder_kit::config::PeerAddresses;
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::issues::v1::issue_service_client::IssueServiceClient;
use serde::Deserialize;
use tokio::sync::mpsc;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Streaming};

/// The variable that names the whole file that the sample is of, by its path from the root.
pub const WHOLE_FILE: &str = "PATHFINDER_TEST_COUNCIL_FILE";
/// Rows to a call, the most that a call takes.
const BATCH: usize = 500;
/// Issues to a page, the most that a page holds.
const PAGE: i32 = 200;

/// One case, as the city published it.
#[derive(Debug, Clone, Deserialize)]
pub struct Case {
    /// The city's id.
    pub service_request_id: String,
    service_code: String,
    service_name: String,
    requested_datetime: DateTime<Utc>,
    expected_datetime: Option<DateTime<Utc>>,
    closed_datetime: Option<DateTime<Utc>>,
    status: String,
    /// The city's own judgement: `ontime`, `overdue`, or nothing.
    pub on_time: String,
    status_notes: String,
    agency_responsible: String,
    address: String,
    lat: Option<f64>,
    long: Option<f64>,
    neighborhood: String,
    source: String,
}

impl Case {
    /// Whether the city has closed it.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.status == "closed"
    }

    /// The case as it is handed over, with its line in the file.
    #[must_use]
    pub fn to_row(&self, line: usize) -> pb::ImportRow {
        pb::ImportRow {
            line: i32::try_from(line).unwrap_or(i32::MAX),
            external_id: self.service_request_id.clone(),
            category_code: self.service_code.clone(),
            category_name: self.service_name.clone(),
            report_time: Some(timestamp(self.requested_datetime)),
            due_time: self.expected_datetime.map(timestamp),
            close_time: self.closed_datetime.map(timestamp),
            closed: self.is_closed(),
            status_note: self.status_notes.clone(),
            provider_name: self.agency_responsible.clone(),
            address: self.address.clone(),
            latitude: self.lat,
            longitude: self.long,
            area: self.neighborhood.clone(),
            source: self.source.clone(),
            description: String::new(),
        }
    }
}

fn timestamp(time: DateTime<Utc>) -> prost_types::Timestamp {
    pathfinder_kit::wire::timestamp(time)
}

/// The sample of cases that lies with the tests: 500 of them.
#[must_use]
pub fn sample() -> Vec<Case> {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/boston-sample.csv"))
}

/// The cases of the file that [`WHOLE_FILE`] names; none where it names none.
///
/// # Panics
///
/// When that file cannot be read.
#[must_use]
pub fn whole_file() -> Option<Vec<Case>> {
    let path = std::env::var_os(WHOLE_FILE).filter(|path| !path.is_empty())?;
    Some(read(Path::new(&path)))
}

/// The cases as they are handed over.
#[must_use]
pub fn rows_of(cases: &[Case]) -> Vec<pb::ImportRow> {
    // Line 1 of a file is its header.
    cases.iter().enumerate().map(|(index, case)| case.to_row(index + 2)).collect()
}

/// Reads a file of cases, and tells which file it is and how many cases it holds.
///
/// # Panics
///
/// When it cannot be read.
#[must_use]
#[expect(clippy::print_stderr, reason = "a test that takes fewer cases than its reader thinks proves less")]
pub fn read(path: &Path) -> Vec<Case> {
    let mut reader =
        csv::Reader::from_path(path).unwrap_or_else(|error| panic!("{} can be read: {error}", path.display()));
    let rows = reader.deserialize();
    let cases: Vec<Case> =
        rows.map(|row| row.unwrap_or_else(|error| panic!("{} holds cases: {error}", path.display()))).collect();
    eprintln!("{} cases of {}", cases.len(), path.display());
    cases
}

/// What became of all rows of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brought {
    /// How many are there now.
    pub created: i32,
    /// How many were there before.
    pub unchanged: i32,
    /// Those refused, with their line and why.
    pub refused: Vec<(i32, Vec<String>)>,
}

/// The gRPC of issues, as somebody.
#[derive(Debug, Clone)]
pub struct Issues {
    client: IssueServiceClient<Channel>,
    token: String,
    partnership_id: String,
}

impl Issues {
    /// The issues of a partnership, for whoever has the token.
    #[must_use]
    pub fn at(addresses: &PeerAddresses, token: &str, partnership_id: &str) -> Self {
        let channel = Endpoint::from(addresses.issues.clone()).connect_lazy();
        let client = IssueServiceClient::new(channel).max_decoding_message_size(8 << 20);
        Self { client, token: token.to_owned(), partnership_id: partnership_id.to_owned() }
    }

    fn request<M>(&self, message: M) -> Request<M> {
        let mut request = Request::new(message);
        let bearer = format!("Bearer {}", self.token).parse().expect("a token is plain text");
        request.metadata_mut().insert("authorization", bearer);
        request
    }

    /// Brings rows in, batch by batch.
    ///
    /// # Panics
    ///
    /// When a whole batch is refused.
    pub async fn bring_in(&mut self, rows: &[pb::ImportRow]) -> Brought {
        let mut brought = Brought::default();
        for batch in rows.chunks(BATCH) {
            let message =
                pb::BatchImportIssuesRequest { partnership_id: self.partnership_id.clone(), rows: batch.to_vec() };
            let request = self.request(message);
            let answer = self.client.batch_import_issues(request).await;
            let answer = answer.unwrap_or_else(|status| panic!("a batch is taken in: {status:?}")).into_inner();
            assert_eq!(answer.outcomes.len(), batch.len(), "every row has an outcome");
            brought.created += answer.created_count;
            brought.unchanged += answer.unchanged_count;
            let refused = answer.outcomes.into_iter().filter(|outcome| outcome.result() == pb::ImportResult::Refused);
            brought.refused.extend(refused.map(|outcome| (outcome.line, outcome.reasons)));
        }
        brought
    }

    /// Opens a stream for rows to come; what is passed to the first is sent, and the second answers. Dropping either breaks it off.
    ///
    /// # Panics
    ///
    /// When the stream is not opened.
    pub async fn open_import(&mut self) -> (mpsc::Sender<Vec<pb::ImportRow>>, Streaming<pb::ImportIssuesResponse>) {
        let (sender, read) = mpsc::channel::<Vec<pb::ImportRow>>(1);
        let partnership_id = self.partnership_id.clone();
        let messages = stream::unfold(read, move |mut read| {
            let partnership_id = partnership_id.clone();
            async move { Some((pb::ImportIssuesRequest { partnership_id, rows: read.recv().await? }, read)) }
        });
        let request = self.request(messages);
        let opened = self.client.import_issues(request).await;
        (sender, opened.unwrap_or_else(|status| panic!("an import begins: {status:?}")).into_inner())
    }

    /// A page of issues.
    ///
    /// # Panics
    ///
    /// When it is refused.
    pub async fn list(&mut self, message: pb::ListIssuesRequest) -> pb::ListIssuesResponse {
        let partnership_id = self.partnership_id.clone();
        let request = self.request(pb::ListIssuesRequest { partnership_id, ..message });
        let page = self.client.list_issues(request).await;
        page.unwrap_or_else(|status| panic!("a page of issues is read: {status:?}")).into_inner()
    }

    /// How many issues have what in common.
    ///
    /// # Panics
    ///
    /// When it is refused.
    pub async fn count(&mut self, message: pb::AggregateIssuesRequest) -> pb::AggregateIssuesResponse {
        let partnership_id = self.partnership_id.clone();
        let request = self.request(pb::AggregateIssuesRequest { partnership_id, ..message });
        let counts = self.client.aggregate_issues(request).await;
        counts.unwrap_or_else(|status| panic!("issues are counted: {status:?}")).into_inner()
    }

    /// Everything that is looked for, as rows.
    ///
    /// # Panics
    ///
    /// When it is refused, or breaks off.
    pub async fn export(&mut self, message: pb::ExportIssuesRequest) -> Vec<pb::ExportedIssue> {
        let partnership_id = self.partnership_id.clone();
        let request = self.request(pb::ExportIssuesRequest { partnership_id, ..message });
        let opened = self.client.export_issues(request).await;
        let rows = opened.unwrap_or_else(|status| panic!("issues are exported: {status:?}")).into_inner();
        let rows: Result<Vec<pb::ExportedIssue>, _> = rows.try_collect().await;
        rows.unwrap_or_else(|status| panic!("an export comes to its end: {status:?}"))
    }

    /// Every issue of the partnership, by its id in the other system. Two of one id would be one too few.
    ///
    /// # Panics
    ///
    /// When a page is refused, or two issues have one external id.
    pub async fn all(&mut self) -> BTreeMap<String, pb::Issue> {
        let mut all = BTreeMap::new();
        let mut page_token = String::new();
        loop {
            let page = self.list(pb::ListIssuesRequest { page_size: PAGE, page_token, ..Default::default() }).await;
            for issue in page.issues {
                let doubled = all.insert(issue.external_id.clone(), issue);
                assert!(doubled.is_none(), "no case is there twice: {doubled:?}");
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return all;
            }
        }
    }
}
