//! Providers.

use pathfinder_kit::wire::{self, Gather};
use pathfinder_kit::{Failure, etag};
use pathfinder_proto::commitments::v1 as pb;

use super::words::{OnWire as _, word};
use super::{id_to_wire, maybe_said, refusal, said};
use crate::app::UpdateProvider;
use crate::domain::{NewProvider, Provider, ProviderChange, Responsibility};

impl TryFrom<pb::CreateProviderRequest> for NewProvider {
    type Error = Failure;

    fn try_from(message: pb::CreateProviderRequest) -> Result<Self, Failure> {
        let mut gather = Gather::default();
        let partnership_id = gather.take(wire::id("partnership_id", &message.partnership_id));
        let name = gather.take(said("name", &message.name));
        let kind = gather.take(word("kind", message.kind));
        let parent_id = gather.take(wire::optional_id("parent_provider_id", &message.parent_provider_id));
        let (Some(partnership_id), Some(name), Some(kind), Some(parent_id)) = (partnership_id, name, kind, parent_id)
        else {
            return Err(refusal(gather));
        };
        Ok(Self { partnership_id, name, kind, parent_id, responsibilities: responsibilities(message.responsibilities) })
    }
}

impl TryFrom<pb::UpdateProviderRequest> for UpdateProvider {
    type Error = Failure;

    fn try_from(message: pb::UpdateProviderRequest) -> Result<Self, Failure> {
        let partnership_id = wire::id("partnership_id", &message.partnership_id)?;
        let id = wire::id("provider_id", &message.provider_id)?;
        let parent = message.parent_provider_id.as_deref();
        let change = ProviderChange {
            name: message.name.as_deref().map(|name| said("name", name)).transpose()?,
            kind: message.kind.map(|kind| word("kind", kind)).transpose()?,
            parent_id: parent.map(|id| wire::optional_id("parent_provider_id", id)).transpose()?,
            responsibilities: message.responsibilities.map(|list| responsibilities(list.items)),
            active: message.active,
        };
        Ok(Self { partnership_id, id, change, etag: message.etag })
    }
}

fn responsibilities(items: Vec<pb::Responsibility>) -> Vec<Responsibility> {
    let read =
        |item: pb::Responsibility| Responsibility { category_code: item.category_code, area: maybe_said(&item.area) };
    items.into_iter().map(read).collect()
}

impl From<Provider> for pb::Provider {
    fn from(provider: Provider) -> Self {
        let status = if provider.active { pb::ProviderStatus::Active } else { pb::ProviderStatus::Inactive };
        let responsibility = |own: Responsibility| pb::Responsibility {
            category_code: own.category_code,
            area: own.area.unwrap_or_default(),
        };
        Self {
            provider_id: provider.id.to_string(),
            partnership_id: provider.partnership_id.to_string(),
            name: provider.name,
            kind: provider.kind.to_wire(),
            parent_provider_id: id_to_wire(provider.parent_id),
            responsibilities: provider.responsibilities.into_iter().map(responsibility).collect(),
            status: status.into(),
            create_time: Some(wire::timestamp(provider.create_time)),
            update_time: Some(wire::timestamp(provider.update_time)),
            etag: etag::of(provider.version),
        }
    }
}
