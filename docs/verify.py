#!/usr/bin/env python3
"""Checks the record of a session of Plenum, offline, with nothing but Python's standard library (3.8 or later).

    python3 verify.py RECORD [--checkpoint FILE] [--other RECORD] [--receipt FILE] [--key KEY]

It shares no line with `plenum verify` and must come to the same verdicts; docs/RECORD.md describes the format and
what each check means. What it does is in the folder `verifier` beside this file. Exit status: 0 if everything holds
and every count was repeated, 3 if everything holds and some count is by a method that is not counted here, 1 if
something is wrong, 2 if a file cannot be read, 4 if nothing is wrong and something is still to come.
"""

import argparse
import json
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from verifier.log import check_log  # noqa: E402
from verifier.record import CHECKS, Report, Unreadable, load  # noqa: E402
from verifier.signing import words  # noqa: E402
from verifier.sitting import check_sitting  # noqa: E402


def verify(record, key=None, kept=None, other=None, receipt=None):
    report = Report()
    check_log(record, report, key, kept, other, receipt)
    check_sitting(record, report)
    return report


def told(record, report):
    """The report for people."""
    manifest = record["manifest"]
    yield f"record of {manifest['origin']}, {manifest['size']} leaves, {manifest['form']}"
    yield f"signed by {manifest['public_key']}"
    if re.fullmatch("[0-9a-f]{64}", str(manifest["root"])):
        yield f"root in words: {words(bytes.fromhex(manifest['root']))}"
    yield from report.lines()
    if not report.sound():
        yield "This record does NOT hold."
    elif not report.complete():
        yield "Nothing is wrong, and something is still to come."
    else:
        yield "Everything that could be checked holds."


def note(path):
    """A signed note from a file, whatever an editor made of its line ends."""
    with open(path, encoding="utf-8") as file:
        return file.read().rstrip() + "\n"


def judged(path):
    """The report on one of many, for programs."""
    try:
        report = verify(load(path))
    except Unreadable as error:
        return {"record": path, "sound": False, "unreadable": str(error)}
    answer = {"record": path, "sound": report.sound(), "not_counted": report.uncounted}
    answer["verdicts"] = {check: report.verdict(check) for check in CHECKS}
    answer["wrong"] = [why for check in CHECKS for why in report.wrong[check]]
    return answer


def many(paths):
    sound = True
    for path in paths:
        answer = judged(path)
        sound = sound and answer["sound"]
        print(json.dumps(answer), flush=True)
    return 0 if sound else 1


def main():
    arguments = argparse.ArgumentParser(description="Checks the record of a session of Plenum.")
    arguments.add_argument("record", help="the record; - for many, whose names are read from the input, a line each")
    arguments.add_argument("--checkpoint", help="a checkpoint that was kept")
    arguments.add_argument("--other", help="another copy of the record")
    arguments.add_argument("--receipt", help="a voter's receipt")
    arguments.add_argument("--key", help="the public key that has to have signed it")
    wanted = arguments.parse_args()
    if wanted.record == "-":
        return many(line.rstrip("\n") for line in sys.stdin if line.strip())
    try:
        record = load(wanted.record)
        other = load(wanted.other) if wanted.other else None
        kept = note(wanted.checkpoint) if wanted.checkpoint else None
        receipt = note(wanted.receipt) if wanted.receipt else None
    except (Unreadable, OSError, UnicodeDecodeError) as error:
        print(f"verify.py: {error}", file=sys.stderr)
        return 2
    report = verify(record, wanted.key, kept, other, receipt)
    for line in told(record, report):
        print(line)
    if not report.sound():
        return 1
    if not report.complete():
        return 4
    return 3 if report.uncounted else 0


if __name__ == "__main__":
    sys.exit(main())
