"""What the leaves tell, followed from the first to the last."""

import json
from collections import defaultdict
from fractions import Fraction

from .event import Event
from .record import is_int, moment, read_leaf

# Leaves that may stand behind the close of a sitting.
AFTERWARDS = {"event.release", "event.annul", "event.tie", "event.correct", "event.destroy_key", "session.export",
              "session.correct_presence"}
CANNOT_BE_FOLLOWED = (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError)


def corrected(stretches, present, start, until):
    """Stretches of presence as they are with a correction of what was true from start until until."""
    if present:
        return [*stretches, (start, until)]
    parts = []
    for begin, end in stretches:
        head = start if end is None else min(end, start)
        tail = max(begin, until)
        parts += [(begin, head)] if begin < head else []
        parts += [(tail, end)] if end is None or tail < end else []
    return parts


class Sitting:
    """The sitting as it is at some leaf."""

    def __init__(self):
        # Whose own vote an instance is; the mandates that stand, by id; those that ever stood.
        self.own, self.mandates, self.stood = {}, {}, set()
        self.present, self.comings, self.closed = set(), [], False
        # Stretches of presence by person, once worked out; corrections of them, in the order they were made.
        self.stretches, self.corrections = None, defaultdict(list)

    def attends(self, user, joined, at):
        self.comings.append((at, user, joined))
        if joined:
            self.present.add(user)
        else:
            self.present.discard(user)

    def was_in(self, user, opened_at, end):
        """Whether a person was in the sitting at some time between two moments."""
        if self.stretches is None:
            self.stretches = defaultdict(list)
            for at, who, joined in sorted(self.comings, key=lambda coming: coming[0]):
                known = self.stretches[who]
                inside = known and known[-1][1] is None
                if joined and not inside:
                    known.append([at, None])
                elif inside and not joined:
                    known[-1][1] = at
        stretches = self.stretches[user]
        for at, present, start, until in self.corrections[user]:
            # What is corrected at the end of a vote or after it changes no count.
            if at < end:
                stretches = corrected(stretches, present, start, until)
        return any(start <= end and (until is None or until > opened_at) for start, until in stretches)

    def ever_represented(self, user, event):
        return any(principal == user and only in (None, event) for principal, _, only in self.stood)

    def follow(self, leaf):
        """What is wrong with a leaf that concerns no event, or None."""
        action, facts, at = leaf["action"], leaf["facts"], moment(leaf["at"])
        if at is None:
            return "it has no time"
        if action == "session.join":
            user, instance = facts.get("user_id"), leaf["target"]["id"]
            if not is_int(user) or self.own.setdefault(instance, user) != user:
                return "the vote instance was another person's before"
            self.attends(user, True, at)
        elif action in ("session.leave", "session.remove_attendee"):
            if not is_int(facts.get("user_id")):
                return "it does not say who left"
            if facts["user_id"] in self.present:
                self.attends(facts["user_id"], False, at)
        elif action == "session.correct_presence":
            user, present = facts.get("user_id"), facts.get("present")
            start, until = moment(facts.get("from")), moment(facts.get("until"))
            if not is_int(user) or not isinstance(present, bool) or start is None or until is None:
                return "it does not say what was true"
            self.corrections[user].append((at, present, start, until))
        elif action == "session.close":
            for user in list(self.present):
                self.attends(user, False, at)
            self.closed = True
        elif leaf["target"]["table"] == "proxies":
            return self.follow_mandate(action, facts, leaf["target"]["id"])
        return None

    def follow_mandate(self, action, facts, number):
        """A mandate stands from the leaf that says so to the leaf that says otherwise."""
        if facts.get("state", "standing" if action == "proxy.give" else "ended") != "standing":
            self.mandates.pop(number, None)
            return None
        principal, holder = facts.get("principal_user_id"), facts.get("holder_user_id")
        if not (is_int(principal) and is_int(holder)):
            return "it does not say whose mandate it is"
        instance, only = facts.get("user_session_id"), facts.get("event_id")
        # One for a span of time stands without an instance, until it is brought into a sitting.
        if instance is not None:
            self.mandates[number] = (principal, holder, instance, only)
            self.stood.add((principal, instance, only))
        return None


def check_sitting(record, report):
    sitting, events, number = Sitting(), {}, 0
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
                event.follow(leaf, moment(leaf["at"]), line, sitting, report)
        except CANNOT_BE_FOLLOWED as error:
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
        except CANNOT_BE_FOLLOWED as error:
            report.expect("tally", False, f"event {number} cannot be counted: {error!r}")
