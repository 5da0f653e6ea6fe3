//! Files that are cut, lie about themselves, or had their bits flipped.

use crate::made::{Dice, HEIGHT, WIDTH, jpeg, noise, png, quarters, webp};
use crate::seen::{assert_clean_photo, assert_refused, taken};
use jpeg_encoder::SamplingFactor;

/// One of each kind, of noise where it can be made, so that no part is there for nothing.
fn kinds() -> Vec<(&'static str, Vec<u8>)> {
    let picture = noise(70, 50);
    vec![
        ("jpeg", jpeg::of(&picture)),
        ("jpeg, subsampled", jpeg::set(&picture, |encoder| encoder.set_sampling_factor(SamplingFactor::F_2_2))),
        ("jpeg, progressive", jpeg::progressive(&picture)),
        ("jpeg, restarts", jpeg::set(&picture, |encoder| encoder.set_restart_interval(4))),
        ("png", png::of_rgb(&picture)),
        ("png, interlaced", png::interlaced()),
        ("png, palette", png::palette()),
        ("webp, lossless", webp::of(&picture)),
        ("webp, lossy", webp::lossy()),
        ("webp, lossy and transparent", webp::lossy_transparent()),
        ("webp, animated", webp::animated()),
        ("webp, extended", webp::extended(0, &[])),
    ]
}

#[test]
fn a_file_that_is_cut_anywhere_is_refused() {
    for (name, bytes) in kinds() {
        assert!(taken(&bytes).is_ok(), "{name}: whole, it is taken");
        for tenth in 1..10 {
            let cut = &bytes[..bytes.len() * tenth / 10];
            assert_refused(&format!("{name}, {tenth} tenths"), taken(cut), "BROKEN");
        }
        let last = if name.starts_with("webp") { 2 } else { 1 };
        assert_refused(&format!("{name}, but its end"), taken(&bytes[..bytes.len() - last]), "BROKEN");
    }
}

/// What a hasty repair makes of a cut file: the container is whole, the picture is not.
#[test]
fn a_cut_file_with_an_end_put_to_it_is_refused() {
    for (name, bytes) in kinds().into_iter().filter(|(name, _)| name.starts_with("jpeg")) {
        let data = jpeg::find(&bytes, 0xda) + 14;
        for tenth in 1..10 {
            let mut cut = bytes[..data + (bytes.len() - data) * tenth / 10].to_vec();
            // An end that would be read as a stuffed byte's second half is none.
            while cut.last() == Some(&0xff) {
                cut.pop();
            }
            cut.extend_from_slice(&[0xff, 0xd9]);
            assert_refused(&format!("{name}, {tenth} tenths and an end"), taken(&cut), "BROKEN");
        }
    }
    let picture = noise(70, 50);
    let rows = [&[0], &picture.as_raw()[..210]].concat().repeat(20);
    let short = png::file(&[png::header(70, 50, 8, 2, false), png::chunk(b"IDAT", &png::deflated(&rows))]);
    assert_refused("png, twenty rows of fifty", taken(&short), "BROKEN");
    for (name, whole) in [("lossless", webp::of(&picture)), ("lossy", webp::lossy())] {
        let content = &whole[20..20 + (whole.len() - 20) / 2];
        let chunk = webp::chunk(whole[12..16].first_chunk().unwrap(), content);
        assert_refused(&format!("webp, {name}, half"), taken(&webp::file(&[chunk])), "BROKEN");
    }
}

/// The first scan of a progressive picture is its coarsest: alone it is whole in form, yet shows blocks of eight pixels.
#[test]
fn a_progressive_file_that_is_cut_in_or_behind_its_first_scan_and_ended_is_refused() {
    let bytes = jpeg::progressive(&noise(70, 50));
    let first = jpeg::find(&bytes, 0xda);
    let second = first + 2 + jpeg::find(&bytes[first + 2..], 0xda);
    let tables = bytes[..second].windows(2).rposition(|pair| pair == [0xff, 0xc4]).expect("tables");
    for cut in [(first + tables.max(first + 20)) / 2, tables.max(first + 20), second] {
        let ended = [&bytes[..cut], &[0xff, 0xd9]].concat();
        assert_refused(&format!("cut at {cut}"), taken(&ended), "BROKEN");
    }
}

/// Where data may end early without any code being cut: right before a restart.
#[test]
fn a_file_that_is_cut_at_a_restart_and_ended_is_refused() {
    for sampling in [SamplingFactor::F_1_1, SamplingFactor::F_2_2, SamplingFactor::F_2_1] {
        let bytes = jpeg::set(&noise(70, 50), |encoder| {
            encoder.set_restart_interval(4);
            encoder.set_sampling_factor(sampling);
        });
        assert!(taken(&bytes).is_ok(), "whole, it is taken");
        let restarts = |pair: &[u8]| pair[0] == 0xff && matches!(pair[1], 0xd0..=0xd7);
        let cuts: Vec<usize> = (0..bytes.len() - 1).filter(|at| restarts(&bytes[*at..*at + 2])).collect();
        assert!(cuts.len() > 3, "the picture has restarts: {cuts:?}");
        for cut in cuts {
            let ended = [&bytes[..cut], &[0xff, 0xd9]].concat();
            assert_refused(&format!("{sampling:?}, cut at {cut}"), taken(&ended), "BROKEN");
        }
    }
}

#[test]
fn headers_that_declare_more_than_there_is_are_refused() {
    for bytes in [jpeg::of(&noise(70, 50)), jpeg::set(&noise(70, 50), |encoder| encoder.set_restart_interval(9))] {
        assert_refused("jpeg, higher", taken(&jpeg::declaring(&bytes, 70, 500)), "BROKEN");
        assert_refused("jpeg, wider", taken(&jpeg::declaring(&bytes, 700, 50)), "BROKEN");
        assert_refused("jpeg, huge", taken(&jpeg::declaring(&bytes, 6_000, 6_000)), "BROKEN");
    }
    let rows = png::deflated(&[0; 1_000]);
    let large = png::file(&[png::header(2_000, 2_000, 8, 2, false), png::chunk(b"IDAT", &rows)]);
    assert_refused("png", taken(&large), "BROKEN");
    let mut large = webp::of(&noise(70, 50));
    large[21..25].copy_from_slice(&(1_999_u32 | 1_999 << 14).to_le_bytes());
    assert_refused("webp", taken(&large), "BROKEN");
}

/// Data behind the last declared row are never shown; such a picture is a picture of what it declares.
#[test]
fn headers_that_declare_less_than_there_is_show_what_they_declare() {
    let bytes = jpeg::declaring(&jpeg::of(&noise(64, 64)), 64, 32);
    let photo = taken(&bytes).expect("the upper half is whole");
    assert_eq!((photo.full.width, photo.full.height), (64, 32));
    assert_clean_photo("upper half", &photo);
    let rows = png::deflated(&[0; 64 * 100]);
    let short = png::file(&[png::header(63, 20, 8, 0, false), png::chunk(b"IDAT", &rows)]);
    assert_clean_photo("png", &taken(&short).expect("twenty rows are whole"));
}

#[test]
fn tables_and_chunks_that_are_missing_are_missed() {
    let plain = jpeg::plain();
    for marker in [0xc4, 0xdb, 0xc0, 0xda] {
        let at = jpeg::find(&plain, marker);
        let length = usize::from(u16::from_be_bytes([plain[at + 2], plain[at + 3]]));
        let without = [&plain[..at], &plain[at + 2 + length..]].concat();
        assert_refused(&format!("jpeg without its first {marker:02x}"), taken(&without), "BROKEN");
    }
    let frame = &plain[jpeg::find(&plain, 0xc0)..][..19];
    let twice = [&plain[..2], frame, &plain[2..]].concat();
    assert_refused("jpeg with two frames", taken(&twice), "BROKEN");
    assert_refused("jpeg of an end", taken(b"\xff\xd8\xff\xd9"), "BROKEN");
    assert_refused("png without pixels", taken(&png::file(&[png::header(40, 40, 8, 2, false)])), "BROKEN");
    let without = png::kind(8, 3, false, &[], |_| vec![0]);
    assert_refused("png without its palette", taken(&without), "BROKEN");
    let beyond =
        png::kind(8, 3, false, &[png::chunk(b"PLTE", &[1; 3])], |quarter| vec![u8::try_from(quarter).unwrap()]);
    assert!(taken(&beyond).map_or_else(|unfit| unfit.code() == "BROKEN", |_| true), "a colour that is not there");
    assert_refused("webp without pixels", taken(&webp::file(&[webp::canvas(0, WIDTH, HEIGHT)])), "BROKEN");
}

/// Whatever a bit does, the outcome is a clean photo or a refusal, and never a panic (which would fail this test's own thread only if it got
/// past the wall, so the count of refusals is held against the number of flips too).
#[test]
fn flipped_bits_make_photos_or_refusals() {
    let mut outcomes = [0, 0];
    for (seed, (name, bytes)) in (1..).zip(kinds()) {
        let mut dice = Dice::new(seed);
        for round in 0..60 {
            let mut flipped = bytes.clone();
            for _ in 0..=round % 4 {
                let at = dice.below(flipped.len());
                flipped[at] ^= 1 << dice.below(8);
            }
            match taken(&flipped) {
                Ok(photo) => {
                    assert_clean_photo(&format!("{name}, round {round}"), &photo);
                    outcomes[0] += 1;
                }
                Err(unfit) => {
                    assert!(unfit.to_string().len() > 40, "{name}, round {round}: a whole sentence");
                    outcomes[1] += 1;
                }
            }
        }
    }
    assert!(outcomes[0] > 50 && outcomes[1] > 200, "both outcomes happen, or nothing was tried: {outcomes:?}");
}

/// The head of a real file, then chance.
#[test]
fn valid_beginnings_followed_by_chance_are_refused() {
    for (name, bytes) in kinds() {
        for seed in 1..20 {
            let mut dice = Dice::new(seed);
            let kept = [3, 12, 30, 60][dice.below(4)];
            let mut chance = bytes[..kept].to_vec();
            chance.extend(dice.bytes(2_000));
            let unfit =
                taken(&chance).err().unwrap_or_else(|| panic!("{name}, seed {seed}: no picture is made by chance"));
            assert_ne!(unfit.code(), "TOO_MUCH_MEMORY", "{name}, seed {seed}: no header asks for that by chance");
        }
    }
}

#[test]
fn parts_of_two_pictures_do_not_make_one() {
    let (first, second) = (jpeg::of(&quarters(80, 60)), jpeg::progressive(&noise(80, 60)));
    let spliced = [&first[..jpeg::find(&first, 0xda)], &second[jpeg::find(&second, 0xda)..]].concat();
    if let Ok(photo) = taken(&spliced) {
        assert_clean_photo("spliced", &photo);
    }
    let half = [&first[..first.len() / 2], &first[..]].concat();
    assert_refused("a start within", taken(&half), "BROKEN");
}
