//! What is said of an issue may name another that is hidden since: what it repeats, or what repeats it. Its reference is left out where that is
//! read by those who may not know of it, and stands there again once it is shown.

use std::collections::BTreeSet;

use pathfinder_kit::Call;
use pathfinder_terms::{IssueId, PartnershipId};

use super::App;
use super::read::deals_with;
use crate::domain::hiding::{references_in, without_references};
use crate::domain::{Issue, Notice};
use crate::error::Error;
use crate::store;

impl App {
    /// The references in some texts that are not for this reader; without a call, not for everybody.
    pub(super) async fn untold(
        &self,
        call: Option<&Call>,
        partnership_id: PartnershipId,
        texts: Vec<&str>,
    ) -> Result<BTreeSet<String>, Error> {
        let named: BTreeSet<String> = texts.into_iter().flat_map(references_in).map(str::to_owned).collect();
        if named.is_empty() {
            return Ok(named);
        }
        let named: Vec<String> = named.into_iter().collect();
        let conn = self.host.reader();
        let mut held_back = store::issue::held_back_of_references(conn, partnership_id, &named).await?;
        held_back.retain(|issue| !call.is_some_and(|call| deals_with(call, issue)));
        Ok(held_back.into_iter().map(|issue| issue.reference).collect())
    }

    /// Leaves them out of what is said of how issues ended.
    pub(super) async fn leave_out_untold(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        issues: &mut [Issue],
    ) -> Result<(), Error> {
        let ended = issues.iter().filter_map(|issue| issue.resolution.as_ref());
        let reasons = ended.map(|resolution| resolution.reason.as_str()).collect();
        let untold = self.untold(Some(call), partnership_id, reasons).await?;
        if untold.is_empty() {
            return Ok(());
        }
        for issue in issues {
            if let Some(resolution) = &mut issue.resolution {
                resolution.reason = without_references(&resolution.reason, &untold, &issue.reference);
            }
        }
        Ok(())
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
