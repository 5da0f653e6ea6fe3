//! What the calendar does to commitments: they start, run out and expire, and what is overdue turns amber and red.

use chrono::NaiveDate;
use pathfinder_kit::{Begun, Call, retrying};
use pathfinder_terms::calendar::local_date;
use pathfinder_terms::{CommitmentId, PartnershipId};

use super::App;
use crate::error::Error;
use crate::store;

/// How many commitments are looked at before the timer asks again whether it should stop.
const BATCH: u64 = 100;

impl App {
    /// Looks at open commitments that were not looked at today, each in a transaction of its own, and answers how many it dealt with.
    /// One that cannot be dealt with is left for the next round.
    pub(crate) async fn look_at_calendar(&self) -> Result<usize, Error> {
        let call = Call::background(&self.host, "commitments timer");
        let today = local_date(call.now);
        let mut done = 0;
        for (partnership_id, id) in store::commitment::list_to_look_at(self.host.reader(), today, BATCH).await? {
            match retrying(|| self.look_at(&call, partnership_id, id, today)).await {
                Ok(()) => done += 1,
                Err(failure) => {
                    tracing::warn!(commitment_id = %id, error = %failure, "the calendar could not be asked about a commitment");
                }
            }
        }
        Ok(done)
    }

    async fn look_at(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        id: CommitmentId,
        today: NaiveDate,
    ) -> Result<(), Error> {
        let partnership = self.partnership(partnership_id).await?;
        let moment = self.moment(call, &partnership);
        let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok(()) };
        let mut commitment = store::commitment::get(unit.tx(), partnership_id, id).await?;
        let read_version = commitment.version;
        let rag_before = commitment.standing.rag;
        let steps = commitment.on_day(&moment)?;
        store::commitment::update(unit.tx(), &commitment, read_version, Some(today)).await?;
        if !steps.is_empty() || commitment.standing.rag != rag_before {
            self.tell(&mut unit, &commitment, steps).await?;
        }
        Ok(unit.commit(()).await?)
    }
}
