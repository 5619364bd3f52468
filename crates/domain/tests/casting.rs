//! Every combination of what bears on a vote, and the answer each one gets.

use chrono::TimeDelta;
use plenum_domain::attendance::{JoinLeft, UserSession};
use plenum_domain::count::Majority;
use plenum_domain::event::{
    Annulment, Ballot, Counted, Event, EventState, Schedule, Secrecy, Terms, Timing, Visibility, VoteOptions,
    WrongMove,
};
use plenum_domain::id::{EventId, OrganizationId, SessionId, UserId, UserSessionId};
use plenum_domain::organization::{Member, Role, Weight};
use plenum_domain::result::RollLine;
use plenum_domain::roll::{self, RollEntry};
use plenum_domain::rules::{EventRules, LateArrivals};
use plenum_domain::text::{Description, OptionLabel, Reason, Title};
use plenum_domain::vote::{self, Instance};
use plenum_domain::{Moment, Refusal};

const CASTER: UserId = UserId::new(1);
const PRINCIPAL: UserId = UserId::new(2);

fn minute(count: i64) -> Moment {
    Moment::default() + TimeDelta::minutes(count)
}

fn event(state: EventState, proxies: bool) -> Event {
    let labels = ["yes", "no"].map(|label| OptionLabel::parse(label).expect("a label")).to_vec();
    let options = VoteOptions::new(labels).expect("options");
    Event {
        id: EventId::new(1),
        session_id: SessionId::new(1),
        name: Title::parse("Item").expect("a title"),
        state,
        schedule: Schedule { start_time: minute(10), end_time: Some(minute(20)) },
        terms: Terms {
            description: Description::parse("").expect("may be empty"),
            ballot: Ballot::motion(options, Majority::SIMPLE, None).expect("a ballot"),
            visibility: Visibility::Live,
            proxy: proxies,
            secrecy: Secrecy::Standard,
            timing: Timing::default(),
            rules: EventRules::default(),
            follows: None,
            voters: None,
        },
        created_by_user_id: CASTER,
        created_at: minute(0),
    }
}

fn states() -> [EventState; 5] {
    let counted = Counted { opened_at: minute(5), closed_at: minute(30) };
    let annulment = Annulment {
        annulled_at: minute(30),
        annulled_by_user_id: Some(CASTER),
        reason: Reason::parse("Void.").expect("a reason"),
    };
    [
        EventState::Draft,
        EventState::Active { opened_at: minute(5) },
        EventState::Closed(counted),
        EventState::Released { counted, released_at: minute(31) },
        EventState::Annulled { opened_at: minute(5), closed_at: None, released_at: None, annulment },
    ]
}

/// Every instance there can be, from the bits of a number.
fn instance(bits: u32) -> Instance {
    let bit = |at: u32| bits & (1 << at) != 0;
    let row = UserSession {
        id: UserSessionId::new(1),
        user_id: if bit(0) { CASTER } else { UserId::new(9) },
        session_id: SessionId::new(if bit(1) { 1 } else { 2 }),
        proxy: bit(2).then_some(PRINCIPAL),
        join_left: if bit(3) { JoinLeft::Joined } else { JoinLeft::Left },
        barred: false,
        timestamp: minute(0),
    };
    Instance {
        row,
        on_roll: bit(4),
        weight: bit(4).then_some(Weight::ONE),
        voted: bit(5),
        caster_present: bit(6),
        principal_present: bit(7),
        mandate_stands: bit(8),
    }
}

/// What stands in the way, the first thing first.
fn expected(event: &Event, instance: &Instance) -> Option<Refusal> {
    let by_proxy = instance.row.proxy.is_some();
    let hurdles = [
        (instance.row.user_id != CASTER, Refusal::NotYourInstance),
        (instance.row.session_id != event.session_id, Refusal::NotYourInstance),
        (instance.voted, Refusal::AlreadyVoted),
        (!instance.caster_present, Refusal::NotPresent),
        (by_proxy && !event.terms.proxy, Refusal::ProxiesNotAllowed),
        (by_proxy && !instance.mandate_stands, Refusal::ProxyRevoked),
        (by_proxy && instance.principal_present, Refusal::ProxySuspended),
        (instance.row.join_left == JoinLeft::Left, Refusal::NotPresent),
        (!instance.on_roll, Refusal::NotEntitled),
    ];
    hurdles.into_iter().find(|(stands, _)| *stands).map(|(_, refusal)| refusal)
}

#[test]
fn each_hurdle_is_named() {
    let mut accepted = 0;
    for proxies in [true, false] {
        let event = event(EventState::Active { opened_at: minute(5) }, proxies);
        for bits in 0..1 << 9 {
            let instance = instance(bits);
            let answer = vote::cast(&event, CASTER, Some(&instance), minute(15));
            assert_eq!(answer.as_ref().err(), expected(&event, &instance).as_ref(), "{instance:?}");
            accepted += u32::from(answer.is_ok());
        }
        assert_eq!(vote::cast(&event, CASTER, None, minute(15)), Err(Refusal::NotYourInstance));
    }
    // Twice an own vote, whatever is said of principal and mandate; one vote by proxy.
    assert_eq!(accepted, 2 * 4 + 1);
}

#[test]
fn who_becomes_entitled_while_voting_is_open_joins_the_roll_by_the_rule() {
    let line = |user, weight| RollLine {
        principal: UserId::new(user),
        weight: Weight::new(weight).expect("a weight"),
        present: true,
    };
    let member = |user, weight, role| Member {
        organization_id: OrganizationId::new(1),
        user_id: UserId::new(user),
        role,
        weight: Weight::new(weight).expect("a weight"),
        joined_at: minute(0),
    };
    let roll = [line(1, 2), line(2, 2)];
    let (newcomer, heavy) = (member(3, 2, Role::Member), member(3, 5, Role::Member));
    let [draft, open, closed, released, annulled] = states().map(|state| event(state, true));
    for event in [draft, closed, released, annulled] {
        assert_eq!(roll::late(&event, &newcomer, &roll), None, "{}", event.state.as_str());
    }
    let joins = |user: i32, weight| RollEntry {
        principal: UserId::new(user),
        weight: Weight::new(weight).expect("a weight"),
        present: false,
        held_by: None,
    };
    assert_eq!(roll::late(&open, &newcomer, &roll), Some(joins(3, 2)));
    assert_eq!(roll::late(&open, &heavy, &roll), Some(joins(3, 5)));
    assert_eq!(roll::late(&open, &member(2, 9, Role::Member), &roll), None, "a line never changes");
    assert_eq!(roll::late(&open, &member(3, 2, Role::Observer), &roll), None, "no vote");
    let rules = EventRules { late_arrivals: LateArrivals::Wait, ..EventRules::default() };
    let waits = Event { terms: Terms { rules, ..open.terms.clone() }, ..open.clone() };
    assert_eq!(roll::late(&waits, &newcomer, &roll), None);
    let secret = Event { terms: Terms { secrecy: Secrecy::Secret, ..open.terms.clone() }, ..open };
    assert_eq!(roll::late(&secret, &newcomer, &roll), Some(joins(3, 2)));
    assert_eq!(roll::late(&secret, &heavy, &roll), None, "alone with this weight");
}

#[test]
fn votes_are_taken_while_the_event_is_active_and_in_its_time() {
    let usable = instance(0b1_0101_1011);
    for state in states() {
        let event = event(state, true);
        for at in [9, 10, 19, 20, 40] {
            let answer = vote::cast(&event, CASTER, Some(&usable), minute(at));
            let expected = match (&event.state, at) {
                (EventState::Active { .. }, 9) => Err(Refusal::EventNotStarted),
                (EventState::Active { .. }, 10 | 19) => Ok(()),
                (EventState::Active { .. }, _) => Err(Refusal::EventEnded),
                (EventState::Draft, _) => Err(WrongMove::VoteBeforeOpening.into()),
                (EventState::Annulled { .. }, _) => Err(WrongMove::VoteAfterAnnulment.into()),
                (state, _) => Err(Refusal::EventNotActive { state: state.as_str() }),
            };
            assert_eq!(answer, expected, "{} at minute {at}", event.state.as_str());
        }
    }
}
