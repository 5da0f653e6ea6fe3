//! Files that are no photos, or none that is read.

use crate::made::{Dice, WHITE, jpeg, png, webp};
use crate::seen::{assert_quarters, assert_refused, holds, taken};
use pathfinder_photos::Unfit;

/// The first box of the family of HEIC, AVIF and MP4.
fn boxed(brands: &[&[u8; 4]]) -> Vec<u8> {
    let length = u32::try_from(12 + 4 * brands.len()).unwrap();
    let list = brands[1..].iter().flat_map(|brand| brand.iter().copied());
    let head = [&length.to_be_bytes()[..], b"ftyp", brands[0], b"\0\0\0\0"].concat();
    head.into_iter().chain(list).chain(Dice::new(1).bytes(500)).collect()
}

#[test]
fn heic_is_refused_with_the_way_out() {
    for brands in
        [&[b"heic", b"mif1", b"heic"][..], &[b"mif1", b"heic"], &[b"mif1"], &[b"heix", b"mif1"], &[b"msf1", b"hevc"]]
    {
        let outcome = taken(&boxed(brands));
        let sentence = outcome.as_ref().expect_err("HEIC is not read").to_string();
        assert!(sentence.contains("Settings, Camera, Formats, Most Compatible"), "{sentence}");
        assert_refused("heic", outcome, "HEIC");
    }
}

#[test]
fn known_formats_are_refused_by_their_names() {
    let named: [(Vec<u8>, &str); 22] = [
        (boxed(&[b"avif", b"mif1"]), "an AVIF"),
        (boxed(&[b"mif1", b"avif", b"miaf"]), "an AVIF"),
        (boxed(&[b"isom", b"mp41"]), "a video"),
        (boxed(&[b"qt  "]), "a video"),
        (boxed(&[b"crx ", b"isom"]), "a camera's raw file"),
        (b"GIF89a\x34\0\x24\0\x80\0\0".to_vec(), "a GIF"),
        (b"GIF87a\x01\0\x01\0/*=1;alert('script in a GIF')//".to_vec(), "a GIF"),
        (b"II*\0\x08\0\0\0\0\0".to_vec(), "a TIFF"),
        (b"MM\0*\0\0\0\x08\0\0".to_vec(), "a TIFF"),
        (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec(), "a BMP"),
        (b"%PDF-1.7\n1 0 obj".to_vec(), "a PDF"),
        (b"PK\x03\x04\x14\0\0\0".to_vec(), "a ZIP archive"),
        (b"MZ\x90\0\x03\0\0\0\x04\0".to_vec(), "a program"),
        (b"\x7fELF\x02\x01\x01".to_vec(), "a program"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec(), "an SVG"),
        (b"\xef\xbb\xbf\n<?xml version='1.0'?>\n<!-- a --><SVG onload='alert(1)'/>".to_vec(), "an SVG"),
        (b"<!DOCTYPE html><html><body><svg/></body></html>".to_vec(), "a web page"),
        (b"  <script>alert(1)</script>".to_vec(), "a web page"),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0".to_vec(), "a video"),
        (b"RIFF\x24\0\0\0AVI LIST".to_vec(), "a video"),
        (b"\xff\x0a\xfa\x7f".to_vec(), "a JPEG XL"),
        (b"8BPS\0\x01\0\0".to_vec(), "a Photoshop file"),
    ];
    for (bytes, what) in named {
        let outcome = taken(&bytes);
        let sentence = outcome.as_ref().expect_err("none of these is read").to_string();
        assert!(sentence.contains(what), "{what}: {sentence}");
        assert_refused(what, outcome, "UNSUPPORTED");
    }
}

#[test]
fn rare_kinds_of_jpeg_are_refused_as_such() {
    let plain = jpeg::plain();
    let frame = jpeg::find(&plain, 0xc0);
    for marker in [0xc3, 0xc5, 0xc9, 0xca, 0xcb, 0xcf] {
        let mut rare = plain.clone();
        rare[frame + 1] = marker;
        assert_refused("a rare frame", taken(&rare), "UNSUPPORTED");
    }
    let mut deep = plain.clone();
    deep[frame + 4] = 12;
    assert_refused("twelve bits", taken(&deep), "UNSUPPORTED");
}

#[test]
fn what_is_no_file_of_any_kind_known_is_refused() {
    let texts = [
        "The street light is broken.",
        "BMW parked on the pavement",
        "MZ is two letters of text",
        "<note>a</note>",
        " ",
        "RIFF raff",
    ];
    for text in texts {
        assert_refused(text, taken(text.as_bytes()), "NOT_A_PICTURE");
    }
    for seed in 1..40 {
        let chance = Dice::new(seed).bytes(3_000);
        assert_refused(&format!("chance {seed}"), taken(&chance), "NOT_A_PICTURE");
    }
    for short in [&b"\xff"[..], b"\xff\xd8", b"\x89PNG", b"\0\0\0\x18fty", b"\0"] {
        assert_refused("a few bytes", taken(short), "NOT_A_PICTURE");
    }
    assert_refused("nothing", taken(b""), "EMPTY");
}

#[test]
fn signatures_alone_are_broken() {
    for magic in
        [&b"\xff\xd8\xff"[..], png::SIGNATURE, b"RIFF\x04\0\0\0WEBP", b"RIFF\0\0\0\0WEBP", b"RIFF\xff\xff\xff\xffWEBP"]
    {
        assert_refused("a signature", taken(magic), "BROKEN");
    }
}

/// Nobody is asked for a name, so a wrong one changes nothing: what stands in the file decides.
#[test]
fn the_content_decides_and_comes_out_as_a_jpeg() {
    for (called, bytes) in
        [("holiday.jpg", png::transparent()), ("scan.gif", webp::lossless()), ("notes.txt", jpeg::plain())]
    {
        let photo = taken(&bytes).unwrap_or_else(|unfit| panic!("{called}: {unfit}"));
        assert!(photo.full.bytes.starts_with(b"\xff\xd8\xff\xe0"), "{called} comes out as a JPEG");
        assert!(!holds(&photo, b"IHDR") && !holds(&photo, b"WEBP"), "{called}: nothing is left of what it was");
    }
    let photo = taken(&png::transparent()).expect("a good photo");
    let [_, green, blue, yellow] = [WHITE, [142, 217, 142], [30, 30, 220], [230, 220, 40]];
    assert_quarters("holiday.jpg", &photo, [WHITE, green, blue, yellow]);
    assert_refused("photo.jpg", taken(b"<html>"), "UNSUPPORTED");
}

#[test]
fn codes_are_words_of_their_own() {
    let all = [
        Unfit::Empty,
        Unfit::TooManyBytes { given: 20_000_000, most: 15_728_640 },
        Unfit::Heic,
        Unfit::Unsupported { what: "a GIF" },
        Unfit::NotAPicture,
        Unfit::TooManyPixels { width: 12_000, height: 9_000, most: 50_000_000 },
        Unfit::TooLong { width: 30_000, height: 20, most: 20_000 },
        Unfit::TooSmall { width: 1, height: 1, least: 16 },
        Unfit::Broken,
        Unfit::TooMuchMemory { width: 7_000, height: 7_000 },
        Unfit::NoRegion,
        Unfit::TooManyRegions { given: 101, most: 100 },
        Unfit::BadRegion { what: "left" },
    ];
    let codes: std::collections::BTreeSet<_> = all.iter().map(Unfit::code).collect();
    assert_eq!(codes.len(), all.len(), "each has a code of its own: {codes:?}");
    assert!(all[5].to_string().contains("12000 by 9000 pixels; at most 50 million"), "{}", all[5]);
    for unfit in all {
        let code = unfit.code();
        assert_refused(code, Err(unfit.clone()), code);
    }
}
