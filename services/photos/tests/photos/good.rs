//! Photos as residents send them.

use crate::made::{
    self, BLUE, GREEN, HEIGHT, QUARTERS, RED, WHITE, WIDTH, YELLOW, exif, jpeg, noise, png, quarters, webp,
};
use crate::seen::{assert_clean_photo, assert_quarters, assert_size, pixels, taken};
use image::{Rgb, RgbImage};
use jpeg_encoder::{ColorType, SamplingFactor};
use pathfinder_photos::{Limits, take_in};

/// A name, the file, and what its quarters show.
type Good = (&'static str, Vec<u8>, [[u8; 3]; 4]);

fn jpegs() -> Vec<Good> {
    let picture = quarters(WIDTH, HEIGHT);
    let set = |settings: fn(&mut jpeg_encoder::Encoder<&mut Vec<u8>>)| jpeg::set(&picture, settings);
    let greys = [82, 118, 52, 202].map(|grey| [grey; 3]);
    vec![
        ("baseline", jpeg::plain(), QUARTERS),
        ("progressive", jpeg::progressive(&picture), QUARTERS),
        ("progressive in full", set(|encoder| encoder.set_progressive(true)), QUARTERS),
        ("progressive, many scans", set(|encoder| encoder.set_progressive_scans(20)), QUARTERS),
        ("subsampled both ways", set(|encoder| encoder.set_sampling_factor(SamplingFactor::F_2_2)), QUARTERS),
        ("subsampled across", set(|encoder| encoder.set_sampling_factor(SamplingFactor::F_2_1)), QUARTERS),
        ("subsampled down", set(|encoder| encoder.set_sampling_factor(SamplingFactor::F_1_2)), QUARTERS),
        ("with restarts", set(|encoder| encoder.set_restart_interval(2)), QUARTERS),
        ("a restart for each row", set(|encoder| encoder.set_restart_interval(7)), QUARTERS),
        ("a restart for each block", set(|encoder| encoder.set_restart_interval(1)), QUARTERS),
        ("optimised tables", set(|encoder| encoder.set_optimized_huffman_tables(true)), QUARTERS),
        ("restarts and subsampled", restarts_and_subsampled(), QUARTERS),
        ("progressive with restarts", progressive_with_restarts(), QUARTERS),
        ("grey", jpeg::grey(), greys),
        ("inks of a printer", jpeg::inks(ColorType::Cmyk), QUARTERS),
        ("inks as brightness and colours", jpeg::inks(ColorType::CmykAsYcck), QUARTERS),
    ]
}

fn restarts_and_subsampled() -> Vec<u8> {
    jpeg::set(&quarters(WIDTH, HEIGHT), |encoder| {
        encoder.set_restart_interval(3);
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
    })
}

fn progressive_with_restarts() -> Vec<u8> {
    jpeg::set(&quarters(WIDTH, HEIGHT), |encoder| {
        encoder.set_progressive(true);
        encoder.set_restart_interval(5);
    })
}

fn pngs() -> Vec<Good> {
    let paled = [142, 217, 142];
    vec![
        ("png", png::rgb(), QUARTERS),
        ("png, interlaced", png::interlaced(), QUARTERS),
        ("png, transparent", png::transparent(), [WHITE, paled, BLUE, YELLOW]),
        ("png, grey", png::grey(), [[0; 3], [90; 3], [180; 3], [255; 3]]),
        ("png, grey and transparent", png::grey_transparent(), [WHITE, [127; 3], [0; 3], [0; 3]]),
        ("png, sixteen bits", png::sixteen_bits(), QUARTERS),
        ("png, palette", png::palette(), [WHITE, GREEN, BLUE, YELLOW]),
    ]
}

#[test]
fn jpegs_of_every_usual_kind_show_what_they_showed() {
    for (name, bytes, expected) in jpegs() {
        let photo = taken(&bytes).unwrap_or_else(|unfit| panic!("{name}: {unfit}"));
        assert_clean_photo(name, &photo);
        assert_size(name, &photo);
        assert_quarters(name, &photo, expected);
    }
}

#[test]
fn pngs_of_every_usual_kind_show_what_they_showed() {
    for (name, bytes, expected) in pngs() {
        let photo = taken(&bytes).unwrap_or_else(|unfit| panic!("{name}: {unfit}"));
        assert_clean_photo(name, &photo);
        assert_size(name, &photo);
        assert_quarters(name, &photo, expected);
    }
    let photo = taken(&png::one_bit()).expect("one bit a pixel is a picture");
    assert_clean_photo("png, one bit", &photo);
    assert_quarters("png, one bit", &photo, [[0; 3], WHITE, [0; 3], WHITE]);
}

#[test]
fn webps_of_every_kind_show_what_they_showed_and_animations_their_first_frame() {
    let goods: [Good; 5] = [
        ("webp, lossless", webp::lossless(), QUARTERS),
        ("webp, lossy", webp::lossy(), QUARTERS),
        ("webp, lossy and transparent", webp::lossy_transparent(), [WHITE, GREEN, BLUE, YELLOW]),
        ("webp, animated", webp::animated(), QUARTERS),
        ("webp, extended", webp::extended(0, &[]), QUARTERS),
    ];
    for (name, bytes, expected) in goods {
        let photo = taken(&bytes).unwrap_or_else(|unfit| panic!("{name}: {unfit}"));
        assert_clean_photo(name, &photo);
        assert_quarters(name, &photo, expected);
    }
}

/// What the camera saw stands upright, whichever way it was held: the stored quarters are turned as EXIF defines each value.
#[test]
fn all_eight_orientations_are_turned_upright_in_every_format() {
    let [a, b, c, d] = QUARTERS;
    let turned = [
        (1, [a, b, c, d]),
        (2, [b, a, d, c]),
        (3, [d, c, b, a]),
        (4, [c, d, a, b]),
        (5, [a, c, b, d]),
        (6, [c, a, d, b]),
        (7, [d, b, c, a]),
        (8, [b, d, a, c]),
    ];
    for (value, expected) in turned {
        let block = exif::orientation(value);
        let files = [
            ("jpeg", jpeg::with_exif(&jpeg::plain(), &block)),
            ("jpeg, little endian", jpeg::with_exif(&jpeg::plain(), &exif::block(value, b""))),
            ("png", png::with(&[png::chunk(b"eXIf", &block)])),
            ("webp", webp::extended(0x08, &[webp::chunk(b"EXIF", &block)])),
            ("webp, named", webp::extended(0x08, &[webp::chunk(b"EXIF", &[b"Exif\0\0", &block[..]].concat())])),
        ];
        for (format, bytes) in files {
            let name = format!("{format}, orientation {value}");
            let photo = taken(&bytes).unwrap_or_else(|unfit| panic!("{name}: {unfit}"));
            assert_clean_photo(&name, &photo);
            let upright = if value >= 5 { (HEIGHT, WIDTH) } else { (WIDTH, HEIGHT) };
            assert_eq!((photo.full.width, photo.full.height), upright, "{name}");
            assert_quarters(&name, &photo, expected);
        }
    }
}

#[test]
fn an_orientation_that_makes_no_sense_turns_nothing() {
    for block in
        [exif::orientation(0), exif::orientation(9), b"II*\0\xff\xff\xff\xff".to_vec(), b"junk".to_vec(), vec![]]
    {
        let photo = taken(&jpeg::with_exif(&jpeg::plain(), &block)).expect("the picture itself is whole");
        assert_quarters("odd orientation", &photo, QUARTERS);
    }
}

#[test]
fn large_pictures_are_shrunk_in_proportion_and_small_ones_never_enlarged() {
    for (width, height, full, thumbnail) in [
        (2100, 1050, (2048, 1024), (320, 160)),
        (1050, 2100, (1024, 2048), (160, 320)),
        (2048, 700, (2048, 700), (320, 109)),
        (400, 300, (400, 300), (320, 240)),
        (320, 200, (320, 200), (320, 200)),
        (16, 16, (16, 16), (16, 16)),
        (9000, 16, (2048, 4), (320, 1)),
    ] {
        let photo = taken(&jpeg::of(&quarters(width, height))).expect("a good photo");
        assert_eq!((photo.full.width, photo.full.height), full, "{width} by {height}");
        assert_eq!((photo.thumbnail.width, photo.thumbnail.height), thumbnail, "{width} by {height}");
        assert_clean_photo("shrunk", &photo);
        if height > 16 {
            assert_quarters("shrunk", &photo, QUARTERS);
        }
    }
}

/// A shrunk picture shows the average of what was there: stripes become grey, not one of their two colours.
#[test]
fn shrinking_averages() {
    let stripes = RgbImage::from_fn(1280, 640, |x, _| Rgb([if x % 2 == 0 { 255 } else { 0 }; 3]));
    let photo = taken(&png::of_rgb(&stripes)).expect("a good photo");
    for pixel in pixels(&photo.thumbnail).pixels() {
        assert!(pixel.0.iter().all(|channel| channel.abs_diff(128) <= 8), "grey was expected: {pixel:?}");
    }
}

#[test]
fn a_photo_is_the_same_each_time_it_is_made() {
    let bytes = jpeg::progressive(&noise(90, 70));
    assert_eq!(taken(&bytes).expect("a good photo"), taken(&bytes).expect("a good photo"));
}

#[test]
fn what_came_out_can_come_in() {
    let photo = taken(&jpeg::plain()).expect("a good photo");
    let again = taken(&photo.full.bytes).expect("its own work");
    assert_quarters("again", &again, [RED, GREEN, BLUE, YELLOW]);
}

#[test]
fn smaller_limits_are_kept_too() {
    let limits = Limits { kept_side: 40, thumbnail_side: 20, ..Limits::default() };
    let photo = take_in(&jpeg::of(&made::quarters(400, 200)), &limits).expect("a good photo");
    assert_eq!((photo.full.width, photo.full.height), (40, 20));
    assert_eq!((photo.thumbnail.width, photo.thumbnail.height), (20, 10));
}
