//! Keeping categories.

use pathfinder_kit::filter::{Field, Kind};
use pathfinder_kit::page::Page;
use pathfinder_kit::{Begun, Call, Failure, Reason, Violation, etag, filter};
use pathfinder_terms::{CategoryId, PartnershipId};

use super::App;
use crate::domain::category::CategoryChange;
use crate::domain::issue::IssueKind;
use crate::domain::{Category, Event};
use crate::error::Error;
use crate::store;

const FIELDS: &[Field] = &[
    Field::new("code", "code", Kind::Text),
    Field::new("name", "name", Kind::Text),
    Field::new("group_name", "group_name", Kind::Text),
    Field::new("theme", "theme", Kind::Text),
    Field::new("kind", "kind", Kind::Word(IssueKind::WORDS)),
    Field::new("retired", "retired", Kind::Flag),
];

/// A new category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CreateCategory {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The code.
    pub code: String,
    /// The name.
    pub name: String,
    /// What else there is to say of it.
    pub rest: CategoryChange,
}

/// A change of a category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UpdateCategory {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The category.
    pub category_id: CategoryId,
    /// What to change.
    pub change: CategoryChange,
    /// The version that was read; empty for any.
    pub etag: String,
}

impl App {
    /// Adds a category.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `INVALID_REQUEST`, `NOT_FOUND`, `ALREADY_EXISTS`, `REQUEST_ID_REUSED`, `PEER_UNAVAILABLE`.
    pub(crate) async fn create_category(&self, call: &Call, command: &CreateCategory) -> Result<Category, Error> {
        self.partnership(command.partnership_id).await?;
        let CreateCategory { partnership_id, code, name, rest } = command.clone();
        let mut category = Category::new(CategoryId(uuid::Uuid::nil()), partnership_id, code, name, call.now);
        category.fill(&rest);
        check(&category)?;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(category) => return Ok(category),
            Begun::Fresh(unit) => unit,
        };
        store::known::lock_partnership(unit.tx(), command.partnership_id).await?;
        let category = Category { id: CategoryId(self.host.next_id(call.now)), ..category };
        let same = store::category::find_by_code(unit.tx(), command.partnership_id, &command.code).await?;
        if let Some(same) = same {
            let message = format!("There is a category with the code {} already.", same.code);
            return Err(Failure::new(Reason::AlreadyExists, message).with("category_id", same.id).into());
        }
        store::category::insert(unit.tx(), &category).await?;
        unit.record(&changed(&category), &category)?;
        Ok(unit.commit(category).await?)
    }

    /// One category.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND`.
    pub(crate) async fn get_category(&self, partnership_id: PartnershipId, id: CategoryId) -> Result<Category, Error> {
        let found = store::category::find(self.host.reader(), partnership_id, id).await?;
        Ok(found.ok_or_else(|| Failure::not_found("category", id))?)
    }

    /// A page of categories, by code.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` (the partnership), `FILTER_INVALID`, `PAGE_TOKEN_INVALID`, `PEER_UNAVAILABLE`.
    pub(crate) async fn list_categories(
        &self,
        partnership_id: PartnershipId,
        page_size: i32,
        page_token: &str,
        filter: &str,
    ) -> Result<(Vec<Category>, String), Error> {
        let condition = filter::condition(filter, store::category::TABLE, FIELDS)?;
        let query = ("ListCategories", partnership_id, filter);
        let page = Page::<String>::open(page_size, page_token, &query)?;
        let (after, limit) = (page.after.clone(), page.size + 1);
        self.partnership(partnership_id).await?;
        let rows = store::category::list(self.host.reader(), partnership_id, condition, after, limit).await?;
        Ok(page.close(rows, |category| category.code.clone())?)
    }

    /// Changes or retires a category. One that becomes one of homes has its issues blurred; one that is one no more has no others blurred.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `INVALID_REQUEST`, `NOT_FOUND`, `ETAG_MISMATCH`, `REQUEST_ID_REUSED`, `PEER_UNAVAILABLE`.
    pub(crate) async fn update_category(&self, call: &Call, command: &UpdateCategory) -> Result<Category, Error> {
        let calendar = match command.change.domestic {
            Some(true) => Some(self.calendar(command.partnership_id).await?),
            Some(false) | None => None,
        };
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(category) => return Ok(category),
            Begun::Fresh(unit) => unit,
        };
        let found = store::category::find_for_update(unit.tx(), command.partnership_id, command.category_id).await?;
        let mut category = found.ok_or_else(|| Failure::not_found("category", command.category_id))?;
        etag::check(&command.etag, category.version)?;
        let was_domestic = category.domestic;
        category.change(&command.change, call.now);
        check(&category)?;
        store::category::update(unit.tx(), &category).await?;
        unit.record(&changed(&category), &category)?;
        if let Some(calendar) = calendar.filter(|_| !was_domestic) {
            self.begin_to_blur(&mut unit, call, &calendar, &category).await?;
        }
        if was_domestic && !category.domestic {
            store::category::set_blur_time(unit.tx(), &category, None).await?;
        }
        Ok(unit.commit(category).await?)
    }
}

fn check(category: &Category) -> Result<(), Failure> {
    let violations: Vec<Violation> =
        category.flaws().into_iter().map(|flaw| Violation::new(flaw.path, flaw.text)).collect();
    if violations.is_empty() { Ok(()) } else { Err(Failure::invalid(violations)) }
}

/// What others are told of a category.
pub(super) fn changed(category: &Category) -> Event {
    Event::CategoryChanged {
        partnership_id: category.partnership_id,
        category_id: category.id,
        code: category.code.clone(),
        name: category.name.clone(),
        retired: category.retired,
    }
}
