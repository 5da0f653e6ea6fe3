//! Keeping standards, and answering which one holds.

use chrono::{DateTime, Utc};
use pathfinder_kit::page::Page;
use pathfinder_kit::{Begun, Call, Unit, etag};
use pathfinder_terms::calendar::local_date;
use pathfinder_terms::{PartnershipId, ProviderId, StandardId};
use uuid::Uuid;

use super::App;
use crate::domain::{Event, Measure, NewStandard, Standard, StandardCase, StandardTerms, applicable};
use crate::error::Error;
use crate::store::{self, Cut};

/// Asks for the next version of a standard.
#[derive(Debug, Clone)]
pub(crate) struct ReviseStandard {
    /// Its partnership.
    pub(crate) partnership_id: PartnershipId,
    /// The latest version.
    pub(crate) id: StandardId,
    /// What the next says.
    pub(crate) terms: StandardTerms,
    /// The etag that was read; empty for no check.
    pub(crate) etag: String,
}

/// Asks which standard an issue is held to.
#[derive(Debug, Clone)]
pub(crate) struct FindStandard {
    /// The partnership.
    pub(crate) partnership_id: PartnershipId,
    /// The provider that answers for the issue.
    pub(crate) provider_id: ProviderId,
    /// Its category.
    pub(crate) category_code: String,
    /// When it was reported; none for now.
    pub(crate) at: Option<DateTime<Utc>>,
    /// Of which time; none for a resolution time before a response time.
    pub(crate) measure: Option<Measure>,
}

impl App {
    /// Records the first version of a standard.
    pub(crate) async fn create_standard(&self, call: &Call, command: &NewStandard) -> Result<Standard, Error> {
        let partnership = self.partnership(command.partnership_id).await?;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        partnership.require_active()?;
        store::provider::get(unit.tx(), command.partnership_id, command.provider_id).await?.require_active()?;
        let standard = Standard::first(command.clone(), self.host.next_id(call.now).into(), call.now)?;
        require_unpledged(&unit, &standard).await?;
        store::standard::insert(unit.tx(), &standard).await?;
        unit.record(&Event::from(&standard), &standard)?;
        Ok(unit.commit(standard).await?)
    }

    /// Records the next version of a standard.
    pub(crate) async fn revise_standard(&self, call: &Call, command: &ReviseStandard) -> Result<Standard, Error> {
        let partnership = self.partnership(command.partnership_id).await?;
        let moment = self.moment(call, &partnership);
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        partnership.require_active()?;
        let mut old = store::standard::get(unit.tx(), command.partnership_id, command.id).await?;
        let read_version = old.version;
        etag::check(&command.etag, read_version)?;
        let new = old.revise(command.terms.clone(), self.host.next_id(call.now).into(), &moment)?;
        store::standard::update(unit.tx(), &old, read_version).await?;
        store::standard::insert(unit.tx(), &new).await?;
        unit.record(&Event::from(&old), &old)?;
        unit.record(&Event::from(&new), &new)?;
        Ok(unit.commit(new).await?)
    }

    /// One version of a standard.
    pub(crate) async fn get_standard(&self, partnership_id: PartnershipId, id: StandardId) -> Result<Standard, Error> {
        store::standard::get(self.host.reader(), partnership_id, id).await
    }

    /// A page of standards, every version, newest first, with the token of the next.
    pub(crate) async fn list_standards(
        &self,
        partnership_id: PartnershipId,
        filter: &str,
        page: &Page<Uuid>,
    ) -> Result<(Vec<Standard>, String), Error> {
        self.partnership(partnership_id).await?;
        let cut = Cut { filter, after: page.after, limit: page.size + 1 };
        let standards = store::standard::list(self.host.reader(), partnership_id, cut).await?;
        Ok(page.close(standards, |standard| standard.id.0)?)
    }

    /// The version of a standard that an issue is held to.
    pub(crate) async fn find_applicable_standard(&self, call: &Call, query: &FindStandard) -> Result<Standard, Error> {
        let date = local_date(query.at.unwrap_or(call.now));
        let FindStandard { partnership_id, provider_id, category_code, .. } = query;
        let reader = self.host.reader();
        let in_force =
            store::standard::list_in_force(reader, *partnership_id, *provider_id, category_code, date).await?;
        applicable(in_force, date, query.measure)
            .ok_or_else(|| Error::NoStandard { category_code: category_code.clone() })
    }

    /// A page of the issues held to a version of a standard, newest first, with the token of the next.
    pub(crate) async fn list_standard_cases(
        &self,
        partnership_id: PartnershipId,
        standard_id: StandardId,
        filter: &str,
        page: &Page<Uuid>,
    ) -> Result<(Vec<StandardCase>, String), Error> {
        self.partnership(partnership_id).await?;
        store::standard::get(self.host.reader(), partnership_id, standard_id).await?;
        let cut = Cut { filter, after: page.after, limit: page.size + 1 };
        let cases = store::case::list(self.host.reader(), partnership_id, standard_id, cut).await?;
        Ok(page.close(cases, |case| case.issue_id.0)?)
    }
}

/// Demands that no standard has the code, and that none measures the same of the provider and category.
async fn require_unpledged(unit: &Unit, standard: &Standard) -> Result<(), Error> {
    let Standard { partnership_id, provider_id, category_code, code, .. } = standard;
    if store::standard::code_is_taken(unit.tx(), *partnership_id, code).await? {
        return Err(Error::StandardCodeTaken { code: code.clone() });
    }
    let measure = standard.terms.measure;
    let other =
        store::standard::find_measuring(unit.tx(), *partnership_id, *provider_id, category_code, measure).await?;
    other.map_or(Ok(()), |other| Err(Error::StandardOverlaps { code: other.code, measure: measure.word() }))
}
