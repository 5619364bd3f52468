"""One event: its roll, its votes, its count."""

from .record import moment, opened
from .results import Recount, exact, same_ballots, split_as_allowed
from .signing import canonical, leaf_hash, root_over, sha256

TERMS = {"name", "event_type", "data", "start_time", "end_time", "quorum"}
# What is known of a vote only by who cast it.
OF_WHO = ("entitled", "mandates", "one_vote")


class Event:
    """What the leaves tell of an event."""

    def __init__(self, number):
        self.number, self.name = number, f"event {number}"
        self.opened_at = self.started = self.end = None
        self.terms = self.roll = self.ballots = self.result = self.counted_votes = self.voters = None
        self.secret = self.closed = self.key_destroyed = False
        # Votes by row, in the order in which they were cast: who and choice, as far as they are shown.
        self.votes, self.envelopes = {}, []
        self.voted, self.used, self.people = set(), set(), set()

    def follow(self, leaf, at, line, sitting, report):
        action, facts, where = leaf["action"], leaf["facts"], f"leaf {line['position']}"
        if action == "event.open":
            self.follow_opening(facts, at, line, report)
        elif action == "event.join_roll":
            self.follow_late_arrival(where, facts, line, sitting, report)
        elif action in ("vote.cast", "vote.change"):
            self.check_time(where, at, report)
            self.follow_vote(where, leaf["target"]["id"], action == "vote.change", line, sitting, report)
        elif action == "vote.seal":
            self.check_time(where, at, report)
            self.follow_envelope(where, facts, report)
        elif action == "event.close":
            self.follow_close(facts, at, line, sitting, report)
        elif action == "event.tie":
            self.follow_decision(where, leaf, opened(line, "result"), report)
        elif action == "event.destroy_key":
            self.key_destroyed = True

    def follow_decision(self, where, leaf, result, report):
        """A decision of a tie adds one to those before, made by whom it says."""
        if result is None:
            return
        decisions = result.get("decisions") or []
        earlier = decisions[:-1] if self.result is None else self.result.get("decisions") or []
        by = leaf["actor"]["user_id"] if isinstance(leaf["actor"], dict) else None
        report.expect(
            "tally",
            bool(decisions) and exact(decisions[:-1]) == exact(earlier) and by is not None
            and by == decisions[-1]["decided_by_user_id"],
            f"{where}: the decision of a tie is not the one in the result")
        self.result = result

    def follow_opening(self, facts, at, line, report):
        report.expect("late", self.opened_at is None, f"{self.name} was opened twice")
        self.opened_at, self.secret = at, facts.get("secrecy") == "secret"
        terms = line["openings"].get("terms")
        if terms is None:
            report.unseen["rules"] += 1
        else:
            document = opened(line, "terms")
            good = (isinstance(document, dict) and set(document) == TERMS
                    and facts.get("terms") == sha256(terms["text"].encode()).hex())
            report.expect("rules", good, f"{self.name}: the terms are not those that were logged")
            if good:
                self.terms, self.started = document, moment(document["start_time"])
        self.roll = opened(line, "roll")
        if self.roll is None:
            report.unseen["roll"] += 1
            return
        self.people = {entry["principal_user_id"] for entry in self.roll}
        good = (facts.get("roll_root") == root_over(self.roll) and len(self.people) == len(self.roll)
                and all(map(is_possible, self.roll)))
        report.expect("roll", good, f"{self.name}: the roll is not the one that was logged")

    def follow_late_arrival(self, where, facts, line, sitting, report):
        """Somebody came in, or became entitled, while voting was open."""
        report.expect("late", self.opened_at is not None and not self.closed,
                      f"{where}: a roll was joined while voting was not open")
        lines = opened(line, "roll")
        if lines is None:
            report.unseen["roll"] += 1
            return
        # They were not there at the opening, are in now, and were not on it before.
        entry = lines[0] if len(lines) == 1 else {}
        user = entry.get("principal_user_id")
        joins = (not entry.get("present", True) and entry.get("holder_user_id") is None and is_possible(entry)
                 and user in sitting.present and user not in self.people)
        report.expect("roll", joins and facts.get("roll_line") == leaf_hash(canonical(entry)).hex(),
                      f"{self.name}: who joined the roll was not in, was on it before, or is not who was logged")
        if joins and self.roll is not None:
            self.people.add(user)
            self.roll.append(entry)

    def check_time(self, where, at, report):
        report.expect("late", self.opened_at is not None and not self.closed,
                      f"{where}: a vote while voting was not open")
        # An envelope has no time; its place among the leaves is between the opening and the close.
        if at is not None:
            started = self.started is None or at >= self.started
            report.expect("late", started and self.opened_at is not None and at >= self.opened_at,
                          f"{where}: a vote before voting began")

    def follow_vote(self, where, row, again, line, sitting, report):
        if again:
            # The vote that it takes the place of, by its row: nobody has to know whose it is.
            report.expect("one_vote", row in self.votes, f"{where}: it changes a vote that was not cast")
            old = self.votes.pop(row, (None, None))[0]
            if old is not None:
                self.voted.discard(old["principal_user_id"])
                self.used.discard(old["user_session_id"])
        who = opened(line, "who")
        if who is None:
            for check in OF_WHO:
                report.unseen[check] += 1
        else:
            self.check_who(where, who, sitting, report)
        # Two votes of one row are two all the same.
        self.votes[row if row not in self.votes else (row, len(self.votes))] = (who, opened(line, "choice"))

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
        self.check_first(principal, instance, f"{where}: a second vote of one person", report)

    def check_first(self, principal, instance, why, report):
        report.expect("one_vote", principal not in self.voted and instance not in self.used, why)
        self.voted.add(principal)
        self.used.add(instance)

    def follow_envelope(self, where, facts, report):
        expected = self.secret and isinstance(facts.get("envelope"), str)
        report.expect("envelopes", expected, f"{where}: no envelope is expected")
        if not expected:
            return
        if "replaces" in facts:
            known = facts["replaces"] in self.envelopes
            report.expect("envelopes", known, f"{where}: it replaces an envelope that is not there")
            if known:
                self.envelopes.remove(facts["replaces"])
        self.envelopes.append(facts["envelope"])

    def follow_close(self, facts, at, line, sitting, report):
        report.expect("late", self.opened_at is not None and not self.closed,
                      f"{self.name} was closed twice, or never opened")
        self.closed, self.counted_votes = True, facts.get("votes")
        self.ballots, self.result = opened(line, "ballots"), opened(line, "result")
        if self.ballots is None:
            report.unseen["ballots"] += 1
        else:
            # That they are those that were logged is what their commitment says.
            report.expect("ballots", isinstance(self.ballots, list), f"{self.name}: the ballots cannot be read")
        self.voters = opened(line, "voters")
        if self.voters is not None:
            self.check_voters(sitting, report)
        elif self.secret:
            for check in OF_WHO:
                report.unseen[check] += 1
        changes = opened(line, "changes") or {}
        self.end = moment((changes.get("after") or {}).get("end_time")) or at
        report.expect("late", self.end is not None, f"{self.name}: the close has no time")

    def check_voters(self, sitting, report):
        """Of secret votes: nobody knows which envelope is whose, but who cast them."""
        report.expect("envelopes", len(self.voters) == len(self.envelopes),
                      f"{self.name}: {len(self.voters)} people voted with {len(self.envelopes)} envelopes")
        for voter in self.voters:
            principal, instance = voter["principal_user_id"], voter["user_session_id"]
            if sitting.own.get(instance) != principal:
                stood = any((principal, instance, only) in sitting.stood for only in (None, self.number))
                report.expect("mandates", stood,
                              f"{self.name}: a vote for person {principal} without a mandate that stood")
            report.expect("entitled", self.roll is None or principal in self.people,
                          f"{self.name}: person {principal} voted and was not entitled")
            self.check_first(principal, instance, f"{self.name}: person {principal} is among the voters twice", report)

    # What can be said once every leaf is known

    def finish(self, sitting, published, report):
        if not self.closed:
            report.expect("published", published is None, f"{self.name}: a result is published and none was counted")
            return
        if self.result is None and published is None:
            report.unseen["published"] += 1
        else:
            report.expect("published", exact(self.result) == exact(published),
                          f"{self.name}: the published result is not the one that was counted")
        self.check_papers(report)
        if None in (self.terms, self.roll, self.ballots, self.result, self.opened_at, self.end):
            report.unseen["tally"] += 1
            report.unseen["quorum"] += 1
            return
        self.recount(sitting, report)

    def check_papers(self, report):
        """As many papers as ballots, and the same ones."""
        cast = len(self.votes) + len(self.envelopes)
        report.expect("ballots", self.counted_votes == cast, f"{self.name}: other votes were counted than cast")
        if self.secret:
            distinct = len(set(self.envelopes)) == len(self.envelopes)
            report.expect("envelopes", distinct and not self.votes, f"{self.name}: an envelope came twice")
            if self.key_destroyed:
                report.held["envelopes"] += 1
            else:
                report.waiting["envelopes"].append(
                    f"{self.name}: the key of its envelopes is not destroyed yet; take the record again")
        if self.ballots is None:
            return
        report.expect("ballots", sum(line["ballots"] for line in self.ballots) == cast,
                      f"{self.name}: other ballots were counted than cast")
        if self.secret or self.roll is None:
            return
        votes = self.votes.values()
        if any(who is None or choice is None for who, choice in votes):
            report.unseen["ballots"] += 1
            return
        weights = {entry["principal_user_id"]: entry["vote_weight"] for entry in self.roll}
        cast = [(who["principal_user_id"], choice) for who, choice in votes]
        report.expect("ballots", same_ballots(cast, weights, self.ballots),
                      f"{self.name}: the ballots that were counted are not the votes that were cast")

    def recount(self, sitting, report):
        """Whoever was there, or represented, while voting was open, and whoever voted, counts as present."""
        roll = []
        withheld = self.voters is None if self.secret else any(who is None for who, _ in self.votes.values())
        for entry in self.roll:
            user = entry["principal_user_id"]
            there = entry["holder_user_id"] is not None or sitting.was_in(user, self.opened_at, self.end)
            if withheld and not there and (sitting.ever_represented(user, self.number) or sitting.corrections[user]):
                # Who voted is withheld, and this is one who may have, without having been there.
                report.unseen["tally"] += 1
                report.unseen["quorum"] += 1
                return
            roll.append((entry["vote_weight"], there or user in self.voted))
        report.expect("ballots", split_as_allowed(self.terms, self.secret, self.ballots),
                      f"{self.name}: a weight was split where the rules do not let it, or not all of it was cast")
        decided = self.result.get("decisions") or []
        decisions = [decision["choice"] for decision in decided]
        for number, decision in enumerate(decided):
            before = Recount(self.terms, roll, self.ballots, decisions[:number])
            if not before.not_counted:
                report.expect("tally", before.asks(decision),
                              f"{self.name}: decision {number + 1} on a tie is none that the count asked for, "
                              "or no lot of its seed")
        recount = Recount(self.terms, roll, self.ballots, decisions)
        differing = set()
        for check, why in recount.differences(self.result):
            differing.add(check)
            report.expect(check, False, f"{self.name}: {why}")
        if "quorum" not in differing:
            report.held["quorum"] += 1
        if recount.not_counted:
            report.uncounted.append(f"{self.name}: {recount.not_counted}; plenum verify counts it")
        if "tally" not in differing:
            report.held["tally"] += 1


def is_possible(entry):
    """Whoever was present holds their own vote, and a holder has an instance."""
    holder = entry["holder_user_id"]
    held = (holder is None) == (entry["user_session_id"] is None)
    return held and (not entry["present"] or holder == entry["principal_user_id"])
