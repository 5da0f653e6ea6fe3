//! WebP: a RIFF list of chunks.
//!
//! Only the coded picture and its transparency reach the decoder, in a container built anew, with the size that the coded picture itself
//! declares: a small canvas around a huge frame would otherwise pass the limits. Of an animation the first frame is taken, as it is, whatever
//! the size of the canvas.

use crate::slices::{array, byte, part, size};
use crate::{Limits, Unfit, Walked};
use image::DynamicImage;
use image::codecs::webp::WebPDecoder;
use std::io::Cursor;

/// `RIFF`, length, `WEBP`.
const HEAD: usize = 12;

/// Where the chunks of a frame begin within its `ANMF`.
const FRAME_HEAD: usize = 16;

/// What one byte of a lossless stream grows to at the most: a table of codes that takes 78 KB can be written in 155 bytes, and a stream may
/// bring tens of thousands of them, however small the picture.
const TABLES_PER_BYTE: u64 = 600;

/// In the first byte of `ALPH`: how it is compressed, and as a lossless stream.
const COMPRESSION: u8 = 0x03;
const AS_LOSSLESS: u8 = 1;

/// In the flags of `VP8X`.
const HAS_ALPHA: u8 = 0x10;

/// The first of each chunk that is of use.
#[derive(Default)]
struct Chunks<'a> {
    canvas: Option<&'a [u8]>,
    frame: Option<&'a [u8]>,
    alpha: Option<&'a [u8]>,
    lossy: Option<&'a [u8]>,
    lossless: Option<&'a [u8]>,
    exif: Option<&'a [u8]>,
}

impl<'a> Chunks<'a> {
    fn of(mut list: &'a [u8]) -> Result<Self, Unfit> {
        let mut chunks = Self::default();
        // A byte that fills a list up to an even length may be left at its end.
        while list.len() > 1 {
            let length = size(u32::from_le_bytes(array(list, 4)?))?;
            let content = part(list, 8, length)?;
            let place = match &array(list, 0)? {
                b"VP8X" => &mut chunks.canvas,
                b"ANMF" => &mut chunks.frame,
                b"ALPH" => &mut chunks.alpha,
                b"VP8 " => &mut chunks.lossy,
                b"VP8L" => &mut chunks.lossless,
                b"EXIF" => &mut chunks.exif,
                _ => &mut None,
            };
            place.get_or_insert(content);
            list = list.get(8 + length + length % 2..).unwrap_or_default();
        }
        Ok(chunks)
    }
}

pub(crate) fn walk(bytes: &[u8], limits: &Limits) -> Result<Walked, Unfit> {
    let length = size(u32::from_le_bytes(array(bytes, 4)?))?;
    let list = part(bytes, HEAD, length.checked_sub(4).ok_or(Unfit::Broken)?)?;
    let mut chunks = Chunks::of(list)?;
    let exif = chunks.exif;
    let animated = chunks.frame.is_some();
    if let Some(frame) = chunks.frame {
        chunks = Chunks::of(frame.get(FRAME_HEAD..).ok_or(Unfit::Broken)?)?;
    }
    let coded = match (chunks.lossy, chunks.lossless) {
        (Some(lossy), None) => lossy_file(lossy, chunks.alpha, limits)?,
        (None, Some(lossless)) => lossless_file(lossless, limits)?,
        _ => return Err(Unfit::Broken),
    };
    if let (Some(canvas), false) = (chunks.canvas, animated)
        && (coded.width, coded.height) != canvas_size(canvas)?
    {
        return Err(Unfit::Broken);
    }
    // Some writers put the name that JPEG gives the block before it.
    let exif = exif.map(|block| block.strip_prefix(b"Exif\0\0").unwrap_or(block).to_vec());
    Ok(Walked { clean: container(&coded.chunks), exif })
}

/// A picture's chunks, and its own size.
struct Coded {
    chunks: Vec<u8>,
    width: u32,
    height: u32,
}

fn lossy_file(lossy: &[u8], alpha: Option<&[u8]>, limits: &Limits) -> Result<Coded, Unfit> {
    if array(lossy, 3)? != [0x9d, 0x01, 0x2a] {
        return Err(Unfit::Broken);
    }
    // The two bits above the fourteen of each length ask for scaling, which nobody does.
    let length = |at| array(lossy, at).map(|bytes| u32::from(u16::from_le_bytes(bytes) & 0x3fff));
    let (width, height) = (length(6)?, length(8)?);
    let tables = match alpha {
        Some([head, stream @ ..]) if head & COMPRESSION == AS_LOSSLESS => tables(stream),
        _ => 0,
    };
    limits.allow_beside(width, height, if alpha.is_some() { 11 } else { 5 }, tables)?;
    let mut chunks = Vec::new();
    if let Some(alpha) = alpha {
        let [a, b, c, _] = (width - 1).to_le_bytes();
        let [d, e, f, _] = (height - 1).to_le_bytes();
        put(&mut chunks, b"VP8X", &[HAS_ALPHA, 0, 0, 0, a, b, c, d, e, f]);
        put(&mut chunks, b"ALPH", alpha);
    }
    put(&mut chunks, b"VP8 ", lossy);
    Ok(Coded { chunks, width, height })
}

fn lossless_file(lossless: &[u8], limits: &Limits) -> Result<Coded, Unfit> {
    if byte(lossless, 0)? != 0x2f {
        return Err(Unfit::Broken);
    }
    let packed = u32::from_le_bytes(array(lossless, 1)?);
    let (width, height) = ((packed & 0x3fff) + 1, (packed >> 14 & 0x3fff) + 1);
    limits.allow_beside(width, height, 8, tables(lossless))?;
    let mut chunks = Vec::new();
    put(&mut chunks, b"VP8L", lossless);
    Ok(Coded { chunks, width, height })
}

/// The most that the tables of a lossless stream take.
fn tables(stream: &[u8]) -> u64 {
    u64::try_from(stream.len()).unwrap_or(u64::MAX).saturating_mul(TABLES_PER_BYTE)
}

fn canvas_size(canvas: &[u8]) -> Result<(u32, u32), Unfit> {
    let length = |at| array(canvas, at).map(|[a, b, c]: [u8; 3]| u32::from_le_bytes([a, b, c, 0]) + 1);
    Ok((length(4)?, length(7)?))
}

fn put(list: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) {
    list.extend_from_slice(name);
    list.extend_from_slice(&length(content));
    list.extend_from_slice(content);
    if content.len() % 2 == 1 {
        list.push(0);
    }
}

fn container(chunks: &[u8]) -> Vec<u8> {
    let list = [b"WEBP".as_slice(), chunks].concat();
    [b"RIFF".as_slice(), &length(&list), &list].concat()
}

/// Contents come from a file whose own length fitted.
fn length(content: &[u8]) -> [u8; 4] {
    u32::try_from(content.len()).unwrap_or(u32::MAX).to_le_bytes()
}

pub(crate) fn decode(clean: &[u8]) -> Result<DynamicImage, Unfit> {
    WebPDecoder::new(Cursor::new(clean)).and_then(DynamicImage::from_decoder).map_err(|_| Unfit::Broken)
}
