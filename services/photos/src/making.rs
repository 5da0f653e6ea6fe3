//! From pixels to the two pictures that are kept.

use crate::{Limits, Photo, Picture, Unfit};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ExtendedColorType, RgbImage};

/// Where a JPEG looks no worse to most people, at a third of the bytes of 95.
const QUALITY: u8 = 85;

/// Both pictures of what is already upright.
pub(crate) fn photo(picture: RgbImage, limits: &Limits) -> Result<Photo, Unfit> {
    let full = encode(&picture)?;
    let thumbnail = encode(&shrink(picture, limits.thumbnail_side))?;
    Ok(Photo { full, thumbnail })
}

fn encode(picture: &RgbImage) -> Result<Picture, Unfit> {
    let (width, height) = picture.dimensions();
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .encode(picture.as_raw(), width, height, ExtendedColorType::Rgb8)
        .map_err(|_| Unfit::Broken)?;
    Ok(Picture { bytes, width, height })
}

/// 8 bits a channel, without transparency.
pub(crate) fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let mut picture = picture.into_rgba8();
    for pixel in picture.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let mixed = |channel| over_white(channel, alpha);
        pixel.0 = [mixed(red), mixed(green), mixed(blue), u8::MAX];
    }
    DynamicImage::ImageRgba8(picture).into_rgb8()
}

fn over_white(channel: u8, alpha: u8) -> u8 {
    let (channel, alpha, most) = (u32::from(channel), u32::from(alpha), u32::from(u8::MAX));
    u8::try_from((channel * alpha + most * (most - alpha) + most / 2) / most).unwrap_or(u8::MAX)
}

/// At most `side` a side, in the same proportions; never enlarged.
///
/// A far larger picture is first brought to about twice the size by plain averages, since the good filter takes sixteen bytes for each pixel
/// of a row that it reads.
pub(crate) fn shrink(picture: RgbImage, side: u32) -> RgbImage {
    let (width, height) = picture.dimensions();
    let longest = width.max(height);
    if longest <= side {
        return picture;
    }
    let mut picture = DynamicImage::ImageRgb8(picture);
    let scaled = |to: u32| {
        let of = |length: u32| {
            let rounded = (u64::from(length) * u64::from(to) + u64::from(longest) / 2) / u64::from(longest);
            u32::try_from(rounded).unwrap_or(to).max(1)
        };
        (of(width), of(height))
    };
    let twice = side.saturating_mul(2);
    if longest > twice {
        let (width, height) = scaled(twice);
        picture = picture.thumbnail_exact(width, height);
    }
    let (width, height) = scaled(side);
    picture.resize_exact(width, height, FilterType::Triangle).into_rgb8()
}
