//! How satisfied residents are with how an issue was closed, said with their word on whether it is fixed.

use pathfinder_kit::{Call, Unit};

use super::App;
use crate::domain::Issue;
use crate::domain::opinion::{Opinion, Said};
use crate::error::Error;
use crate::store;
use crate::store::reporter::Holder;

impl App {
    /// Keeps what the holder of a token says of the closing that an issue had last, if anything, and marks the issue with it, which is written
    /// afterwards. Answers whether it is something else than they said before.
    pub(super) async fn keep_opinion(
        &self,
        call: &Call,
        unit: &Unit,
        (before, issue): (&Issue, &mut Issue),
        holder: &Holder,
        said: Option<&Said>,
    ) -> Result<bool, Error> {
        let Some(said) = said else { return Ok(false) };
        let (partnership_id, closing) = (before.partnership_id, before.closing());
        let former = store::opinion::find(unit.tx(), partnership_id, before.id, closing, holder.id).await?;
        let disputes = issue.closing() != closing;
        let opinion = Opinion::of(before, holder.id, said, former.clone(), disputes, call.now)?;
        if former.as_ref() == Some(&opinion) {
            return Ok(false);
        }
        issue.satisfaction = Some(opinion.satisfaction);
        let end_time = self.end_of(unit.tx(), issue).await?;
        store::opinion::put(unit.tx(), &opinion, end_time).await?;
        Ok(true)
    }

    /// What was said of the closings of an issue.
    pub(super) async fn opinions_of(
        &self,
        conn: &impl store::Connection,
        issue: &Issue,
    ) -> Result<Vec<Opinion>, Error> {
        if issue.satisfaction.is_none() {
            return Ok(Vec::new());
        }
        Ok(store::opinion::list(conn, issue.partnership_id, issue.id).await?)
    }
}
