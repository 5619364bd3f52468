"""Elections: reading ballots, breaking ties, and the sheet of what a count does."""

import hashlib
from fractions import Fraction

# Parameters for ballots from elsewhere: voters here rank without gaps, repeats or equal ranks, and no more than is
# read.
OF_OTHER_BALLOTS = {
    "overvote_rule", "max_skipped_ranks_allowed", "max_rankings_allowed", "exhaust_on_duplicate_candidate",
    "equal_ranks", "repeats",
}
# Fields of `data.method` that are no parameters of the method itself.
OF_ALL = {"name", "seats", "max_score", "abstain", "runoff", "reopen_nominations", "none_of_the_above", "ties",
          "seed"}

METHODS = {}


class Tie(Exception):
    """A tie that no rule in force breaks."""

    def __init__(self, question, tied):
        super().__init__(question)
        self.question, self.tied = question, tied


class CannotCount(Exception):
    """The ballots are such that the method has no result for them."""


class NotCounted(Exception):
    """This verifier does not know the method, or a parameter of it."""


def method(name, form="ranking", ties=(), **defaults):
    """Enters a function that counts under the name of its method, with its parameters and their defaults."""

    def enter(function):
        METHODS[name] = (form, tuple(ties), defaults, function)
        return function

    return enter


def fraction(value):
    """A number as events write it: 3, 0.5, "2/3", "1e-6" or "40%"."""
    if isinstance(value, (int, Fraction)):
        return Fraction(value)
    text = value.strip()
    return Fraction(text[:-1].strip()) / 100 if text.endswith("%") else Fraction(text)


class Round:
    """One step: the figures, who was elected on them, and who was excluded."""

    def __init__(self, tally=None, elected=(), eliminated=()):
        self.tally = tally
        self.elected, self.eliminated = list(elected), list(eliminated)


class Count:
    """An election under way. Candidates are numbers, from 0, in the order in which they stand on the ballot."""

    def __init__(self, names, seats, ballots, rules, seed=None, decisions=(), max_score=0):
        self.names, self.seats, self.ballots, self.max_score = names, seats, ballots, max_score
        self.rules, self.seed, self.decisions = rules, seed, list(decisions)
        self.rounds, self.elected, self.ties, self.drawn = [], [], [], []
        self.tie = None
        # Whether a round tells what was done and then the figures, not the figures and what was done on them.
        self.figures_last = False

    def everybody(self):
        return list(range(len(self.names)))

    def push(self, round_):
        self.rounds.append(round_)
        self.elected += round_.elected

    # Ties

    def lots(self):
        """The order drawn: each candidate's number is a hash of the seed and the name."""
        number = lambda c: hashlib.sha256(f"{self.seed}\n{self.names[c]}".encode()).digest()
        return sorted(self.everybody(), key=number)

    def earlier(self):
        rounds = self.rounds[:-1] if self.figures_last else self.rounds
        return [round_.tally for round_ in rounds if round_.tally]

    def narrowed(self, left, tallies, question):
        """Those who stay tied when the figures of one round after another are looked at."""
        for tally in tallies:
            figures = [tally.get(c, 0) for c in left]
            end = min(figures) if question == "exclude" else max(figures)
            left = [c for c, figure in zip(left, figures) if figure == end]
            if len(left) == 1:
                break
        return left

    def choose(self, question, tied, round_=None):
        """The one of the tied who goes (`exclude`) or wins; should the count stop here, the round is kept as it is."""
        left = sorted(set(tied))
        if len(left) == 1:
            return left[0]
        everyone = left
        for rule in self.rules:
            if rule == "refuse":
                break
            if rule == "backwards":
                left = self.narrowed(left, self.earlier()[::-1], question)
            elif rule == "forwards":
                left = self.narrowed(left, self.earlier(), question)
            elif rule == "previous-round":
                left = self.narrowed(left, self.earlier()[-1:], question)
            elif rule == "chair":
                if not self.decisions:
                    break
                named = self.decisions.pop(0)
                left = [c for c in left if self.names[c] == named]
                if not left:
                    raise CannotCount(f"{named} was chosen and is not among the tied")
            elif rule in ("lot", "candidate-order", "reverse-candidate-order"):
                order = self.lots() if rule == "lot" else self.everybody()
                order = order[::-1] if rule == "reverse-candidate-order" else order
                places = sorted(left, key=order.index)
                left = [places[-1] if question == "exclude" else places[0]]
            elif rule == "drawn-by-rule":
                left = next(([c] for c in self.drawn if c in left), left)
            else:
                raise NotCounted(f"ties by {rule}")
            if len(left) == 1:
                self.ties.append((question, everyone, left[0], rule))
                return left[0]
        self.ties.append((question, everyone, None, None))
        if round_ is not None:
            self.push(round_)
        raise Tie(question, everyone)

    # What many methods end with

    def best(self, among, value, count, round_):
        """The highest by a figure; a tie matters only at the edge of those chosen."""
        chosen, rest = [], sorted(among, key=lambda c: (-value(c), c))
        while rest and len(chosen) < count:
            group = [c for c in rest if value(c) == value(rest[0])]
            rest = rest[len(group):]
            if len(group) <= count - len(chosen):
                chosen += group
                continue
            while len(chosen) < count:
                chosen.append(self.choose("elect", group, round_))
                group.remove(chosen[-1])
        return chosen

    def conclude(self, front, round_):
        """Elects the one in front, if anybody."""
        if front:
            round_.elected = [self.choose("elect", front, round_)]
        self.push(round_)

    def elect_highest(self, tally, one, among=None):
        among = self.everybody() if among is None else among
        round_ = Round(tally)
        if one and among:
            most = max(tally[c] for c in among)
            self.conclude([c for c in among if tally[c] == most], round_)
        else:
            round_.elected = self.best(among, tally.get, self.seats, round_)
            self.push(round_)


def supported(form, options, response):
    """The options that a ballot supports: chosen, marked, ranked first, or given more than nothing."""
    if form == "scores" and not (len(response) == 1 and response[0] in options):
        return [label for label, score in map(scored, response) if score > 0]
    return response if form == "set" else response[:1]


def scored(text):
    label, score = text.rsplit("=", 1)
    return label, int(score)


def read_ballots(form, names, abstain, ballots):
    """The ballots that count, as (marks, weight), each different one once."""
    places = {name: place for place, name in enumerate(names)}
    alike = {}
    for response, weight in ballots:
        if not weight or response == [abstain]:
            continue
        if form == "scores":
            marks = tuple(sorted((places[label], score) for label, score in map(scored, response)))
        else:
            marks = tuple(places[label] for label in response)
            marks = tuple(sorted(marks)) if form == "set" else marks
        alike[marks] = alike.get(marks, 0) + weight
    return [(dict(marks) if form == "scores" else marks, weight) for marks, weight in sorted(alike.items())]


def known(data):
    """The form of a ballot, the ties the rule itself prescribes, the parameters, and the function that counts."""
    name = data["method"]["name"]
    if name not in METHODS:
        raise NotCounted(f"method {name}")
    return METHODS[name]


def count_election(data, ballots, decisions):
    """Counts an election by its terms; `ballots` are (vote_response, weight). None where nobody voted for anybody."""
    wanted = data["method"]
    form, statutory, defaults, function = known(data)
    given = {}
    for key, value in wanted.items():
        if key in defaults:
            given[key] = value
        elif value is not None and key not in OF_ALL | OF_OTHER_BALLOTS:
            raise NotCounted(f"method {wanted['name']} with the parameter {key}")
    abstain = wanted.get("abstain")
    names = [label for label in data["vote_options"] if label != abstain]
    ballots = read_ballots(form, names, abstain, ballots)
    if not any(marks for marks, _ in ballots):
        return None
    count = Count(
        names, wanted.get("seats") or 1, ballots, [*statutory, *(wanted.get("ties") or [])], wanted.get("seed"),
        decisions, wanted.get("max_score") or 0)
    try:
        function(count, **{**defaults, **given})
    except Tie as tie:
        count.tie = tie
    return count
