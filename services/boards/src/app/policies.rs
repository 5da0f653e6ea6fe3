//! The policies that a partnership has of its own, beyond those of the installation. The kit reads and judges by them; here they are set.

use pathfinder_kit::policy::kept::{self, OwnPolicies};
use pathfinder_kit::{Begun, Call, etag};
use pathfinder_terms::PartnershipId;

use super::App;
use crate::domain::event::{Event, PoliciesChanged};
use crate::error::Error;
use crate::store;

/// Policies to set in place of those before.
#[derive(Debug, Clone)]
pub(crate) struct SetPolicies {
    pub(crate) partnership_id: PartnershipId,
    pub(crate) text: String,
    pub(crate) etag: String,
}

impl App {
    /// Sets what the partnership forbids; an empty text takes it away.
    pub(crate) async fn set_policies(&self, call: &Call, command: &SetPolicies) -> Result<OwnPolicies, Error> {
        let partnership_id = command.partnership_id;
        self.host.policies().check_own("text", &command.text)?;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        // Held, so that of two who set them at once the second sees what the first set.
        store::partnership::get_held(unit.tx(), partnership_id).await?.require_active()?;
        let version = kept::find(unit.tx(), partnership_id).await?.map_or(0, |set| set.version);
        etag::check(&command.etag, version)?;
        let set = OwnPolicies { partnership_id, text: command.text.clone(), version: version + 1, set_time: call.now };
        unit.keep_own_policies(&set).await?;
        let event = PoliciesChanged { partnership_id, text: set.text.clone(), version: set.version };
        unit.record(&Event::PoliciesChanged(event), &set)?;
        Ok(unit.commit(set).await?)
    }

    /// Reads what the partnership forbids, if it ever set anything.
    pub(crate) async fn find_policies(&self, id: PartnershipId) -> Result<Option<OwnPolicies>, Error> {
        self.require_partnership(id).await?;
        Ok(kept::find(self.host.reader(), id).await?)
    }
}
