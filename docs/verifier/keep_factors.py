"""Transferable votes by keep factors (Meek, Warren, New Zealand), and by quotients."""

from fractions import Fraction

from .election import CannotCount, Round, fraction, method
from .transfers import Numbers, Paper, numbers_of

# A keep factor with a longer denominator is rounded up to so many places when fractions are exact.
MOST_BITS, FACTOR_PLACES = 128, 30
# Bits of a fraction beyond which a count by quotients is given up.
MOST_BITS_OF_A_SHARE = 1 << 20


class Factors:
    """Keep factors and the votes that follow from them."""

    def __init__(self, count, numbers, keep):
        self.count, self.numbers, self.keep = count, numbers, keep
        self.ballots = [(order, weight) for order, weight in count.ballots if order]
        self.factors = dict.fromkeys(count.everybody(), numbers.one)
        self.hopeful, self.elected = count.everybody(), []
        self.distribute()

    def split(self, weight, factor):
        """What is kept of the weight of a paper, and what passes on."""
        if self.keep == "price":
            kept = min(factor, weight)
        elif self.keep == "down":
            passes = self.numbers.times(weight, self.numbers.one - factor)
            return self.numbers.times(weight, factor), passes
        else:
            kept = self.numbers.times(weight, factor, up=True)
        return kept, weight - kept

    def distribute(self):
        self.votes = dict.fromkeys(self.factors, 0)
        hopeful = set(self.hopeful)
        for order, weight in self.ballots:
            rest = self.numbers.one
            for candidate in order:
                if not rest:
                    break
                factor = self.factors[candidate]
                if factor or candidate in self.elected:
                    kept, rest = self.split(rest, factor)
                    self.votes[candidate] += kept * weight
                    if candidate in hopeful:
                        break

    def quota(self):
        quota = self.numbers.ratio(sum(self.votes.values()), self.count.seats + 1)
        return quota if self.numbers.exact else quota + 1

    def reaching(self, quota):
        more = (lambda votes: votes > quota) if self.numbers.exact else (lambda votes: votes >= quota)
        return [c for c in self.hopeful if more(self.votes[c])]

    def elect(self, candidate):
        self.hopeful.remove(candidate)
        self.elected.append(candidate)

    def exclude(self, candidate):
        self.hopeful.remove(candidate)
        self.factors[candidate] = self.votes[candidate] = 0

    def vacancies(self):
        return max(0, self.count.seats - len(self.elected))

    def decided(self):
        return not self.vacancies() or len(self.hopeful) <= self.vacancies()

    def lower(self, candidate, quota):
        """To what makes the votes the quota, rounded up twice."""
        if self.votes[candidate] <= 0:
            return
        product = self.numbers.times(self.factors[candidate], quota, up=True)
        factor = self.numbers.divided(product, self.votes[candidate], up=True)
        if self.numbers.exact and factor.denominator.bit_length() > MOST_BITS:
            places = 10**FACTOR_PLACES
            factor = Fraction(-(-factor.numerator * places // factor.denominator), places)
        self.factors[candidate] = min(factor, self.numbers.one)

    def round(self, elected=(), eliminated=()):
        tally = {c: self.numbers.shown(votes) for c, votes in self.votes.items()}
        return Round(tally, elected, eliminated)

    def close(self, distribute):
        """The seats are settled: the others are elected or not, one after another."""
        for candidate in list(self.hopeful):
            if self.vacancies():
                self.count.push(self.round(elected=[candidate]))
                self.elect(candidate)
            else:
                self.count.push(self.round(eliminated=[candidate]))
                self.exclude(candidate)
            if distribute:
                self.distribute()


@method("meek-stv", arithmetic="fixed", decimals=9, omega="0.000001", defeat_batch="none", keep_rounding="up")
def meek(count, arithmetic, decimals, omega, defeat_batch, keep_rounding):
    numbers = numbers_of(arithmetic, decimals)
    by_factors(Factors(count, numbers, keep_rounding), omega, defeat_batch, warren=False)


@method("warren-stv", arithmetic="fixed", decimals=9, omega="0.000001", defeat_batch="safe")
def warren(count, arithmetic, decimals, omega, defeat_batch):
    numbers = numbers_of(arithmetic, decimals)
    by_factors(Factors(count, numbers, "price"), omega, defeat_batch, warren=True)


def by_factors(state, omega, defeat_batch, warren):
    count, least = state.count, state.numbers.of(fraction(omega))
    while not state.decided():
        before = None
        while True:
            state.distribute()
            quota = state.quota()
            winners = state.reaching(quota)
            if winners:
                count.push(state.round(elected=winners))
                for candidate in winners:
                    state.elect(candidate)
                break
            surplus = max(0, sum(state.votes[c] - quota for c in state.elected))
            if surplus < least or (before is not None and surplus >= before):
                fewest = min(state.votes[c] for c in state.hopeful)
                tied = [c for c in state.hopeful if state.votes[c] <= fewest + surplus]
                exclude(state, [count.choose("exclude", tied, state.round())])
                break
            batch = cannot_catch_up(state, surplus) if defeat_batch == "safe" else []
            if batch:
                exclude(state, batch)
                break
            before = surplus
            for candidate in state.elected:
                state.lower(candidate, quota)
    state.close(distribute=warren)


def exclude(state, losers):
    for candidate in losers:
        state.count.push(state.round(eliminated=[candidate]))
        state.exclude(candidate)
        state.distribute()


def cannot_catch_up(state, surplus):
    """The largest group that, with all surpluses, has fewer than the next; those within the surpluses stay together."""
    votes, groups, edge = state.votes, [], surplus
    for candidate in sorted(state.hopeful, key=lambda c: (votes[c], c)):
        if groups and votes[candidate] <= edge:
            groups[-1].append(candidate)
            continue
        if votes[candidate] > edge:
            edge = votes[candidate] + surplus
        groups.append([candidate])
    spare, together, taken, safe = len(state.hopeful) - state.vacancies(), surplus, [], 0
    for group, following in zip(groups, groups[1:]):
        taken += group
        if len(taken) > spare:
            break
        together += sum(votes[c] for c in group)
        if together < votes[following[0]]:
            safe = len(taken)
    return sorted([c for group in groups for c in group][:safe])


# New Zealand


def schedule_order(count, votes):
    """Candidates in ascending order of the numbers the schedule draws for them."""
    x, y, z = len(count.names) + 5, count.seats, (votes + 10_000 * (votes % 10)) % 30_323

    def following():
        nonlocal x, y, z
        x, y, z = 171 * x % 30_269, 172 * y % 30_307, 170 * z % 30_323
        return 10_000 - (10_000 * x // 30_269 + 10_000 * y // 30_307 + 10_000 * z // 30_323) % 10_000

    for _ in range(4):
        following()
    drawn = {}
    for candidate in count.everybody():
        number, tries = following(), 0
        while tries < 100_000 and number in drawn.values():
            number, tries = following(), tries + 1
        drawn[candidate] = number
    return sorted(drawn, key=lambda c: (drawn[c], c))


@method("meek-nz-stv", ties=["forwards"], draw="schedule")
def meek_nz(count, draw):
    if draw == "schedule":
        count.rules.insert(1, "drawn-by-rule")
    numbers = Numbers(9)
    state = Factors(count, numbers, "up")
    order = schedule_order(count, sum(weight for _, weight in state.ballots))
    history, excluded = [], []
    while True:
        quota = state.quota()
        winners = state.reaching(quota)
        surplus = sum(max(0, state.votes[c] - quota) for c in state.elected + winners)
        count.push(state.round(winners, excluded))
        for candidate in winners:
            state.elect(candidate)
        if state.decided():
            state.close(distribute=False)
            return
        history = [*history[-1:], dict(state.factors)]
        # Odd rounds ascend: the numbers say who goes first.
        count.drawn = order if len(count.rounds) % 2 else order[::-1]
        excluded = nz_losers(state, surplus, numbers.one // 10_000, history)
        for candidate in state.elected:
            if state.votes[candidate] > quota:
                state.lower(candidate, quota)
        for candidate in excluded:
            state.exclude(candidate)
        state.distribute()


def nz_losers(state, surplus, limit, history):
    votes, gone = state.votes, surplus < limit
    without = [c for c in state.hopeful if not votes[c]]
    if gone and without and len(without) <= len(state.hopeful) - state.vacancies():
        return without
    ascending = sorted(state.hopeful, key=lambda c: (votes[c], c))
    if len(ascending) > 1 and votes[ascending[0]] + surplus < votes[ascending[1]]:
        return ascending[:1]
    stuck = len(history) > 1 and (
        history[0] == history[1] or any(history[1][c] > history[0][c] for c in history[0]))
    if gone or stuck:
        fewest = [c for c in ascending if votes[c] == votes[ascending[0]]]
        return [state.count.choose("exclude", fewest)]
    return []


# Quotients


@method("qpq", restart=True)
def qpq(count, restart):
    """Of each paper it is known what part of the elected it has elected so far: its value here."""
    excluded, elected = set(), []

    def begin():
        open_ = [c for c in count.everybody() if c not in excluded]
        papers = [Paper(order, weight, Fraction(0)) for order, weight in count.ballots if order]
        lie = {c: [] for c in [*open_, None]}
        for paper in papers:
            lie[paper.move_on(open_)].append(paper)
        return open_, lie

    open_, lie = begin()
    while True:
        vacancies = max(0, count.seats - len(elected))
        if not vacancies or len(open_) <= vacancies:
            count.push(Round(elected=elected + (open_ if vacancies else [])))
            return
        quotients = {}
        for candidate in open_:
            votes = sum(paper.weight for paper in lie[candidate])
            quotients[candidate] = Fraction(votes) / (1 + sum(p.value * p.weight for p in lie[candidate]))
        active = sum(paper.weight for c in open_ for paper in lie[c])
        parts = count.seats + 1 - sum(paper.value * paper.weight for paper in lie[None])
        highest = max(quotients.values())
        elects = parts > 0 and highest > Fraction(active) / parts
        end = highest if elects else min(quotients.values())
        tied = [c for c in open_ if quotients[c] == end]
        chosen = count.choose("elect" if elects else "exclude", tied, Round(quotients))
        if elects:
            elected.append(chosen)
            if (1 / end).denominator.bit_length() > MOST_BITS_OF_A_SHARE:
                raise CannotCount("the fractions become too long")
        else:
            excluded.add(chosen)
        count.push(Round(quotients, eliminated=[] if elects else [chosen]))
        if not elects and restart:
            elected = []
            open_, lie = begin()
            continue
        open_.remove(chosen)
        for paper in lie.pop(chosen):
            paper.value = 1 / end if elects else paper.value
            lie[paper.move_on(open_)].append(paper)
