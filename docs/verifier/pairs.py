"""Rankings compared pair by pair."""

import json
from fractions import Fraction

from .election import CannotCount, Round, fraction, method
from .ranked import irv

# Up to so many candidates every step of ranked pairs is a round of its own.
TOLD = 60
MOST_FOR_KEMENY = 18


def folded(text):
    return "".join(c for c in text if c not in "-_ ").lower()


class Pairs:
    """How many ballots prefer each candidate to each other one."""

    def __init__(self, count):
        self.n = len(count.names)
        self.all = range(self.n)
        self.voting = sum(weight for order, weight in count.ballots if order)
        self.wins = [[0] * self.n for _ in self.all]
        for order, weight in count.ballots:
            below = [c for c in self.all if c not in order]
            for place in range(len(order) - 1, -1, -1):
                for other in below:
                    self.wins[order[place]][other] += weight
                below.append(order[place])

    def beats(self, a, b):
        return self.wins[a][b] > self.wins[b][a]

    def strength(self, kind, a, b):
        if not self.beats(a, b):
            return 0
        return self.wins[a][b] - (self.wins[b][a] if kind == "margins" else 0)

    def halves(self, a):
        """Victories, in halves, a draw being one."""
        return sum((not self.beats(b, a)) + self.beats(a, b) for b in self.all if b != a)


def unbeaten(candidates, above):
    """Those whom nobody is above; all where there is nobody like that."""
    return [b for b in candidates if not any(a != b and above(a, b) for a in candidates)] or list(candidates)


def strongest_paths(candidates, strength):
    paths = {(a, b): strength(a, b) for a in candidates for b in candidates if a != b}
    for middle in candidates:
        for a in candidates:
            for b in candidates:
                if len({a, b, middle}) == 3:
                    paths[a, b] = max(paths[a, b], min(paths[a, middle], paths[middle, b]))
    return paths


@method("pairwise-matrix")
def matrix(count):
    count.push(Round())


@method("condorcet")
def condorcet(count):
    pairs = Pairs(count)
    count.conclude([a for a in pairs.all if all(a == b or pairs.beats(a, b) for b in pairs.all)], Round())


@method("copeland")
def copeland(count):
    pairs = Pairs(count)
    tally = {a: Fraction(pairs.halves(a), 2) for a in pairs.all}
    count.conclude([a for a in tally if tally[a] == max(tally.values())], Round(tally))


@method("minimax", strength="winning-votes")
def minimax(count, strength):
    pairs = Pairs(count)

    def against(a, b):
        if strength == "margins":
            return pairs.wins[b][a] - pairs.wins[a][b]
        return pairs.wins[b][a] if strength == "pairwise-opposition" or pairs.beats(b, a) else 0

    worst = {a: max((against(a, b) for b in pairs.all if b != a), default=0) for a in pairs.all}
    count.conclude([a for a in worst if worst[a] == min(worst.values())], Round())


class Reach:
    """Who can be reached from whom."""

    def __init__(self, reached):
        self.reached = [set(one) for one in reached]

    def add(self, a, b):
        behind = self.reached[b] | {b}
        for start, reached in enumerate(self.reached):
            if start == a or a in reached:
                reached |= behind


@method("ranked-pairs", strength="winning-votes", equally_strong="smaller-opposition")
def ranked_pairs(count, strength, equally_strong):
    pairs = Pairs(count)
    groups = {}
    for a in pairs.all:
        for b in pairs.all:
            if pairs.beats(a, b):
                lost = 0 if equally_strong == "together" else pairs.wins[b][a]
                groups.setdefault((-pairs.strength(strength, a, b), lost), []).append((a, b))
    reach, locked = Reach([()] * pairs.n), set()
    for _, group in sorted(groups.items()):
        together = Reach(reach.reached)
        for a, b in group if len(group) > 1 else []:
            together.add(a, b)
        for a, b in group:
            if a not in together.reached[b]:
                locked.add((a, b))
                reach.add(a, b)
        if pairs.n <= TOLD:
            count.push(Round())
    count.conclude(unbeaten(pairs.all, lambda a, b: (a, b) in locked), Round())


@method("schulze", strength="winning-votes")
def schulze(count, strength):
    pairs = Pairs(count)
    paths = strongest_paths(pairs.all, lambda a, b: pairs.strength(strength, a, b))
    count.conclude(unbeaten(pairs.all, lambda a, b: paths[a, b] > paths[b, a]), Round())


def ratio_of(count, ratios, option):
    if isinstance(ratios, str) and ratios.lstrip()[:1] in "[{":
        ratios = json.loads(ratios)
    if isinstance(ratios, list):
        return fraction(ratios[option]) if option < len(ratios) else Fraction(1)
    if isinstance(ratios, dict):
        return fraction(ratios.get(count.names[option], 1))
    return fraction(ratios)


@method("schulze-with-default-option", default="", quorum=0, majority_ratio=1)
def schulze_with_default(count, default, quorum, majority_ratio):
    pairs, default = Pairs(count), str(default)
    base = pairs.n - 1
    if folded(default) not in ("", "none", "null"):
        exactly = [c for c in pairs.all if count.names[c] == default]
        alike = [c for c in pairs.all if folded(count.names[c]) == folded(default)]
        if not exactly + alike:
            raise CannotCount("there is no such default option")
        base = (exactly + alike)[0]

    def passes(option):
        over, back = pairs.wins[option][base], pairs.wins[base][option]
        return over >= fraction(quorum) and over > ratio_of(count, majority_ratio, option) * back

    left = [c for c in pairs.all if c == base or passes(c)]
    count.push(Round(eliminated=[c for c in pairs.all if c not in left]))
    # Of victories with equally many votes the one with more votes for the loser is the weaker.
    paths = strongest_paths(
        left, lambda a, b: (pairs.wins[a][b], -pairs.wins[b][a]) if pairs.beats(a, b) else (0, -10**30))
    count.conclude(unbeaten(left, lambda a, b: paths[a, b] > paths[b, a]), Round())


@method("kemeny-young")
def kemeny(count):
    pairs = Pairs(count)
    n, full = pairs.n, (1 << pairs.n) - 1
    if n > MOST_FOR_KEMENY:
        raise CannotCount("there are too many candidates")
    # gains[c][s]: the preferences that putting c before everybody in the set s agrees with.
    gains = []
    for a in pairs.all:
        sums = [0] * (full + 1)
        for subset in range(1, full + 1):
            low = subset & -subset
            sums[subset] = sums[subset ^ low] + pairs.wins[a][low.bit_length() - 1]
        gains.append(sums)
    best = [0] * (full + 1)
    for subset in range(1, full + 1):
        best[subset] = max(
            gains[a][subset ^ (1 << a)] + best[subset ^ (1 << a)] for a in pairs.all if subset >> a & 1)
    count.conclude(
        [a for a in pairs.all if gains[a][full ^ (1 << a)] + best[full ^ (1 << a)] == best[full]], Round())


def borda_among(pairs, left):
    """One point for each other one a ballot likes less, half a point for each it likes as much."""
    points = lambda a: sum(pairs.voting + pairs.wins[a][b] - pairs.wins[b][a] for b in left if b != a)
    return {a: Fraction(points(a), 2) for a in left}


def eliminate(count, choose_out):
    pairs = Pairs(count)
    tally = borda_among(pairs, list(pairs.all))
    while len(set(tally.values())) > 1:
        out = choose_out(tally)
        count.push(Round(tally, eliminated=out))
        tally = borda_among(pairs, [c for c in tally if c not in out])
    count.conclude(list(tally), Round(tally))


@method("nanson", exclude="below-average")
def nanson(count, exclude):
    def out(tally):
        average = sum(tally.values()) / len(tally)
        return [c for c in tally if tally[c] < average or (exclude != "below-average" and tally[c] == average)]

    eliminate(count, out)


@method("baldwin", tied_lowest="tie-rule")
def baldwin(count, tied_lowest):
    def out(tally):
        lowest = [c for c in tally if tally[c] == min(tally.values())]
        return lowest if tied_lowest == "all" else [count.choose("exclude", lowest, Round(tally))]

    eliminate(count, out)


def smith_set(pairs):
    """The smallest group each of whom beats everybody outside: whoever wins most, then all whom a member does not beat."""
    members = {max(pairs.all, key=pairs.halves)}
    while True:
        more = {b for b in pairs.all if b not in members and not all(pairs.beats(a, b) for a in members)}
        if not more:
            return sorted(members)
        members |= more


def report(count, members):
    if len(members) == 1:
        count.conclude(members, Round())
    else:
        count.push(Round())


@method("smith-set")
def smith(count):
    report(count, smith_set(Pairs(count)))


@method("schwartz-set")
def schwartz(count):
    pairs = Pairs(count)
    reach = Reach([()] * pairs.n)
    for a in pairs.all:
        for b in pairs.all:
            if pairs.beats(a, b):
                reach.add(a, b)
    inside = lambda a: all(b in reach.reached[a] or a not in reach.reached[b] for b in pairs.all)
    report(count, [a for a in pairs.all if inside(a)])


@method("smith-irv")
def smith_irv(count):
    members = smith_set(Pairs(count))
    irv(count, out=[c for c in count.everybody() if c not in members])
