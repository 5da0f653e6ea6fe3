//! What a file carries beside its picture, and must never reach anybody: places, names, comments, other files.

use crate::made::{HEIGHT, QUARTERS, WIDTH, exif, jpeg, png, quarters, webp};
use crate::seen::{assert_clean_photo, assert_quarters, holds, markers, taken};
use pathfinder_photos::Photo;

/// Stands in whatever a test hides.
const SECRET: &[u8] = b"SECRET-4711-SW1A";

/// A PDF that a reader would open.
const PDF: &[u8] = b"%PDF-1.4\nSECRET-4711-SW1A 1 0 obj<</Type/Catalog>>endobj\n%%EOF";

/// An archive of one stored file.
const ZIP: &[u8] =
    b"PK\x03\x04\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0\x10\0\0\0\x01\0\0\0aSECRET-4711-SW1APK\x05\x06\0\0\0\0";

/// Everything that hides has one of these in it; none may come out.
fn assert_nothing_hidden(name: &str, bytes: &[u8]) -> Photo {
    let photo = taken(bytes).unwrap_or_else(|unfit| panic!("{name}: {unfit}"));
    assert_clean_photo(name, &photo);
    let (latitude, longitude) = (exif::latitude(), exif::longitude());
    let needles: [&[u8]; 13] = [
        SECRET,
        exif::OWNER,
        &latitude,
        &longitude,
        b"Exif",
        b"http",
        b"ICC_PROFILE",
        b"Photoshop",
        b"Adobe",
        b"<script",
        b"%PDF",
        b"PK\x03\x04",
        b"MPF\0",
    ];
    let mut carried = false;
    for needle in needles {
        carried |= bytes.windows(needle.len()).any(|window| window == needle);
        assert!(!holds(&photo, needle), "{name}: {:?} came out", String::from_utf8_lossy(needle));
    }
    assert!(carried, "{name}: the file that came in hides something, or this test shows nothing");
    assert_quarters(name, &photo, QUARTERS);
    photo
}

#[test]
fn places_owners_and_embedded_thumbnails_of_exif_are_gone() {
    let inner = jpeg::with(&jpeg::of(&quarters(32, 32)), 0xfe, SECRET);
    let block = exif::block(1, &inner);
    let files = [
        ("jpeg", jpeg::with_exif(&jpeg::plain(), &block)),
        ("jpeg, progressive", jpeg::with_exif(&jpeg::progressive(&quarters(WIDTH, HEIGHT)), &block)),
        ("jpeg, twice", jpeg::with_exif(&jpeg::with_exif(&jpeg::plain(), &block), &block)),
        ("png", png::with(&[png::chunk(b"eXIf", &block)])),
        ("webp", webp::extended(0x08, &[webp::chunk(b"EXIF", &block)])),
    ];
    for (name, bytes) in files {
        for needle in [exif::latitude(), exif::longitude(), exif::OWNER.to_vec(), SECRET.to_vec()] {
            assert!(bytes.windows(needle.len()).any(|window| window == needle), "{name}: the file knows the place");
        }
        assert_nothing_hidden(name, &bytes);
    }
}

#[test]
fn every_other_segment_of_a_jpeg_is_gone() {
    let plain = jpeg::plain();
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>", SECRET].concat();
    let iptc = [b"Photoshop 3.0\08BIM\x04\x04\0\0\0\0\0\x10", SECRET].concat();
    let profile = [b"ICC_PROFILE\0\x01\x01", SECRET].concat();
    let files = [
        ("xmp", jpeg::with(&plain, 0xe1, &xmp)),
        ("iptc", jpeg::with(&plain, 0xed, &iptc)),
        ("profile", jpeg::with(&plain, 0xe2, &profile)),
        ("comment", jpeg::with(&plain, 0xfe, SECRET)),
        ("words of an application", jpeg::with(&plain, 0xeb, SECRET)),
        ("several pictures", jpeg::with(&plain, 0xe2, &[b"MPF\0", SECRET].concat())),
        ("thumbnail of jfif", jpeg::with(&plain, 0xe0, &[b"JFXX\0\x10", SECRET].concat())),
        ("comment after the frame", before_scan(&plain, &jpeg::segment(0xfe, SECRET))),
        ("exif after the frame", before_scan(&plain, &jpeg::segment(0xe1, &[b"Exif\0\0", SECRET].concat()))),
        ("stray bytes between segments", before_scan(&plain, SECRET)),
    ];
    for (name, bytes) in files {
        assert_nothing_hidden(name, &bytes);
    }
}

fn before_scan(jpeg: &[u8], more: &[u8]) -> Vec<u8> {
    let scan = jpeg::find(jpeg, 0xda);
    [&jpeg[..scan], more, &jpeg[scan..]].concat()
}

#[test]
fn every_other_chunk_of_a_png_is_gone() {
    let zipped = png::deflated(&SECRET.repeat(4));
    let files = [
        ("text", png::chunk(b"tEXt", &[b"Author\0", SECRET].concat())),
        ("text in any language", png::chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0http", SECRET].concat())),
        ("packed text", png::chunk(b"zTXt", &[b"Exif\0\0", &zipped[..]].concat())),
        ("profile", png::chunk(b"iCCP", &[b"Adobe\0\0", &zipped[..]].concat())),
        ("a chunk of its own", png::chunk(b"prIv", SECRET)),
    ];
    for (name, chunk) in files {
        assert_nothing_hidden(name, &png::with(&[chunk]));
    }
}

#[test]
fn every_other_chunk_of_a_webp_is_gone() {
    for (name, flags, kind) in [("profile", 0x20, b"ICCP"), ("xmp", 0x04, b"XMP "), ("a chunk of its own", 0, b"priv")]
    {
        assert_nothing_hidden(name, &webp::extended(flags, &[webp::chunk(kind, SECRET)]));
    }
}

#[test]
fn files_that_are_also_other_files_come_out_as_pictures_only() {
    let html = [b"<html><script>alert('", SECRET, b"')</script>"].concat();
    let (plain, png, webp) = (jpeg::plain(), png::rgb(), webp::lossless());
    let second = jpeg::with(&jpeg::of(&quarters(300, 200)), 0xfe, SECRET);
    let files = [
        ("jpeg and zip", [&plain[..], ZIP].concat()),
        ("jpeg and html behind it", [&plain[..], &html].concat()),
        ("jpeg and html in a comment", jpeg::with(&plain, 0xfe, &html)),
        ("jpeg and script", jpeg::with(&plain, 0xfe, &[b"*/=1;alert(1);/*", SECRET].concat())),
        ("jpeg and another jpeg", [&plain[..], &second].concat()),
        ("png and pdf", [&png[..], PDF].concat()),
        ("png and pdf in text", png::with(&[png::chunk(b"tEXt", &[b"a\0", PDF].concat())])),
        ("png and zip", [&png[..], ZIP].concat()),
        ("webp and zip", [&webp[..], ZIP].concat()),
    ];
    for (name, bytes) in files {
        assert_nothing_hidden(name, &bytes);
    }
}

/// Unused palette entries and unused bits are places to hide in that no container shows.
#[test]
fn colours_that_no_pixel_uses_are_gone() {
    let palette = [&QUARTERS.concat()[..], SECRET, b"ab"].concat();
    let bytes =
        png::kind(8, 3, false, &[png::chunk(b"PLTE", &palette)], |quarter| vec![u8::try_from(quarter).unwrap()]);
    assert_nothing_hidden("palette", &bytes);
}

/// What lies under full transparency was never seen by its sender either.
#[test]
fn colours_under_transparency_are_white() {
    let photo = taken(&png::transparent()).expect("a good photo");
    let shown = crate::seen::pixels(&photo.full);
    assert!(shown.get_pixel(4, 4).0.iter().all(|channel| *channel >= 250), "red lay there, fully transparent");
}

/// The checks of these tests can fail.
#[test]
fn the_walk_over_markers_sees_what_it_looks_for() {
    let dirty = [&jpeg::with(&jpeg::with(&jpeg::plain(), 0xfe, SECRET), 0xe1, b"Exif\0\0")[..], b"behind"].concat();
    let (found, behind) = markers(&dirty);
    assert_eq!((found[0], found[1], behind), (0xe1, 0xfe, 6));
}
