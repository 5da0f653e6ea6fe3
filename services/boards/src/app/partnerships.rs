//! Founding and changing partnerships, and adopting their constitutions.

use chrono::NaiveDate;
use pathfinder_kit::page::Page;
use pathfinder_kit::policy::Subject;
use pathfinder_kit::{Begun, Call, Failure, Reason, etag};
use pathfinder_terms::calendar::local_date;
use pathfinder_terms::{DecisionId, Nation, PartnershipId};
use uuid::Uuid;

use super::{App, Listed, constitution_on, require_carried};
use crate::domain::Refusal;
use crate::domain::constitution::{Constitution, Rules};
use crate::domain::event::Event;
use crate::domain::partnership::{Boundary, Partnership, PartnershipChanges, PartnershipStatus};
use crate::error::Error;
use crate::store::{self, Query};

/// A partnership to found.
#[derive(Debug, Clone)]
pub(crate) struct CreatePartnership {
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) nation: Nation,
    pub(crate) boundary: Boundary,
    pub(crate) ward_codes: Vec<String>,
    pub(crate) accountable_body: String,
    pub(crate) themes: Vec<String>,
    pub(crate) reference_prefix: String,
    pub(crate) demonstration: bool,
}

/// A partnership to change.
#[derive(Debug, Clone)]
pub(crate) struct UpdatePartnership {
    pub(crate) partnership_id: PartnershipId,
    pub(crate) changes: PartnershipChanges,
    pub(crate) etag: String,
}

/// A version of the constitution to adopt.
#[derive(Debug, Clone)]
pub(crate) struct AdoptConstitution {
    pub(crate) partnership_id: PartnershipId,
    pub(crate) effective_from_date: NaiveDate,
    pub(crate) rules: Rules,
    pub(crate) decision_id: Option<DecisionId>,
}

impl App {
    /// Founds a partnership.
    pub(crate) async fn create_partnership(
        &self,
        call: &Call,
        command: &CreatePartnership,
    ) -> Result<Partnership, Error> {
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        let command = command.clone();
        let partnership = Partnership {
            id: self.host.next_id(call.now).into(),
            name: command.name,
            slug: command.slug,
            nation: command.nation,
            boundary: command.boundary,
            ward_codes: command.ward_codes,
            accountable_body: command.accountable_body,
            themes: command.themes,
            reference_prefix: command.reference_prefix,
            status: PartnershipStatus::Active,
            successor: None,
            demonstration: command.demonstration,
            create_time: call.now,
            update_time: call.now,
            version: 1,
        };
        let taken = format!(
            "The partnership was not created: the slug {} or the reference prefix {} is taken.",
            partnership.slug, partnership.reference_prefix
        );
        store::partnership::insert(unit.tx(), &partnership).await.map_err(|failure| where_taken(failure, taken))?;
        unit.record(&Event::from(&partnership), &partnership)?;
        Ok(unit.commit(partnership).await?)
    }

    /// Reads a partnership.
    pub(crate) async fn get_partnership(&self, id: PartnershipId) -> Result<Partnership, Error> {
        Ok(store::partnership::get(self.host.reader(), id).await?)
    }

    /// Lists partnerships.
    pub(crate) async fn list_partnerships(&self, filter: &str, page: &Page<Uuid>) -> Listed<Partnership> {
        let query = Query { filter, after: page.after, limit: page.size + 1 };
        let rows = store::partnership::list(self.host.reader(), query).await?;
        Ok(page.close(rows, |partnership| partnership.id.0)?)
    }

    /// Changes a partnership, or archives it.
    pub(crate) async fn update_partnership(
        &self,
        call: &Call,
        command: &UpdatePartnership,
    ) -> Result<Partnership, Error> {
        if command.changes.archive.is_some() {
            call.permit_act("ArchivePartnership", &Subject::within(Some(command.partnership_id)))?;
        }
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        let mut partnership = store::partnership::get(unit.tx(), command.partnership_id).await?;
        etag::check(&command.etag, partnership.version)?;
        if let Some(successor) = command.changes.archive.and_then(|archive| archive.successor) {
            store::partnership::get(unit.tx(), successor).await?;
        }
        partnership.change(command.changes.clone(), call.now)?;
        store::partnership::update(unit.tx(), &mut partnership).await?;
        unit.record(&Event::from(&partnership), &partnership)?;
        Ok(unit.commit(partnership).await?)
    }

    /// Adopts a version of the constitution.
    pub(crate) async fn adopt_constitution(
        &self,
        call: &Call,
        command: &AdoptConstitution,
    ) -> Result<Constitution, Error> {
        let partnership_id = command.partnership_id;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answer) => return Ok(answer),
            Begun::Fresh(unit) => unit,
        };
        store::partnership::get(unit.tx(), partnership_id).await?.require_active()?;
        require_carried(unit.tx(), partnership_id, command.decision_id).await?;
        // The first needs no decision: until there is one, the board decides nothing.
        if let Some(in_force) =
            store::constitution::find_in_force(unit.tx(), partnership_id, local_date(call.now)).await?
        {
            in_force.require_decision(command.decision_id)?;
        }
        let faults = command.rules.faults();
        if !faults.is_empty() {
            return Err(Refusal::Invalid(faults).into());
        }
        let constitution = Constitution {
            id: self.host.next_id(call.now).into(),
            partnership_id,
            effective_from_date: command.effective_from_date,
            rules: command.rules.clone(),
            decision_id: command.decision_id,
            create_time: call.now,
        };
        let taken = format!(
            "The constitution was not adopted: another version takes effect on {}. Choose another date.",
            constitution.effective_from_date
        );
        store::constitution::insert(unit.tx(), &constitution).await.map_err(|failure| where_taken(failure, taken))?;
        unit.record(&Event::from(&constitution), &constitution)?;
        Ok(unit.commit(constitution).await?)
    }

    /// Reads the constitution in force on a day, by default today.
    pub(crate) async fn get_constitution(
        &self,
        call: &Call,
        id: PartnershipId,
        on: Option<NaiveDate>,
    ) -> Result<Constitution, Error> {
        self.require_partnership(id).await?;
        constitution_on(self.host.reader(), id, on.unwrap_or_else(|| local_date(call.now))).await
    }

    /// Lists every version of the constitution.
    pub(crate) async fn list_constitutions(&self, id: PartnershipId, page: &Page<NaiveDate>) -> Listed<Constitution> {
        self.require_partnership(id).await?;
        let query = Query { filter: "", after: page.after, limit: page.size + 1 };
        let rows = store::constitution::list(self.host.reader(), id, query).await?;
        Ok(page.close(rows, |constitution| constitution.effective_from_date)?)
    }
}

/// Says which unique value is taken, where that is the failure.
fn where_taken(failure: Failure, message: String) -> Failure {
    if failure.reason() == Reason::AlreadyExists {
        Failure::new(Reason::AlreadyExists, message).because(failure)
    } else {
        failure
    }
}
