"""Pictures as telephones send them: turned on their side, with the place where they were taken and the telephone's name in them."""

import struct
import zlib

MAKER = b"Fellphone 7"
# EXIF numbers of fields, and of how their values are written.
MAKE, ORIENTATION, PLACE = 0x010F, 0x0112, 0x8825
NORTH_OR_SOUTH, LATITUDE, EAST_OR_WEST, LONGITUDE = 1, 2, 3, 4
TEXT, SHORT, LONG, RATIONAL = 2, 3, 4, 5
ON_ITS_SIDE = 6


def _degrees(degrees, minutes, hundredths):
    return struct.pack("<6I", degrees, 1, minutes, 1, hundredths, 100)


LATITUDE_BYTES = _degrees(54, 36, 5040)
LONGITUDE_BYTES = _degrees(2, 16, 4440)
# What must not be left of a picture anywhere.
TRACES = (b"Exif", b"eXIf", b"tEXt", MAKER, LATITUDE_BYTES, LONGITUDE_BYTES)


def _directory(start, fields):
    """A list of fields that begins at `start` of the block, and the values behind it that do not fit into it."""
    values, rows = b"", b""
    behind = start + 2 + 12 * len(fields) + 4
    for number, kind, count, value in fields:
        short = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack("<I", behind + len(values))
        values += value if len(value) > 4 else b""
        rows += struct.pack("<HHI", number, kind, count) + short
    return struct.pack("<H", len(fields)) + rows + struct.pack("<I", 0) + values


def exif():
    """An EXIF block: the telephone, that its camera was held on its side, and the place."""

    def first(place_start):
        return _directory(8, [
            (MAKE, TEXT, len(MAKER) + 1, MAKER + b"\0"),
            (ORIENTATION, SHORT, 1, struct.pack("<H", ON_ITS_SIDE)),
            (PLACE, LONG, 1, struct.pack("<I", place_start)),
        ])

    place_start = 8 + len(first(0))
    place = _directory(place_start, [
        (NORTH_OR_SOUTH, TEXT, 2, b"N\0"),
        (LATITUDE, RATIONAL, 3, LATITUDE_BYTES),
        (EAST_OR_WEST, TEXT, 2, b"W\0"),
        (LONGITUDE, RATIONAL, 3, LONGITUDE_BYTES),
    ])
    return struct.pack("<2sHI", b"II", 42, 8) + first(place_start) + place


def png(width, height):
    """A PNG of many colours, with an EXIF block and a comment."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes(part for x in range(width) for part in (x % 256, y % 256, (x + y) % 256)) for y in range(height))
    head = chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0))
    told = chunk(b"eXIf", exif()) + chunk(b"tEXt", b"Comment\0taken with a " + MAKER)
    return b"\x89PNG\r\n\x1a\n" + head + told + chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b"")


def jpeg(plain):
    """A JPEG like this one, with an EXIF block and a comment."""

    def segment(marker, data):
        return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data

    return plain[:2] + segment(0xE1, b"Exif\0\0" + exif()) + segment(0xFE, b"taken with a " + MAKER) + plain[2:]


def told_beside_pixels(content):
    """The markers of all that a JPEG holds beside its pixels and what is needed to read them; that it begins and ends well is held on the way."""
    if not (content.startswith(b"\xff\xd8") and content.endswith(b"\xff\xd9")):
        raise AssertionError("a JPEG begins with its marker, and nothing stands behind its end")
    at, found = 2, []
    while True:
        start, marker, length = struct.unpack_from(">BBH", content, at)
        if start != 0xFF:
            raise AssertionError(f"there is a segment at byte {at} of the JPEG")
        # APP1 to APP15 and comments; APP0 says only that it is a JPEG.
        if 0xE1 <= marker <= 0xEF or marker == 0xFE:
            found.append(hex(marker))
        if marker == 0xDA:
            return found
        at += 2 + length
