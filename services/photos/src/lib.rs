//! What is done to a picture before anybody sees it.
//!
//! **Promised.** Whatever bytes come in, out comes either a [`Photo`] or one [`Unfit`], a sentence that says what to do next; never a
//! panic. What a file is, its first bytes say, never its name or a declared type. A [`Photo`] is two baseline JPEGs made anew from
//! pixels, upright, 8 bits a channel, never larger than the picture that came, transparent parts white. No byte of the file that came is
//! copied into them: no EXIF (so no place, time or owner), XMP, IPTC, ICC, comment, embedded thumbnail, or anything hidden before, within
//! or after the picture. What [`redact`] paints over is gone from both pictures, since they are made after painting.
//!
//! **How.** Each format has a module that first *walks* the container, without decoding: it reads the size (and refuses by it at once),
//! takes the orientation out of the EXIF block, sees that the file is whole, and copies only what is needed to decode into a clean file.
//! A decoder sees nothing but that clean file, so colour profiles, text, animation and other places to hide a bomb in never reach one.
//! Then the pixels are laid on white, shrunk, turned upright and encoded.
//!
//! **Cost.** Time and memory grow with the pixels that the header declares; [`Limits`] bounds those, and the memory, before a decoder
//! starts. A picture at the limit of 50 megapixels takes one to two seconds of one core and up to [`Limits::memory`] bytes, so callers
//! run this off the async threads and bound how many run at once. The colour profile is dropped without being applied: a photo in a wide
//! gamut comes out a little paler.
//!
//! **To add a format:** recognise it in `content.rs`, add a module with `walk` and `decode` as `webp.rs` has them, a line in each match of
//! this file, and its files to `tests/photos`: upright, with metadata, cut short, and with flipped bits.
//!
//! Everything here is pure: no files, clock, randomness or async.

mod content;
mod jpeg;
mod limits;
mod making;
mod png;
mod region;
mod slices;
mod unfit;
mod webp;

pub use limits::Limits;
pub use region::Region;
pub use unfit::Unfit;

use content::Format;
use image::{DynamicImage, RgbImage};

/// One JPEG as described at the head of this crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// In pixels, at least 1.
    pub width: u32,
    /// In pixels, at least 1.
    pub height: u32,
}

/// A picture that may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// At most [`Limits::kept_side`] a side.
    pub full: Picture,
    /// The same, at most [`Limits::thumbnail_side`] a side.
    pub thumbnail: Picture,
}

/// A container that was walked: whole as far as can be told without decoding, and within the limits.
struct Walked {
    /// Only what is needed to decode.
    clean: Vec<u8>,
    /// The EXIF block from its TIFF header on: read for the orientation, then dropped.
    exif: Option<Vec<u8>>,
}

/// Makes the [`Photo`] of a file as it was sent.
///
/// # Errors
/// Any [`Unfit`] but those about regions.
pub fn take_in(bytes: &[u8], limits: &Limits) -> Result<Photo, Unfit> {
    walled(|| making::photo(read(bytes, limits)?, limits))
}

/// Makes a [`Photo`] anew with every region painted over in black. It is not blurred, for a blur can be undone.
///
/// `full` is [`Photo::full`] of the photo (of any other file that [`take_in`] takes, the upright picture counts). The caller replaces both
/// pictures by the new ones: an old thumbnail left behind would still show what was to be hidden.
///
/// # Errors
/// [`Unfit::NoRegion`], [`Unfit::TooManyRegions`], and what [`take_in`] refuses.
pub fn redact(full: &[u8], regions: &[Region], limits: &Limits) -> Result<Photo, Unfit> {
    if regions.is_empty() {
        return Err(Unfit::NoRegion);
    }
    if regions.len() > Region::MOST {
        return Err(Unfit::TooManyRegions { given: regions.len(), most: Region::MOST });
    }
    walled(|| {
        // What is kept of a long picture may be thinner than what is taken in.
        let mut picture = read(full, &Limits { least_side: 1, ..*limits })?;
        for region in regions {
            region.paint(&mut picture);
        }
        making::photo(picture, limits)
    })
}

/// The pixels of a file: upright, on white, at most [`Limits::kept_side`] a side.
fn read(bytes: &[u8], limits: &Limits) -> Result<RgbImage, Unfit> {
    if bytes.is_empty() {
        return Err(Unfit::Empty);
    }
    if bytes.len() > limits.bytes {
        return Err(Unfit::TooManyBytes { given: bytes.len(), most: limits.bytes });
    }
    let format = content::recognise(bytes)?;
    let walked = match format {
        Format::Jpeg => jpeg::walk(bytes, limits),
        Format::Png => png::walk(bytes, limits),
        Format::WebP => webp::walk(bytes, limits),
    }?;
    let decoded = match format {
        Format::Jpeg => jpeg::decode(&walked.clean, limits),
        Format::Png => png::decode(&walked.clean, limits),
        Format::WebP => webp::decode(&walked.clean),
    }?;
    Ok(upright(decoded, walked.exif.as_deref(), limits))
}

fn upright(decoded: DynamicImage, exif: Option<&[u8]>, limits: &Limits) -> RgbImage {
    // Shrunk before it is turned, so that a large picture is copied as seldom as can be.
    let shrunk = making::shrink(making::on_white(decoded), limits.kept_side);
    let mut picture = DynamicImage::ImageRgb8(shrunk);
    if let Some(orientation) = exif.and_then(image::metadata::Orientation::from_exif_chunk) {
        picture.apply_orientation(orientation);
    }
    picture.into_rgb8()
}

/// The last wall. The decoders promise errors, yet hold assertions and indexing that strange bytes may reach; a resident who sends a broken
/// photo must be told so, and the caller's thread must live. Nothing is shared with the closure that a panic could leave half changed:
/// it reads borrowed bytes, and what it made is dropped. (Profiles here unwind; with `panic = "abort"` this wall would be none.)
fn walled(work: impl FnOnce() -> Result<Photo, Unfit>) -> Result<Photo, Unfit> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or(Err(Unfit::Broken))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No file at hand makes a decoder panic, so the wall is tried by itself.
    #[test]
    fn a_panic_is_told_as_a_broken_photo() {
        assert_eq!(walled(|| panic!("a decoder")), Err(Unfit::Broken));
    }
}
