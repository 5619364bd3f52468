"""Transferable votes counted in stages: papers lie on piles and move on, at their value or a part of it."""

import hashlib
from fractions import Fraction

from .election import CannotCount, Round, fraction, method
from .ranked import sure_losers, irv


class Numbers:
    """Decimals with so many places, held as whole units of the last one; or exact fractions."""

    def __init__(self, places=None):
        self.exact = places is None
        self.one = 1 if self.exact else 10**places

    def ratio(self, a, b, up=False):
        if self.exact:
            return Fraction(a) / b
        return -(-a // b) if up else a // b

    def times(self, a, b, up=False):
        return self.ratio(a * b, self.one, up)

    def divided(self, a, b, up=False):
        return self.ratio(a * self.one, b, up)

    def of(self, value, up=False):
        value *= self.one
        return value if self.exact else -(-value // 1) if up else value // 1

    def shown(self, value):
        return Fraction(value) / self.one


def numbers_of(arithmetic, decimals):
    return Numbers() if arithmetic == "rational" else Numbers(int(decimals))


class Paper:
    """Ballots that say the same and have gone the same way."""

    def __init__(self, order, weight, value):
        self.order, self.weight, self.value, self.next = order, weight, value, 0

    def move_on(self, open_):
        """Reads on to the next of those who may receive votes; None where there is nobody further."""
        while self.next < len(self.order):
            self.next += 1
            if self.order[self.next - 1] in open_:
                return self.order[self.next - 1]
        return None


class Stages:
    """Who stands where, and the votes."""

    def __init__(self, count, numbers):
        self.count, self.numbers = count, numbers
        everybody = count.everybody()
        self.standing = dict.fromkeys(everybody, "hopeful")
        self.votes = dict.fromkeys(everybody, 0)
        self.piles = {c: [] for c in everybody}
        self.papers = [Paper(order, weight, numbers.one) for order, weight in count.ballots if order]
        self.total = sum(paper.weight for paper in self.papers)
        count.figures_last = True

    def all(self, *standings):
        return [c for c in self.standing if self.standing[c] in standings]

    def vacancies(self):
        return max(0, self.count.seats - len(self.all("pending", "elected")))

    def decided(self):
        return not self.vacancies() or len(self.all("hopeful")) <= self.vacancies()

    def at_end(self, among, end):
        figure = end(self.votes[c] for c in among)
        return [c for c in among if self.votes[c] == figure]

    def by_votes(self, among):
        return sorted(among, key=lambda c: (-self.votes[c], c))

    def hand_on(self, papers):
        """Moves papers to whom they rank next; answers what went to whom, by paper."""
        open_, moved = set(self.all("hopeful")), []
        for paper in papers:
            to = paper.move_on(open_)
            if to is not None:
                self.piles[to].append(paper)
                self.votes[to] += paper.value * paper.weight
                moved.append((to, paper))
        return moved

    def tally(self):
        return {c: self.numbers.shown(votes) for c, votes in self.votes.items()}

    def fill_last(self, round_, left):
        """When no more are left than seats, all of them are elected."""
        if 0 < self.vacancies() >= len(left):
            for candidate in left:
                self.standing[candidate] = "elected"
            round_.elected += left


# Weighted inclusive Gregory


@method("scottish-stv", ties=["backwards"], decimals=5)
def scottish(count, decimals):
    gregory(count, Numbers(int(decimals)), "whole", "once", "none", zero_surplus_stage=False, last_surplus=False)


@method("wigm-stv", arithmetic="fixed", decimals=4, quota="fraction", value_rounding="twice", defeat_batch="none",
        zero_surplus_stage=True, last_surplus=True)
def wigm(count, arithmetic, decimals, quota, value_rounding, defeat_batch, zero_surplus_stage, last_surplus):
    gregory(count, numbers_of(arithmetic, decimals), quota, value_rounding, defeat_batch, zero_surplus_stage,
            last_surplus)


def gregory(count, numbers, quota, value_rounding, defeat_batch, zero_surplus_stage, last_surplus):
    stages = Stages(count, numbers)
    votes, standing = stages.votes, stages.standing
    if quota == "whole":
        needed = (stages.total // (count.seats + 1) + 1) * numbers.one
    else:
        needed = numbers.ratio(stages.total * numbers.one, count.seats + 1) + (0 if numbers.exact else 1)
    exceed = quota != "whole" and numbers.exact

    def finish(eliminated=()):
        """Ends a stage: whoever has the quota is elected. Answers whether the stage began with the seats open."""
        was_open = not stages.decided()
        round_ = Round(stages.tally(), eliminated=eliminated)
        reached = [c for c in stages.all("hopeful") if votes[c] > needed or (votes[c] == needed and not exceed)]
        round_.elected = stages.by_votes(reached)
        for candidate in reached:
            done = votes[candidate] == needed and not zero_surplus_stage
            standing[candidate] = "elected" if done else "pending"
        stages.fill_last(round_, stages.all("hopeful"))
        count.push(round_)
        return was_open

    def transfer_surplus(candidate):
        surplus, had = votes[candidate] - needed, votes[candidate]
        papers, stages.piles[candidate] = stages.piles[candidate], []
        for paper in papers:
            if value_rounding == "once":
                paper.value = numbers.ratio(paper.value * surplus, had)
            else:
                paper.value = numbers.divided(numbers.times(paper.value, surplus), had)
        votes[candidate], standing[candidate] = needed, "elected"
        stages.hand_on(papers)

    def batch():
        """All who, together and with all surpluses, have fewer votes than the next."""
        together = sum(votes[c] - needed for c in stages.all("pending"))
        ascending, size = stages.by_votes(stages.all("hopeful"))[::-1], 0
        for place, candidate in enumerate(ascending[:-1][:len(ascending) - stages.vacancies()]):
            together += votes[candidate]
            if together < votes[ascending[place + 1]]:
                size = place + 1
        return sorted(ascending[:size])

    stages.hand_on(stages.papers)
    was_open = finish()
    while True:
        decided = stages.decided()
        if decided and not (last_surplus and was_open):
            return
        losers = batch() if defeat_batch == "safe" and not decided else []
        pending = stages.all("pending")
        if pending and not losers:
            transfer_surplus(count.choose("order", stages.at_end(pending, max)))
            was_open = finish()
            continue
        if decided:
            return
        losers = losers or [count.choose("exclude", stages.at_end(stages.all("hopeful"), min))]
        for candidate in losers:
            standing[candidate] = "excluded"
        for candidate in losers:
            votes[candidate] = 0
            stages.hand_on(stages.piles[candidate])
        was_open = finish(losers)


# ERS97


@method("ers97-stv", ties=["forwards"])
def ers97(count):
    Ers97(count).run()


class Ers97(Stages):
    """Two decimal places; only the papers received last move when a surplus arises."""

    def __init__(self, count):
        super().__init__(count, Numbers(2))
        self.quota = self.needed = 0
        self.first = True

    def run(self):
        self.hand_on(self.papers)
        self.last = {c: list(pile) for c, pile in self.piles.items()}
        self.finish()
        while not self.decided():
            sure = self.sure_losers()
            if not sure and self.surpluses():
                self.transfer_surplus(self.count.choose("order", self.at_end(self.all("pending"), max)))
            else:
                self.exclude(self.losers(sure))

    def surpluses(self):
        return sum(max(self.votes[c] - self.quota, 0) for c in self.all("pending"))

    def update(self):
        """The quota, while nobody is elected, and the votes that elect now."""
        vacancies = self.vacancies()
        if vacancies == self.count.seats:
            self.quota = self.numbers.ratio(sum(self.votes.values()), vacancies + 1, up=True)
        if vacancies:
            active = self.surpluses() + sum(self.votes[c] for c in self.all("hopeful", "excluded"))
            self.needed = self.numbers.ratio(active, vacancies + 1, up=True)

    def finish(self, eliminated=()):
        tally, elected = self.tally(), []
        self.update()
        while self.vacancies():
            reached = [c for c in self.all("hopeful") if self.votes[c] >= max(self.needed, 1)]
            if not reached:
                break
            while len(reached) > self.vacancies():
                # The stage being decided is not written down yet, so all that are written come before it.
                self.count.figures_last = False
                loser = self.count.choose("exclude", self.at_end(reached, min))
                self.count.figures_last = True
                reached.remove(loser)
            for candidate in reached:
                self.standing[candidate] = "pending"
            elected += self.by_votes(reached)
            self.update()
        round_ = Round(tally, elected, eliminated)
        self.fill_last(round_, self.by_votes(self.all("hopeful")))
        self.count.push(round_)

    def receive(self, moved):
        for candidate in {to for to, _ in moved}:
            self.last[candidate] = [paper for to, paper in moved if to == candidate]

    def transfer_surplus(self, candidate):
        surplus = self.votes[candidate] - self.quota
        papers, self.piles[candidate], self.last[candidate] = self.last[candidate], [], []
        open_ = set(self.all("hopeful"))
        moving = [(paper.move_on(open_), paper) for paper in papers]
        moving = [(to, paper) for to, paper in moving if to is not None]
        if sum(paper.value * paper.weight for _, paper in moving) > surplus:
            value = surplus // sum(paper.weight for _, paper in moving)
            for _, paper in moving:
                paper.value = value
        for to, paper in moving:
            self.piles[to].append(paper)
            self.votes[to] += paper.value * paper.weight
        self.receive(moving)
        self.votes[candidate], self.standing[candidate] = self.quota, "elected"
        self.finish()

    def sure_losers(self):
        """The largest group whose votes, with all surpluses, do not exceed the next one's; equal ones stay together."""
        ascending, size = self.by_votes(self.all("hopeful"))[::-1], 0
        together = self.surpluses()
        for place, candidate in enumerate(ascending[:-1][:len(ascending) - self.vacancies()]):
            together += self.votes[candidate]
            following = self.votes[ascending[place + 1]]
            if self.votes[candidate] < following >= together:
                size = place + 1
        return ascending[:size]

    def losers(self, sure):
        """With the first exclusion those without any vote go together with the next lowest."""
        first, self.first = self.first, False
        others = [c for c in self.all("hopeful") if c not in sure]
        one_more = (first and not self.surpluses() and not any(self.votes[c] for c in sure)
                    and len(others) > self.vacancies())
        if not sure or one_more:
            sure = [*sure, self.count.choose("exclude", self.at_end(others, min))]
        return sorted(sure)

    def exclude(self, losers):
        """Papers of one value after another, the highest first, each a stage of its own."""
        for candidate in losers:
            self.standing[candidate] = "excluded"
        values = sorted({paper.value for c in losers for paper in self.piles[c]}, reverse=True)
        if not values:
            self.finish(losers)
        for number, value in enumerate(values):
            received = []
            for candidate in losers:
                moving = [paper for paper in self.piles[candidate] if paper.value == value]
                self.piles[candidate] = [paper for paper in self.piles[candidate] if paper.value != value]
                self.votes[candidate] -= sum(paper.value * paper.weight for paper in moving)
                received += self.hand_on(moving)
                if number + 1 == len(values):
                    self.votes[candidate] = 0
            self.receive(received)
            self.finish([] if number else losers)
            if self.decided():
                return


# Several seats as RCTab counts them


@method("rctab-stv", winner_election_mode="multi-winner-allow-multiple-winners-per-round", hare_quota=False,
        multi_seat_bottoms_up_percentage_threshold=15, batch_elimination=False, minimum_vote_threshold=0,
        undeclared_write_in_candidate="none", non_integer_winning_threshold=False,
        decimal_places_for_vote_arithmetic=4)
def rctab(count, winner_election_mode, multi_seat_bottoms_up_percentage_threshold, **rules):
    hare_quota = rules.pop("hare_quota")
    bottoms_up = winner_election_mode.startswith("bottoms-up")
    if count.seats == 1 and not bottoms_up:
        irv(count, **rules)
        return
    rules["hare_quota"], rules["bottoms_up"] = hare_quota, bottoms_up
    rules["percentage"] = None
    if winner_election_mode == "bottoms-up-using-percentage-threshold":
        rules["percentage"] = fraction(multi_seat_bottoms_up_percentage_threshold)
    rules["one_per_round"] = winner_election_mode.endswith("only-one-winner-per-round")
    Rctab(count, rules).run()


class Rctab(Stages):
    """The threshold is found once; what cutting leaves above it stays with nobody."""

    def __init__(self, count, rules):
        super().__init__(count, Numbers(int(rules["decimal_places_for_vote_arithmetic"])))
        count.figures_last = False
        self.rules, self.minimum = rules, int(rules["minimum_vote_threshold"]) * self.numbers.one

    def threshold(self):
        rules, one = self.rules, self.numbers.one
        active = sum(self.votes[c] for c in self.all("hopeful"))
        if rules["percentage"] is not None:
            part = self.numbers.of(rules["percentage"], up=True)
            return max(self.minimum, -(-active * part // (100 * one)))
        unit = 1 if rules["non_integer_winning_threshold"] else one
        parts = self.count.seats if rules["hare_quota"] else self.count.seats + 1
        cut = active // parts // unit * unit
        exactly = rules["hare_quota"] and cut * parts == active
        return max(self.minimum, cut if exactly else cut + unit)

    def run(self):
        self.hand_on(self.papers)
        threshold = self.threshold()
        while True:
            if self.rules["percentage"] is not None:
                threshold = self.threshold()
            round_ = Round({c: votes for c, votes in self.tally().items() if self.standing[c] != "excluded"})
            full = not self.vacancies()
            winners = self.winners(threshold, round_)
            if winners:
                self.elect(winners, threshold)
                round_.elected = winners
            elif not full:
                round_.eliminated = self.losers(round_)
                if not round_.eliminated:
                    self.count.push(round_)
                    return
                for candidate in round_.eliminated:
                    self.standing[candidate] = "excluded"
                for candidate in round_.eliminated:
                    self.votes[candidate] = 0
                    self.hand_on(self.piles[candidate])
            self.count.push(round_)
            # One more round shows the last surpluses moved.
            if full or (round_.elected and self.rules["bottoms_up"]):
                return

    def write_ins(self):
        name = str(self.rules["undeclared_write_in_candidate"])
        return [c for c in self.all("hopeful") if self.count.names[c] == name and self.votes[c]]

    def winners(self, threshold, round_):
        left, vacancies = self.all("hopeful"), self.vacancies()
        if self.write_ins() or not vacancies:
            return []
        if self.rules["percentage"] is not None:
            return [] if any(self.votes[c] < threshold for c in left) else self.by_votes(left)
        if len(left) > vacancies:
            if self.rules["bottoms_up"]:
                return []
            left = [c for c in left if self.votes[c] >= threshold]
        most = 1 if self.rules["one_per_round"] else vacancies
        return self.count.best(left, self.votes.get, most, round_) if len(left) > most else self.by_votes(left)

    def elect(self, winners, threshold):
        for candidate in winners:
            self.standing[candidate] = "elected"
        if self.rules["bottoms_up"]:
            return
        full = not self.vacancies()
        for candidate in winners:
            papers, self.piles[candidate] = self.piles[candidate], []
            surplus = self.votes[candidate] - threshold
            if surplus <= 0:
                continue
            part = self.numbers.divided(surplus, self.votes[candidate])
            for paper in papers:
                paper.value = self.numbers.times(paper.value, part)
            self.votes[candidate] = threshold
            if not full:
                self.hand_on(papers)

    def losers(self, round_):
        write_ins, left = self.write_ins(), self.all("hopeful")
        if write_ins or not left:
            return write_ins
        spare = len(left) - (1 if self.rules["percentage"] is not None else self.vacancies())
        votes = {c: self.votes[c] for c in left}
        sure = sure_losers(votes, spare, self.minimum, self.rules["batch_elimination"], 1)
        return sure or [self.count.choose("exclude", self.at_end(left, min), round_)]


# Whole ballots


def drawn_below(seed):
    """Numbers below a bound, each equally likely; the k-th is drawn from a hash of the seed and k."""
    drawn = 0

    def below(bound):
        nonlocal drawn
        while True:
            number = int.from_bytes(hashlib.sha256(f"{seed}\n{drawn}".encode()).digest()[:8], "big")
            drawn += 1
            most = 2**64 - 1
            if number < most - most % bound:
                return number % bound

    return below


@method("cambridge-stv", ties=["backwards"], draw_seed="none", minimum_votes=0)
def cambridge(count, draw_seed, minimum_votes):
    Cambridge(count, count.seed if draw_seed == "none" else str(draw_seed)).run(int(minimum_votes))


class Cambridge(Stages):
    """Every paper counts for one candidate at a time, whole; an order that is drawn decides which ones move on."""

    def __init__(self, count, seed):
        super().__init__(count, Numbers())
        if seed is None or self.total > 20_000_000:
            raise CannotCount("there is no seed, or there are too many ballots")
        papers = [order for order, weight in count.ballots if order for _ in range(weight)]
        below = drawn_below(seed)
        for place in range(len(papers) - 1, 0, -1):
            other = below(place + 1)
            papers[place], papers[other] = papers[other], papers[place]
        self.papers = [Paper(order, 1, 1) for order in papers]
        self.quota = len(papers) // (count.seats + 1) + 1
        self.open = set(count.everybody())

    def tally(self):
        return {c: len(pile) for c, pile in self.piles.items()}

    def give(self, paper, limit):
        """Whoever thereby has `limit` papers receives no more."""
        to = paper.move_on(self.open)
        if to is not None:
            self.piles[to].append(paper)
            if len(self.piles[to]) >= limit:
                self.open.discard(to)
        return to is not None

    def run(self, minimum):
        for paper in self.papers:
            self.give(paper, len(self.papers) + 1)
        self.finish()
        first = True
        while not self.decided():
            pending = self.all("pending")
            if pending:
                self.transfer_surplus(self.count.choose("order", self.at_end(pending, max)))
                self.finish()
                continue
            hopeful = self.all("hopeful")
            losers = [c for c in self.by_votes(hopeful) if self.votes[c] < minimum] if first else []
            first = False
            losers.sort(key=lambda c: (self.votes[c], c))
            if not losers or len(hopeful) - len(losers) < self.vacancies():
                losers = [self.count.choose("exclude", self.at_end(hopeful, min))]
            for candidate in losers:
                self.standing[candidate] = "excluded"
                self.open.discard(candidate)
            for candidate in losers:
                papers, self.piles[candidate] = self.piles[candidate], []
                for paper in papers:
                    self.give(paper, self.quota)
            self.finish(losers)

    def transfer_surplus(self, candidate):
        """Every n-th paper that ranks somebody further moves on, again and again from one place further."""
        pile, self.piles[candidate] = self.piles[candidate], []
        total, surplus = len(pile), len(pile) - self.quota
        step = max((2 * total + surplus) // (2 * surplus), 1)
        # From the n-th on, then from the one after it, and so on; the ones before the n-th come last.
        order = [place for start in range(step - 1, min(total, 2 * step - 1)) for place in range(start, total, step)]
        order += range(min(step - 1, total))
        moved = set()
        for place in order:
            if len(moved) == surplus:
                break
            if self.give(pile[place], self.quota):
                moved.add(place)
        self.piles[candidate] = [paper for place, paper in enumerate(pile) if place not in moved]
        self.standing[candidate] = "elected"

    def finish(self, eliminated=()):
        self.votes = self.tally()
        round_ = Round(dict(self.votes), eliminated=eliminated)
        round_.elected = self.by_votes(c for c in self.all("hopeful") if self.votes[c] >= self.quota)
        for candidate in round_.elected:
            self.standing[candidate] = "pending" if self.votes[candidate] > self.quota else "elected"
            self.open.discard(candidate)
        self.fill_last(round_, self.all("hopeful"))
        self.count.push(round_)
