"""Record files, and what is told of them."""

import hashlib
import json
import re
import zipfile
from collections import Counter, defaultdict
from datetime import datetime
from fractions import Fraction

CHECKS = [
    "signatures", "gaps", "root", "commitments", "sitting", "rules", "roll", "entitled", "mandates",
    "one_vote", "late", "ballots", "envelopes", "tally", "quorum", "published", "checkpoint", "other_copy",
    "receipt",
]
FILES = ["leaves.jsonl", "checkpoints.jsonl", "results.jsonl"]
MOST_TOLD = 5
# Unpacked, a record may have so many bytes.
LARGEST = 8 << 30


class Unreadable(Exception):
    """The file is no record."""


class Report:
    """What came of each check."""

    def __init__(self):
        self.held, self.unseen, self.wrong = Counter(), Counter(), defaultdict(list)
        self.waiting, self.uncounted = defaultdict(list), []

    def expect(self, check, holds, why):
        if holds:
            self.held[check] += 1
        else:
            self.wrong[check].append(why)

    def sound(self):
        return not any(self.wrong.values())

    def complete(self):
        return not any(self.waiting.values())

    def verdict(self, check):
        if self.wrong[check]:
            return "FAIL"
        if self.waiting[check]:
            return "wait"
        return "ok" if self.held[check] else "--"

    def lines(self):
        for check in CHECKS:
            unseen = f", {self.unseen[check]} withheld" if self.unseen[check] else ""
            yield f"{self.verdict(check):<5}{check:<12} {self.held[check]} checked{unseen}"
            for why in self.wrong[check][:MOST_TOLD] + self.waiting[check][:MOST_TOLD]:
                yield f"       {why}"
        for reason in self.uncounted:
            yield f"note: {reason}"


def exactly(value, keys, what):
    if not isinstance(value, dict) or set(value) != set(keys):
        raise Unreadable(f"{what} does not have the fields it must have")
    return value


def is_int(value):
    return isinstance(value, int) and not isinstance(value, bool)


def load(path):
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
                raise Unreadable("it is larger than a record can be")
            return parse({name: archive.read(name) for name in archive.namelist()})
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"it is not a record: {error}") from error


def parse(files):
    if set(files) != {"manifest.json", *FILES}:
        raise Unreadable("it does not have the files of a record")
    manifest = exactly(
        json.loads(files["manifest.json"]),
        ["format", "version", "origin", "public_key", "size", "root", "form", "withheld", "files"], "the manifest")
    if manifest["format"] != "plenum-record" or manifest["version"] != 1:
        raise Unreadable("it is of a version that is not known here")
    exactly(manifest["files"], FILES, "the manifest")
    record = {"manifest": manifest}
    for name in FILES:
        lines = [json.loads(line) for line in files[name].decode().split("\n")[:-1]]
        entry = exactly(manifest["files"][name], ["lines", "sha256"], "the manifest")
        if entry != {"lines": len(lines), "sha256": hashlib.sha256(files[name]).hexdigest()}:
            raise Unreadable(f"{name} is not the file that the manifest describes")
        record[name.split(".")[0]] = lines
    for leaf in record["leaves"]:
        exactly(leaf, ["position", "text", "openings"], "a leaf")
        if not is_int(leaf["position"]) or not isinstance(leaf["text"], str):
            raise Unreadable("a leaf has a field of another kind")
        for opening in leaf["openings"].values():
            exactly(opening, ["salt", "text"], "an opening")
    for line in record["checkpoints"]:
        exactly(line, ["note"], "a checkpoint")
    for line in record["results"]:
        if not is_int(exactly(line, ["event_id", "result"], "a result")["event_id"]):
            raise Unreadable("a result has a field of another kind")
    return record


# Leaves

LEAF_FIELDS = {"v", "action", "target", "actor", "event_id", "at", "facts", "sealed"}


def read_leaf(line):
    try:
        leaf = json.loads(line["text"])
        if set(leaf) != LEAF_FIELDS or set(leaf["target"]) != {"table", "id"}:
            return None
        return leaf
    except (ValueError, TypeError):
        return None


def opened(line, name):
    """What is sealed in a leaf under a name, with decimals as they are written; None when it is withheld."""
    opening = line["openings"].get(name)
    try:
        return None if opening is None else json.loads(opening["text"], parse_float=Fraction)
    except ValueError:
        return None


def moment(text):
    if not text:
        return None
    text = re.sub(r"\.(\d+)", lambda m: "." + m.group(1)[:6].ljust(6, "0"), text)
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
