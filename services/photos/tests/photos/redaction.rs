//! What is painted over is gone, and nothing else is.

use crate::made::{BLUE, GREEN, QUARTERS, RED, YELLOW, exif, jpeg, noise, png, quarters};
use crate::seen::{assert_clean_photo, assert_quarters, assert_refused, pixels, taken};
use pathfinder_photos::{Limits, Photo, Region, Unfit, redact};

const BLACK: [u8; 3] = [0, 0, 0];

fn region(left: f64, top: f64, width: f64, height: f64) -> Region {
    Region::new(left, top, width, height).expect("a region within the picture")
}

fn redacted(photo: &Photo, regions: &[Region]) -> Photo {
    redact(&photo.full.bytes, regions, &Limits::default()).expect("its own work, and regions")
}

#[test]
fn a_region_is_black_in_both_pictures_and_the_rest_stays() {
    let photo = taken(&jpeg::of(&quarters(800, 600))).expect("a good photo");
    for (index, at) in [(0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.5, 0.5)].into_iter().enumerate() {
        let again = redacted(&photo, &[region(at.0, at.1, 0.5, 0.5)]);
        assert_clean_photo("redacted", &again);
        assert_eq!((again.full.width, again.full.height), (800, 600));
        let mut expected = QUARTERS;
        expected[index] = BLACK;
        assert_quarters("redacted", &again, expected);
    }
    let both = redacted(&photo, &[region(0.0, 0.0, 0.5, 0.5), region(0.5, 0.5, 0.5, 0.5)]);
    assert_quarters("two", &both, [BLACK, GREEN, BLUE, BLACK]);
}

/// Beneath a region nothing is left to be made visible again: whatever lay there, the same bytes come out.
#[test]
fn nothing_of_what_was_there_can_be_told() {
    let (mut first, mut second) = (noise(160, 120), noise(160, 120));
    for (x, y, pixel) in first.enumerate_pixels_mut().filter(|(x, y, _)| (48..112).contains(x) && (32..80).contains(y))
    {
        pixel.0 = [u8::try_from(x).unwrap(), u8::try_from(y).unwrap(), 99];
    }
    for (_, _, pixel) in second.enumerate_pixels_mut().filter(|(x, y, _)| (48..112).contains(x) && (32..80).contains(y))
    {
        pixel.0 = RED;
    }
    let limits = Limits::default();
    let regions = [region(0.3, 32.0 / 120.0, 0.4, 0.4)];
    // From a format without loss: a JPEG's own rounding would already differ around the region.
    let made =
        |picture| redact(&crate::made::png::of_rgb(picture), &regions, &limits).expect("a picture, and a region");
    assert_ne!(taken(&jpeg::of(&first)), taken(&jpeg::of(&second)), "the pictures differ before");
    assert_eq!(made(&first), made(&second), "what was painted over leaves no trace");
}

#[test]
fn a_region_covers_every_pixel_that_it_touches() {
    let picture = crate::made::png::of_rgb(&image::RgbImage::from_pixel(100, 100, image::Rgb([255; 3])));
    let dark = |x, y, width, height| {
        let photo =
            redact(&picture, &[region(x, y, width, height)], &Limits::default()).expect("a picture, and a region");
        pixels(&photo.full)
            .enumerate_pixels()
            .filter(|(_, _, pixel)| pixel.0[0] < 100)
            .map(|(x, y, _)| (x, y))
            .collect::<Vec<_>>()
    };
    let smallest = dark(0.405, 0.405, 1e-9, 1e-9);
    assert_eq!(smallest, [(40, 40)], "the smallest region covers the pixel that it is in");
    assert_eq!(
        dark(0.405, 0.405, 0.01, 0.01),
        [(40, 40), (41, 40), (40, 41), (41, 41)],
        "four pixels touched, four covered"
    );
    assert_eq!(dark(0.999_999_9, 0.999_999_9, 1e-7, 1e-7), [(99, 99)], "the last pixel can be covered");
    assert_eq!(dark(0.0, 0.0, 1.0, 1.0).len(), 10_000, "so can all");
}

#[test]
fn regions_count_from_the_upright_picture() {
    let turned = jpeg::with_exif(&jpeg::plain(), &exif::orientation(6));
    let upright = [BLUE, RED, YELLOW, GREEN];
    assert_quarters("upright", &taken(&turned).expect("a good photo"), upright);
    let photo = redact(&turned, &[region(0.0, 0.0, 0.5, 0.5)], &Limits::default()).expect("a picture, and a region");
    assert_quarters("redacted", &photo, [BLACK, RED, YELLOW, GREEN]);
}

#[test]
fn regions_that_are_none_are_refused() {
    let bad = [
        (f64::NAN, 0.0, 0.5, 0.5, "left"),
        (-0.1, 0.0, 0.5, 0.5, "left"),
        (1.0, 0.0, 0.5, 0.5, "left"),
        (f64::INFINITY, 0.0, 0.5, 0.5, "left"),
        (0.0, f64::NAN, 0.5, 0.5, "top"),
        (0.0, f64::NEG_INFINITY, 0.5, 0.5, "top"),
        (0.0, 1.5, 0.5, 0.5, "top"),
        (0.0, 0.0, 0.0, 0.5, "width"),
        (0.0, 0.0, -0.5, 0.5, "width"),
        (0.0, 0.0, f64::NAN, 0.5, "width"),
        (0.6, 0.0, 0.5, 0.5, "width"),
        (0.0, 0.0, f64::INFINITY, 0.5, "width"),
        (0.0, 0.0, 0.5, 0.0, "height"),
        (0.0, 0.0, 0.5, f64::NAN, "height"),
        (0.0, 0.9, 0.5, 0.2, "height"),
    ];
    for (left, top, width, height, what) in bad {
        let outcome = Region::new(left, top, width, height);
        assert_eq!(outcome, Err(Unfit::BadRegion { what }), "{left} {top} {width} {height}");
    }
    assert!(Region::new(0.7, 0.1, 0.3, 0.9).is_ok(), "sums that binary fractions round up are within");
}

#[test]
fn a_redaction_wants_a_photo_and_some_regions() {
    let (plain, limits) = (jpeg::plain(), Limits::default());
    let one = region(0.1, 0.1, 0.1, 0.1);
    assert_refused("no region", redact(&plain, &[], &limits), "NO_REGION");
    assert_refused("101 regions", redact(&plain, &[one; 101], &limits), "TOO_MANY_REGIONS");
    assert!(redact(&plain, &[one; 100], &limits).is_ok(), "a hundred are taken");
    assert_refused("no photo", redact(b"", &[one], &limits), "EMPTY");
    assert_refused("half a photo", redact(&plain[..plain.len() / 2], &[one], &limits), "BROKEN");
    assert_refused("too many bytes", redact(&plain, &[one], &Limits { bytes: 100, ..limits }), "TOO_MANY_BYTES");
}

#[test]
fn what_is_kept_of_a_long_picture_can_be_redacted() {
    let photo = taken(&png::of_rgb(&noise(4_096, 20))).expect("it has twenty pixels a side");
    assert!(photo.full.height < Limits::default().least_side, "it is kept thinner: {}", photo.full.height);
    assert_eq!(redacted(&photo, &[region(0.0, 0.0, 0.5, 1.0)]).full.height, photo.full.height);
}
