//! Bringing in existing cases: up to 500 rows in one transaction, each table written in a few statements.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pathfinder_kit::{Begun, Call, Unit};
use pathfinder_terms::{CategoryId, IssueId, PartnershipId};
use serde::{Deserialize, Serialize};

use super::App;
use super::author::Author;
use super::categories;
use super::write::{Writing, events_of_new};
use crate::domain::history::Entry;
use crate::domain::import::{Grounds, ImportRow, KeptRow, Providers, ReportIds, RowFlaw, judge};
use crate::domain::known::KnownPartnership;
use crate::domain::{Category, Issue, reference};
use crate::error::Error;
use crate::store;

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RowOutcome {
    /// The issue is there now; what is odd about it.
    Created(IssueId, Vec<String>),
    /// It was there before.
    Unchanged(IssueId),
    /// Everything that is wrong with it.
    Refused(Vec<RowFlaw>),
}

/// What became of the rows, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ImportReport {
    /// Line, external id and outcome of each row.
    pub outcomes: Vec<(i32, String, RowOutcome)>,
    /// The codes of the categories that were created.
    pub created_category_codes: Vec<String>,
}

impl App {
    /// Brings in existing cases.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND` (the partnership), `PARTNERSHIP_ARCHIVED`, `PEER_UNAVAILABLE`. What is wrong with a row is reported, not failed
    /// on.
    pub(crate) async fn batch_import_issues(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        rows: &[ImportRow],
    ) -> Result<ImportReport, Error> {
        let partnership = self.partnership(partnership_id).await?;
        partnership.check_open()?;
        let calendar = self.calendar_of(&partnership);
        let providers = self.providers_by_name(partnership_id).await?;
        let grounds = Grounds { held_words: &self.settings.held_words, providers: &providers, now: call.now };
        let judged: Vec<_> = rows.iter().map(|row| judge(row, grounds)).collect();
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(report) => return Ok(report),
            Begun::Fresh(unit) => unit,
        };
        store::known::lock_partnership(unit.tx(), partnership_id).await?;
        let kept = || judged.iter().filter_map(|row| row.as_ref().ok());
        let external_ids = kept().map(|row| row.external_id.clone()).collect();
        let known = store::issue::known_external_ids(unit.tx(), partnership_id, external_ids).await?;
        let mut known: HashMap<String, IssueId> = known.into_iter().collect();
        let (by_code, created_category_codes) = self.ensure_categories(&mut unit, partnership_id, kept()).await?;
        let writing = self.writing(call, &calendar, Author::other_system(call));
        let mut batch = Batch {
            writing: &writing,
            categories: by_code,
            numbers: numbers(&unit, &partnership, kept().filter(|row| !known.contains_key(&row.external_id))).await?,
            partnership,
            issues: Vec::new(),
            entries: Vec::new(),
        };

        let mut report = ImportReport { outcomes: Vec::with_capacity(rows.len()), created_category_codes };
        for (row, judged) in rows.iter().zip(judged) {
            let outcome = match judged {
                Err(flaws) => RowOutcome::Refused(flaws),
                Ok(kept) => match known.get(&kept.external_id) {
                    Some(issue_id) => RowOutcome::Unchanged(*issue_id),
                    None => {
                        let (issue_id, notes) = batch.add(kept);
                        known.insert(row.external_id.clone(), issue_id);
                        RowOutcome::Created(issue_id, notes)
                    }
                },
            };
            report.outcomes.push((row.line, row.external_id.clone(), outcome));
        }
        batch.write(&mut unit).await?;
        Ok(unit.commit(report).await?)
    }

    /// The providers that may answer for what is brought in.
    async fn providers_by_name(&self, partnership_id: PartnershipId) -> Result<Providers, Error> {
        let providers = store::known::providers_of(self.host.reader(), partnership_id).await?;
        let active = providers.into_iter().filter(|provider| provider.active);
        Ok(active.map(|provider| (provider.name.to_lowercase(), provider)).collect())
    }

    /// Creates the categories that are missing. Answers each by its code, and the codes of the new ones.
    async fn ensure_categories(
        &self,
        unit: &mut Unit,
        partnership_id: PartnershipId,
        rows: impl Iterator<Item = &KeptRow>,
    ) -> Result<(HashMap<String, Category>, Vec<String>), Error> {
        let wanted: BTreeMap<&str, &str> =
            rows.map(|row| (row.category_code.as_str(), row.category_name.as_str())).collect();
        let codes = wanted.keys().map(|code| (*code).to_owned()).collect();
        let there = store::category::of_codes(unit.tx(), partnership_id, codes).await?;
        let mut by_code: HashMap<String, Category> =
            there.into_iter().map(|category| (category.code.clone(), category)).collect();
        let mut created = Vec::new();
        let now = unit.call().now;
        for (code, name) in wanted {
            if by_code.contains_key(code) {
                continue;
            }
            let id = CategoryId(self.host.next_id(now));
            let category = Category::new(id, partnership_id, code.to_owned(), name.to_owned(), now);
            store::category::insert(unit.tx(), &category).await?;
            unit.record(&categories::changed(&category), &category)?;
            by_code.insert(code.to_owned(), category);
            created.push(code.to_owned());
        }
        Ok((by_code, created))
    }
}

/// The rows of one call on their way to the tables.
struct Batch<'a> {
    writing: &'a Writing<'a>,
    partnership: KnownPartnership,
    categories: HashMap<String, Category>,
    numbers: HashMap<i32, i64>,
    issues: Vec<Issue>,
    entries: Vec<Entry>,
}

impl Batch<'_> {
    fn add(&mut self, mut row: KeptRow) -> (IssueId, Vec<String>) {
        let now = self.writing.call.now;
        let notes = std::mem::take(&mut row.notes);
        if let Some(category) = self.categories.get(&row.category_code) {
            row.category_name.clone_from(&category.name);
            row.location = std::mem::take(&mut row.location).judged(category.domestic);
        }
        let year = reference::year_of(row.report_time);
        let number = self.numbers.entry(year).or_insert(1);
        let ids = ReportIds {
            id: IssueId(self.writing.host.next_id(now)),
            partnership_id: self.partnership.id,
            reference: reference::reference(&self.partnership.reference_prefix, year, *number),
        };
        *number += 1;
        let (mut issue, mut steps) = row.into_issue(ids, now);
        issue.settle(self.writing.calendar, now, &mut steps);
        self.entries.extend(self.writing.entries(&issue, &steps));
        let id = issue.id;
        self.issues.push(issue);
        (id, notes)
    }

    async fn write(self, unit: &mut Unit) -> Result<(), Error> {
        let now = self.writing.call.now;
        store::issue::insert_many(unit.tx(), &self.issues, now).await?;
        store::history::insert_many(unit.tx(), self.entries).await?;
        for issue in &self.issues {
            for event in events_of_new(issue, now) {
                unit.record(&event, issue)?;
            }
        }
        Ok(())
    }
}

/// The first number for the new issues of each year.
async fn numbers(
    unit: &Unit,
    partnership: &KnownPartnership,
    rows: impl Iterator<Item = &KeptRow>,
) -> Result<HashMap<i32, i64>, Error> {
    let mut counts: BTreeMap<i32, i64> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for row in rows {
        if seen.insert(row.external_id.as_str()) {
            *counts.entry(reference::year_of(row.report_time)).or_default() += 1;
        }
    }
    let mut firsts = HashMap::new();
    for (year, count) in counts {
        firsts.insert(year, store::reference::take(unit.tx(), partnership.id, year, count).await?);
    }
    Ok(firsts)
}
