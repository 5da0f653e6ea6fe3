//! Sealing what is plain, from before there were keys, and sealing anew what an older key sealed.

use std::collections::BTreeSet;

use pathfinder_kit::{Begun, Call, Failure, Host, Reason, retrying};
use uuid::Uuid;

use super::App;
use crate::store::{self, Safe};

/// How many addresses are sealed in one transaction.
const PER_ROUND: u64 = 100;

/// What became of some addresses.
#[derive(Debug, Clone, Copy, Default)]
struct Round {
    last: Option<Uuid>,
    sealed: usize,
    failed: usize,
}

/// Makes sure that everything sealed can be opened, before anything is served.
///
/// # Errors
///
/// `INVALID_REQUEST` naming the keys that are missing; when the database fails.
pub(super) async fn check_keys(host: &Host, safe: Safe<'_>) -> Result<(), Failure> {
    let keys = store::key::list(host.reader()).await?;
    let mut used: BTreeSet<String> = store::person::key_ids(host.reader()).await?.into_iter().collect();
    used.extend(keys.iter().filter_map(store::key::sealed_with).map(str::to_owned));
    let missing: Vec<String> = used.into_iter().filter(|key_id| !safe.sealer.knows(key_id)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let missing = missing.join(", ");
    let message = format!(
        "Addresses and signing keys are sealed with keys that were not told: {missing}. Add them to --contact-keys, behind the first."
    );
    Err(Failure::new(Reason::InvalidRequest, message))
}

impl App {
    /// Seals everything that is not sealed with the first key. Answers how much. What cannot be opened is logged and left as it is.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub(crate) async fn seal_again(&self) -> Result<usize, Failure> {
        let call = Call::background(&self.host, "sealing");
        let mut all = Round { sealed: retrying(|| self.seal_seeds(&call)).await?, ..Round::default() };
        while !self.host.shutdown().is_cancelled() {
            let round = retrying(|| self.seal_some(&call, all.last)).await?;
            all.sealed += round.sealed;
            all.failed += round.failed;
            if round.last.is_none() {
                break;
            }
            all.last = round.last;
        }
        if all.failed > 0 {
            tracing::error!(count = all.failed, "addresses could not be opened, and were not sealed anew");
        }
        Ok(all.sealed)
    }

    async fn seal_seeds(&self, call: &Call) -> Result<usize, Failure> {
        let first = Some(self.sealer.key_id());
        let mut keys = store::key::list(self.host.reader()).await?;
        keys.retain(|key| store::key::sealed_with(key) != first);
        if keys.is_empty() {
            return Ok(0);
        }
        let Begun::Fresh(unit) = self.host.begin::<()>(call).await? else { return Ok(0) };
        for key in &keys {
            store::key::seal_again(unit.tx(), self.safe(), key).await?;
        }
        unit.commit(()).await?;
        Ok(keys.len())
    }

    async fn seal_some(&self, call: &Call, after: Option<Uuid>) -> Result<Round, Failure> {
        let none_left = store::person::to_seal(self.host.reader(), self.safe(), after, 1).await?.is_empty();
        let mut round = Round::default();
        if none_left {
            return Ok(round);
        }
        let Begun::Fresh(unit) = self.host.begin::<()>(call).await? else { return Ok(round) };
        for kept in store::person::to_seal(unit.tx(), self.safe(), after, PER_ROUND).await? {
            round.last = Some(kept.person_id);
            let is_sealed = store::person::seal_again(unit.tx(), self.safe(), &kept).await?;
            round.sealed += usize::from(is_sealed);
            round.failed += usize::from(!is_sealed);
        }
        unit.commit(()).await?;
        Ok(round)
    }
}
