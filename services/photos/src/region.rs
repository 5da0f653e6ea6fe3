//! A part of a picture, to be painted over.

use crate::Unfit;
use image::{Rgb, RgbImage};

/// A rectangle of a picture in fractions of its width and height from the upper left corner, so that whoever marks it may look at the picture
/// in any size. It lies within the picture and has a width and a height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Region {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Region {
    /// Regions that one redaction takes.
    pub const MOST: usize = 100;

    /// What a drawn rectangle may lie outside of the picture by the rounding of a browser; it is cut off.
    const SLACK: f64 = 1e-6;

    /// From its upper left corner, width and height, each between 0 and 1.
    ///
    /// # Errors
    /// [`Unfit::BadRegion`] with the first field that is not a number, not in its range, or reaches beyond the picture.
    pub fn new(left: f64, top: f64, width: f64, height: f64) -> Result<Self, Unfit> {
        // A comparison with what is not a number is false, so each field is asked for being right rather than wrong.
        let inside = |from: f64| (0.0..1.0).contains(&from);
        let reaches = |from: f64, length: f64| length > 0.0 && from + length <= 1.0 + Self::SLACK;
        let checks = [
            ("left", inside(left)),
            ("top", inside(top)),
            ("width", reaches(left, width)),
            ("height", reaches(top, height)),
        ];
        if let Some((what, _)) = checks.into_iter().find(|(_, right)| !right) {
            return Err(Unfit::BadRegion { what });
        }
        Ok(Self { left, top, right: (left + width).min(1.0), bottom: (top + height).min(1.0) })
    }

    /// Paints over every pixel that it touches, if only in part.
    pub(crate) fn paint(&self, picture: &mut RgbImage) {
        let (width, height) = picture.dimensions();
        for y in pixels(self.top, self.bottom, height) {
            for x in pixels(self.left, self.right, width) {
                picture.put_pixel(x, y, Rgb([0, 0, 0]));
            }
        }
    }
}

/// The pixels of a side that are touched between two fractions of it: at least one, none beyond the side.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "fractions of 0 to 1 of a u32 are a u32")]
fn pixels(from: f64, to: f64, side: u32) -> std::ops::Range<u32> {
    let first = ((from * f64::from(side)).floor() as u32).min(side.saturating_sub(1));
    let end = (to * f64::from(side)).ceil() as u32;
    first..end.clamp(first + 1, side.max(first + 1))
}
