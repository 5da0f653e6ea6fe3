//! WebPs. The lossy ones were written once by libwebp (48 by 32 pixels, in quarters), since no encoder in Rust makes them.

use super::{HEIGHT, WIDTH, quarters};
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, RgbImage};

const LOSSY: &str = "5249464674000000574542505650382068000000d004009d012a300020003e95389549a5a322213aa800b012896600b125c0bc0fe81f8abf8abce135f8146e11db410000feec70dbec6fad04fea2f096074e0c16fd56dfc2effc1b0e083ee30fdabceaeb1421d07cdb030f6b27ffec49f79b1b0fe5ffcfa269e10000";

/// With the upper left quarter transparent.
const LOSSY_TRANSPARENT: &str = "52494646a000000057454250565038580a000000100000002f00001f0000414c50481100000001101210fe9f566529222680dcfc67ff07005650382068000000d004009d012a300020003e95389549a5a322213aa800b012896600b125c0bc0fe81f8abf8abce135f8146e11db410000feec70dbec6fad04fea2f096074e0c16fd56dfc2effc1b0e083ee30fdabceaeb1421d07cdb030f6b27ffec49f79b1b0fe5ffcfa269e10000";

/// Three frames, the first of which is in quarters.
const ANIMATED: &str = "524946469e01000057454250565038580a000000020000002f00001f0000414e494d06000000000000000000414e4d46780000000000000000002f00001f00006400000256503820600000007004009d012a300020003ec94e9d4da7a422a23aa800f019096600b7f18dbc9fe9bc21908333f028dc23492800fee8d705476003f972582992f7a41bdc37d347f6b979063bca5feb3ae4b53696ab3e09d984fff94262bbe2470bdeb027400000414e4d46760000000000000000002f00001f000064000000565038205e0000005404009d012a300020003ed558a14d83ab99800001a896600c0258db80fe9ff8e5c8135f81c06e0cdc5a0000fecbb7f0a0d467bdfc60d32df3aaef57a3cacfec2373f2b9fe814bd979438e950a40cc33fffe2ecbff77af77991462f00000414e4d46740000000000000000002f00001f000064000000565038205c0000001404009d012a300020003ec94e9d4d83aa80000190966009d3941581e667d03f156b3f0298a76db0a000feef2947e5c3828b872be18bfffeb061ffbbcabfc0ce67c25ab4fe91cab80e8903720d35a9bf3711fc6fa6bbd31eaab78000";

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |byte: &u8| u8::try_from(char::from(*byte).to_digit(16).unwrap()).unwrap();
    hex.as_bytes().chunks_exact(2).map(|pair| digit(&pair[0]) << 4 | digit(&pair[1])).collect()
}

pub(crate) fn lossy() -> Vec<u8> {
    bytes(LOSSY)
}

pub(crate) fn lossy_transparent() -> Vec<u8> {
    bytes(LOSSY_TRANSPARENT)
}

pub(crate) fn animated() -> Vec<u8> {
    bytes(ANIMATED)
}

pub(crate) fn of(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (width, height) = picture.dimensions();
    WebPEncoder::new_lossless(&mut bytes).encode(picture.as_raw(), width, height, ExtendedColorType::Rgb8).unwrap();
    bytes
}

pub(crate) fn lossless() -> Vec<u8> {
    of(&quarters(WIDTH, HEIGHT))
}

pub(crate) fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap();
    let fill: &[u8] = if content.len() % 2 == 1 { &[0] } else { &[] };
    [&name[..], &length.to_le_bytes(), content, fill].concat()
}

pub(crate) fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(b"RIFF", &[b"WEBP", &chunks.concat()[..]].concat())
}

/// The chunk that the extended kind begins with.
pub(crate) fn canvas(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let [a, b, c, _] = (width - 1).to_le_bytes();
    let [d, e, f, _] = (height - 1).to_le_bytes();
    chunk(b"VP8X", &[flags, 0, 0, 0, a, b, c, d, e, f])
}

/// The lossless picture in the extended kind, with more chunks behind the pixels.
pub(crate) fn extended(flags: u8, more: &[Vec<u8>]) -> Vec<u8> {
    let picture = lossless()[12..].to_vec();
    file(&[&[canvas(flags, WIDTH, HEIGHT), picture], more].concat())
}
