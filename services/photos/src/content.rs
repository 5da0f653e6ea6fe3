//! What a file is, by its first bytes. A name or a declared type is never asked: senders get both wrong, and attackers choose them.

use crate::Unfit;

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Jpeg,
    Png,
    WebP,
}

/// How far a page or drawing may begin behind white space and remarks.
const TEXT_HEAD: usize = 1024;

/// First bytes of what is known by name only, so that the refusal can say what was sent.
const KNOWN: [(&[u8], &str); 23] = [
    (b"GIF87a", "a GIF"),
    (b"GIF89a", "a GIF"),
    (b"II*\0", "a TIFF or a camera's raw file"),
    (b"MM\0*", "a TIFF or a camera's raw file"),
    (b"II+\0", "a TIFF"),
    (b"MM\0+", "a TIFF"),
    (b"FUJIFILM", "a camera's raw file"),
    (b"%PDF-", "a PDF"),
    (b"8BPS", "a Photoshop file"),
    (b"\0\0\x01\0", "an icon"),
    (b"\xff\x0a", "a JPEG XL"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000"),
    (b"\x1a\x45\xdf\xa3", "a video"),
    (b"FLV\x01", "a video"),
    (b"\0\0\x01\xba", "a video"),
    (b"\0\0\x01\xb3", "a video"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\x7fELF", "a program"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office document"),
    (b"ID3", "a sound"),
];

/// Tells what a file is, or why it cannot be read.
pub(crate) fn recognise(bytes: &[u8]) -> Result<Format, Unfit> {
    if bytes.starts_with(b"\xff\xd8\xff") {
        return Ok(Format::Jpeg);
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok(Format::Png);
    }
    if bytes.starts_with(b"RIFF") {
        return riff(bytes);
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return Err(boxed(bytes));
    }
    if let Some((_, what)) = KNOWN.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(Unfit::Unsupported { what });
    }
    // Two letters alone would take any text that begins with them; both kinds have zeros where text has none.
    if bytes.starts_with(b"BM") && bytes.get(6..10) == Some(&[0; 4]) {
        return Err(Unfit::Unsupported { what: "a BMP" });
    }
    if bytes.starts_with(b"MZ") && bytes.iter().take(64).any(|byte| *byte == 0) {
        return Err(Unfit::Unsupported { what: "a program" });
    }
    Err(text(bytes))
}

fn riff(bytes: &[u8]) -> Result<Format, Unfit> {
    match bytes.get(8..12) {
        Some(b"WEBP") => Ok(Format::WebP),
        Some(b"AVI ") => Err(Unfit::Unsupported { what: "a video" }),
        Some(b"WAVE") => Err(Unfit::Unsupported { what: "a sound" }),
        _ => Err(Unfit::NotAPicture),
    }
}

/// The family of HEIC, AVIF and MP4: boxes, the first of which lists brands. `mif1` is any picture in boxes; nearly all are HEIC, but an
/// AVIF may lead with it too, and then lists `avif` behind.
fn boxed(bytes: &[u8]) -> Unfit {
    let declared = bytes.first_chunk().map_or(0, |length| u32::from_be_bytes(*length));
    let end = usize::try_from(declared).unwrap_or(usize::MAX).clamp(12, 256).min(bytes.len());
    let brands: Vec<&[u8]> = bytes.get(8..end).unwrap_or_default().chunks_exact(4).collect();
    let has = |names: &[&[u8; 4]]| brands.iter().any(|brand| names.iter().any(|name| brand == name));
    match () {
        () if has(&[b"avif", b"avis"]) => Unfit::Unsupported { what: "an AVIF" },
        () if has(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]) => Unfit::Heic,
        () if has(&[b"crx "]) => Unfit::Unsupported { what: "a camera's raw file" },
        () => Unfit::Unsupported { what: "a video" },
    }
}

fn text(bytes: &[u8]) -> Unfit {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if !bytes.starts_with(b"<") {
        return Unfit::NotAPicture;
    }
    let head = bytes.get(..TEXT_HEAD).unwrap_or(bytes).to_ascii_lowercase();
    let has = |word: &[u8]| head.windows(word.len()).any(|window| window == word);
    match () {
        () if has(b"<html") || has(b"<!doctype html") || has(b"<script") && !has(b"<svg") => {
            Unfit::Unsupported { what: "a web page" }
        }
        () if has(b"<svg") => Unfit::Unsupported { what: "an SVG drawing" },
        () => Unfit::NotAPicture,
    }
}
