//! Small files that would become large, or slow.

use crate::made::{HEIGHT, QUARTERS, WIDTH, jpeg, noise, png, quarters, webp};
use crate::seen::{assert_clean_photo, assert_quarters, assert_refused, taken};
use pathfinder_photos::{Limits, take_in};

/// All zeros: one colour, or transparent.
fn one_colour(width: u32, height: u32, depth: u8, kind: u8, bytes_per_row: usize) -> Vec<u8> {
    let rows = png::deflated_zeros((bytes_per_row + 1) * usize::try_from(height).unwrap());
    png::file(&[png::header(width, height, depth, kind, false), png::chunk(b"IDAT", &rows)])
}

#[test]
fn a_png_of_one_colour_and_huge_size_is_refused_by_its_header() {
    let bytes = one_colour(30_000, 30_000, 1, 0, 3_750);
    assert!(bytes.len() < 1_000_000, "a bomb is small: {}", bytes.len());
    assert_refused("30,000 a side", taken(&bytes), "TOO_LONG");
    assert_refused("19,000 a side", taken(&one_colour(19_000, 19_000, 1, 0, 2_375)), "TOO_MANY_PIXELS");
    let widest = png::file(&[png::header(u32::MAX, u32::MAX, 8, 6, false), png::chunk(b"IDAT", &png::deflated(&[0]))]);
    assert_refused("the largest numbers", taken(&widest), "TOO_LONG");
}

#[test]
fn a_large_picture_within_the_limits_is_taken() {
    let photo = taken(&one_colour(7_000, 7_000, 1, 0, 875)).expect("49 megapixels are allowed");
    assert_clean_photo("49 megapixels", &photo);
    assert_eq!((photo.full.width, photo.full.height), (2_048, 2_048));
}

#[test]
fn a_picture_within_its_pixels_may_still_need_too_much_memory() {
    let bytes = one_colour(7_000, 7_000, 16, 6, 10);
    assert_refused("sixteen bits and transparent", taken(&bytes), "TOO_MUCH_MEMORY");
    let limits = Limits { memory: 10_000, ..Limits::default() };
    for (name, bytes) in
        [("jpeg", jpeg::plain()), ("png", png::rgb()), ("webp", webp::lossless()), ("lossy", webp::lossy())]
    {
        assert_refused(name, take_in(&bytes, &Limits { memory: 1_000, ..limits }), "TOO_MUCH_MEMORY");
    }
}

#[test]
fn a_hundred_megapixels_are_refused_in_every_format() {
    let plain = jpeg::plain();
    assert_refused("jpeg", taken(&jpeg::declaring(&plain, 12_000, 9_000)), "TOO_MANY_PIXELS");
    assert_refused("jpeg, too long", taken(&jpeg::declaring(&plain, 65_535, 20)), "TOO_LONG");
    let progressive = jpeg::progressive(&quarters(WIDTH, HEIGHT));
    assert_refused("jpeg, progressive", taken(&jpeg::declaring(&progressive, 10_000, 10_000)), "TOO_MANY_PIXELS");

    let mut lossless = webp::lossless();
    let packed = 9_999_u32 | 9_999 << 14;
    lossless[21..25].copy_from_slice(&packed.to_le_bytes());
    assert_refused("webp, lossless", taken(&lossless), "TOO_MANY_PIXELS");
    let mut lossy = webp::lossy();
    lossy[26..28].copy_from_slice(&10_000_u16.to_le_bytes());
    lossy[28..30].copy_from_slice(&10_000_u16.to_le_bytes());
    assert_refused("webp, lossy", taken(&lossy), "TOO_MANY_PIXELS");
}

/// The canvas says 52 by 36; the frame within would take a gigabyte.
#[test]
fn a_webp_whose_canvas_is_smaller_than_its_frame_is_judged_by_the_frame() {
    let mut lossless = webp::lossless();
    lossless[21..25].copy_from_slice(&(16_000_u32 | 16_000 << 14).to_le_bytes());
    let bytes = webp::file(&[webp::canvas(0, WIDTH, HEIGHT), lossless[12..].to_vec()]);
    assert_refused("huge frame", taken(&bytes), "TOO_MANY_PIXELS");
    let bytes = webp::file(&[webp::canvas(0, WIDTH + 1, HEIGHT), webp::lossless()[12..].to_vec()]);
    assert_refused("another size", taken(&bytes), "BROKEN");
}

#[test]
fn pixels_that_count_visitors_are_refused() {
    assert_refused("one pixel", taken(&png::of_rgb(&quarters(1, 1))), "TOO_SMALL");
    assert_refused("a line", taken(&jpeg::of(&quarters(500, 15))), "TOO_SMALL");
    assert_refused("no width", taken(&jpeg::declaring(&jpeg::plain(), 0, 36)), "TOO_SMALL");
    assert_refused("no height", taken(&jpeg::declaring(&jpeg::plain(), 52, 0)), "TOO_SMALL");
    assert_refused("no sides", taken(&png::file(&[png::header(0, 0, 8, 2, false)])), "TOO_SMALL");
    let limits = Limits { least_side: 0, ..Limits::default() };
    let mut empty = webp::lossy_transparent();
    let at = empty.windows(3).position(|bytes| bytes == [0x9d, 0x01, 0x2a]).expect("the frame's start") + 3;
    empty[at..at + 4].fill(0);
    assert_refused("no sides, whatever is allowed", take_in(&empty, &limits), "TOO_SMALL");
}

#[test]
fn too_many_bytes_are_refused_before_they_are_read() {
    let limits = Limits::default();
    let mut bytes = jpeg::plain();
    bytes.resize(limits.bytes, 0);
    assert!(taken(&bytes).is_ok(), "as many as are allowed");
    bytes.push(0);
    assert_refused("one more", taken(&bytes), "TOO_MANY_BYTES");
    let unfit = taken(&bytes).expect_err("too many");
    assert!(unfit.to_string().contains("at most 15.7 MB"), "the sentence tells the limit: {unfit}");
}

/// A quarter of a gigabyte of text, profile or rows that no pixel needs, in a quarter of a megabyte.
#[test]
fn chunks_that_inflate_to_much_are_never_inflated() {
    let zeros = png::deflated_zeros(256 << 20);
    assert!(zeros.len() < 2 << 20, "a bomb is small: {}", zeros.len());
    for (name, chunk) in [
        ("text", png::chunk(b"zTXt", &[b"a\0\0", &zeros[..]].concat())),
        ("profile", png::chunk(b"iCCP", &[b"a\0\0", &zeros[..]].concat())),
        ("any text", png::chunk(b"iTXt", &[b"a\0\x01\0\0\0", &zeros[..]].concat())),
    ] {
        let photo = taken(&png::with(&[chunk])).unwrap_or_else(|unfit| panic!("{name}: {unfit}"));
        assert_quarters(name, &photo, QUARTERS);
    }
}

#[test]
fn many_scans_are_refused_and_ten_are_not() {
    let picture = noise(64, 64);
    let few = jpeg::set(&picture, |encoder| encoder.set_progressive_scans(10));
    assert_clean_photo("few", &taken(&few).expect("ten scans are usual"));

    // The last scan once more, and once more: each costs a pass over the whole picture.
    let last = few.windows(2).rposition(|pair| pair == [0xff, 0xda]).expect("a scan");
    let (head, scan) = (&few[..last], &few[last..few.len() - 2]);
    let many = [head, &scan.repeat(5_000), &[0xff, 0xd9]].concat();
    assert_refused("five thousand", taken(&many), "BROKEN");

    let plain = jpeg::plain();
    let (head, scan) = plain[..plain.len() - 2].split_at(jpeg::find(&plain, 0xda));
    let many = [head, &scan.repeat(5_000), &[0xff, 0xd9]].concat();
    assert_refused("five thousand, baseline", taken(&many), "BROKEN");
}

#[test]
fn a_hundred_thousand_empty_segments_and_chunks_are_passed_by() {
    let plain = jpeg::plain();
    let segments = jpeg::segment(0xfe, b"").repeat(100_000);
    let bytes = [&plain[..2], &segments, &plain[2..]].concat();
    assert_quarters("segments", &taken(&bytes).expect("comments are nothing"), QUARTERS);
    let chunks = png::chunk(b"tEXt", b"a\0b").repeat(100_000);
    assert_quarters("chunks", &taken(&png::with(&[chunks])).expect("texts are nothing"), QUARTERS);
    let chunks = vec![webp::chunk(b"priv", b""); 100_000];
    assert_quarters("riff", &taken(&webp::extended(0, &chunks)).expect("unknown chunks are nothing"), QUARTERS);
}

/// A lossless stream may bring tens of thousands of tables for a picture of any size, each in a five-hundredth of what it takes.
#[test]
fn a_webp_whose_tables_might_fill_the_memory_is_refused() {
    let photo = taken(&webp::of(&noise(400, 300))).expect("360 KB of tables at the most are 216 MB");
    assert_clean_photo("360 KB", &photo);
    assert_refused("1 MB", taken(&webp::of(&noise(700, 500))), "TOO_MUCH_MEMORY");
    let stream = [&[1_u8][..], &[0; 1_000_000]].concat();
    let alpha = webp::chunk(b"ALPH", &stream);
    let lossy = webp::lossy();
    assert_refused(
        "transparency",
        taken(&webp::file(&[webp::canvas(0x10, 48, 32), alpha, lossy[12..].to_vec()])),
        "TOO_MUCH_MEMORY",
    );
}
