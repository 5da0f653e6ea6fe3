//! What is held on a person, for that person; and the register of what was erased.

use pathfinder_kit::page::Page;
use pathfinder_kit::{Begun, Call, Failure};
use pathfinder_terms::{PartnershipId, ReporterId};
use serde::Serialize;
use uuid::Uuid;

use super::{App, IssueView};
use crate::domain::reporter::Part;
use crate::domain::{Edit, Erasure, Notice, Reporter};
use crate::error::Error;
use crate::store;

/// How many notices of one report are handed out.
const NOTICES: u64 = 1_000;
/// How many edits of what they reported are handed out.
const EDITS: u64 = 200;

/// What is held on a person because of one report or one support.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct SubjectRecord {
    /// The person.
    pub person: Reporter,
    /// The issue, without other people.
    pub issue: IssueView,
    /// What they were told, newest first.
    pub notices: Vec<Notice>,
    /// What they had written before others changed it, newest first; of what they reported.
    pub edits: Vec<Edit>,
}

/// A page of what is held on a person.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SubjectExport {
    /// The records.
    pub records: Vec<SubjectRecord>,
    /// The same as a JSON document.
    pub document: String,
    /// Where to go on.
    pub next_page_token: String,
}

impl App {
    /// Reads everything held on whoever left that e-mail address in the partnership, and keeps that it was read.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `PAGE_TOKEN_INVALID`.
    pub(crate) async fn export_subject(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        email: &str,
        page_size: i32,
        page_token: &str,
    ) -> Result<SubjectExport, Error> {
        // The token names the person by fingerprint: it must not hold the address.
        let query = ("ExportSubject", partnership_id, self.sealer.fingerprint("page", email));
        let page = Page::<Uuid>::open(page_size, page_token, &query)?;
        let (conn, limit) = (self.host.reader(), page.size + 1);
        let kept = store::contact::by_email(conn, self.safe(), partnership_id, email, page.after, limit).await?;
        let ids = kept.into_iter().map(|kept| kept.reporter_id).collect();
        let (ids, next_page_token): (Vec<ReporterId>, _) = page.close(ids, |id| id.0)?;
        let mut records = Vec::with_capacity(ids.len());
        for person in store::reporter::of_ids(conn, self.safe(), partnership_id, &ids).await? {
            records.extend(self.record_of(call, person).await?);
        }
        if let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? {
            let export_id = self.host.next_id(call.now);
            unit.record_quietly("personal_data.exported", Some(partnership_id), export_id, &())?;
            unit.commit(()).await?;
        }
        let document = serde_json::to_string_pretty(&records).map_err(Failure::internal)?;
        Ok(SubjectExport { records, document, next_page_token })
    }

    async fn record_of(&self, call: &Call, person: Reporter) -> Result<Option<SubjectRecord>, Error> {
        let (conn, partnership_id) = (self.host.reader(), person.partnership_id);
        let Some(issue) = store::issue::find(conn, partnership_id, person.issue_id).await? else { return Ok(None) };
        let mut issue = self.view(conn, issue, call).await?;
        for photo in &mut issue.issue.photos {
            // Where its pictures lie, and who else added one, is not theirs to know.
            photo.object_id = Uuid::nil();
            photo.reporter_id = photo.reporter_id.filter(|id| *id == person.id);
        }
        // What others answered and said is not theirs to know.
        issue.questions = self.questions_of(conn, &issue.issue, person.part == Part::Reporter).await?;
        issue.opinions = self.opinions_of(conn, &issue.issue).await?;
        issue.opinions.retain(|opinion| opinion.reporter_id == person.id);
        let notices = store::notice::list(conn, partnership_id, person.id, None, NOTICES).await?;
        let edits = match person.part {
            Part::Reporter => store::edit::list(conn, partnership_id, person.issue_id, None, EDITS).await?,
            Part::Supporter | Part::Follower => Vec::new(),
        };
        let edits = edits.into_iter().map(Edit::for_reporter).collect();
        Ok(Some(SubjectRecord { person, issue, notices, edits }))
    }

    /// A page of the register of what was erased, newest first.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `PAGE_TOKEN_INVALID`.
    pub(crate) async fn list_erasures(
        &self,
        partnership_id: PartnershipId,
        page_size: i32,
        page_token: &str,
    ) -> Result<(Vec<Erasure>, String), Error> {
        let page = Page::<Uuid>::open(page_size, page_token, &("ListErasures", partnership_id))?;
        let rows = store::erasure::list(self.host.reader(), partnership_id, page.after, page.size + 1).await?;
        Ok(page.close(rows, |erasure| erasure.id)?)
    }
}
