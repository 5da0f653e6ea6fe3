//! Keeping providers.

use pathfinder_kit::page::Page;
use pathfinder_kit::{Begun, Call, Unit, etag};
use pathfinder_terms::{PartnershipId, ProviderId};
use uuid::Uuid;

use super::App;
use crate::domain::{Event, NewProvider, Provider, ProviderChange};
use crate::error::Error;
use crate::store::{self, Cut};

/// How far up the parents of a provider are followed.
const MOST_ANCESTORS: usize = 20;

/// Asks to change a provider.
#[derive(Debug, Clone)]
pub(crate) struct UpdateProvider {
    /// Its partnership.
    pub(crate) partnership_id: PartnershipId,
    /// Its id.
    pub(crate) id: ProviderId,
    /// What changes.
    pub(crate) change: ProviderChange,
    /// The etag that was read; empty for no check.
    pub(crate) etag: String,
}

impl App {
    /// Records a provider.
    pub(crate) async fn create_provider(&self, call: &Call, command: &NewProvider) -> Result<Provider, Error> {
        let partnership = self.partnership(command.partnership_id).await?;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        partnership.require_active()?;
        if let Some(parent) = command.parent_id {
            store::provider::get(unit.tx(), command.partnership_id, parent).await?;
        }
        require_free_name(&unit, command.partnership_id, &command.name, None).await?;
        let provider = Provider::record(command.clone(), self.host.next_id(call.now).into(), call.now);
        store::provider::insert(unit.tx(), &provider).await?;
        unit.record(&Event::from(&provider), &provider)?;
        Ok(unit.commit(provider).await?)
    }

    /// Changes a provider.
    pub(crate) async fn update_provider(&self, call: &Call, command: &UpdateProvider) -> Result<Provider, Error> {
        let partnership = self.partnership(command.partnership_id).await?;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        partnership.require_active()?;
        let mut provider = store::provider::get(unit.tx(), command.partnership_id, command.id).await?;
        let read_version = provider.version;
        etag::check(&command.etag, read_version)?;
        if let Some(name) = &command.change.name {
            require_free_name(&unit, command.partnership_id, name, Some(provider.id)).await?;
        }
        let ancestors = match command.change.parent_id {
            Some(Some(parent)) => ancestors(&unit, command.partnership_id, parent).await?,
            Some(None) | None => Vec::new(),
        };
        provider.change(command.change.clone(), &ancestors, call.now)?;
        store::provider::update(unit.tx(), &provider, read_version).await?;
        unit.record(&Event::from(&provider), &provider)?;
        Ok(unit.commit(provider).await?)
    }

    /// One provider.
    pub(crate) async fn get_provider(&self, partnership_id: PartnershipId, id: ProviderId) -> Result<Provider, Error> {
        store::provider::get(self.host.reader(), partnership_id, id).await
    }

    /// A page of providers, newest first, with the token of the next.
    pub(crate) async fn list_providers(
        &self,
        partnership_id: PartnershipId,
        filter: &str,
        page: &Page<Uuid>,
    ) -> Result<(Vec<Provider>, String), Error> {
        self.partnership(partnership_id).await?;
        let cut = Cut { filter, after: page.after, limit: page.size + 1 };
        let providers = store::provider::list(self.host.reader(), partnership_id, cut).await?;
        Ok(page.close(providers, |provider| provider.id.0)?)
    }
}

async fn require_free_name(
    unit: &Unit,
    partnership_id: PartnershipId,
    name: &str,
    own: Option<ProviderId>,
) -> Result<(), Error> {
    if store::provider::name_is_taken(unit.tx(), partnership_id, name, own).await? {
        return Err(Error::ProviderNameTaken { name: name.to_owned() });
    }
    Ok(())
}

/// A provider and all that it is a part of, nearest first.
async fn ancestors(unit: &Unit, partnership_id: PartnershipId, first: ProviderId) -> Result<Vec<ProviderId>, Error> {
    let mut chain = Vec::new();
    let mut next = Some(first);
    while let Some(id) = next.filter(|id| chain.len() < MOST_ANCESTORS && !chain.contains(id)) {
        chain.push(id);
        next = store::provider::get(unit.tx(), partnership_id, id).await?.parent_id;
    }
    Ok(chain)
}
