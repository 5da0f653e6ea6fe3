//! Where partnerships are: their boundaries in memory, which partnerships a place lies in, and whether a report lies in its own.
//!
//! The feed of boards brings boundaries into a table. Each process looks once a second which have changed there, and makes its index
//! anew beside the one that is in use, so that whoever asks never waits. What changed names, or was archived, is read when it is asked.

use arc_swap::ArcSwap;
use pathfinder_kit::policy::Subject;
use pathfinder_kit::{Begun, Call, Failure, Violation};
use pathfinder_terms::PartnershipId;

use super::App;
use crate::domain::boundaries::Boundaries;
use crate::domain::geography::{Area, Point};
use crate::domain::issue::Location;
use crate::domain::known::KnownPartnership;
use crate::error::Error;
use crate::store;
use crate::store::boundary::KeptBoundary;

/// So many boundaries are read at once; each may have a quarter of a million characters.
const BATCH: u64 = 100;
/// Boards is asked for so many in one round.
const ASKED_AT_ONCE: u64 = 20;
/// The most partnerships that are named of a place.
const MOST_NAMED: usize = 100;

/// The boundaries that this process goes by.
#[derive(Default)]
pub(super) struct Kept {
    index: ArcSwap<Boundaries>,
    /// The number of the last change that is in the index. Held while looking, so that one look follows another.
    seen: tokio::sync::Mutex<i64>,
}

impl App {
    /// The active partnerships in whose boundary a place lies, or on its edge, by their names in addresses.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub(crate) async fn locate_partnerships(&self, point: Point) -> Result<Vec<KnownPartnership>, Error> {
        let holding = self.boundaries.index.load_full().holding(point);
        if holding.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<PartnershipId> = holding.into_iter().collect();
        let mut found = store::known::partnerships_of(self.host.reader(), &ids).await?;
        found.retain(|partnership| !partnership.archived);
        found.sort_by(|one, other| (&one.slug, &one.name).cmp(&(&other.slug, &other.name)));
        found.truncate(MOST_NAMED);
        Ok(found)
    }

    /// Goes by the boundaries that have changed since the last look; answers how many.
    ///
    /// # Errors
    ///
    /// When the database fails; then nothing changes.
    pub(crate) async fn look_at_boundaries(&self) -> Result<usize, Error> {
        let mut seen = self.boundaries.seen.lock().await;
        let (mut last, mut changed) = (*seen, Vec::new());
        loop {
            let some = store::boundary::changed_after(self.host.reader(), last, BATCH).await?;
            let Some(newest) = some.last() else { break };
            last = newest.version;
            // Reading takes long, and is not to hold up calls.
            let areas = tokio::task::spawn_blocking(move || some.iter().map(read).collect::<Vec<_>>());
            changed.extend(areas.await.map_err(Failure::internal)?);
        }
        let count = changed.len();
        if count > 0 {
            let index = self.boundaries.index.load_full();
            let other = tokio::task::spawn_blocking(move || index.with(changed)).await.map_err(Failure::internal)?;
            self.boundaries.index.store(other.into());
        }
        *seen = last;
        Ok(count)
    }

    /// Asks boards for boundaries that its feed told before they were kept here; answers how many.
    ///
    /// # Errors
    ///
    /// `PEER_UNAVAILABLE`, and when the database fails; what was learnt before stays.
    pub(crate) async fn ask_for_boundaries(&self) -> Result<usize, Error> {
        let mut count = 0;
        for id in store::boundary::missing(self.host.reader(), ASKED_AT_ONCE).await? {
            let told = self.peers.partnership(id).await?;
            let call = Call::background(&self.host, "learn of a boundary");
            let Begun::Fresh(unit) = self.host.begin::<()>(&call).await? else { continue };
            // Of one that boards does not know, it is kept that there is none: it is not asked about for ever.
            let (boundary, slug) = told.map(|told| (told.boundary, told.partnership.slug)).unwrap_or_default();
            store::boundary::put_unless_known(unit.tx(), id, &boundary).await?;
            store::known::fill_slug(unit.tx(), id, &slug).await?;
            unit.commit(()).await?;
            count += 1;
        }
        Ok(count)
    }

    /// What is wrong with where a report lies, if anything. Whoever relays cases of another system may bring in what lies elsewhere, and
    /// where no boundary is known, everything lies within.
    pub(super) async fn misplaced(
        &self,
        call: &Call,
        partnership: &KnownPartnership,
        location: &Location,
    ) -> Result<Option<Violation>, Error> {
        let Some(point) = location.point else { return Ok(None) };
        let within = self.boundaries.index.load_full().holds(partnership.id, point);
        if within != Some(false) || call.may("RelayReports", &Subject::within(Some(partnership.id))) {
            return Ok(None);
        }
        let others = self.locate_partnerships(point).await?;
        let names: Vec<&str> = others.iter().map(|other| other.name.as_str()).collect();
        let who = match names.as_slice() {
            [] => "no partnership here covers this place, so the council is the one to tell".to_owned(),
            names => format!("this place is covered by {}", names.join(" and by ")),
        };
        let text = format!("must lie within the boundary of {}; {who}", partnership.name);
        Ok(Some(Violation::new("location.point", text)))
    }
}

/// A boundary to reckon with; none where there is none, or where it cannot be read.
fn read(kept: &KeptBoundary) -> (PartnershipId, Option<Area>) {
    let id = kept.partnership_id;
    if kept.text.is_empty() {
        return (id, None);
    }
    let area = serde_json::from_str::<Area>(&kept.text).map_err(|error| error.to_string());
    match area.and_then(|area| area.check().map(|()| area).map_err(|flaw| flaw.to_string())) {
        Ok(area) => (id, Some(area)),
        Err(flaw) => {
            tracing::warn!(partnership_id = %id, flaw, "the boundary of a partnership cannot be used");
            (id, None)
        }
    }
}
