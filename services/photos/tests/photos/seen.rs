//! What a picture that came out shows, and what it is made of.

use crate::made::{HEIGHT, WIDTH};
use image::RgbImage;
use pathfinder_photos::{Limits, Photo, Picture, Unfit, take_in};

/// With the limits of the service.
pub(crate) fn taken(bytes: &[u8]) -> Result<Photo, Unfit> {
    take_in(bytes, &Limits::default())
}

/// The markers of a JPEG up to its compressed data, and how many bytes stand behind its end. Every byte is accounted for.
pub(crate) fn markers(jpeg: &[u8]) -> (Vec<u8>, usize) {
    assert_eq!(jpeg[..2], [0xff, 0xd8], "a JPEG begins with its marker");
    let (mut found, mut at) = (Vec::new(), 2);
    loop {
        assert_eq!(jpeg[at], 0xff, "a marker follows a segment");
        let marker = jpeg[at + 1];
        found.push(marker);
        at += 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        if marker == 0xda {
            break;
        }
    }
    while !(jpeg[at] == 0xff && jpeg[at + 1] != 0) {
        at += 1;
    }
    assert_eq!(jpeg[at + 1], 0xd9, "one scan, then the end");
    (found, jpeg.len() - at - 2)
}

/// Holds a picture against all that is promised of its form.
pub(crate) fn assert_clean(name: &str, picture: &Picture) {
    let (markers, behind) = markers(&picture.bytes);
    assert_eq!(behind, 0, "{name}: nothing stands behind the end");
    let allowed = [0xe0, 0xdb, 0xc0, 0xc4, 0xda];
    assert!(
        markers.iter().all(|marker| allowed.contains(marker)),
        "{name}: only JFIF and pixels, found {markers:02x?}"
    );
    assert_eq!(markers.iter().filter(|marker| **marker == 0xe0).count(), 1, "{name}: JFIF once");
    assert_eq!(picture.bytes[4..11], *b"\0\x10JFIF\0", "{name}: JFIF in its smallest form, without a thumbnail");
    let frame = picture.bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("a baseline frame");
    assert_eq!(picture.bytes[frame + 4], 8, "{name}: eight bits a channel");
    let shown = pixels(picture);
    assert_eq!(shown.dimensions(), (picture.width, picture.height), "{name}: as large as it says");
}

pub(crate) fn assert_clean_photo(name: &str, photo: &Photo) {
    let limits = Limits::default();
    assert_clean(name, &photo.full);
    assert_clean(name, &photo.thumbnail);
    assert!(photo.full.width.max(photo.full.height) <= limits.kept_side, "{name}: kept within its side");
    assert!(photo.thumbnail.width.max(photo.thumbnail.height) <= limits.thumbnail_side, "{name}: a small thumbnail");
}

pub(crate) fn pixels(picture: &Picture) -> RgbImage {
    image::load_from_memory(&picture.bytes).expect("what came out is a picture").into_rgb8()
}

/// Whether any part of what came out has these bytes.
pub(crate) fn holds(photo: &Photo, needle: &[u8]) -> bool {
    [&photo.full, &photo.thumbnail]
        .iter()
        .any(|picture| picture.bytes.windows(needle.len()).any(|window| window == needle))
}

/// The middle of each quarter shows these colours, in both pictures, as nearly as JPEG keeps them.
pub(crate) fn assert_quarters(name: &str, photo: &Photo, expected: [[u8; 3]; 4]) {
    for picture in [&photo.full, &photo.thumbnail] {
        let shown = pixels(picture);
        let (width, height) = shown.dimensions();
        for (index, expected) in expected.iter().enumerate() {
            let (column, row) = (u32::try_from(index % 2).unwrap(), u32::try_from(index / 2).unwrap());
            let found = shown.get_pixel(width * (1 + 2 * column) / 4, height * (1 + 2 * row) / 4).0;
            let off = found.iter().zip(expected).map(|(found, expected)| found.abs_diff(*expected)).max().unwrap();
            assert!(off <= 24, "{name}: quarter {index} shows {found:?} where {expected:?} was expected");
        }
    }
}

/// As large as the test pictures are.
pub(crate) fn assert_size(name: &str, photo: &Photo) {
    assert_eq!((photo.full.width, photo.full.height), (WIDTH, HEIGHT), "{name}: as large as it came");
}

/// Holds a refusal against its code, and its sentence against telling what to do.
pub(crate) fn assert_refused(name: &str, outcome: Result<Photo, Unfit>, code: &str) {
    let unfit = outcome.err().unwrap_or_else(|| panic!("{name}: must be refused with {code}"));
    assert_eq!(unfit.code(), code, "{name}: {unfit}");
    let sentence = unfit.to_string();
    let advice = ["Send ", "send it again", "send it once more", "Mark "];
    assert!(advice.iter().any(|words| sentence.contains(words)), "{name}: the sentence says what to do: {sentence}");
}
