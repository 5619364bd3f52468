//! What can happen in a sitting.

use plenum_domain::count::{Base, Comparison, Fraction, Majority};
use plenum_domain::organization::{Joining, ProxyHolders, ProxyRules, QuorumRule, Role, Rules};
use plenum_domain::rules::{Admission, AttendanceRules, LateArrivals, VoteRules, WeightRules};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::desk::{self, DeskCommand};

/// People who take part: members with a vote, then an observer and a guest.
pub(crate) const PEOPLE: usize = 8;
/// Choices on every ballot.
pub(crate) const CHOICES: usize = 3;

/// With which instance someone tries to vote.
#[derive(Clone, Debug)]
pub(crate) enum Which {
    /// They do not say.
    Unsaid,
    /// Their own.
    Own,
    /// One they hold for someone.
    Held(usize),
    /// One that is held for someone by whoever holds it, whoever was meant to cast it.
    Mandated(usize),
    /// Anybody's.
    Any(usize),
    /// One there is not.
    Unknown,
}

/// One thing that happens. People and events are named by number, wrapped around those there are.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    Join(usize),
    Admit(usize),
    Leave(usize),
    Remove(usize),
    Lock,
    Unlock,
    CloseSitting,
    Give {
        principal: usize,
        holder: usize,
        by_host: bool,
    },
    Revoke(usize),
    SetRole(usize, Option<Role>),
    SetWeight(usize, u32),
    Open {
        election: bool,
        proxies: bool,
        delay: i64,
        minutes: Option<i64>,
    },
    Vote {
        caster: usize,
        which: Which,
        event: usize,
        choice: usize,
    },
    CloseEvent(usize),
    CloseDue,
    Release(usize),
    Annul(usize),
    Wait(i64),
    Change {
        caster: usize,
        which: Which,
        event: usize,
        choice: usize,
    },
    Extend {
        event: usize,
        minutes: i64,
    },
    Share {
        event: usize,
        shared: bool,
    },
    /// Votes for this choice with a part of the weight, and for the next with what is left.
    Split {
        caster: usize,
        which: Which,
        event: usize,
        choice: usize,
        first: u32,
    },
    /// The host lets in one of those who wait; where nobody does, one of the people.
    LetIn(usize),
    TurnAway(usize),
    /// So many seconds back, for so many or until now and on.
    Correct {
        who: usize,
        present: bool,
        back: i64,
        length: Option<i64>,
    },
    Ask {
        seconds: i64,
        sets_absent: bool,
    },
    Answer(usize),
    EndCheck {
        due: bool,
    },
    Desk(DeskCommand),
}

/// Where it happens.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) rules: Rules,
    pub(crate) weights: Vec<u32>,
    /// Who is in from the start.
    pub(crate) present: Vec<bool>,
    /// Who gave whom their vote before.
    pub(crate) mandates: Vec<(usize, usize)>,
}

fn person() -> impl Strategy<Value = usize> {
    0..PEOPLE
}

/// Mostly the event opened last.
fn event() -> impl Strategy<Value = usize> {
    prop_oneof![4 => Just(0_usize), 1 => 0..5_usize]
}

fn role() -> impl Strategy<Value = Option<Role>> {
    prop_oneof![
        3 => Just(Some(Role::Member)),
        1 => Just(Some(Role::Observer)),
        1 => Just(Some(Role::Chair)),
        1 => Just(None),
    ]
}

fn weight() -> impl Strategy<Value = u32> {
    prop_oneof![6 => Just(1_u32), 2 => 0..5_u32, 1 => Just(1_000_000_u32)]
}

fn which() -> impl Strategy<Value = Which> {
    prop_oneof![
        2 => Just(Which::Unsaid),
        6 => Just(Which::Own),
        3 => (0..3_usize).prop_map(Which::Held),
        6 => (0..5_usize).prop_map(Which::Mandated),
        1 => (0..20_usize).prop_map(Which::Any),
        1 => Just(Which::Unknown),
    ]
}

fn open() -> impl Strategy<Value = Command> {
    let delay = prop_oneof![9 => Just(0_i64), 1 => 1..10_i64];
    let minutes = prop_oneof![3 => Just(None), 1 => (1..20_i64).prop_map(Some)];
    (any::<bool>(), prop::bool::weighted(0.85), delay, minutes)
        .prop_map(|(election, proxies, delay, minutes)| Command::Open { election, proxies, delay, minutes })
}

fn command() -> impl Strategy<Value = Command> {
    let give = (person(), person(), prop::bool::weighted(0.3))
        .prop_map(|(principal, holder, by_host)| Command::Give { principal, holder, by_host });
    let vote = (person(), which(), event(), 0..CHOICES)
        .prop_map(|(caster, which, event, choice)| Command::Vote { caster, which, event, choice });
    let change = (person(), which(), event(), 0..CHOICES)
        .prop_map(|(caster, which, event, choice)| Command::Change { caster, which, event, choice });
    let split = (person(), which(), event(), 0..CHOICES, 1..4_u32).prop_map(
        |(caster, which, event, choice, first)| Command::Split { caster, which, event, choice, first },
    );
    let length = prop_oneof![Just(None), (1..40_i64).prop_map(Some)];
    let correct = (person(), any::<bool>(), -2..60_i64, length)
        .prop_map(|(who, present, back, length)| Command::Correct { who, present, back, length });
    let ask = (5..90_i64, prop::bool::weighted(0.7))
        .prop_map(|(seconds, sets_absent)| Command::Ask { seconds, sets_absent });
    let extend = (event(), -3..9_i64).prop_map(|(event, minutes)| Command::Extend { event, minutes });
    let share = (event(), any::<bool>()).prop_map(|(event, shared)| Command::Share { event, shared });
    prop_oneof![
        12 => change,
        3 => extend,
        66 => desk::command(PEOPLE).prop_map(Command::Desk),
        2 => share,
        16 => person().prop_map(Command::Join),
        6 => person().prop_map(Command::Admit),
        10 => person().prop_map(Command::Leave),
        5 => person().prop_map(Command::Remove),
        2 => Just(Command::Lock),
        2 => Just(Command::Unlock),
        1 => Just(Command::CloseSitting),
        15 => give,
        6 => (0..6_usize).prop_map(Command::Revoke),
        4 => (person(), role()).prop_map(|(who, role)| Command::SetRole(who, role)),
        2 => (person(), weight()).prop_map(|(who, weight)| Command::SetWeight(who, weight)),
        6 => open(),
        100 => vote,
        3 => event().prop_map(Command::CloseEvent),
        2 => Just(Command::CloseDue),
        2 => event().prop_map(Command::Release),
        1 => event().prop_map(Command::Annul),
        6 => (1..8_i64).prop_map(Command::Wait),
        8 => split,
        5 => (0..12_usize).prop_map(Command::LetIn),
        6 => (0..12_usize).prop_map(Command::TurnAway),
        4 => correct,
        3 => ask,
        6 => person().prop_map(Command::Answer),
        3 => any::<bool>().prop_map(|due| Command::EndCheck { due }),
    ]
}

/// Up to sixty commands.
pub(crate) fn commands() -> impl Strategy<Value = Vec<Command>> {
    vec(command(), 1..=60).prop_union(vec(command(), 30..=60))
}

fn quorum() -> impl Strategy<Value = QuorumRule> {
    let share = prop_oneof![Just(Fraction::ONE_HALF), Just(Fraction::TWO_THIRDS)];
    prop_oneof![
        4 => Just(QuorumRule::None),
        1 => (0..4_u32).prop_map(QuorumRule::Count),
        1 => (share, any::<bool>())
            .prop_map(|(share, strictly)| QuorumRule::Fraction { share, strictly }),
    ]
}

fn majority() -> impl Strategy<Value = Majority> {
    let threshold = prop_oneof![Just(Fraction::ONE_HALF), Just(Fraction::TWO_THIRDS), Just(Fraction::ZERO)];
    let comparison = prop_oneof![Just(Comparison::MoreThan), Just(Comparison::AtLeast)];
    let base = prop_oneof![
        Just(Base::VotesCast),
        Just(Base::VotesCastWithoutAbstentions),
        Just(Base::Present),
        Just(Base::Entitled),
        Just(Base::AllMembers),
    ];
    (threshold, comparison, base).prop_map(|(threshold, comparison, base)| Majority {
        threshold,
        comparison,
        base,
    })
}

fn proxy_rules() -> impl Strategy<Value = ProxyRules> {
    let holders = prop_oneof![
        Just(ProxyHolders::VotingMembers),
        Just(ProxyHolders::Members),
        Just(ProxyHolders::Anyone),
    ];
    (prop::bool::weighted(0.9), 1..4_u32, holders).prop_map(|(allowed, max_per_holder, holders)| ProxyRules {
        allowed,
        max_per_holder,
        holders,
        ..ProxyRules::default()
    })
}

/// Bylaws, weights and who is in from the start.
pub(crate) fn settings() -> impl Strategy<Value = Setting> {
    let joining = prop_oneof![Just(Joining::Members), Just(Joining::Anyone)];
    let late = prop_oneof![3 => Just(LateArrivals::Join), 1 => Just(LateArrivals::Wait)];
    let kept = (late, any::<bool>(), any::<bool>());
    let admission = prop_oneof![2 => Just(Admission::Code), 1 => Just(Admission::Host)];
    let rules = (joining, quorum(), proxy_rules(), majority(), kept, admission).prop_map(
        |(joining, quorum, proxies, motion_majority, (late_arrivals, may_be_changed, split), admission)| {
            Rules {
                joining,
                attendance: AttendanceRules { admission, ..AttendanceRules::default() },
                weights: WeightRules { used: true, split },
                quorum,
                proxies,
                motion_majority,
                late_arrivals,
                votes: VoteRules { may_be_changed },
                ..Rules::default()
            }
        },
    );
    let present = vec(prop::bool::weighted(0.8), PEOPLE);
    let mandates = vec((person(), person(), prop::bool::weighted(0.2)), 0..4);
    (rules, vec(weight(), PEOPLE), present, mandates).prop_map(|(rules, weights, mut present, given)| {
        let mut mandates = Vec::new();
        for (principal, holder, came_all_the_same) in given {
            present[principal] &= came_all_the_same;
            mandates.push((principal, holder));
        }
        Setting { rules, weights, present, mandates }
    })
}
