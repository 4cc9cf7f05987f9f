"""The files of a nats-server's stream, as somebody with access to its disk could edit them.

A record of a block: its length (the highest bit tells that there are headers), the position, the
time, the length of the subject, the subject, headers and body, and a HighwayHash-64 of all that.
"""

import struct
from collections.abc import Callable
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

HEAD = struct.Struct("<IQQH")
HAS_HEADERS = 1 << 31
CHECKSUM_BYTES = 8
BLOCK = "jetstream/*/streams/{stream}/msgs/1.blk"

Edit = Callable[[bytes], bytes]


def edit(store: Path, stream: str, position: int, change: Edit, *, checksum: bool) -> None:
    """Change what is kept of the message there, to the same length; with a checksum that fits.

    The server must be stopped, and the log so short that it has one block.
    """
    (path,) = store.glob(BLOCK.format(stream=stream))
    block = bytearray(path.read_bytes())
    start, end = _record(bytes(block), position)
    inside = slice(start + HEAD.size, end - CHECKSUM_BYTES)
    changed = change(bytes(block[inside]))
    assert len(changed) == inside.stop - inside.start
    assert changed != block[inside]
    block[inside] = changed
    if checksum:
        found = _checksum(bytes(block[start:end]), sha256(f"{stream}-1".encode()).digest())
        block[end - CHECKSUM_BYTES : end] = found
    path.write_bytes(block)


def _record(block: bytes, position: int) -> tuple[int, int]:
    at = 0
    while at < len(block):
        length, found, _, _ = HEAD.unpack_from(block, at)
        length &= ~HAS_HEADERS
        if found == position:
            return at, at + length
        at += length
    raise AssertionError(f"the block has no message {position}")


def _checksum(record: bytes, key: bytes) -> bytes:
    length, _, _, subject = HEAD.unpack_from(record)
    # Its own length is left out, and so are those of the subject and of the headers.
    text = HEAD.size + subject
    content = text + 4 if length & HAS_HEADERS else text
    parts = (record[4:20], record[HEAD.size : text], record[content:-CHECKSUM_BYTES])
    return highway_hash(b"".join(parts), key).to_bytes(8, "little")


MASK = (1 << 64) - 1
LOW = (1 << 32) - 1
FIRST = (0xDBE6D5D5FE4CCE2F, 0xA4093822299F31D0, 0x13198A2E03707344, 0x243F6A8885A308D3)
SECOND = (0x3BD39E10CB0EF593, 0xC0ACF169B5F18A8C, 0xBE5466CF34E90C6C, 0x452821E638D01377)
LANES = range(4)
PACKET = struct.Struct("<4Q")


def highway_hash(data: bytes, key: bytes) -> int:
    """HighwayHash-64 (arXiv 1612.06257) of the data."""
    state = _State(PACKET.unpack(key))
    whole = len(data) // PACKET.size * PACKET.size
    for first, end in pairwise(range(0, whole + 1, PACKET.size)):
        state.update(PACKET.unpack(data[first:end]))
    if rest := data[whole:]:
        state.end_with(rest)
    return state.finish()


class _State:
    def __init__(self, key: tuple[int, ...]) -> None:
        self.mul0, self.mul1 = list(FIRST), list(SECOND)
        self.v0 = [each ^ word for each, word in zip(FIRST, key, strict=True)]
        self.v1 = [each ^ _swapped(word) for each, word in zip(SECOND, key, strict=True)]

    def update(self, packet: tuple[int, ...]) -> None:
        for i in LANES:
            self.v1[i] = (self.v1[i] + self.mul0[i] + packet[i]) & MASK
            self.mul0[i] ^= (self.v1[i] & LOW) * (self.v0[i] >> 32)
            self.v0[i] = (self.v0[i] + self.mul1[i]) & MASK
            self.mul1[i] ^= (self.v0[i] & LOW) * (self.v1[i] >> 32)
        _zip_into(self.v0, self.v1)
        _zip_into(self.v1, self.v0)

    def end_with(self, rest: bytes) -> None:
        size = len(rest)
        self.v0 = [(each + (size << 32) + size) & MASK for each in self.v0]
        self.v1 = [
            _rotated(each >> 32, size) << 32 | _rotated(each & LOW, size) for each in self.v1
        ]
        self.update(PACKET.unpack(_packed(rest)))

    def finish(self) -> int:
        for _ in range(4):
            self.update(tuple(_swapped(self.v0[i]) for i in (2, 3, 0, 1)))
        return (self.v0[0] + self.v1[0] + self.mul0[0] + self.mul1[0]) & MASK


def _packed(rest: bytes) -> bytes:
    size, whole = len(rest), len(rest) & ~3
    packet, odd = bytearray(rest[:whole].ljust(PACKET.size, b"\0")), rest[whole:]
    if size & 16:
        packet[28:] = rest[-4:]
    elif odd:
        packet[16:19] = bytes((odd[0], odd[len(odd) // 2], odd[-1]))
    return bytes(packet)


def _swapped(word: int) -> int:
    return (word >> 32 | word << 32) & MASK


def _rotated(half: int, by: int) -> int:
    return (half << by | half >> (32 - by)) & LOW


# Where each byte of two lanes goes: 0 to 7 are of the lower one, 8 to 15 of the upper one.
LOWER = (3, 12, 2, 5, 14, 1, 15, 0)
UPPER = (11, 4, 10, 13, 9, 6, 8, 7)


def _zip_into(target: list[int], source: list[int]) -> None:
    for low in (0, 2):
        both = struct.pack("<2Q", source[low], source[low + 1])
        for lane, order in ((low, LOWER), (low + 1, UPPER)):
            word = int.from_bytes(bytes(both[each] for each in order), "little")
            target[lane] = (target[lane] + word) & MASK
