//! Sealing what is plain, from before there were keys, and sealing anew what an older key sealed.

use std::collections::BTreeMap;

use pathfinder_kit::seal::Round;
use pathfinder_kit::{Begun, Call, Failure};
use pathfinder_terms::{PartnershipId, ReporterId};

use super::App;
use crate::error::Error;
use crate::store;
use crate::store::contact::Safe;

/// How many rows are sealed in one transaction.
const PER_ROUND: u64 = 100;

impl App {
    /// What seals contact details.
    pub(super) fn safe(&self) -> Safe<'_> {
        Safe { sealer: &self.sealer, ids: self.host.ids() }
    }

    /// Makes sure that everything sealed can be opened, before anything is served.
    ///
    /// # Errors
    ///
    /// `INVALID_REQUEST` naming the keys that are missing; database failures.
    pub(crate) async fn check_keys(&self) -> Result<(), Failure> {
        let used = store::contact::key_ids(self.host.reader()).await?;
        self.sealer.demand_keys("Contact details", used)
    }

    /// Seals everything that is not sealed with the first key. Answers how much. What cannot be opened is logged and left as it is.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub(crate) async fn seal_contacts(&self) -> Result<usize, Failure> {
        let call = Call::background(&self.host, "sealing");
        let some = |after| self.seal_some(&call, after);
        self.host.seal_in_rounds("contact details", some).await
    }

    async fn seal_some(&self, call: &Call, after: Option<ReporterId>) -> Result<Round<ReporterId>, Error> {
        let none_left = store::contact::to_seal(self.host.reader(), self.safe(), after, 1).await?.is_empty();
        let mut round = Round::default();
        if none_left {
            return Ok(round);
        }
        let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok(round) };
        let mut sealed: BTreeMap<PartnershipId, Vec<ReporterId>> = BTreeMap::new();
        for kept in store::contact::to_seal(unit.tx(), self.safe(), after, PER_ROUND).await? {
            round.last = Some(kept.reporter_id);
            match self.safe().open_all(&kept) {
                Ok(content) => {
                    store::contact::seal_again(unit.tx(), self.safe(), &kept, &content).await?;
                    round.sealed += 1;
                    sealed.entry(kept.partnership_id).or_default().push(kept.reporter_id);
                }
                Err(_) => round.failed += 1,
            }
        }
        for (partnership_id, reporter_ids) in sealed {
            let state = (self.sealer.key_id(), reporter_ids);
            unit.record_quietly("contacts.sealed", Some(partnership_id), partnership_id.0, &state)?;
        }
        unit.commit(()).await?;
        Ok(round)
    }
}
