"""pictures.py DIR - reads by Python's zlib what images.c wrote, and writes pictures for it to read."""
import re
import base64
import struct
import sys
import xml.dom.minidom
import zlib

folder = sys.argv[1] + "/"


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def paeth(a, b, c):
    p = a + b - c
    return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]


def guess(kind, row, before, i, width):
    a = row[i - width] if i >= width else 0
    b = before[i]
    c = before[i - width] if i >= width else 0
    return [0, a, b, (a + b) // 2, paeth(a, b, c)][kind]


def parse(data):
    """Size, depth and rows of a grey PNG."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed = 8, b""
    while at < len(data):
        size = struct.unpack(">I", data[at:at + 4])[0]
        name, content = data[at + 4:at + 8], data[at + 8:at + 8 + size]
        assert data[at:at + 12 + size] == chunk(name, content), "a chunk is wrong"
        if name == b"IHDR":
            columns, rows, depth = struct.unpack(">IIB", content[:9])
        if name == b"IDAT":
            packed += content
        at += 12 + size
    raw, width, out = zlib.decompress(packed), depth // 8, []
    length = columns * width
    before = bytes(length)
    for k in range(rows):
        kind, line = raw[k * (length + 1)], raw[k * (length + 1) + 1:(k + 1) * (length + 1)]
        row = bytearray(length)
        for i in range(length):
            row[i] = (line[i] + guess(kind, row, before, i, width)) & 255
        out.append(bytes(row))
        before = row
    return columns, rows, depth, out


def png(columns, depth, lines, color=0, interlaced=0, level=9, strategy=0):
    """Filters in turn; data in three chunks."""
    width, raw, before = depth // 8, b"", bytes(len(lines[0]))
    for k, row in enumerate(lines):
        kind = k % 5
        raw += bytes([kind]) + bytes((row[i] - guess(kind, row, before, i, width)) & 255
                                     for i in range(len(row)))
        before = row
    packer = zlib.compressobj(level, zlib.DEFLATED, 15, 9, strategy)
    packed = packer.compress(raw) + packer.flush()
    third = len(packed) // 3
    header = struct.pack(">IIBBBBB", columns, len(lines), depth, color, 0, 0, interlaced)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"tEXt", b"Title\0a test") +
            b"".join(chunk(b"IDAT", part) for part in
                     [packed[:third], packed[third:2 * third], packed[2 * third:]]) + chunk(b"IEND", b""))


def write(name, data):
    with open(folder + name, "wb") as file:
        file.write(data)


with open(folder + "a.png", "rb") as file:
    columns, rows, depth, lines = parse(file.read())
with open(folder + "a.pgm", "rb") as file:
    pgm = file.read()
assert (columns, rows, depth) == (53, 37, 16)
assert pgm == b"P5\n53 37\n65535\n" + b"".join(lines)

write("python16.png", png(columns, 16, lines))
high = [bytes(round((line[2 * j] * 256 + line[2 * j + 1]) / 257) for j in range(columns)) for line in lines]
write("stored.png", png(columns, 8, high, level=0))
write("fixed.png", png(columns, 8, high, strategy=zlib.Z_FIXED))
write("dynamic.png", png(columns, 8, high))
write("color.png", png(columns, 8, [line * 3 for line in high], color=2))
write("interlaced.png", png(columns, 8, high, interlaced=1))
values = [round((line[2 * j] * 256 + line[2 * j + 1]) / 65.535) for line in lines for j in range(columns)]
write("plain.pgm", ("P2 # by hand\n# of a test\n53 37\n1000\n" + "\n".join(map(str, values))).encode())
write("short.pgm", b"P5 53 37 255 abc")
write("above.pgm", b"P2 2 2 7 1 9 3 4 ")
write("words.txt", b"no picture at all")

with open(folder + "gallery.svg", encoding="utf-8") as file:
    text = file.read()
xml.dom.minidom.parseString(text)
assert "Side &amp; side" in text and ">&lt;descent&gt;<" in text and ">100 iterations</text>" in text
images = [parse(base64.b64decode(data)) for data in re.findall(r"base64,([^\"]*)\"", text)]
assert [image[:3] for image in images] == [(53, 37, 8), (53, 37, 8), (53, 4, 8)]
assert images[0][3][:4] == images[2][3]
