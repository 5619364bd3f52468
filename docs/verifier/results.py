"""Results: a function of the terms, the roll, who was there and the ballots."""

import hashlib
import json
from collections import Counter
from fractions import Fraction

from . import choice, keep_factors, pairs, ranked, transfers  # noqa: F401, they enter their methods
from .election import CannotCount, NotCounted, count_election, fraction, known, supported


def exact(value):
    """Something to hold one document against another by."""
    return json.dumps(value, sort_keys=True, default=str)


def at_least(share, of, strictly):
    """The smallest whole number that is the share of something, or more than it."""
    return share * of // 1 + 1 if strictly else -(-share * of // 1)


def strength(weights):
    return {"people": len(weights), "weight": sum(weights)}


def quorum_of(rule, at_counting, entitled, present, cast):
    """How the quorum stands: of those entitled who are present, or of those present who voted."""
    rule = {key: value for key, value in rule.items() if value is not None}
    if at_counting == "ignore":
        rule = {}
    of_present, voted = rule.get("of") == "present", {}
    attained, base = (cast, present) if of_present else (present, entitled)
    if of_present:
        voted = {"voted": cast}
    required = rule.get("count", 0)
    if "fraction" in rule:
        required = int(at_least(fraction(rule["fraction"]), base, rule.get("comparison") == "more_than"))
    missing = max(0, required - attained)
    return {"entitled": entitled, "present": present, "required": required, "missing": missing, "met": not missing,
            **voted}


def parts_of(line):
    """What the weight of a ballot goes to: all of it to one response, or a part to each of several."""
    if "split" not in line:
        return [(line["vote_response"], line["vote_weight"])]
    return [(part["vote_response"], part["weight"]) for part in line["split"]]


def option_counts(data, ballots):
    form = "one" if data["method"]["name"] == "majority" else known(data)[0]
    counts = {label: [0, 0] for label in data["vote_options"]}
    for line in ballots:
        supporters = set()
        for response, weight in parts_of(line):
            for label in supported(form, data["vote_options"], response):
                supporters.add(label)
                counts[label][1] += line["ballots"] * weight
        for label in supporters:
            counts[label][0] += line["ballots"]
    return [{"option": label, "voters": people, "votes": votes} for label, (people, votes) in counts.items()]


def count_motion(data, rules, result, decisions):
    """The figures of a motion, its outcome, and what it waits for."""
    method = data["method"]
    votes = {line["option"]: line["votes"] for line in result["options"]}
    yes, no = votes[method["in_favour"]], votes[method["against"]]
    abstaining = votes.get(method.get("abstain"), 0)
    base = {
        "votes_cast": yes + no + abstaining, "votes_cast_without_abstentions": yes + no,
        "present": result["present"]["weight"], "entitled": result["entitled"]["weight"],
        "all_members": max(rules.get("members") or 0, result["entitled"]["weight"]),
    }[method["base"]]
    needed = max(1, int(at_least(fraction(method["threshold"]), base, method["comparison"] == "more_than")))
    result["motion"] = {
        "in_favour": yes, "against": no, "abstaining": abstaining, "threshold": method["threshold"],
        "comparison": method["comparison"], "base": method["base"], "base_count": base, "needed": needed,
    }
    result["outcome"] = "adopted" if yes >= needed else "rejected"
    if not decides(rules, result):
        result["outcome"] = "no_quorum"
    casting = (rules.get("ties") or {}).get("motion") == "chair" and result["outcome"] == "rejected"
    if casting and yes == no and yes and yes + 1 >= needed:
        if decisions:
            result["outcome"] = "adopted" if decisions[0] == method["in_favour"] else "rejected"
        else:
            result["outcome"] = "tie"
            result["awaiting"] = {"question": "casting_vote", "between": [method["in_favour"], method["against"]]}


def decides(rules, result):
    return result["quorum"]["met"] or (rules.get("at_counting") or "no_quorum") != "no_quorum"


def standing_again(names, tally):
    """Who stands again where nobody has more than half: the first two, with whoever is equal to the edge of them."""
    order = sorted(tally, key=lambda c: -tally[c])
    if tally[order[0]] * 2 > sum(tally.values()):
        return []
    edge = tally[order[min(1, len(order) - 1)]]
    named = [names[c] for c in order if tally[c] >= edge]
    return named if len(named) < len(names) else []


def named(count, figures):
    return {count.names[c]: Fraction(figure) for c, figure in (figures or {}).items()}


def sheet(count):
    """The steps of a count as they are compared: the figures, who was elected, who was excluded, and the ties."""
    names = lambda candidates: [count.names[c] for c in candidates]
    rounds = [(named(count, r.tally), names(r.elected), names(r.eliminated)) for r in count.rounds]
    ties = [(question, names(tied), None if chosen is None else count.names[chosen], rule)
            for question, tied, chosen, rule in count.ties]
    return rounds, ties


def published_sheet(published):
    rounds = [({name: Fraction(figure) for name, figure in r.get("tally", {}).items()}, r["elected"], r["eliminated"])
              for r in published["rounds"]]
    return rounds, [(t["question"], t["tied"], t["chosen"], t["rule"]) for t in published["ties"]]


def count_seats(data, rules, ballots, result, decisions):
    """Who is elected; answers the count, None where there is none."""
    method = data["method"]
    election = {"seats": method.get("seats") or 1, "elected": [], "tied": []}
    result["election"], result["outcome"] = election, "nobody_elected"
    count = None
    try:
        cast = [(response, line["ballots"] * weight) for line in ballots for response, weight in parts_of(line)]
        count = count_election(data, cast, decisions)
    except CannotCount:
        result["outcome"] = "uncounted"
    if count is not None:
        # Options that are no candidates: who is elected after one of them is not.
        others = {method[key]: key for key in ("reopen_nominations", "none_of_the_above") if method.get(key)}
        winners = [count.names[c] for c in count.elected]
        again = standing_again(count.names, count.rounds[0].tally) if method.get("runoff") else []
        stopped = next((at for at, name in enumerate(winners) if name in others), len(winners))
        election["elected"] = [] if again else winners[:stopped]
        election["tied"] = [count.names[c] for c in count.tie.tied] if count.tie else []
        if again:
            election["runoff"] = again
        result["outcome"] = (
            "runoff" if again else "tie" if count.tie else others[winners[stopped]] if stopped < len(winners)
            else "elected" if winners else "nobody_elected")
    if not decides(rules, result):
        result["outcome"] = "no_quorum"
    if result["outcome"] == "tie" and "chair" in (method.get("ties") or []):
        result["awaiting"] = {"question": count.tie.question, "between": election["tied"]}
    return count


class Recount:
    """An event counted again. `roll` are (weight, was there or voted) of each person on it."""

    def __init__(self, terms, roll, ballots, decisions):
        data = terms["data"]
        rules = data.get("rules") or {}
        entitled = [weight for weight, _ in roll]
        present = [weight for weight, there in roll if there]
        people = sum(line["ballots"] for line in ballots)
        self.result = result = {
            "entitled": strength(entitled), "present": strength(present),
            "cast": {"people": people, "weight": sum(line["ballots"] * line["vote_weight"] for line in ballots)},
            "quorum": quorum_of(terms["quorum"], rules.get("at_counting"), len(entitled), len(present), people),
        }
        self.count, self.not_counted = None, None
        try:
            result["options"] = option_counts(data, ballots)
            if terms["event_type"] == "motion":
                count_motion(data, rules, result, decisions)
            else:
                self.count = count_seats(data, rules, ballots, result, decisions)
        except NotCounted as reason:
            self.not_counted = f"not counted: {reason}"
            for part in ("election", "outcome"):
                result.pop(part, None)

    def asks(self, decision):
        """Whether a decision answers what the count waits for; a lot has to fall as its seed says."""
        awaiting, choice, seed = self.result.get("awaiting"), decision["choice"], decision.get("seed")
        if awaiting != {"question": decision["question"], "between": decision["between"]}:
            return False
        if decision["by"] == "chair":
            return seed is None and choice in decision["between"]
        if decision["by"] != "lot" or seed is None or decision["question"] == "casting_vote":
            return False
        drawn = sorted(decision["between"], key=lambda name: hashlib.sha256(f"{seed}\n{name}".encode()).digest())
        return choice == drawn[-1 if decision["question"] == "exclude" else 0]

    def differences(self, logged):
        """What is another than was logged, as (check, what it is here)."""
        for part, found in self.result.items():
            held = logged.get(part)
            if part == "election" and isinstance(held, dict):
                held = {key: value for key, value in held.items() if key != "count"}
            if exact(found) != exact(held):
                yield "quorum" if part == "quorum" else "tally", f"{part} is {exact(found)}"
        if self.not_counted:
            return
        for part in ("motion", "election", "awaiting"):
            if part not in self.result and logged.get(part) is not None:
                yield "tally", f"there is no {part}"
        published = (logged.get("election") or {}).get("count")
        if (published is None) != (self.count is None):
            yield "tally", "an election was counted, or not, that is not, or is"
        elif self.count is not None:
            (rounds, ties), (held_rounds, held_ties) = sheet(self.count), published_sheet(published)
            for number, (one, other) in enumerate(zip(rounds, held_rounds), 1):
                if one != other:
                    yield "tally", f"round {number} of the count has other figures"
                    return
            if len(rounds) != len(held_rounds) or ties != held_ties:
                yield "tally", "the count has other rounds, or other ties"


def same_ballots(votes, weights, ballots):
    """Whether ballots are the votes cast, each with the weight of whose vote it is."""
    alike = Counter((exact(choice), weights.get(principal, 0)) for principal, choice in votes)
    counted = {(exact(choice_of(line)), line["vote_weight"]): line["ballots"] for line in ballots}
    return alike == Counter(counted) and len(counted) == len(ballots)


def choice_of(line):
    """What a ballot is for, as the leaf of its vote has it."""
    return {"split": line["split"]} if "split" in line else line["vote_response"]


def split_as_allowed(terms, secret, ballots):
    """A split vote only where the rules let it, never a secret one, and all of the weight."""
    split = [line for line in ballots if "split" in line]
    allowed = not secret and bool((terms["data"].get("rules") or {}).get("may_split_weights"))
    whole = all(sum(weight for _, weight in parts_of(line)) == line["vote_weight"]
                and all(weight > 0 for _, weight in parts_of(line)) for line in split)
    return whole and (allowed or not split)
