#!/usr/bin/env python3
"""Checks the record of a session of Plenum, offline, with nothing but Python's standard library.

    python3 verify.py RECORD [--checkpoint FILE] [--other RECORD] [--key KEY]

It shares no line with `plenum verify` and must come to the same verdicts; docs/RECORD.md describes the
format and what each check means. Exit status: 0 if everything holds and every count was repeated, 3 if
everything holds and some counts are by methods that are not counted here, 1 if something is wrong, 2 if
a file cannot be read.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
import zipfile
from collections import Counter, defaultdict
from datetime import datetime
from fractions import Fraction

CHECKS = [
    "signatures", "gaps", "root", "commitments", "sitting", "rules", "roll", "entitled", "mandates",
    "one_vote", "late", "ballots", "envelopes", "tally", "quorum", "published", "checkpoint", "other_copy",
]
FILES = ["leaves.jsonl", "checkpoints.jsonl", "results.jsonl"]
MOST_TOLD = 5


class Report:
    """What came of each check."""

    def __init__(self):
        self.held, self.unseen, self.wrong = Counter(), Counter(), defaultdict(list)
        self.uncounted = []

    def expect(self, check, holds, why):
        if holds:
            self.held[check] += 1
        else:
            self.wrong[check].append(why)

    def sound(self):
        return not any(self.wrong.values())

    def verdict(self, check):
        if self.wrong[check]:
            return "FAIL"
        return "ok" if self.held[check] else "--"

    def lines(self):
        for check in CHECKS:
            unseen = f", {self.unseen[check]} withheld" if self.unseen[check] else ""
            yield f"{self.verdict(check):<5}{check:<12} {self.held[check]} checked{unseen}"
            for why in self.wrong[check][:MOST_TOLD]:
                yield f"       {why}"
        for method in self.uncounted:
            yield f"note: {method}"


# Ed25519 (RFC 8032), verification only --------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


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


def signed(key, message, signature):
    a, r = point_of(key), point_of(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= ORDER or len(signature) != 64:
        return False
    if same(times(8, a), (0, 1, 1, 0)) or same(times(8, r), (0, 1, 1, 0)):
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    return same(times(s, BASE), add(r, times(h, a)))


# The tree (RFC 6962) and signed notes (C2SP) ----------------------------------------------------------


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


def root_over(lines):
    tree = Tree()
    for line in lines:
        tree.append(leaf_hash(canonical(line)))
    return tree.root().hex()


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


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
        lines = note[at + 2 :].split("\n")[:-1]
        for line in lines:
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


def words(root):
    """The root as twelve words of five letters, two bytes each."""
    consonants, vowels = "bdfghjklmnprstvz", "aiou"

    def word(v):
        return (consonants[v >> 12] + vowels[v >> 10 & 3] + consonants[v >> 6 & 15] + vowels[v >> 4 & 3]
                + consonants[v & 15])

    return " ".join(word(int.from_bytes(root[at : at + 2], "big")) for at in range(0, 24, 2))


# Reading ------------------------------------------------------------------------------------------------


class Unreadable(Exception):
    """The file is no record."""


def exactly(value, keys, what):
    if not isinstance(value, dict) or set(value) != set(keys):
        raise Unreadable(f"{what} does not have the fields it must have")
    return value


def is_int(value):
    return isinstance(value, int) and not isinstance(value, bool)


def load(path):
    try:
        with zipfile.ZipFile(path) as archive:
            return parse({name: archive.read(name) for name in archive.namelist()})
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"it is not a record: {error}") from error


def parse(files):
    if set(files) != {"manifest.json", *FILES}:
        raise Unreadable("it does not have the files of a record")
    manifest = exactly(
        json.loads(files["manifest.json"]),
        ["format", "version", "origin", "public_key", "size", "root", "form", "withheld", "files"], "the manifest")
    if manifest["format"] != "plenum-record" or manifest["version"] != 1:
        raise Unreadable("it is of a version that is not known here")
    if set(manifest["files"]) != set(FILES):
        raise Unreadable("the manifest names other files")
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


# The log --------------------------------------------------------------------------------------------------


def check_log(record, report, key=None, kept=None, other=None):
    manifest, leaves = record["manifest"], record["leaves"]
    checkpoints, own = [], None
    try:
        own = Key(manifest["public_key"])
        report.expect("signatures", own.name == manifest["origin"], "the public key is not one of this log")
        if key is not None:
            report.expect("signatures", key == own.text, "the record was signed with another key")
        for number, line in enumerate(record["checkpoints"], 1):
            try:
                checkpoints.append(own.checkpoint(line["note"]))
                report.held["signatures"] += 1
            except (ValueError, AttributeError) as error:
                report.expect("signatures", False, f"checkpoint {number}: {error}")
    except (ValueError, AttributeError):
        report.expect("signatures", False, "the manifest's public key is not a key")
    if not checkpoints:
        report.expect("signatures", False, "there is no checkpoint that the key signed")
    gap = next((at for at, leaf in enumerate(leaves) if leaf["position"] != at), None)
    report.expect("gaps", gap is None and len(leaves) == manifest["size"], f"leaf {gap} is missing")

    tree, roots = Tree(), {}
    wanted = {size for size, _ in checkpoints}
    kept_size = None
    if kept is not None and own is not None:
        try:
            kept_size, kept_root = own.checkpoint(kept)
            wanted.add(kept_size)
        except (ValueError, AttributeError) as error:
            report.expect("checkpoint", False, f"the checkpoint that was kept: {error}")
    if 0 in wanted:
        roots[0] = tree.root()
    for leaf in leaves:
        tree.append(leaf_hash(leaf["text"]))
        if tree.size in wanted:
            roots[tree.size] = tree.root()
    report.expect("root", tree.root().hex() == manifest["root"], "the leaves do not give the root in the manifest")
    last = 0
    for size, root in checkpoints:
        report.expect("root", roots.get(size) == root and size > last,
                      f"the leaves do not give the checkpoint of size {size}")
        last = size
    report.expect("root", last == len(leaves), "the last checkpoint does not cover all leaves")
    if kept_size is not None:
        report.expect("checkpoint", roots.get(kept_size) == kept_root,
                      "the log did not grow out of the checkpoint that was kept")

    withheld = 0
    for leaf in leaves:
        told = read_leaf(leaf)
        if told is None:
            report.expect("commitments", False, f"leaf {leaf['position']} is not in the format")
            continue
        withheld += max(0, len(told["sealed"]) - len(leaf["openings"]))
        for name, opening in leaf["openings"].items():
            good = False
            if isinstance(opening["salt"], str) and re.fullmatch("[0-9a-f]{64}", opening["salt"]):
                hash_ = sha256(bytes.fromhex(opening["salt"]) + opening["text"].encode())
                good = told["sealed"].get(name) == hash_.hex()
            report.expect("commitments", good, f"leaf {leaf['position']}: {name} is not what was sealed")
    form = "redacted" if withheld else "full"
    report.expect("commitments", (manifest["withheld"], manifest["form"]) == (withheld, form),
                  "the manifest counts other commitments as not opened")
    if other is not None:
        report.expect("other_copy", all(manifest[field] == other["manifest"][field]
                                        for field in ("origin", "public_key")), "the other copy is of another log")
        differs = any(one["text"] != two["text"] for one, two in zip(leaves, other["leaves"]))
        report.expect("other_copy", not differs, "a leaf is another one in the other copy")


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


# The sitting ----------------------------------------------------------------------------------------------

AFTERWARDS = {"event.release", "event.annul", "event.tie", "event.correct", "event.destroy_key", "session.export"}


class Sitting:
    def __init__(self):
        self.own, self.mandates, self.present, self.intervals = {}, {}, {}, defaultdict(list)
        self.stood, self.closed = set(), False

    def leave(self, user, at):
        if user in self.present:
            self.intervals[user].append((self.present.pop(user), at))

    def was_in(self, user, opened_at, end):
        stretches = list(self.intervals[user])
        if user in self.present:
            stretches.append((self.present[user], None))
        return any(start <= end and (until is None or until > opened_at) for start, until in stretches)

    def follow(self, leaf):
        """What is wrong with a leaf that concerns no event, or None."""
        action, facts, at = leaf["action"], leaf["facts"], moment(leaf["at"])
        if at is None:
            return "it has no time"
        if action == "session.join":
            user, instance = facts.get("user_id"), leaf["target"]["id"]
            if not is_int(user) or self.own.setdefault(instance, user) != user:
                return "the vote instance was another person's before"
            self.present.setdefault(user, at)
        elif action in ("session.leave", "session.remove_attendee"):
            if not is_int(facts.get("user_id")):
                return "it does not say who left"
            self.leave(facts["user_id"], at)
        elif action == "session.close":
            for user in list(self.present):
                self.leave(user, at)
            self.closed = True
        elif leaf["target"]["table"] == "proxies":
            return self.follow_mandate(action, facts, leaf["target"]["id"])
        return None

    def follow_mandate(self, action, facts, number):
        if facts.get("state", "standing" if action == "proxy.give" else "ended") != "standing":
            self.mandates.pop(number, None)
            return None
        principal, holder = facts.get("principal_user_id"), facts.get("holder_user_id")
        if not (is_int(principal) and is_int(holder)):
            return "it does not say whose mandate it is"
        if facts.get("user_session_id") is not None:
            self.mandates[number] = (principal, holder, facts["user_session_id"], facts.get("event_id"))
            self.stood.add((principal, facts["user_session_id"], facts.get("event_id")))
        return None


class Event:
    def __init__(self, number):
        self.number = number
        self.opened_at = self.terms = self.roll = self.close = self.end = self.ballots = self.result = None
        self.secret = self.key_destroyed = False
        self.votes, self.envelopes, self.voted, self.used, self.people = [], [], set(), set(), set()
        self.counted_votes = self.voters = None

    def follow(self, leaf, line, sitting, report):
        action, facts, at = leaf["action"], leaf["facts"], moment(leaf["at"])
        where = f"leaf {line['position']}"
        if action == "event.open":
            report.expect("late", self.opened_at is None, f"event {self.number} was opened twice")
            self.opened_at, self.secret = at, facts.get("secrecy") == "secret"
            terms = line["openings"].get("terms")
            if terms is None:
                report.unseen["rules"] += 1
            else:
                self.terms = opened(line, "terms")
                fields = {"name", "event_type", "data", "start_time", "end_time", "quorum"}
                good = isinstance(self.terms, dict) and fields <= set(self.terms)
                report.expect("rules", good and facts.get("terms") == sha256(terms["text"].encode()).hex(),
                              f"event {self.number}: the terms are not those that were logged")
                self.terms = self.terms if good else None
            self.roll = opened(line, "roll")
            if self.roll is None:
                report.unseen["roll"] += 1
            else:
                self.people = {entry["principal_user_id"] for entry in self.roll}
                good = facts.get("roll_root") == root_over(self.roll) and len(self.people) == len(self.roll)
                report.expect("roll", good, f"event {self.number}: the roll is not the one that was logged")
        elif action in ("vote.cast", "vote.change", "vote.seal"):
            report.expect("late", self.opened_at is not None and self.close is None,
                          f"{where}: a vote while voting was not open")
            if at is not None:
                started = self.terms is None or at >= moment(self.terms["start_time"])
                report.expect("late", started and self.opened_at is not None and at >= self.opened_at,
                              f"{where}: a vote before voting began")
            if action == "vote.seal":
                report.expect("envelopes", self.secret and "envelope" in facts, f"{where}: no envelope is expected")
                if "replaces" in facts:
                    known = facts["replaces"] in self.envelopes
                    report.expect("envelopes", known, f"{where}: it replaces an envelope that is not there")
                    if known:
                        self.envelopes.remove(facts["replaces"])
                self.envelopes.append(facts.get("envelope"))
                return
            who, choice, row = opened(line, "who"), opened(line, "choice"), leaf["target"]["id"]
            if action == "vote.change":
                old = next((vote for vote in self.votes if vote[2] == row), None)
                report.expect("one_vote", old is not None, f"{where}: it changes a vote that was not cast")
                if old is not None:
                    self.votes.remove(old)
                    if old[0] is not None:
                        self.voted.discard(old[0]["principal_user_id"])
                        self.used.discard(old[0]["user_session_id"])
            if who is None:
                for check in ("entitled", "mandates", "one_vote"):
                    report.unseen[check] += 1
            else:
                self.check_who(where, who, sitting, report)
            self.votes.append((who, choice, row))
        elif action == "event.close":
            self.follow_close(facts, at, line, sitting, report)
        elif action == "event.tie":
            self.result = opened(line, "result") or self.result
        elif action == "event.destroy_key":
            self.key_destroyed = True

    def check_who(self, where, who, sitting, report):
        instance, principal, caster = (who["user_session_id"], who["principal_user_id"], who["cast_by_user_id"])
        entitled = self.roll is None or principal in self.people
        if principal == caster:
            entitled = entitled and sitting.own.get(instance) == caster
        else:
            wanted = [(principal, caster, instance, only) for only in (None, self.number)]
            report.expect("mandates", any(one in wanted for one in sitting.mandates.values()),
                          f"{where}: a vote for another without a mandate that stood")
        report.expect("entitled", entitled, f"{where}: a vote by someone who was not entitled")
        first = principal not in self.voted and instance not in self.used
        self.voted.add(principal)
        self.used.add(instance)
        report.expect("one_vote", first, f"{where}: a second vote of one person")

    def check_voters(self, sitting, report):
        """Of secret votes: nobody knows which envelope is whose, but who cast them."""
        name = f"event {self.number}"
        report.expect("envelopes", len(self.voters) == len(self.envelopes),
                      f"{name}: {len(self.voters)} people voted with {len(self.envelopes)} envelopes")
        for voter in self.voters:
            principal, instance = voter["principal_user_id"], voter["user_session_id"]
            if sitting.own.get(instance) != principal:
                stood = any((principal, instance, only) in sitting.stood for only in (None, self.number))
                report.expect("mandates", stood, f"{name}: a vote for person {principal} without a mandate that stood")
            report.expect("entitled", self.roll is None or principal in self.people,
                          f"{name}: person {principal} voted and was not entitled")
            first = principal not in self.voted and instance not in self.used
            self.voted.add(principal)
            self.used.add(instance)
            report.expect("one_vote", first, f"{name}: person {principal} is among the voters twice")

    def follow_close(self, facts, at, line, sitting, report):
        report.expect("late", self.opened_at is not None and self.close is None,
                      f"event {self.number} was closed twice, or never opened")
        self.close, self.counted_votes = at, facts.get("votes")
        self.ballots, self.result = opened(line, "ballots"), opened(line, "result")
        if self.ballots is None:
            report.unseen["ballots"] += 1
        else:
            report.expect("ballots", facts.get("ballots_root") == root_over(self.ballots),
                          f"event {self.number}: the ballots are not those that were logged")
        self.voters = opened(line, "voters")
        if self.voters is not None:
            self.check_voters(sitting, report)
        elif self.secret:
            for check in ("entitled", "mandates", "one_vote"):
                report.unseen[check] += 1
        changes = opened(line, "changes") or {}
        self.end = moment((changes.get("after") or {}).get("end_time")) or at

    def finish(self, sitting, published, report):
        name = f"event {self.number}"
        if self.close is None:
            report.expect("published", published is None, f"{name}: a result is published and none was counted")
            return
        if self.result is None and published is None:
            report.unseen["published"] += 1
        else:
            report.expect("published", exact(self.result) == exact(published),
                          f"{name}: the published result is not the one that was counted")
        cast = len(self.votes) + len(self.envelopes)
        report.expect("ballots", self.counted_votes == cast, f"{name}: other votes were counted than cast")
        if self.secret:
            distinct = len(set(self.envelopes)) == len(self.envelopes)
            report.expect("envelopes", distinct and not self.votes, f"{name}: an envelope came twice")
            report.expect("envelopes", self.key_destroyed, f"{name}: the key of its envelopes is not destroyed")
        if self.ballots is not None:
            report.expect("ballots", sum(line["ballots"] for line in self.ballots) == cast,
                          f"{name}: other ballots were counted than cast")
            self.check_ballots(name, report)
        if None in (self.terms, self.roll, self.ballots, self.result, self.opened_at):
            report.unseen["tally"] += 1
            report.unseen["quorum"] += 1
            return
        self.recount(name, sitting, report)

    def check_ballots(self, name, report):
        if self.secret or self.roll is None:
            return
        if any(who is None or choice is None for who, choice, _ in self.votes):
            report.unseen["ballots"] += 1
            return
        weights = {entry["principal_user_id"]: entry["vote_weight"] for entry in self.roll}
        alike = Counter((tuple(choice), weights.get(who["principal_user_id"], 0)) for who, choice, _ in self.votes)
        counted = {(tuple(line["vote_response"]), line["vote_weight"]): line["ballots"] for line in self.ballots}
        report.expect("ballots", alike == Counter(counted) and len(counted) == len(self.ballots),
                      f"{name}: the ballots that were counted are not the votes that were cast")

    def recount(self, name, sitting, report):
        voted = self.voted if all(who for who, _, _ in self.votes) else set()
        entitled, present = [], []
        if self.secret and self.voters is None and any(
                entry["holder_user_id"] is None and not sitting.was_in(entry["principal_user_id"], self.opened_at, self.end)
                and any(who == entry["principal_user_id"] and only in (None, self.number) for who, _, only in sitting.stood)
                for entry in self.roll):
            # Whoever votes counts as present, and who voted is withheld.
            report.unseen["tally"] += 1
            report.unseen["quorum"] += 1
            return
        for entry in self.roll:
            user = entry["principal_user_id"]
            entitled.append(entry["vote_weight"])
            if entry["holder_user_id"] is not None or user in voted or sitting.was_in(user, self.opened_at, self.end):
                present.append(entry["vote_weight"])
        figures = {
            "entitled": strength(entitled), "present": strength(present),
            "cast": {"people": sum(line["ballots"] for line in self.ballots),
                     "weight": sum(line["ballots"] * line["vote_weight"] for line in self.ballots)},
        }
        required = quorum_of(self.terms["quorum"], len(entitled))
        if required is None:
            report.uncounted.append(f"{name}: its quorum rule is not known here")
        else:
            missing = max(0, required - len(present))
            quorum = {"entitled": len(entitled), "present": len(present), "required": required,
                      "missing": missing, "met": missing == 0}
            report.expect("quorum", quorum == self.result["quorum"], f"{name}: the quorum is {quorum}")
        for part, figure in figures.items():
            report.expect("tally", self.result[part] == figure, f"{name}: {part} is {figure}")
        options = option_counts(self.terms["data"], self.ballots)
        report.expect("tally", self.result["options"] == options, f"{name}: the options have other figures")
        met = self.result["quorum"]["met"]
        if self.terms["event_type"] == "motion":
            motion, outcome = motion_of(self.terms["data"]["method"], options, figures)
            report.expect("tally", exact(self.result["motion"]) == exact(motion), f"{name}: it is {motion}")
        else:
            elected = election_of(self.terms["data"], self.ballots)
            if elected is None:
                method = self.terms["data"]["method"]["name"]
                report.uncounted.append(f"{name}: {method} is not counted here; plenum verify counts it")
                return
            winners, tied = elected
            found = self.result.get("election") or self.result.get("plurality")
            report.expect("tally", (found["elected"], found["tied"]) == (winners, tied),
                          f"{name}: elected {winners}, tied {tied}")
            outcome = "elected" if winners else "tie" if tied else "nobody_elected"
            outcome = "tie" if tied else outcome
        outcome = outcome if met else "no_quorum"
        report.expect("tally", self.result["outcome"] == outcome, f"{name}: the outcome is {outcome}")


def exact(value):
    return json.dumps(value, sort_keys=True, default=str)


def strength(weights):
    return {"people": len(weights), "weight": sum(weights)}


# Counting -------------------------------------------------------------------------------------------------


def fraction(value):
    return value if isinstance(value, Fraction) else Fraction(str(value))


def ceiling(value):
    return -(-value.numerator // value.denominator)


def at_least(share, of, strictly):
    """The smallest whole number that is the share of something, or more than it."""
    return (share * of).__floor__() + 1 if strictly else ceiling(share * of)


def quorum_of(rule, entitled):
    """How many people are needed; None for a rule that is not known here."""
    rule = {key: value for key, value in rule.items() if value is not None}
    if not rule:
        return 0
    if set(rule) == {"count"}:
        return rule["count"]
    if "fraction" in rule and set(rule) <= {"fraction", "comparison"}:
        return at_least(fraction(rule["fraction"]), entitled, rule.get("comparison") == "more_than")
    return None


def option_counts(data, ballots):
    counts = {label: [0, 0] for label in data["vote_options"]}
    for line in ballots:
        for label in supported(data, line["vote_response"]):
            counts[label][0] += line["ballots"]
            counts[label][1] += line["ballots"] * line["vote_weight"]
    return [{"option": label, "voters": people, "votes": votes} for label, (people, votes) in counts.items()]


APPROVALS = {"approval", "block", "block-plurality", "bloc", "limited", "limited-voting", "sntv-block",
             "approval-majority", "satisfaction-approval", "pav", "spav", "sequential-phragmen",
             "method-of-equal-shares", "net-approval"}


def supported(data, response):
    """The options that a ballot supports: chosen, marked, ranked first, or given more than nothing."""
    labels = set(data["vote_options"])
    if response and all(label not in labels and "=" in label for label in response):
        scores = [label.rsplit("=", 1) for label in response]
        return [label for label, score in scores if int(score) > 0]
    return response if data["method"]["name"] in APPROVALS else response[:1]


def motion_of(method, options, figures):
    votes = {line["option"]: line["votes"] for line in options}
    yes, no = votes[method["in_favour"]], votes[method["against"]]
    abstaining = votes.get(method.get("abstain"), 0)
    base = {
        "votes_cast": yes + no + abstaining, "votes_cast_without_abstentions": yes + no,
        "present": figures["present"]["weight"], "entitled": figures["entitled"]["weight"],
    }[method["base"]]
    needed = max(1, at_least(fraction(method["threshold"]), base, method["comparison"] == "more_than"))
    motion = {
        "in_favour": yes, "against": no, "abstaining": abstaining, "threshold": method["threshold"],
        "comparison": method["comparison"], "base": method["base"], "base_count": base, "needed": needed,
    }
    return motion, "adopted" if yes >= needed else "rejected"


def election_of(data, ballots):
    """Who is elected and who is tied; None for a method, or options of one, that are not counted here."""
    method = data["method"]
    extra = {key for key, value in method.items() if value is not None} - {"name", "seats", "abstain", "ties", "seed"}
    if extra:
        return None
    abstain, seats = method.get("abstain"), method.get("seats") or 1
    candidates = [label for label in data["vote_options"] if label != abstain]
    cast = [([c for c in line["vote_response"] if c != abstain], line["ballots"] * line["vote_weight"])
            for line in ballots]
    cast = [(response, weight) for response, weight in cast if weight and response]
    if method["name"] == "plurality" and not cast:
        return [], []
    if method["name"] in ("plurality", "approval", "sntv") and (method.get("ties") or ["refuse"]) == ["refuse"]:
        scores = dict.fromkeys(candidates, 0)
        for response, weight in cast:
            for label in response:
                scores[label] += weight
        return highest(scores, seats)
    return None


def highest(scores, seats):
    """The most votes win; candidates with none win nothing, and a tie across the last seat stops the count."""
    order = sorted((label for label in scores if scores[label]), key=lambda label: -scores[label])
    if len(order) <= seats:
        return order, []
    edge = scores[order[seats - 1]]
    if edge > scores[order[seats]]:
        return order[:seats], []
    return [l for l in order if scores[l] > edge], [l for l in scores if scores[l] == edge]


# All of it ------------------------------------------------------------------------------------------------


def verify(record, key=None, kept=None, other=None):
    report = Report()
    check_log(record, report, key, kept, other)
    sitting, events = Sitting(), {}
    number = 0
    for line in record["leaves"]:
        leaf = read_leaf(line)
        if leaf is None:
            continue
        where = f"leaf {line['position']}"
        report.expect("sitting", (number == 0) == (leaf["action"] == "session.create"),
                      f"{where}: a log begins with the opening of its sitting, once")
        report.expect("sitting", not sitting.closed or leaf["action"] in AFTERWARDS,
                      f"{where}: {leaf['action']} after the close")
        number += 1
        try:
            if leaf["event_id"] is None or leaf["target"]["table"] == "proxies":
                why = sitting.follow(leaf)
                if why:
                    report.expect("sitting", False, f"{where}: {why}")
            else:
                event = events.setdefault(leaf["event_id"], Event(leaf["event_id"]))
                event.follow(leaf, line, sitting, report)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            report.expect("sitting", False, f"{where} cannot be followed: {error!r}")
    published = {}
    for line in record["results"]:
        known = line["event_id"] in events and line["event_id"] not in published
        report.expect("published", known,
                      f"a result of event {line['event_id']} is published that the log does not know")
        published[line["event_id"]] = json.loads(json.dumps(line["result"]), parse_float=Fraction)
    for number, event in sorted(events.items()):
        try:
            event.finish(sitting, published.get(number), report)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            report.expect("tally", False, f"event {number} cannot be counted: {error!r}")
    return report


def main():
    arguments = argparse.ArgumentParser(description="Checks the record of a session of Plenum.")
    arguments.add_argument("record")
    arguments.add_argument("--checkpoint", help="a checkpoint that was kept")
    arguments.add_argument("--other", help="another copy of the record")
    arguments.add_argument("--key", help="the public key that has to have signed it")
    wanted = arguments.parse_args()
    try:
        record = load(wanted.record)
        other = load(wanted.other) if wanted.other else None
        kept = open(wanted.checkpoint, encoding="utf-8").read() if wanted.checkpoint else None
    except (Unreadable, OSError) as error:
        print(f"verify.py: {error}", file=sys.stderr)
        return 2
    report = verify(record, wanted.key, kept, other)
    manifest = record["manifest"]
    print(f"record of {manifest['origin']}, {manifest['size']} leaves, {manifest['form']}")
    print(f"signed by {manifest['public_key']}")
    if re.fullmatch("[0-9a-f]{64}", str(manifest["root"])):
        print(f"root in words: {words(bytes.fromhex(manifest['root']))}")
    for line in report.lines():
        print(line)
    if not report.sound():
        print("This record does NOT hold.")
        return 1
    print("Everything that could be checked holds.")
    return 3 if report.uncounted else 0


if __name__ == "__main__":
    sys.exit(main())
