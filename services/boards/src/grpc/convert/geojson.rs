//! A boundary out of GeoJSON (RFC 7946): a bare geometry, or the features that GIS tools export.

use pathfinder_kit::Violation;
use serde_json::Value;

use crate::domain::partnership::Boundary;

const FORMS: &str =
    "must be GeoJSON: a Polygon or MultiPolygon, a Feature that has one, or a FeatureCollection of such features";

/// A boundary from its GeoJSON text. What features say beside their geometries is left aside; several make one MultiPolygon.
pub(super) fn boundary(text: &str) -> Result<Boundary, Violation> {
    let read = read(text).and_then(|boundary| boundary.check().map(|()| boundary));
    read.map_err(|why| Violation::new("boundary", why))
}

fn read(text: &str) -> Result<Boundary, String> {
    let whole: Value = serde_json::from_str(text).map_err(|_| FORMS.to_owned())?;
    match kind_of(&whole) {
        "Feature" => geometry_of(whole).ok_or_else(|| "has a geometry that is no Polygon or MultiPolygon".to_owned()),
        "FeatureCollection" => merged(whole),
        _ => serde_json::from_value(whole).map_err(|_| FORMS.to_owned()),
    }
}

fn kind_of(value: &Value) -> &str {
    value["type"].as_str().unwrap_or_default()
}

fn geometry_of(mut feature: Value) -> Option<Boundary> {
    let geometry = feature.get_mut("geometry").map(Value::take)?;
    serde_json::from_value(geometry).ok()
}

fn merged(mut collection: Value) -> Result<Boundary, String> {
    let Some(Value::Array(features)) = collection.get_mut("features").map(Value::take) else {
        return Err("must have its features in a list".to_owned());
    };
    let mut areas = Vec::new();
    for (index, feature) in features.into_iter().enumerate() {
        let geometry = Some(feature).filter(|feature| kind_of(feature) == "Feature").and_then(geometry_of);
        let geometry =
            geometry.ok_or_else(|| format!("has a feature {} that is no Polygon or MultiPolygon", index + 1))?;
        areas.extend(geometry.into_areas());
    }
    if areas.is_empty() { Err("has no area in its features".to_owned()) } else { Ok(Boundary::MultiPolygon(areas)) }
}
