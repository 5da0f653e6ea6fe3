//! PNG: chunks of length, name, bytes and checksum.
//!
//! Only the header, the palette, its transparency and the compressed rows reach the decoder. So a profile or text that would inflate to
//! gigabytes, an animation, and whatever else is put into a chunk, are dropped unread. Checksums are left to the decoder.

use crate::slices::{array, byte, part, size};
use crate::{Limits, Unfit, Walked};
use image::DynamicImage;
use image::codecs::png::PngDecoder;
use std::io::Cursor;

const SIGNATURE: usize = 8;

/// Length, name and checksum.
const AROUND: usize = 12;

pub(crate) fn walk(bytes: &[u8], limits: &Limits) -> Result<Walked, Unfit> {
    let header = part(bytes, SIGNATURE + 8, 13)?;
    if part(bytes, SIGNATURE, 8)? != b"\0\0\0\x0dIHDR" {
        return Err(Unfit::Broken);
    }
    let (width, height) = (u32::from_be_bytes(array(header, 0)?), u32::from_be_bytes(array(header, 4)?));
    limits.allow(width, height, bytes_per_pixel(byte(header, 8)?, byte(header, 9)?))?;

    let mut clean = part(bytes, 0, SIGNATURE)?.to_vec();
    let mut exif = None;
    let mut at = SIGNATURE;
    loop {
        let length = size(u32::from_be_bytes(array(bytes, at)?))?;
        let whole = part(bytes, at, length.checked_add(AROUND).ok_or(Unfit::Broken)?)?;
        match &array(whole, 4)? {
            b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" => clean.extend_from_slice(whole),
            b"eXIf" if exif.is_none() => exif = Some(part(whole, 8, length)?.to_vec()),
            b"IEND" => {
                clean.extend_from_slice(whole);
                return Ok(Walked { clean, exif });
            }
            _ => {}
        }
        at += whole.len();
    }
}

/// The decoded picture with what `making` needs beside it, each at its dearest: a palette may turn out to have transparency.
fn bytes_per_pixel(depth: u8, kind: u8) -> u64 {
    const GREY: u8 = 0;
    const RGB: u8 = 2;
    match (depth, kind) {
        (16, GREY | RGB) => 10,
        (16, _) => 12,
        _ => 7,
    }
}

/// The walk has refused by size and memory; whatever the decoder still refuses is the file's fault.
pub(crate) fn decode(clean: &[u8], limits: &Limits) -> Result<DynamicImage, Unfit> {
    let decoder = PngDecoder::with_limits(Cursor::new(clean), limits.of_decoder());
    decoder.and_then(DynamicImage::from_decoder).map_err(|_| Unfit::Broken)
}
