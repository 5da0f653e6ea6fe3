//! Why a file is not taken, in words for the resident who sent it.

/// Why a file is not taken. Each says what to do next; [`Unfit::code`] is the word for programs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// No bytes.
    #[error("This file is empty. Choose the photo again and send it once more.")]
    Empty,
    /// More than [`Limits::bytes`](crate::Limits::bytes).
    #[error("This file has {} MB; at most {} MB are taken. Send a smaller copy of the photo.", tenths(*.given, 1_000_000), tenths(*.most, 1_000_000))]
    TooManyBytes {
        /// Bytes of the file.
        given: usize,
        /// Bytes that are taken.
        most: usize,
    },
    /// What an iPhone makes unless told otherwise. Its decoders are too young, and its patents too many, to read it here.
    #[error(
        "HEIC photos cannot be read here. Send a JPEG: on an iPhone choose Settings, Camera, Formats, Most Compatible."
    )]
    Heic,
    /// Known, but not read.
    #[error("This file is {what}, which cannot be read here. Send the photo as a JPEG, PNG or WebP.")]
    Unsupported {
        /// With its article: `a GIF`.
        what: &'static str,
    },
    /// Not known.
    #[error("This file is not a photo that can be read here. Send a JPEG, PNG or WebP.")]
    NotAPicture,
    /// More than [`Limits::pixels`](crate::Limits::pixels).
    #[error("This photo has {width} by {height} pixels; at most {} million are taken. Send a smaller copy of it.", tenths(*.most, 1_000_000))]
    TooManyPixels {
        /// As declared.
        width: u32,
        /// As declared.
        height: u32,
        /// Pixels that are taken.
        most: u64,
    },
    /// A side is longer than [`Limits::side`](crate::Limits::side).
    #[error(
        "This photo has {width} by {height} pixels; at most {most} a side are taken. Send a smaller copy, or a part of it."
    )]
    TooLong {
        /// As declared.
        width: u32,
        /// As declared.
        height: u32,
        /// Pixels that are taken.
        most: u32,
    },
    /// A side is shorter than [`Limits::least_side`](crate::Limits::least_side).
    #[error(
        "This picture has {width} by {height} pixels, too few to show anything; {least} a side are needed. Send the photo itself."
    )]
    TooSmall {
        /// As declared.
        width: u32,
        /// As declared.
        height: u32,
        /// Pixels that are needed.
        least: u32,
    },
    /// Cut short, damaged, or made to mislead.
    #[error(
        "This photo is damaged or did not arrive whole. Look whether it opens on your device, then send it again, or another one."
    )]
    Broken,
    /// More than [`Limits::memory`](crate::Limits::memory).
    #[error(
        "This photo has {width} by {height} pixels, too many for the way it is stored, or too large a file of its kind. Send it as a plain JPEG, or a smaller copy."
    )]
    TooMuchMemory {
        /// As declared.
        width: u32,
        /// As declared.
        height: u32,
    },
    /// A redaction without regions.
    #[error("Nothing was marked. Mark at least one part of the photo to be painted over.")]
    NoRegion,
    /// More than [`Region::MOST`](crate::Region::MOST).
    #[error("{given} parts were marked; at most {most} can be painted over at once. Mark fewer, larger parts.")]
    TooManyRegions {
        /// Regions given.
        given: usize,
        /// Regions that are taken.
        most: usize,
    },
    /// Not numbers, empty, or outside of the photo.
    #[error(
        "The marked part ({what}) is not within the photo. Mark a part with a width and a height, between 0 and 1 of the photo's."
    )]
    BadRegion {
        /// The field that is wrong.
        what: &'static str,
    },
}

impl Unfit {
    /// A word that never changes, for programs and translations.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "EMPTY",
            Self::TooManyBytes { .. } => "TOO_MANY_BYTES",
            Self::Heic => "HEIC",
            Self::Unsupported { .. } => "UNSUPPORTED",
            Self::NotAPicture => "NOT_A_PICTURE",
            Self::TooManyPixels { .. } => "TOO_MANY_PIXELS",
            Self::TooLong { .. } => "TOO_LONG",
            Self::TooSmall { .. } => "TOO_SMALL",
            Self::Broken => "BROKEN",
            Self::TooMuchMemory { .. } => "TOO_MUCH_MEMORY",
            Self::NoRegion => "NO_REGION",
            Self::TooManyRegions { .. } => "TOO_MANY_REGIONS",
            Self::BadRegion { .. } => "BAD_REGION",
        }
    }
}

/// `value` in units, with one digit behind the point where it is not a whole number: 15728640 bytes are 15.7 MB.
fn tenths(value: impl TryInto<u64>, unit: u64) -> String {
    let value = value.try_into().unwrap_or(u64::MAX);
    match (value / unit, value % unit * 10 / unit) {
        (whole, 0) => whole.to_string(),
        (whole, tenth) => format!("{whole}.{tenth}"),
    }
}
