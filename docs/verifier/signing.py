"""Signatures (RFC 8032), signed notes (C2SP) and the tree (RFC 6962)."""

import base64
import functools
import hashlib
import json
import re

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


# Ed25519, verification only: a point is (x, y, z, t) with x = X/Z, y = Y/Z, xy = T/Z


def add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    w, x, y, z = f - e, h - g, h + g, f + e
    return (w * x % P, y * z % P, x * y % P, w * z % P)


def times(number, point):
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, point)
        point = add(point, point)
        number >>= 1
    return total


def same(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def point_of(data):
    """The point that 32 bytes stand for, or None."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


@functools.lru_cache(maxsize=4096)
def signed(key, message, signature):
    if len(signature) != 64:
        return False
    a, r = point_of(key), point_of(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= ORDER:
        return False
    if same(times(8, a), (0, 1, 1, 0)) or same(times(8, r), (0, 1, 1, 0)):
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    return same(times(s, BASE), add(r, times(h, a)))


# The tree


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(text):
    return sha256(b"\0" + text.encode())


class Tree:
    """Grows from the right edge."""

    def __init__(self):
        self.size, self.peaks = 0, []

    def append(self, hash_):
        size = self.size
        while size & 1:
            hash_ = sha256(b"\1" + self.peaks.pop() + hash_)
            size >>= 1
        self.peaks.append(hash_)
        self.size += 1

    def root(self):
        if not self.peaks:
            return sha256(b"")
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = sha256(b"\1" + peak + root)
        return root


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def root_over(lines):
    tree = Tree()
    for line in lines:
        tree.append(leaf_hash(canonical(line)))
    return tree.root().hex()


def words(root):
    """The root as twelve words of five letters, two bytes each."""
    consonants, vowels = "bdfghjklmnprstvz", "aiou"

    def word(v):
        return (consonants[v >> 12] + vowels[v >> 10 & 3] + consonants[v >> 6 & 15] + vowels[v >> 4 & 3]
                + consonants[v & 15])

    return " ".join(word(int.from_bytes(root[at : at + 2], "big")) for at in range(0, 24, 2))


# Notes


def unbase64(text):
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("not the one form of base64")
    return data


class Key:
    """A public key with the name it signs under: name+hash+key."""

    def __init__(self, text):
        self.text = text
        self.name, hash_, key = text.split("+", 2)
        material = unbase64(key)
        self.hash = sha256(self.name.encode() + b"\n" + material)[:4]
        if material[:1] != b"\1" or len(material) != 33 or self.hash.hex() != hash_:
            raise ValueError("not an ed25519 key")
        if not self.name or any(c.isspace() for c in self.name) or point_of(material[1:]) is None:
            raise ValueError("not a name")
        self.key = material[1:]

    def open(self, note):
        """The text of a note that this key signed."""
        if not note.endswith("\n") or any(c < " " and c != "\n" for c in note) or "\n\n" not in note:
            raise ValueError("it is not a signed note")
        at = note.rindex("\n\n")
        text, found = note[: at + 1], False
        for line in note[at + 2 :].split("\n")[:-1]:
            dash, name, signature = line.split(" ", 2)
            data = unbase64(signature)
            if dash != "\u2014" or len(data) < 5:
                raise ValueError("it is not a signed note")
            if name == self.name and data[:4] == self.hash:
                if not signed(self.key, text.encode(), data[4:]):
                    raise ValueError("its signature does not fit its text")
                found = True
        if not found:
            raise ValueError("it has no signature of the key that was expected")
        return text

    def checkpoint(self, note):
        """Size and root of a checkpoint that this key signed."""
        lines = self.open(note).split("\n")[:-1]
        if len(lines) < 3 or lines[0] != self.name or "" in lines or not re.fullmatch("0|[1-9][0-9]*", lines[1]):
            raise ValueError("its text is not a checkpoint")
        root = unbase64(lines[2])
        if len(root) != 32:
            raise ValueError("its text is not a checkpoint")
        return int(lines[1]), root

    def promise(self, note):
        """The hash of the leaf that a receipt promises."""
        lines = self.open(note).split("\n")[:-1]
        if len(lines) != 4 or lines[0] != "plenum receipt v1" or lines[1] != self.name or not lines[2].isdecimal():
            raise ValueError("its text is not a receipt of this log")
        return unbase64(lines[3])
