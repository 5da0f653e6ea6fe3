//! JPEGs.

use super::{HEIGHT, WIDTH, quarters};
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// Baseline, every channel in full.
pub(crate) fn of(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 92).encode_image(picture).unwrap();
    bytes
}

pub(crate) fn plain() -> Vec<u8> {
    of(&quarters(WIDTH, HEIGHT))
}

/// As `settings` of another encoder say.
pub(crate) fn set(picture: &RgbImage, settings: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 92);
    settings(&mut encoder);
    let (width, height) = (u16::try_from(picture.width()).unwrap(), u16::try_from(picture.height()).unwrap());
    encoder.encode(picture.as_raw(), width, height, ColorType::Rgb).unwrap();
    bytes
}

pub(crate) fn progressive(picture: &RgbImage) -> Vec<u8> {
    set(picture, |encoder| {
        encoder.set_progressive(true);
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
    })
}

/// In the inks of a printer, as Photoshop writes it: plain, or as brightness and colours, which only Adobe's segment tells apart.
pub(crate) fn inks(kind: ColorType) -> Vec<u8> {
    let picture = quarters(WIDTH, HEIGHT);
    let inks = |pixel: &image::Rgb<u8>| pixel.0.map(|channel| 255 - channel).into_iter().chain([0]);
    let pixels: Vec<u8> = picture.pixels().flat_map(inks).collect();
    let mut bytes = Vec::new();
    let (width, height) = (u16::try_from(WIDTH).unwrap(), u16::try_from(HEIGHT).unwrap());
    Encoder::new(&mut bytes, 92).encode(&pixels, width, height, kind).unwrap();
    bytes
}

pub(crate) fn grey() -> Vec<u8> {
    let picture = image::DynamicImage::ImageRgb8(quarters(WIDTH, HEIGHT)).into_luma8();
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 92).encode_image(&picture).unwrap();
    bytes
}

/// With one more segment right behind its start.
pub(crate) fn with(jpeg: &[u8], marker: u8, content: &[u8]) -> Vec<u8> {
    [&jpeg[..2], &segment(marker, content), &jpeg[2..]].concat()
}

pub(crate) fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap();
    [&[0xff, marker][..], &length.to_be_bytes(), content].concat()
}

pub(crate) fn with_exif(jpeg: &[u8], block: &[u8]) -> Vec<u8> {
    with(jpeg, 0xe1, &[b"Exif\0\0", block].concat())
}

/// Where the first segment with this marker begins.
pub(crate) fn find(jpeg: &[u8], marker: u8) -> usize {
    jpeg.windows(2).position(|pair| pair == [0xff, marker]).expect("the picture has this segment")
}

/// The same data under another declared size.
pub(crate) fn declaring(jpeg: &[u8], width: u16, height: u16) -> Vec<u8> {
    let frame =
        [0xc0, 0xc2].into_iter().find_map(|marker| jpeg.windows(2).position(|pair| pair == [0xff, marker])).unwrap();
    let mut bytes = jpeg.to_vec();
    bytes[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}
