//! PNGs, chunk by chunk, since no encoder at hand writes all their kinds.

use super::{HEIGHT, QUARTERS, WIDTH, quarter};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::RgbImage;
use std::io::Write;

pub(crate) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Of the columns and rows that each interlaced pass takes: first column, first row, step across, step down.
const PASSES: [(u32, u32, u32, u32); 7] =
    [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

pub(crate) fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let named = [name, content].concat();
    let length = u32::try_from(content.len()).unwrap();
    [&length.to_be_bytes()[..], &named, &crc32fast::hash(&named).to_be_bytes()].concat()
}

pub(crate) fn header(width: u32, height: u32, depth: u8, kind: u8, interlaced: bool) -> Vec<u8> {
    let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
    chunk(b"IHDR", &[&sides[..], &[depth, kind, 0, 0, u8::from(interlaced)]].concat())
}

pub(crate) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// `count` zeros, deflated, without holding them.
pub(crate) fn deflated_zeros(count: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let block = vec![0; 1 << 20];
    for _ in 0..count >> 20 {
        encoder.write_all(&block).unwrap();
    }
    encoder.write_all(&block[..count & ((1 << 20) - 1)]).unwrap();
    encoder.finish().unwrap()
}

/// From whole chunks between signature and end.
pub(crate) fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
    [SIGNATURE, &chunks.concat(), &chunk(b"IEND", b"")].concat()
}

/// The quarters, each pixel written by `pixel` in whole bytes.
pub(crate) fn kind(
    depth: u8,
    kind: u8,
    interlaced: bool,
    between: &[Vec<u8>],
    pixel: impl Fn(usize) -> Vec<u8>,
) -> Vec<u8> {
    let passes = if interlaced { &PASSES[..] } else { &[(0, 0, 1, 1)] };
    let mut rows = Vec::new();
    for &(left, top, across, down) in passes {
        for y in (top..HEIGHT).step_by(stride(down)) {
            if left < WIDTH {
                rows.push(0);
            }
            for x in (left..WIDTH).step_by(stride(across)) {
                rows.extend(pixel(quarter(x, y, WIDTH, HEIGHT)));
            }
        }
    }
    let mut chunks = vec![header(WIDTH, HEIGHT, depth, kind, interlaced)];
    chunks.extend_from_slice(between);
    chunks.push(chunk(b"IDAT", &deflated(&rows)));
    file(&chunks)
}

fn stride(step: u32) -> usize {
    usize::try_from(step).unwrap()
}

pub(crate) fn rgb() -> Vec<u8> {
    with(&[])
}

/// RGB with more chunks before the pixels.
pub(crate) fn with(between: &[Vec<u8>]) -> Vec<u8> {
    kind(8, 2, false, between, |quarter| QUARTERS[quarter].to_vec())
}

/// Any picture, eight bits a channel.
pub(crate) fn of_rgb(picture: &RgbImage) -> Vec<u8> {
    let row = usize::try_from(picture.width()).unwrap() * 3;
    let rows: Vec<u8> = picture.as_raw().chunks_exact(row).flat_map(|row| [&[0], row].concat()).collect();
    file(&[header(picture.width(), picture.height(), 8, 2, false), chunk(b"IDAT", &deflated(&rows))])
}

pub(crate) fn interlaced() -> Vec<u8> {
    kind(8, 2, true, &[], |quarter| QUARTERS[quarter].to_vec())
}

/// Upper left fully transparent, upper right half so.
pub(crate) fn transparent() -> Vec<u8> {
    kind(8, 6, false, &[], |quarter| [&QUARTERS[quarter][..], &[[0, 128, 255, 255][quarter]]].concat())
}

pub(crate) fn grey() -> Vec<u8> {
    kind(8, 0, false, &[], |quarter| vec![[0, 90, 180, 255][quarter]])
}

pub(crate) fn grey_transparent() -> Vec<u8> {
    kind(8, 4, false, &[], |quarter| vec![0, [0, 128, 255, 255][quarter]])
}

/// One bit a pixel: black at the left, white at the right, each byte of eight pixels alike.
pub(crate) fn one_bit() -> Vec<u8> {
    let rows = [[0, 0, 0, 0xff, 0xff].as_slice(); 40].concat();
    file(&[header(32, 40, 1, 0, false), chunk(b"IDAT", &deflated(&rows))])
}

pub(crate) fn sixteen_bits() -> Vec<u8> {
    kind(16, 2, false, &[], |quarter| QUARTERS[quarter].iter().flat_map(|channel| [*channel, 0x80]).collect())
}

/// Colours by number, the first of them transparent.
pub(crate) fn palette() -> Vec<u8> {
    let between = [chunk(b"PLTE", &QUARTERS.concat()), chunk(b"tRNS", &[0])];
    kind(8, 3, false, &between, |quarter| vec![u8::try_from(quarter).unwrap()])
}
