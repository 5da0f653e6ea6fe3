//! What is taken, and how large what is kept may be.

use crate::Unfit;

/// What is taken, and how large what is kept may be. The defaults suit photos of a telephone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a file. Default: 15 MiB.
    pub bytes: usize,
    /// Width times height, as the header declares it. Default: 50 million.
    pub pixels: u64,
    /// Pixels of the longer side. Default: 20,000.
    pub side: u32,
    /// Pixels of the shorter side that a picture has at least: less is an icon, or a pixel that counts visitors. Default: 16; never below 1.
    pub least_side: u32,
    /// Bytes that decoding may take at its peak, as reckoned from the header. Default: 512 MiB, enough for 50 million pixels
    /// of all but rare kinds: 16 bits a channel with transparency end at 44 million, lossy WebP with transparency and JPEG for print at 48.
    /// Lossless WebP ends at some 850 KB of file, as its tables may grow so much while they are read.
    pub memory: u64,
    /// Longest side of [`Photo::full`](crate::Photo::full). Default: 2,048.
    pub kept_side: u32,
    /// Longest side of [`Photo::thumbnail`](crate::Photo::thumbnail). Default: 320.
    pub thumbnail_side: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 15 * 1024 * 1024,
            pixels: 50_000_000,
            side: 20_000,
            least_side: 16,
            memory: 512 * 1024 * 1024,
            kept_side: 2_048,
            thumbnail_side: 320,
        }
    }
}

impl Limits {
    /// Refuses a size as soon as a header declared it. `bytes_per_pixel` is what decoding and making take at their peak.
    pub(crate) fn allow(&self, width: u32, height: u32, bytes_per_pixel: u64) -> Result<(), Unfit> {
        self.allow_beside(width, height, bytes_per_pixel, 0)
    }

    /// The same where decoding takes so many bytes besides, whatever the size.
    pub(crate) fn allow_beside(
        &self,
        width: u32,
        height: u32,
        bytes_per_pixel: u64,
        besides: u64,
    ) -> Result<(), Unfit> {
        let least = self.least_side.max(1);
        if width < least || height < least {
            return Err(Unfit::TooSmall { width, height, least });
        }
        if width > self.side || height > self.side {
            return Err(Unfit::TooLong { width, height, most: self.side });
        }
        let pixels = u64::from(width) * u64::from(height);
        if pixels > self.pixels {
            return Err(Unfit::TooManyPixels { width, height, most: self.pixels });
        }
        if pixels.saturating_mul(bytes_per_pixel).saturating_add(besides) > self.memory {
            return Err(Unfit::TooMuchMemory { width, height });
        }
        Ok(())
    }

    /// The same limits in the words of the decoders.
    pub(crate) fn of_decoder(&self) -> image::Limits {
        let mut limits = image::Limits::default();
        limits.max_image_width = Some(self.side);
        limits.max_image_height = Some(self.side);
        limits.max_alloc = Some(self.memory);
        limits
    }
}
