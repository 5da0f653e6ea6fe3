//! JPEG: markers, most with a length and content; behind each start of a scan, compressed blocks up to the next marker.
//!
//! Only tables, the frame, the scans and Adobe's word on colours reach the decoder, up to the end of the picture; what phones and attackers
//! put behind it does not. The decoder is zune-jpeg, called directly: by way of `image` it is lenient, and shows a photo that was cut short
//! with its lower part grey.
//!
//! Even strict, the decoder takes zeros where compressed data end too early but an end marker follows (a hasty repair of a cut file, or a
//! header that declares more rows than there are). So scans are lengthened by [`PAD`] before they are decoded.

use crate::slices::{array, byte, part};
use crate::{Limits, Unfit, Walked};
use image::{DynamicImage, GrayImage, RgbImage};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

/// Scans of one picture. Cameras write one, encoders for the web about ten; each costs a pass over all blocks, however few bytes it has.
const MOST_SCANS: usize = 64;

/// Bits of one only, which begin no code of any usual table: a decoder that still needs data fails on them, one that is done passes them by.
const PAD: [u8; 64] = {
    let mut pad = [0; 64];
    let mut at = 0;
    while at < pad.len() {
        pad[at] = 0xff;
        at += 2;
    }
    pad
};

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;

/// A walk on its way.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    clean: Vec<u8>,
    exif: Option<Vec<u8>>,
    /// Whether the picture is progressive, once its frame was read.
    progressive: Option<bool>,
    /// Where in `clean` each scan's data end.
    scan_ends: Vec<usize>,
}

pub(crate) fn walk(bytes: &[u8], limits: &Limits) -> Result<Walked, Unfit> {
    let mut walk = Walk { bytes, at: 2, clean: vec![0xff, SOI], exif: None, progressive: None, scan_ends: Vec::new() };
    loop {
        match walk.next_marker()? {
            EOI => break,
            // Neither has a length; between segments they mean nothing.
            0x01 | 0xd0..=0xd7 => {}
            SOI => return Err(Unfit::Broken),
            marker => walk.segment(marker, limits)?,
        }
    }
    let progressive = walk.progressive.ok_or(Unfit::Broken)?;
    // The first scan of a progressive picture has its colours in blocks of eight by eight pixels. What ends there was cut.
    if walk.scan_ends.len() < if progressive { 2 } else { 1 } {
        return Err(Unfit::Broken);
    }
    Ok(Walked { clean: padded(&walk.clean, &walk.scan_ends, progressive), exif: walk.exif })
}

impl Walk<'_> {
    /// Goes behind the next marker. Stray bytes before it are skipped, as every decoder does.
    fn next_marker(&mut self) -> Result<u8, Unfit> {
        loop {
            let ahead = self.bytes.get(self.at..).unwrap_or_default();
            self.at += ahead.iter().position(|byte| *byte == 0xff).ok_or(Unfit::Broken)? + 1;
            match byte(self.bytes, self.at)? {
                0xff => {}
                0 => self.at += 1,
                marker => {
                    self.at += 1;
                    return Ok(marker);
                }
            }
        }
    }

    fn segment(&mut self, marker: u8, limits: &Limits) -> Result<(), Unfit> {
        let length = usize::from(u16::from_be_bytes(array(self.bytes, self.at)?));
        let content = part(self.bytes, self.at + 2, length.checked_sub(2).ok_or(Unfit::Broken)?)?;
        self.at += length;
        match marker {
            0xc0..=0xc2 => self.start_frame(marker == 0xc2, content, limits)?,
            0xc4 | 0xdb | 0xdd => {}
            0xda => return self.scan(content),
            0xee if content.starts_with(b"Adobe") => {}
            0xe1 => {
                if let (None, Some(block)) = (&self.exif, content.strip_prefix(b"Exif\0\0")) {
                    self.exif = Some(block.to_vec());
                }
                return Ok(());
            }
            0xc3 | 0xc5..=0xcf | 0xdc | 0xde | 0xdf => {
                return Err(Unfit::Unsupported { what: "a rare kind of JPEG (lossless, arithmetic or hierarchical)" });
            }
            _ => return Ok(()),
        }
        self.keep(marker, content);
        Ok(())
    }

    fn keep(&mut self, marker: u8, content: &[u8]) {
        // The content was read from behind a length of two bytes, so it fits one again.
        let length = u16::try_from(content.len() + 2).unwrap_or(u16::MAX);
        self.clean.extend_from_slice(&[0xff, marker]);
        self.clean.extend_from_slice(&length.to_be_bytes());
        self.clean.extend_from_slice(content);
    }

    fn start_frame(&mut self, progressive: bool, content: &[u8], limits: &Limits) -> Result<(), Unfit> {
        if self.progressive.replace(progressive).is_some() {
            return Err(Unfit::Broken);
        }
        if byte(content, 0)? != 8 {
            return Err(Unfit::Unsupported { what: "a rare kind of JPEG (more than 8 bits a channel)" });
        }
        let side = |at| array(content, at).map(|bytes| u32::from(u16::from_be_bytes(bytes)));
        let channels = u64::from(byte(content, 5)?);
        // Pixels, and for all but the plainest kind each channel's coefficients at two bytes, which are held until the last scan.
        limits.allow(side(3)?, side(1)?, 3 + 2 * channels)
    }

    /// Keeps a scan: its header, and its data up to the next marker but those of restarts.
    fn scan(&mut self, content: &[u8]) -> Result<(), Unfit> {
        if self.progressive.is_none() || self.scan_ends.len() == MOST_SCANS {
            return Err(Unfit::Broken);
        }
        self.keep(0xda, content);
        let start = self.at;
        while matches!(self.next_marker()?, 0xd0..=0xd7) {}
        self.at -= 2;
        self.clean.extend_from_slice(part(self.bytes, start, self.at - start)?);
        self.scan_ends.push(self.clean.len());
        Ok(())
    }
}

/// Lengthens scans by [`PAD`] and ends the file. Left as they are: the first scan of a progressive picture and all but the last of a baseline
/// one, behind which the decoder wants the next marker at once.
fn padded(clean: &[u8], scan_ends: &[usize], progressive: bool) -> Vec<u8> {
    let mut padded = Vec::with_capacity(clean.len() + scan_ends.len() * PAD.len() + 2);
    let mut from = 0;
    for (index, end) in scan_ends.iter().enumerate() {
        padded.extend_from_slice(clean.get(from..*end).unwrap_or_default());
        from = *end;
        if if progressive { index > 0 } else { index + 1 == scan_ends.len() } {
            padded.extend_from_slice(&PAD);
        }
    }
    padded.extend_from_slice(&[0xff, EOI]);
    padded
}

pub(crate) fn decode(clean: &[u8], limits: &Limits) -> Result<DynamicImage, Unfit> {
    let side = usize::try_from(limits.side).unwrap_or(usize::MAX);
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(side)
        .set_max_height(side)
        .jpeg_set_max_scans(MOST_SCANS)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(clean), options);
    decoder.decode_headers().map_err(|_| Unfit::Broken)?;
    let grey = decoder.input_colorspace() == Some(ColorSpace::Luma);
    if grey {
        decoder.set_options(options.jpeg_set_out_colorspace(ColorSpace::Luma));
    }
    let pixels = decoder.decode().map_err(|_| Unfit::Broken)?;
    let (width, height) = decoder.dimensions().ok_or(Unfit::Broken)?;
    let (width, height) = (u32::try_from(width), u32::try_from(height));
    let (Ok(width), Ok(height)) = (width, height) else { return Err(Unfit::Broken) };
    let picture = if grey {
        GrayImage::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8)
    } else {
        RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8)
    };
    picture.ok_or(Unfit::Broken)
}
