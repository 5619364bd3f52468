"""Rankings, one seat: by elimination, by runoff or by points."""

from fractions import Fraction

from .election import Round, method


def firsts(count, among):
    """Votes by the highest-ranked of those among whom the choice is."""
    tally = dict.fromkeys(among, 0)
    for order, weight in count.ballots:
        top = next((c for c in order if c in tally), None)
        if top is not None:
            tally[top] += weight
    return tally


@method("irv", batch_elimination=False, continue_until_two_candidates_remain=False, minimum_vote_threshold=0,
        undeclared_write_in_candidate="none", non_integer_winning_threshold=False,
        decimal_places_for_vote_arithmetic=4)
def irv(count, batch_elimination=False, continue_until_two_candidates_remain=False, minimum_vote_threshold=0,
        undeclared_write_in_candidate="none", out=(), **_):
    """How the threshold is written plays no part: whoever has more than half is elected."""
    left = count.everybody()
    if out:
        count.push(Round(firsts(count, left), eliminated=out))
        left = [c for c in left if c not in out]
    winner = None
    while left:
        tally = firsts(count, left)
        round_ = Round(tally)
        write_ins = [c for c in left if count.names[c] == str(undeclared_write_in_candidate) and tally[c]]
        if winner is None:
            reached = [c for c in left if tally[c] > sum(tally.values()) // 2]
            if reached or len(left) == 1:
                winner = (reached or left)[0]
            elif len(left) == 2 and tally[left[0]] == tally[left[1]] and not write_ins:
                loser = count.choose("exclude", left, round_)
                winner = next(c for c in left if c != loser)
            if winner is not None:
                round_.elected = [winner]
        last = winner is not None and (not continue_until_two_candidates_remain or len(left) <= 2)
        if not last:
            spare = len(left) - (2 if continue_until_two_candidates_remain else 1)
            round_.eliminated = write_ins or sure_losers(
                tally, spare, int(minimum_vote_threshold), batch_elimination, 0)
            if not round_.eliminated:
                fewest = [c for c in left if tally[c] == min(tally.values())]
                round_.eliminated = [count.choose("exclude", fewest, round_)]
            left = [c for c in left if c not in round_.eliminated]
        count.push(round_)
        if last:
            break


def sure_losers(tally, spare, minimum, batches, one_alone):
    """All below the minimum, else the largest group that together has fewer than the next; `spare` may go."""
    ascending = sorted(tally, key=lambda c: (tally[c], c))
    below = [c for c in ascending if tally[c] < minimum]
    if below and len(below) <= spare:
        return sorted(below)
    together, size = 0, 0
    for place, candidate in enumerate(ascending[:max(spare, 0) + 1] if batches else []):
        if together < tally[candidate]:
            size = place
        together += tally[candidate]
    return sorted(ascending[:size]) if size > one_alone else []


@method("contingent-vote")
@method("supplementary-vote")
def contingent(count):
    left = count.everybody()
    tally = firsts(count, left)
    majority = [c for c in left if tally[c] * 2 > sum(tally.values())]
    if majority:
        count.conclude(majority, Round(tally))
        return
    final = count.best(left, tally.get, 2, Round(tally))
    out = [c for c in left if c not in final]
    if out:
        count.push(Round(tally, eliminated=out))
    tally = firsts(count, sorted(final))
    count.conclude([c for c in tally if tally[c] == max(tally.values())], Round(tally))


@method("borda", variant="average", points="n-1..0")
def borda(count, variant, points):
    n = len(count.names)
    tally = dict.fromkeys(count.everybody(), Fraction(0))
    for order, weight in count.ballots:
        k = len(order)
        if not k:
            continue
        for place, candidate in enumerate(order):
            worth = {"modified": Fraction(k - place), "dowdall": Fraction(1, place + 1)}.get(variant, n - 1 - place)
            tally[candidate] += worth * weight
        unranked = {"average": Fraction(n - k - 1, 2), "optimistic": n - k - 1}.get(variant, 0)
        for candidate in tally:
            if candidate not in order:
                tally[candidate] += unranked * weight
            if points == "n..1":
                tally[candidate] += weight
    count.conclude([c for c in tally if tally[c] == max(tally.values())], Round(tally))


@method("bucklin")
def bucklin(count):
    voting = sum(weight for order, weight in count.ballots if order)
    levels = max(len(order) for order, _ in count.ballots)
    tally = dict.fromkeys(count.everybody(), 0)
    for level in range(levels):
        for order, weight in count.ballots:
            if level < len(order):
                tally[order[level]] += weight
        most = max(tally.values())
        if most * 2 > voting or level + 1 == levels:
            break
        count.push(Round(dict(tally)))
    count.conclude([c for c in tally if tally[c] == most], Round(tally))


@method("coombs", stop_at_majority=True, unranked="share", tied_lowest="tie-rule")
def coombs(count, stop_at_majority, unranked, tied_lowest):
    left = count.everybody()
    while True:
        tally = firsts(count, left)
        last = dict.fromkeys(left, Fraction(0))
        for order, weight in count.ballots:
            ranked = [c for c in order if c in last]
            others = [c for c in left if c not in ranked]
            if ranked and not others:
                last[ranked[-1]] += weight
            elif ranked and unranked == "share":
                for candidate in others:
                    last[candidate] += Fraction(weight, len(others))
        majority = [c for c in left if tally[c] * 2 > sum(tally.values())]
        if majority and stop_at_majority:
            count.conclude(majority, Round(tally))
            return
        lowest = [c for c in left if last[c] == max(last.values())]
        if len(left) == 1 or (tied_lowest == "all" and lowest == left):
            count.conclude(left, Round(tally))
            return
        out = lowest if tied_lowest == "all" else [count.choose("exclude", lowest, Round(tally))]
        left = [c for c in left if c not in out]
        count.push(Round(tally, eliminated=out))
