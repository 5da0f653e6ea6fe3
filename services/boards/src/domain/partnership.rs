//! The partnership itself: the neighbourhood, its names, and whether it is at work.

use chrono::{DateTime, Utc};
use pathfinder_terms::calendar::WorkingCalendar;
use pathfinder_terms::{Nation, PartnershipId, words};
use serde::{Deserialize, Serialize};

use super::Refusal;
use super::ring::crossing;

/// The time zone of every local date.
pub const TIME_ZONE: &str = "Europe/London";

words! {
    /// Whether a partnership is at work.
    pub enum PartnershipStatus {
        /// At work.
        Active = "active",
        /// Closed, kept for reading.
        Archived = "archived",
    }
}

/// One ring of a polygon: positions of longitude and latitude (and perhaps height), the first repeated at the end.
pub type Ring = Vec<Vec<f64>>;

/// A GeoJSON geometry (RFC 7946) that can bound a neighbourhood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "coordinates")]
pub enum Boundary {
    /// One area, with holes after the first ring.
    Polygon(Vec<Ring>),
    /// Several areas.
    MultiPolygon(Vec<Vec<Ring>>),
}

impl Boundary {
    /// What is wrong with the geometry: no area, open rings, positions that are not on the earth, rings that cross themselves.
    pub fn check(&self) -> Result<(), String> {
        let polygons: Vec<&Vec<Ring>> = match self {
            Self::Polygon(rings) => vec![rings],
            Self::MultiPolygon(polygons) => polygons.iter().collect(),
        };
        if polygons.is_empty() || polygons.iter().any(|rings| rings.is_empty()) {
            return Err("has an area without a ring".to_owned());
        }
        polygons.into_iter().flatten().try_for_each(check_ring)
    }

    /// Its areas, each with its holes.
    #[must_use]
    pub fn into_areas(self) -> Vec<Vec<Ring>> {
        match self {
            Self::Polygon(rings) => vec![rings],
            Self::MultiPolygon(polygons) => polygons,
        }
    }
}

fn check_ring(ring: &Ring) -> Result<(), String> {
    if ring.len() < 4 {
        return Err("has a ring of fewer than 4 positions".to_owned());
    }
    if ring.first() != ring.last() {
        return Err("has a ring that is not closed: its last position must repeat the first".to_owned());
    }
    let on_earth = |position: &Vec<f64>| match position.as_slice() {
        [longitude, latitude, ..] => longitude.abs() <= 180.0 && latitude.abs() <= 90.0,
        _ => false,
    };
    if !ring.iter().all(on_earth) {
        return Err("has a position that is not longitude (±180) and latitude (±90)".to_owned());
    }
    match crossing(ring) {
        None => Ok(()),
        Some([longitude, latitude]) => {
            Err(format!("has a ring that crosses itself at longitude {longitude:.5}, latitude {latitude:.5}"))
        }
    }
}

/// A neighbourhood partnership.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Partnership {
    /// The id.
    pub id: PartnershipId,
    /// The name in full.
    pub name: String,
    /// The name in addresses.
    pub slug: String,
    /// The nation whose bank holidays count.
    pub nation: Nation,
    /// The boundary of the neighbourhood.
    pub boundary: Boundary,
    /// GSS codes of its wards.
    pub ward_codes: Vec<String>,
    /// The organisation that holds the money.
    pub accountable_body: String,
    /// Themes of actions.
    pub themes: Vec<String>,
    /// Capitals that begin its references.
    pub reference_prefix: String,
    /// Whether it is at work.
    pub status: PartnershipStatus,
    /// Who went on after it was archived.
    pub successor: Option<PartnershipId>,
    /// Whether it is invented.
    pub demonstration: bool,
    /// When it was created.
    pub create_time: DateTime<Utc>,
    /// When it last changed.
    pub update_time: DateTime<Utc>,
    /// Counts its changes, for the etag.
    pub version: i64,
}

/// What to change; none = unchanged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PartnershipChanges {
    /// The name.
    pub name: Option<String>,
    /// The boundary.
    pub boundary: Option<Boundary>,
    /// The accountable body.
    pub accountable_body: Option<String>,
    /// All ward codes.
    pub ward_codes: Option<Vec<String>>,
    /// All themes.
    pub themes: Option<Vec<String>>,
    /// Whether to archive it, and who goes on.
    pub archive: Option<Archive>,
}

/// The end of a partnership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Archive {
    /// Who goes on, if anyone.
    pub successor: Option<PartnershipId>,
}

impl Partnership {
    /// The working days of its nation.
    #[must_use]
    pub fn calendar(&self) -> WorkingCalendar {
        WorkingCalendar::of(self.nation)
    }

    /// Refuses every change to an archived partnership.
    pub fn require_active(&self) -> Result<(), Refusal> {
        match self.status {
            PartnershipStatus::Active => Ok(()),
            PartnershipStatus::Archived => Err(Refusal::PartnershipArchived),
        }
    }

    /// Refuses a theme that is not one of its own.
    pub fn require_theme(&self, theme: &str) -> Result<(), Refusal> {
        if theme.is_empty() || self.themes.iter().any(|known| known == theme) {
            return Ok(());
        }
        Err(Refusal::invalid("theme", format!("must be one of the partnership's themes: {}", self.themes.join(", "))))
    }

    /// Applies changes.
    pub fn change(&mut self, changes: PartnershipChanges, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.require_active()?;
        if let Some(archive) = changes.archive {
            if archive.successor == Some(self.id) {
                return Err(Refusal::invalid("successor_partnership_id", "must be another partnership"));
            }
            self.status = PartnershipStatus::Archived;
            self.successor = archive.successor;
        }
        self.name = changes.name.unwrap_or_else(|| std::mem::take(&mut self.name));
        self.accountable_body = changes.accountable_body.unwrap_or_else(|| std::mem::take(&mut self.accountable_body));
        self.ward_codes = changes.ward_codes.unwrap_or_else(|| std::mem::take(&mut self.ward_codes));
        self.themes = changes.themes.unwrap_or_else(|| std::mem::take(&mut self.themes));
        if let Some(boundary) = changes.boundary {
            self.boundary = boundary;
        }
        self.update_time = now;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(positions: &[[f64; 2]]) -> Ring {
        positions.iter().map(|position| position.to_vec()).collect()
    }

    #[test]
    fn a_closed_ring_bounds_a_neighbourhood() {
        let square = ring(&[[-1.5, 53.0], [-1.4, 53.0], [-1.4, 53.1], [-1.5, 53.0]]);
        assert_eq!(Boundary::Polygon(vec![square.clone()]).check(), Ok(()));
        assert_eq!(Boundary::MultiPolygon(vec![vec![square.clone()], vec![square]]).check(), Ok(()));
    }

    #[test]
    fn what_bounds_nothing_is_refused() {
        let open = ring(&[[-1.5, 53.0], [-1.4, 53.0], [-1.4, 53.1], [-1.5, 53.1]]);
        let swapped = ring(&[[53.0, -100.0], [53.0, -99.0], [54.0, -99.0], [53.0, -100.0]]);
        assert!(Boundary::Polygon(vec![]).check().is_err());
        assert!(Boundary::MultiPolygon(vec![]).check().is_err());
        assert!(Boundary::Polygon(vec![open]).check().is_err_and(|why| why.contains("not closed")));
        let bow_tie = ring(&[[-1.5, 53.0], [-1.4, 53.1], [-1.4, 53.0], [-1.5, 53.1], [-1.5, 53.0]]);
        let crossed = Err("has a ring that crosses itself at longitude -1.45000, latitude 53.05000".to_owned());
        assert_eq!(Boundary::Polygon(vec![bow_tie]).check(), crossed);
        assert!(Boundary::Polygon(vec![swapped]).check().is_err_and(|why| why.contains("latitude")));
        assert!(Boundary::Polygon(vec![ring(&[[0.0, 0.0]; 3])]).check().is_err_and(|why| why.contains("fewer than 4")));
    }
}
