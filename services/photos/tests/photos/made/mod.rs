//! Files made by hand, and by encoders.

pub(crate) mod exif;
pub(crate) mod jpeg;
pub(crate) mod png;
pub(crate) mod webp;

use image::{Rgb, RgbImage};

pub(crate) const RED: [u8; 3] = [220, 30, 30];
pub(crate) const GREEN: [u8; 3] = [30, 180, 30];
pub(crate) const BLUE: [u8; 3] = [30, 30, 220];
pub(crate) const YELLOW: [u8; 3] = [230, 220, 40];
pub(crate) const WHITE: [u8; 3] = [255, 255, 255];

/// The quarters of every test picture: upper left, upper right, lower left, lower right.
pub(crate) const QUARTERS: [[u8; 3]; 4] = [RED, GREEN, BLUE, YELLOW];

/// The size of most test pictures: both sides differ, so that a turn shows, and no side is a multiple of sixteen.
pub(crate) const WIDTH: u32 = 52;
pub(crate) const HEIGHT: u32 = 36;

/// Which quarter a pixel is in.
pub(crate) fn quarter(x: u32, y: u32, width: u32, height: u32) -> usize {
    usize::from(x >= width / 2) + 2 * usize::from(y >= height / 2)
}

pub(crate) fn quarters(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb(QUARTERS[quarter(x, y, width, height)]))
}

/// Numbers that look random and are the same in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % end as u64).unwrap()
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.roll().to_le_bytes()[3]).collect()
    }
}

/// A picture of which no part can be guessed from another, so that cutting it short costs pixels.
pub(crate) fn noise(width: u32, height: u32) -> RgbImage {
    let mut dice = Dice::new(7);
    RgbImage::from_fn(width, height, |_, _| {
        let [red, green, blue, ..] = dice.roll().to_le_bytes();
        Rgb([red, green, blue])
    })
}
