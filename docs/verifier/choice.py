"""Marks, approvals, scores and grades, and party lists."""

from fractions import Fraction

from .election import CannotCount, Round, fraction, method


def totals(count):
    """What each candidate is given, in marks."""
    tally = dict.fromkeys(count.everybody(), 0)
    for marks, weight in count.ballots:
        for candidate in marks:
            tally[candidate] += weight
    return tally


@method("plurality", form="one")
@method("sntv", form="one")
def most_first_choices(count):
    count.elect_highest(totals(count), one=count.seats == 1)


@method("approval", form="set")
def approval(count):
    count.elect_highest(totals(count), one=True)


@method("approval-multiwinner", form="set")
def approval_multiwinner(count):
    count.elect_highest(totals(count), one=False)


@method("approval-majority", form="set", threshold="1/2", strict=True, base="ballots")
def approval_majority(count, threshold, strict, base):
    tally = totals(count)
    all_of = sum(weight for marks, weight in count.ballots if marks or base == "ballots")
    needed = fraction(threshold) * all_of
    passing = [c for c in tally if tally[c] > needed or (not strict and tally[c] == needed)]
    if passing:
        count.elect_highest(tally, one=False, among=passing)
    else:
        count.push(Round(tally))


def most_votes(count, votes, usual):
    return usual if votes == "seats" else int(votes)


@method("block-vote", form="set", votes="seats")
def block(count, votes):
    limit(count, most_votes(count, votes, count.seats))


@method("limited-vote", form="set", votes="seats")
def limited(count, votes):
    limit(count, most_votes(count, votes, max(count.seats - 1, 1)))


def limit(count, most):
    count.ballots = [(marks, weight) for marks, weight in count.ballots if len(marks) <= most]
    count.elect_highest(totals(count), one=False)


@method("cumulative", form="scores", votes="seats")
def cumulative(count, votes):
    most = most_votes(count, votes, count.seats)
    tally = dict.fromkeys(count.everybody(), 0)
    for row, weight in count.ballots:
        if sum(row.values()) <= most:
            for candidate, given in row.items():
                tally[candidate] += given * weight
    count.elect_highest(tally, one=False)


# Scores


def sums(count, blank):
    return {c: sum(row.get(c, blank) * weight for row, weight in count.ballots) for c in count.everybody()}


@method("score", form="scores", blank=0)
def score(count, blank):
    count.elect_highest(sums(count, blank), one=True)


def preferring(count, blank, one, other):
    return sum(weight for row, weight in count.ballots if row.get(one, blank) > row.get(other, blank))


def highest_scores(count, blank, candidate):
    return sum(weight for row, weight in count.ballots if row.get(candidate, blank) == count.max_score)


def finalists(count, blank, tally, left, round_):
    """The two with the highest sums; then preferences among the tied, then highest scores, then the tie rules."""
    sure, tied = [], left
    for value in (
        tally.get,
        lambda c: sum(preferring(count, blank, c, other) for other in compared if other != c),
        lambda c: highest_scores(count, blank, c),
    ):
        compared, rest, tied = tied, sorted(tied), []
        figures = {c: value(c) for c in rest}
        while rest and len(sure) < 2:
            group = [c for c in rest if figures[c] == max(figures[other] for other in rest)]
            if len(group) > 2 - len(sure):
                tied = group
                break
            sure += group
            rest = [c for c in rest if c not in group]
        if not tied:
            break
    while len(sure) < 2 and tied:
        sure.append(count.choose("elect", tied, round_))
        tied = [c for c in tied if c != sure[-1]]
    return sorted(sure, key=lambda c: (-tally[c], c))


def fill_seat(count, blank, tally, left):
    shown = {c: tally[c] for c in left}
    final = finalists(count, blank, tally, left, Round(shown))
    if len(final) < 2:
        count.conclude(final, Round(shown))
        return final
    count.push(Round(shown))
    one, other = final
    votes = {one: preferring(count, blank, one, other), other: preferring(count, blank, other, one)}
    front = final
    for value in (votes.get, tally.get, lambda c: highest_scores(count, blank, c)):
        if value(one) != value(other):
            front = [max(final, key=value)]
            break
    count.conclude(front, Round(votes))
    return count.elected[-1:]


@method("star", form="scores", blank=0)
@method("bloc-star", form="scores", blank=0)
def star(count, blank):
    tally, left = sums(count, blank), count.everybody()
    for _ in range(count.seats):
        elected = fill_seat(count, blank, tally, left)
        if not elected or len(left) == 1:
            break
        left = [c for c in left if c not in elected]


@method("allocated-score-hare", form="scores", blank=0, fill="weight")
def allocated_score(count, blank, fill):
    def worth(share, given):
        return share * given

    def pay(papers, quota, winner):
        """Ballots are set aside for the winner, the most worth first, those at the edge in part."""
        groups = {}
        for paper in papers:
            value = worth(paper[2], paper[0].get(winner, blank))
            if value:
                groups.setdefault(value, []).append(paper)
        left = quota
        for value in sorted(groups, reverse=True):
            filled = sum(paper[1] * (1 if fill == "ballots" else paper[2]) for paper in groups[value])
            remains = 0 if filled <= left else 1 - left / filled
            for paper in groups[value]:
                paper[2] *= remains
            left -= min(filled, left)
            if not left:
                break

    seat_after_seat(count, blank, worth, pay)


@method("sequentially-spent-score", form="scores", blank=0, reduction="scale")
def spent_score(count, blank, reduction):
    top = count.max_score

    def worth(share, given):
        return share * given if reduction == "scale" else min(Fraction(given), share * top)

    def pay(papers, quota, winner):
        """Points are spent on the winner, all alike less where together there are more than the quota."""
        total = sum(worth(share, row.get(winner, blank)) * weight for row, weight, share in papers)
        part = min(Fraction(1), quota * top / total) if total else Fraction(1)
        for paper in papers:
            spent = worth(paper[2], paper[0].get(winner, blank)) * part / max(top, 1)
            paper[2] = max(paper[2] - spent, Fraction(0))

    seat_after_seat(count, blank, worth, pay)


def seat_after_seat(count, blank, worth, pay):
    left = count.everybody()
    if len(left) <= count.seats:
        count.push(Round(sums(count, blank), elected=left))
        return
    papers = [[row, weight, Fraction(1)] for row, weight in count.ballots]
    quota = Fraction(sum(weight for _, weight in count.ballots), count.seats)
    for seat in range(count.seats):
        tally = {c: sum(worth(share, row.get(c, blank)) * weight for row, weight, share in papers) for c in left}
        front = [c for c in left if tally[c] == max(tally.values())]
        winner = count.choose("elect", front, Round(tally))
        left = [c for c in left if c != winner]
        count.push(Round(tally, elected=[winner]))
        if seat + 1 < count.seats:
            pay(papers, quota, winner)


# Grades


def middle_grade(row, upper):
    total = sum(row)
    middle = max(total // 2 + 1 if upper else -(-total // 2), 1)
    seen = 0
    for grade, judgments in enumerate(row):
        seen += judgments
        if seen >= middle:
            return grade
    return 0


def merit(row, upper):
    """How the median moves while judgments are taken away from the middle: grades with the share that leaves next."""
    total, grade = max(sum(row), 1), middle_grade(row, upper)
    low = high = grade
    below, above = sum(row[:low]), sum(row[high + 1:])
    moves = []
    while above or below:
        rises = above > below or (above == below and upper)
        moves.append((grade, Fraction(above, total) if rises else -Fraction(below, total)))
        if rises:
            grade = high = next(g for g in range(high + 1, len(row)) if row[g])
            above -= row[grade]
        else:
            grade = low = next(g for g in range(low - 1, -1, -1) if row[g])
            below -= row[grade]
    return moves + [(grade, Fraction(0))]


@method("majority-judgment", form="scores", mode="file", default="none", median="lower")
def majority_judgment(count, mode, default, median):
    upper = str(median).startswith("upper")
    judged_by = sum(weight for _, weight in count.ballots)
    merits = {}
    for candidate in count.everybody():
        row = [0] * (count.max_score + 1)
        for scores, weight in count.ballots:
            if candidate in scores:
                row[scores[candidate]] += weight
        missing = judged_by - sum(row)
        if mode == "normalized" and missing == judged_by:
            raise CannotCount("somebody was judged by nobody")
        if missing and mode != "normalized":
            if mode == "all-judged":
                raise CannotCount("judgments are missing")
            grade = middle_grade(row, upper) if mode == "median-default" else 0 if default == "none" else int(default)
            if grade >= len(row):
                raise CannotCount("there is no such grade")
            row[grade] += missing
        merits[candidate] = merit(row, upper)
    count.conclude([c for c in merits if merits[c] == max(merits.values())], Round())


# Party lists: the options are the lists


def admitted(count, threshold):
    votes = totals(count)
    needed = fraction(threshold) * sum(votes.values()) / 100
    return {c: votes[c] for c in votes if votes[c] and votes[c] >= needed}


def highest_averages(count, threshold, divisor):
    votes = admitted(count, threshold)
    seats = dict.fromkeys(votes, 0)
    while votes and len(count.elected) < count.seats:
        quotients = {c: votes[c] / divisor(seats[c]) for c in votes}
        equal = [c for c in votes if quotients[c] == max(quotients.values())]
        while equal and len(count.elected) < count.seats:
            quotients = {c: votes[c] / divisor(seats[c]) for c in votes}
            enough = len(equal) <= count.seats - len(count.elected)
            winner = equal[0] if enough else count.choose("elect", equal, Round(quotients))
            equal.remove(winner)
            seats[winner] += 1
            count.push(Round(quotients, elected=[winner]))


@method("dhondt", form="one", threshold_percent=0)
def dhondt(count, threshold_percent):
    highest_averages(count, threshold_percent, lambda seats: Fraction(seats + 1))


@method("sainte-lague", form="one", first_divisor=1, threshold_percent=0)
def sainte_lague(count, first_divisor, threshold_percent):
    first = fraction(first_divisor)
    highest_averages(count, threshold_percent, lambda seats: Fraction(2 * seats + 1) if seats else first)


@method("hare-largest-remainder", form="one", threshold_percent=0)
def largest_remainder(count, threshold_percent):
    votes = admitted(count, threshold_percent)
    total = sum(votes.values())
    if not total:
        return
    whole = {c: votes[c] * count.seats // total for c in votes}
    rest = {c: Fraction(votes[c] * count.seats % total, count.seats) for c in votes}
    count.push(Round(votes, elected=[c for c in votes for _ in range(whole[c])]))
    waiting = list(votes)
    while waiting and len(count.elected) < count.seats:
        equal = [c for c in waiting if rest[c] == max(rest[other] for other in waiting)]
        enough = len(equal) <= count.seats - len(count.elected)
        winner = equal[0] if enough else count.choose("elect", equal, Round(rest))
        waiting.remove(winner)
        count.push(Round(rest, elected=[winner]))
