//! What is said of an issue may name another that is hidden since: what it repeats, or what repeats it. Its reference is left out where that is
//! read by those who may not know of it, and so is the link to it; both stand there again once it is shown.

use std::collections::BTreeSet;

use pathfinder_kit::Call;
use pathfinder_terms::{IssueId, PartnershipId};

use super::App;
use super::read::deals_with;
use crate::domain::hiding::{references_in, without_references};
use crate::domain::{Issue, Notice};
use crate::error::Error;
use crate::store;

/// So many references are looked up for one answer; the others are left out unasked. No people name so many: somebody tries to make us work.
const MOST_NAMED: usize = 300;

impl App {
    /// The references in some texts that are not for this reader; without a call, not for everybody.
    pub(super) async fn untold(
        &self,
        call: Option<&Call>,
        partnership_id: PartnershipId,
        texts: Vec<&str>,
    ) -> Result<BTreeSet<String>, Error> {
        untold_among(self.host.reader(), call, partnership_id, texts).await
    }

    /// What one of an issue's people was told, without what is of another issue that is hidden, and without such references.
    pub(super) async fn told_still(
        &self,
        partnership_id: PartnershipId,
        issue_id: IssueId,
        mut notices: Vec<Notice>,
    ) -> Result<Vec<Notice>, Error> {
        let conn = self.host.reader();
        let others: BTreeSet<IssueId> = notices.iter().map(|notice| notice.issue_id).collect();
        let others: Vec<IssueId> = others.into_iter().filter(|other| *other != issue_id).collect();
        let hidden = store::issue::held_back_among(conn, partnership_id, &others).await?;
        let hidden: BTreeSet<IssueId> = hidden.into_iter().map(|issue| issue.id).collect();
        notices.retain(|notice| !hidden.contains(&notice.issue_id));
        let texts = notices.iter().map(|notice| notice.text.as_str()).collect();
        let untold = self.untold(None, partnership_id, texts).await?;
        if untold.is_empty() {
            return Ok(notices);
        }
        // Whoever reported it knows it, also while it is hidden itself.
        let own = store::issue::find(conn, partnership_id, issue_id).await?.map(|issue| issue.reference);
        let own = own.unwrap_or_default();
        for notice in &mut notices {
            notice.text = without_references(&notice.text, &untold, &own);
        }
        Ok(notices)
    }
}

/// Leaves out of issues which others they repeat, or are parts of, and how those are called where it is said how they ended, where the reader may
/// not know of them. However many issues these are, the database is asked no more often than for one.
pub(super) async fn leave_out_untold(
    conn: &impl store::Connection,
    call: &Call,
    partnership_id: PartnershipId,
    issues: &mut [Issue],
) -> Result<(), Error> {
    let links = |issue: &Issue| [issue.duplicate_of, issue.parent_issue_id].into_iter().flatten();
    let linked: BTreeSet<IssueId> = issues.iter().flat_map(links).collect();
    let linked: Vec<IssueId> = linked.into_iter().collect();
    let mut hidden = store::issue::held_back_among(conn, partnership_id, &linked).await?;
    hidden.retain(|issue| !deals_with(call, issue));
    let hidden: BTreeSet<IssueId> = hidden.into_iter().map(|issue| issue.id).collect();
    let ended = issues.iter().filter_map(|issue| issue.resolution.as_ref());
    let reasons = ended.map(|resolution| resolution.reason.as_str()).collect();
    let untold = untold_among(conn, Some(call), partnership_id, reasons).await?;
    for issue in issues {
        issue.duplicate_of = issue.duplicate_of.filter(|id| !hidden.contains(id));
        issue.parent_issue_id = issue.parent_issue_id.filter(|id| !hidden.contains(id));
        if let Some(resolution) = issue.resolution.as_mut().filter(|_| !untold.is_empty()) {
            resolution.reason = without_references(&resolution.reason, &untold, &issue.reference);
        }
    }
    Ok(())
}

async fn untold_among(
    conn: &impl store::Connection,
    call: Option<&Call>,
    partnership_id: PartnershipId,
    texts: Vec<&str>,
) -> Result<BTreeSet<String>, Error> {
    let named: BTreeSet<String> = texts.into_iter().flat_map(references_in).map(str::to_owned).collect();
    let mut named: Vec<String> = named.into_iter().collect();
    let unasked = named.split_off(named.len().min(MOST_NAMED));
    let mut held_back = store::issue::held_back_of_references(conn, partnership_id, &named).await?;
    held_back.retain(|issue| !call.is_some_and(|call| deals_with(call, issue)));
    Ok(held_back.into_iter().map(|issue| issue.reference).chain(unasked).collect())
}
