//! EXIF blocks, byte by byte.

/// Whose telephone, as far as the file says.
pub(crate) const OWNER: &[u8] = b"OWNER-JANE-ROE-7781\0";

/// Degrees, minutes and hundredths of seconds, as a GPS block holds them.
const LATITUDE: [(u32, u32); 3] = [(51, 1), (30, 1), (2677, 100)];
const LONGITUDE: [(u32, u32); 3] = [(0, 1), (7, 1), (4013, 100)];

/// The twenty-four bytes of a coordinate, little endian as [`block`] writes them.
pub(crate) fn latitude() -> Vec<u8> {
    coordinate(LATITUDE)
}

pub(crate) fn longitude() -> Vec<u8> {
    coordinate(LONGITUDE)
}

fn coordinate(parts: [(u32, u32); 3]) -> Vec<u8> {
    parts.iter().flat_map(|(over, under)| [over.to_le_bytes(), under.to_le_bytes()]).flatten().collect()
}

fn entry(tag: u16, kind: u16, count: usize, value: u32) -> Vec<u8> {
    let count = u32::try_from(count).unwrap();
    [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
}

fn directory(entries: &[Vec<u8>], next: u32) -> Vec<u8> {
    let count = u16::try_from(entries.len()).unwrap();
    [&count.to_le_bytes()[..], &entries.concat(), &next.to_le_bytes()].concat()
}

/// A TIFF block, little endian: orientation, owner, a GPS directory, and a second directory with `thumbnail`.
pub(crate) fn block(orientation: u8, thumbnail: &[u8]) -> Vec<u8> {
    const ASCII: u16 = 2;
    const SHORT: u16 = 3;
    const LONG: u16 = 4;
    const RATIONAL: u16 = 5;
    let at = |offset: usize| u32::try_from(offset).unwrap();
    // Header, three entries, then the GPS directory of four, the thumbnail's of two, then all values.
    let (gps, second, values) = (8 + 2 + 36 + 4, 8 + 42 + 2 + 48 + 4, 8 + 42 + 54 + 2 + 24 + 4);
    let (north, west) = (values, values + 24);
    let (owner, small) = (values + 48, values + 48 + OWNER.len());
    let first = [
        entry(0x0112, SHORT, 1, u32::from(orientation)),
        entry(0x8825, LONG, 1, at(gps)),
        entry(0xa430, ASCII, OWNER.len(), at(owner)),
    ];
    let place = [
        entry(1, ASCII, 2, u32::from(b'N')),
        entry(2, RATIONAL, 3, at(north)),
        entry(3, ASCII, 2, u32::from(b'W')),
        entry(4, RATIONAL, 3, at(west)),
    ];
    let embedded = [entry(0x0201, LONG, 1, at(small)), entry(0x0202, LONG, 1, at(thumbnail.len()))];
    let block = [
        b"II*\0\x08\0\0\0",
        &directory(&first, at(second))[..],
        &directory(&place, 0),
        &directory(&embedded, 0),
        &latitude(),
        &longitude(),
        OWNER,
        thumbnail,
    ]
    .concat();
    assert_eq!(&block[north..north + 24], latitude(), "the offsets of the block are right");
    assert_eq!(&block[small..], thumbnail, "the offsets of the block are right");
    block
}

/// The smallest block with an orientation, big endian.
pub(crate) fn orientation(value: u8) -> Vec<u8> {
    [b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[value], b"\0\0\0\0\0\0"].concat()
}
