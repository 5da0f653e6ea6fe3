//! What is asked of a feed: of one category, of a circle or a box, and which page.

use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::types::v1::LatLng;

use crate::error::{ApiError, Violation, shortened};
use crate::form;

/// Everything that may be asked.
const KNOWN: [&str; 5] = ["category", "near", "radius_m", "box", "page"];
/// The longest code of a category.
const LONGEST_CODE: usize = 63;
/// The longest token of a page.
const LONGEST_PAGE: usize = 1_000;
/// The widest circle, in metres, as ListIssues takes them.
const WIDEST: f64 = 10_000.0;

/// So many faults are named.
const MOST_FAULTS: usize = 100;

/// What is asked of a feed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    /// The partnership.
    pub(super) partnership_id: String,
    /// The parameters that shape the feed, as they stand in its address: without the page.
    pub(super) shape: String,
    /// The token of the page; empty for the first.
    pub(super) page: String,
    filter: String,
    near: Option<pb::GeoCircle>,
    bounds: Option<pb::GeoBox>,
}

/// The parameters, and what is wrong with them.
#[derive(Default)]
struct Query {
    given: Vec<(String, String)>,
    wrong: Vec<Violation>,
}

impl Query {
    fn read(text: &str) -> Self {
        let mut query = Self::default();
        for pair in form::pairs(text.as_bytes()) {
            if query.wrong.len() >= MOST_FAULTS {
                break;
            }
            let (name, value) = match pair {
                Ok((name, value)) => (name, value.trim().to_owned()),
                Err(name) => {
                    query.refuse(&shortened(&name), "must be valid UTF-8");
                    continue;
                }
            };
            if !KNOWN.contains(&name.as_str()) {
                query.refuse(&shortened(&name), &format!("is not known here; there are {}", KNOWN.join(", ")));
            } else if query.given.iter().any(|(known, _)| *known == name) {
                query.refuse(&name, "is given more than once");
            } else if !value.is_empty() {
                query.given.push((name, value));
            }
        }
        query
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.given.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn refuse(&mut self, name: &str, problem: &str) {
        self.wrong.push(Violation::new(name, problem));
    }

    /// So many numbers, parted by commas.
    fn numbers<const COUNT: usize>(&mut self, name: &str, problem: &str) -> Option<[f64; COUNT]> {
        let text = self.get(name)?;
        let numbers: Vec<f64> = text.split(',').filter_map(|part| part.trim().parse().ok()).collect();
        let whole = numbers.len() == text.split(',').count() && numbers.iter().all(|number| number.is_finite());
        let numbers: Option<[f64; COUNT]> = numbers.try_into().ok().filter(|_| whole);
        if numbers.is_none() {
            self.refuse(name, problem);
        }
        numbers
    }

    fn filter(&mut self) -> String {
        let Some(code) = self.get("category") else { return String::new() };
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if code.len() <= LONGEST_CODE && code.chars().all(fits) {
            return format!("category_code = \"{code}\"");
        }
        self.refuse("category", "must be the code of a category, such as fly-tipping");
        String::new()
    }

    fn near(&mut self) -> Option<pb::GeoCircle> {
        let form = "must be a latitude and a longitude, such as 51.5,-0.12";
        let center = self.numbers::<2>("near", form);
        let radius = self.numbers::<1>("radius_m", "must be a number of metres, such as 500");
        let (is_near, has_radius) = (self.get("near").is_some(), self.get("radius_m").is_some());
        if is_near && !has_radius {
            self.refuse("radius_m", "is needed beside near");
        }
        if has_radius && !is_near {
            self.refuse("near", "is needed beside radius_m");
        }
        let ([latitude, longitude], [radius_meters]) = (center?, radius?);
        if !is_on_earth(latitude, longitude) {
            self.refuse("near", form);
        }
        if radius_meters <= 0.0 || radius_meters > WIDEST {
            self.refuse("radius_m", &format!("must be more than 0 and at most {WIDEST}"));
        }
        Some(pb::GeoCircle { center: Some(LatLng::at(latitude, longitude)), radius_meters })
    }

    fn bounds(&mut self) -> Option<pb::GeoBox> {
        let form = "must be its southern, western, northern and eastern edges, such as 51.4,-0.2,51.6,0.0";
        let given = self.numbers::<4>("box", form);
        if self.get("box").is_some() && self.get("near").is_some() {
            self.refuse("box", "cannot be given beside near");
        }
        let [south, west, north, east] = given?;
        if !is_on_earth(south, west) || !is_on_earth(north, east) || south > north || west > east {
            self.refuse("box", form);
        }
        Some(pb::GeoBox { south: Some(south), west: Some(west), north: Some(north), east: Some(east) })
    }

    fn page(&mut self) -> String {
        let page = self.get("page").unwrap_or_default().to_owned();
        if page.len() > LONGEST_PAGE {
            self.refuse("page", "is not one that a feed led to");
        }
        page
    }
}

fn is_on_earth(latitude: f64, longitude: f64) -> bool {
    (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude)
}

impl Asked {
    /// Reads the query of an address.
    ///
    /// # Errors
    ///
    /// 400 with everything that is wrong.
    pub(super) fn read(partnership_id: &str, query: &str) -> Result<Self, ApiError> {
        let mut query = Query::read(query);
        let (filter, near, bounds, page) = (query.filter(), query.near(), query.bounds(), query.page());
        if !query.wrong.is_empty() {
            return Err(ApiError::invalid(query.wrong));
        }
        let shaping = KNOWN.iter().filter(|name| **name != "page");
        let shape: Vec<String> = shaping.filter_map(|name| Some(form::encoded(name, query.get(name)?))).collect();
        let (partnership_id, shape) = (partnership_id.to_lowercase(), shape.join("&"));
        Ok(Self { partnership_id, shape, page, filter, near, bounds })
    }

    /// The same for the contract.
    pub(super) fn message(&self, page_size: i32) -> pb::ListNewsRequest {
        pb::ListNewsRequest {
            partnership_id: self.partnership_id.clone(),
            page_size,
            page_token: self.page.clone(),
            filter: self.filter.clone(),
            r#box: self.bounds,
            near: self.near,
            ..pb::ListNewsRequest::default()
        }
    }

    /// The path and query of a page of this feed; an empty token leads to the first.
    pub(super) fn address(&self, page: &str) -> String {
        let mut address = super::address(&self.partnership_id);
        let page = Some(page).filter(|page| !page.is_empty()).map(|page| form::encoded("page", page));
        let shape = Some(self.shape.clone()).filter(|shape| !shape.is_empty());
        let query: Vec<String> = shape.into_iter().chain(page).collect();
        if !query.is_empty() {
            address.push('?');
            address.push_str(&query.join("&"));
        }
        address
    }
}

/// The parameter that fills a field of the contract.
pub(super) fn parameter(field: &str) -> &str {
    match field {
        "filter" => "category",
        "page_token" => "page",
        "near.center.latitude" | "near.center.longitude" | "near.center" => "near",
        "near.radius_meters" => "radius_m",
        "box.south" | "box.west" | "box.north" | "box.east" => "box",
        other => other,
    }
}
