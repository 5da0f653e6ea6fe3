//! Sealing what is plain, from before there were keys, and sealing anew what an older key sealed.

use std::collections::BTreeSet;

use pathfinder_kit::seal::Round;
use pathfinder_kit::{Begun, Call, Failure, Host, Unit, retrying};
use uuid::Uuid;

use super::App;
use crate::domain::{Digest, SigningKey};
use crate::store::{self, Safe};

/// How many addresses are sealed in one transaction.
const PER_ROUND: u64 = 100;

/// Makes sure that everything sealed can be opened, before anything is served.
///
/// # Errors
///
/// `INVALID_REQUEST` naming the keys that are missing; when the database fails.
pub(super) async fn check_keys(host: &Host, safe: Safe<'_>) -> Result<(), Failure> {
    let keys = store::key::list(host.reader()).await?;
    let mut used: BTreeSet<String> = store::person::key_ids(host.reader()).await?.into_iter().collect();
    used.extend(keys.iter().filter_map(store::key::sealed_with).map(str::to_owned));
    safe.sealer.demand_keys("Addresses and signing keys", used)
}

impl App {
    /// Seals everything that is not sealed with the first key. Answers how much. What cannot be opened is logged and left as it is.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub(crate) async fn seal_again(&self) -> Result<usize, Failure> {
        let call = Call::background(&self.host, "sealing");
        let seeds = retrying(|| self.seal_seeds(&call)).await?;
        let addresses = self.host.seal_in_rounds("addresses", |after| self.seal_some(&call, after)).await?;
        Ok(seeds + addresses)
    }

    async fn seal_seeds(&self, call: &Call) -> Result<usize, Failure> {
        let first = Some(self.sealer.key_id());
        let mut keys = store::key::list(self.host.reader()).await?;
        keys.retain(|key| store::key::sealed_with(key) != first);
        if keys.is_empty() {
            return Ok(0);
        }
        let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok(0) };
        for key in &keys {
            store::key::seal_again(unit.tx(), self.safe(), key).await?;
        }
        self.record_sealing(&mut unit, "signing_keys.sealed", keys.iter().map(SigningKey::subject_id).collect())?;
        unit.commit(()).await?;
        Ok(keys.len())
    }

    async fn seal_some(&self, call: &Call, after: Option<Uuid>) -> Result<Round<Uuid>, Failure> {
        let none_left = store::person::to_seal(self.host.reader(), self.safe(), after, 1).await?.is_empty();
        let mut round = Round::default();
        if none_left {
            return Ok(round);
        }
        let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok(round) };
        let mut sealed = Vec::new();
        for kept in store::person::to_seal(unit.tx(), self.safe(), after, PER_ROUND).await? {
            round.last = Some(kept.person_id);
            if store::person::seal_again(unit.tx(), self.safe(), &kept).await? {
                sealed.push(kept.person_id);
            } else {
                round.failed += 1;
            }
        }
        round.sealed = sealed.len();
        self.record_sealing(&mut unit, "addresses.sealed", sealed)?;
        unit.commit(()).await?;
        Ok(round)
    }

    /// Records what was sealed, and with which key. It is no change of what was sealed, so it stands under an id of its own.
    fn record_sealing(&self, unit: &mut Unit, kind: &str, sealed: Vec<Uuid>) -> Result<(), Failure> {
        if sealed.is_empty() {
            return Ok(());
        }
        unit.record_quietly(kind, None, Digest::of(kind).id(), &(self.sealer.key_id(), sealed))
    }
}
