//! A point is built and read in many places, and always whole: its fields are optional on the wire only so that one that was
//! left out is not taken for 0.

use crate::types::v1::LatLng;

impl LatLng {
    /// The point at so many degrees north and so many degrees east.
    #[must_use]
    pub const fn at(latitude: f64, longitude: f64) -> Self {
        Self { latitude: Some(latitude), longitude: Some(longitude) }
    }

    /// Degrees north and degrees east; nothing where one of them is missing, which the contract refuses.
    #[must_use]
    pub fn degrees(self) -> Option<(f64, f64)> {
        self.latitude.zip(self.longitude)
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;

    #[test]
    fn a_point_on_the_zero_meridian_is_told_from_half_a_point() {
        let sent = |point: LatLng| LatLng::decode(point.encode_to_vec().as_slice()).expect("decodes").degrees();
        assert_eq!(sent(LatLng::at(51.45, 0.0)), Some((51.45, 0.0)));
        assert_eq!(sent(LatLng { latitude: Some(51.45), longitude: None }), None);
    }
}
