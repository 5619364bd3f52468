use chrono::TimeDelta;

use super::*;
use crate::attendance::{JoinLeft, UserSession};
use crate::organization::Weight;
use crate::roll;
use crate::rules::ProxyHolders;
use crate::session::JoinCode;
use crate::text::Title;
use crate::vote::Instance;

const SITTING: Scope = Scope::Sitting { session_id: SessionId::new(1) };

fn event(id: i32) -> Scope {
    Scope::Event { session_id: SessionId::new(1), event_id: EventId::new(id) }
}

fn span(from: i64, until: i64) -> Scope {
    let day = |day| Moment::default() + TimeDelta::days(day);
    Scope::Span { organization_id: OrganizationId::new(1), from: day(from), until: day(until) }
}

fn session(status: SessionStatus) -> Session {
    Session {
        id: SessionId::new(1),
        organization_id: OrganizationId::new(1),
        join_code: JoinCode::parse("ABCDEF").expect("six letters"),
        title: Title::parse("Senate").expect("a title"),
        status,
        created_by_user_id: UserId::new(99),
        created_at: Moment::default(),
    }
}

fn mandate(principal: i32, holder: i32, scope: Scope) -> Mandate {
    Mandate {
        id: ProxyId::new(principal),
        scope,
        span: None,
        principal_user_id: UserId::new(principal),
        holder_user_id: UserId::new(holder),
        created_by_user_id: UserId::new(principal),
        created_at: Moment::default(),
        state: MandateState::Standing(Stood {
            since: Moment::default(),
            instance: Some(UserSessionId::new(principal)),
        }),
    }
}

fn offered(principal: i32, holder: i32, awaits: Awaits) -> Mandate {
    Mandate { state: MandateState::Offered { awaits }, ..mandate(principal, holder, SITTING) }
}

/// What the principal asks for in an open sitting, with everything else as it should be.
fn given(
    principal: i32,
    holder: i32,
    rules: ProxyRules,
    others: &[Mandate],
    change: impl FnOnce(&mut Offer<'_>),
) -> Result<Option<Awaits>, Refusal> {
    given_in(SessionStatus::Open, principal, holder, rules, others, change)
}

fn given_in(
    status: SessionStatus,
    principal: i32,
    holder: i32,
    rules: ProxyRules,
    others: &[Mandate],
    change: impl FnOnce(&mut Offer<'_>),
) -> Result<Option<Awaits>, Refusal> {
    let session = session(status);
    let mut offer = Offer {
        session: Some(&session),
        scope: SITTING,
        event: None,
        rules: &rules,
        principal: UserId::new(principal),
        principal_role: Some(Role::Member),
        holder: UserId::new(holder),
        holder_role: Some(Role::Member),
        principal_present: false,
        holder_present: true,
        voting: Voting::NotYet,
        by: UserId::new(principal),
        by_host: false,
        reasoned: false,
        others,
    };
    change(&mut offer);
    give(&offer)
}

fn plainly(principal: i32, holder: i32, others: &[Mandate]) -> Result<Option<Awaits>, Refusal> {
    given(principal, holder, ProxyRules::default(), others, |_| ())
}

#[test]
fn a_mandate_is_given_once_and_within_the_limit() {
    assert_eq!(plainly(1, 2, &[]), Ok(None));
    assert_eq!(plainly(1, 1, &[]), Err(Refusal::ProxyToOneself));
    assert_eq!(plainly(1, 2, &[mandate(1, 3, SITTING)]), Err(Refusal::ProxyAlreadyGiven));
    assert_eq!(plainly(1, 2, &[mandate(4, 2, SITTING)]), Err(Refusal::ProxyLimitReached { limit: 1 }));
    let revoked = mandate(4, 2, SITTING).revoke(Moment::default(), false).expect("unused");
    assert_eq!(plainly(1, 2, &[revoked]), Ok(None));
    assert_eq!(plainly(1, 2, &[offered(4, 2, Awaits::Holder)]), Ok(None), "an offer fills no place");
    assert_eq!(plainly(1, 2, &[offered(1, 3, Awaits::Holder)]), Ok(None), "several may be asked");
    assert_eq!(plainly(1, 2, &[offered(1, 2, Awaits::Holder)]), Err(Refusal::ProxyAlreadyOffered));
}

#[test]
fn a_mandate_is_never_passed_on() {
    assert_eq!(plainly(1, 2, &[mandate(3, 1, SITTING)]), Err(Refusal::ProxyChain), "the principal holds one");
    assert_eq!(plainly(1, 2, &[mandate(2, 3, SITTING)]), Err(Refusal::ProxyChain), "the holder gave theirs");
    assert_eq!(plainly(1, 2, &[mandate(2, 1, SITTING)]), Err(Refusal::ProxyChain), "a circle");
    assert_eq!(plainly(1, 2, &[mandate(2, 3, event(5))]), Err(Refusal::ProxyChain), "for one event of it");
}

#[test]
fn what_is_good_for_different_votes_does_not_meet() {
    assert!(SITTING.overlaps(&event(1)) && event(1).overlaps(&SITTING) && event(1).overlaps(&event(1)));
    assert!(!event(1).overlaps(&event(2)));
    assert!(!SITTING.overlaps(&Scope::Sitting { session_id: SessionId::new(2) }));
    assert!(span(0, 10).overlaps(&span(9, 12)) && !span(0, 10).overlaps(&span(10, 12)));
    assert!(!span(0, 10).overlaps(&SITTING), "they meet in the sitting, not before");
}

#[test]
fn the_limit_is_for_each_vote() {
    let rules = ProxyRules { max_per_holder: 2, ..ProxyRules::default() };
    let held = [mandate(3, 2, event(1)), mandate(4, 2, event(2))];
    assert_eq!(given(1, 2, rules, &held, |_| ()), Ok(None), "one and the new one on each event");
    let held = [mandate(3, 2, event(1)), mandate(4, 2, event(1))];
    let full = Err(Refusal::ProxyLimitReached { limit: 2 });
    assert_eq!(given(1, 2, rules, &held, |_| ()), full, "two on the first event already");
    let held = [mandate(3, 2, SITTING), mandate(4, 2, event(1))];
    assert_eq!(given(1, 2, rules, &held, |_| ()), full);
}

#[test]
fn a_lock_binds_members_and_not_the_host() {
    let (locked, closed) = (SessionStatus::Locked, SessionStatus::Closed { at: Moment::default() });
    let with = |status, by_host, principal_role, holder_role| {
        given_in(status, 1, 2, ProxyRules::default(), &[], |offer| {
            (offer.by_host, offer.principal_role, offer.holder_role) = (by_host, principal_role, holder_role);
        })
    };
    let (member, observer) = (Some(Role::Member), Some(Role::Observer));
    assert_eq!(with(locked, false, member, member), Err(Refusal::SessionLocked));
    assert_eq!(with(locked, true, member, member), Ok(None));
    assert_eq!(with(locked, true, observer, member), Err(Refusal::PrincipalHasNoVote));
    assert_eq!(with(locked, true, Some(Role::Owner), observer), Err(Refusal::HolderNotAllowed));
    assert_eq!(with(closed, true, member, member), Err(Refusal::SessionClosed));
}

#[test]
fn each_rule_refuses_with_its_own_word() {
    let usual = ProxyRules::default();
    let refused = |rules, change: fn(&mut Offer<'_>)| given(1, 2, rules, &[], change).err();
    let none = ProxyRules { allowed: false, ..usual };
    assert_eq!(refused(none, |_| ()), Some(Refusal::ProxiesNotAllowed));
    let reason = ProxyRules { reason_required: true, ..usual };
    assert_eq!(refused(reason, |_| ()), Some(Refusal::ProxyReasonRequired));
    assert_eq!(refused(reason, |offer| offer.reasoned = true), None);
    let there = ProxyRules { holder_present: true, ..usual };
    assert_eq!(refused(there, |offer| offer.holder_present = false), Some(Refusal::HolderNotPresent));
    assert_eq!(refused(usual, |offer| offer.holder_present = false), None);
    let away = ProxyRules { principal_absent: true, ..usual };
    assert_eq!(refused(away, |offer| offer.principal_present = true), Some(Refusal::PrincipalPresent));
    assert_eq!(refused(usual, |offer| offer.principal_present = true), None, "it rests");
    let whole = ProxyRules { per_event: false, ..usual };
    assert_eq!(refused(whole, |offer| offer.scope = event(1)), Some(Refusal::ProxyNotPerEvent));
    assert_eq!(
        refused(usual, |offer| offer.scope = event(1)),
        Some(Refusal::ProxyEventOver),
        "no such event"
    );
}

#[test]
fn mandates_are_given_until_the_rules_say() {
    for (until, not_yet, between, open) in [
        (GiveUntil::AnyTime, true, true, true),
        (GiveUntil::BetweenVotes, true, true, false),
        (GiveUntil::FirstVote, true, false, false),
    ] {
        let rules = ProxyRules { until, ..ProxyRules::default() };
        for (voting, allowed) in [(Voting::NotYet, not_yet), (Voting::Between, between), (Voting::Open, open)]
        {
            let answer = given(1, 2, rules, &[], |offer| offer.voting = voting);
            let expected = if allowed { Ok(None) } else { Err(Refusal::ProxyTooLate) };
            assert_eq!(answer, expected, "{until:?}, {voting:?}");
        }
    }
}

#[test]
fn the_word_it_waits_for_is_the_one_the_rules_name() {
    let rules = |confirmation| ProxyRules { confirmation, ..ProxyRules::default() };
    let by = |who: i32, by_host| {
        move |offer: &mut Offer<'_>| {
            (offer.by, offer.by_host) = (UserId::new(who), by_host);
        }
    };
    for (confirmation, who, by_host, awaits) in [
        (Confirmation::Nobody, 1, false, None),
        (Confirmation::Nobody, 9, true, None),
        (Confirmation::Holder, 1, false, Some(Awaits::Holder)),
        (Confirmation::Holder, 9, true, Some(Awaits::Holder)),
        (Confirmation::Holder, 2, true, None),
        (Confirmation::Chair, 1, false, Some(Awaits::Chair)),
        (Confirmation::Chair, 9, true, None),
    ] {
        let answer = given(1, 2, rules(confirmation), &[], by(who, by_host));
        assert_eq!(answer, Ok(awaits), "{confirmation:?} by {who}");
    }
}

#[test]
fn an_offer_is_answered_once_and_by_the_right_person() {
    let now = Moment::default() + TimeDelta::minutes(1);
    let instance = Some(UserSessionId::new(7));
    let offer = offered(1, 2, Awaits::Holder);
    assert_eq!(offer.confirm(now, instance), Err(Refusal::ProxyWaitsForHolder));
    assert!(!offer.stands() && offer.lives() && !offer.stood_at(now));
    let standing = offer.accept(now, instance).expect("it waits for the holder");
    assert_eq!((standing.instance(), standing.stands(), standing.stood_at(now)), (instance, true, true));
    assert_eq!(standing.accept(now, instance), Err(Refusal::ProxyStandsAlready));
    assert_eq!(offered(1, 2, Awaits::Chair).accept(now, instance), Err(Refusal::ProxyWaitsForChair));
    assert!(offered(1, 2, Awaits::Chair).confirm(now, instance).is_ok_and(|mandate| mandate.stands()));
    let declined = offer.decline(now, false).expect("an offer can be turned down");
    assert_eq!(declined.end(), Some((End::Declined, now)));
    assert_eq!(declined.accept(now, instance), Err(Refusal::ProxyEnded { how: "declined" }));
    assert_eq!(declined.revoke(now, false), Err(Refusal::ProxyEnded { how: "declined" }));
}

#[test]
fn a_used_mandate_stays_until_the_vote_is_over() {
    let (now, later) = (Moment::default(), Moment::default() + TimeDelta::minutes(5));
    let standing = mandate(1, 2, SITTING);
    assert_eq!(standing.revoke(now, true), Err(Refusal::ProxyUsed));
    assert_eq!(standing.decline(now, true), Err(Refusal::ProxyUsed));
    let given_back = standing.decline(later, false).expect("unused");
    assert_eq!(
        (given_back.stands(), given_back.stood_at(now), given_back.stood_at(later)),
        (false, true, false)
    );
    let revoked = standing.revoke(later, false).expect("unused");
    assert_eq!(revoked.revoke(later, false), Err(Refusal::ProxyAlreadyRevoked));
    assert_eq!(revoked.expire(later), revoked, "what ended stays as it ended");
    assert_eq!(standing.expire(later).end(), Some((End::Expired, later)));
    assert_eq!(standing.expire(later).instance(), standing.instance());
}

#[test]
fn a_span_takes_in_the_sittings_opened_in_it() {
    let session = session(SessionStatus::Open);
    assert!(span(0, 1).covers_sitting(&session), "from its first moment on");
    assert!(!span(-1, 0).covers_sitting(&session) && !span(1, 2).covers_sitting(&session));
    let mandate = mandate(1, 2, span(0, 2));
    let day = |day| Moment::default() + TimeDelta::days(day);
    assert_eq!(MandateStatus::of(&mandate, false, day(1)), MandateStatus::Active);
    assert_eq!(MandateStatus::of(&mandate, false, day(2)), MandateStatus::Expired);
}

#[test]
fn who_may_no_longer_hold_a_mandate_cannot_use_it() {
    let member = |user: i32, role| member(user, role);
    let mandates = [mandate(1, 2, SITTING), mandate(3, 2, event(5)), offered(4, 2, Awaits::Holder)];
    let rules = ProxyRules { max_per_holder: 5, ..ProxyRules::default() };
    let found = |role, event: Option<i32>| {
        usable(&mandates, &rules, &[member(2, role)], event.map(EventId::new)).len()
    };
    assert_eq!(
        (found(Role::Member, None), found(Role::Member, Some(5)), found(Role::Member, Some(6))),
        (1, 2, 1)
    );
    assert_eq!(found(Role::Observer, Some(5)), 0, "a member made an observer");
    let anyone = ProxyRules { holders: ProxyHolders::Anyone, ..rules };
    assert_eq!(usable(&mandates, &anyone, &[], Some(EventId::new(5))).len(), 2);
}

#[test]
fn the_table_of_instances() {
    for (role, holds, count) in [
        (Some(Role::Member), false, 1),
        (Some(Role::Member), true, 2),
        (Some(Role::Observer), false, 0),
        (Some(Role::Observer), true, 1),
        (None, true, 1),
    ] {
        let found = instances_of_one(role, holds, true);
        assert_eq!(found, count, "{role:?}, holding one: {holds}");
    }
    assert_eq!(instances_of_one(Some(Role::Member), true, false), 1, "the event admits no proxies");
}

fn member(user: i32, role: Role) -> Member {
    Member {
        organization_id: OrganizationId::new(1),
        user_id: UserId::new(user),
        role,
        weight: Weight::ONE,
        joined_at: Moment::default(),
    }
}

/// How many votes person 2 has on an event, who is there in this role and may hold the vote of person 1.
fn instances_of_one(role: Option<Role>, holds: bool, proxies_admitted: bool) -> usize {
    let row = |id: i32, proxy: Option<i32>| UserSession {
        id: UserSessionId::new(id),
        user_id: UserId::new(2),
        session_id: SessionId::new(1),
        proxy: proxy.map(UserId::new),
        join_left: JoinLeft::Joined,
        barred: false,
        timestamp: Moment::default(),
    };
    let members: Vec<Member> =
        [Some(member(1, Role::Member)), role.map(|role| member(2, role))].into_iter().flatten().collect();
    let mandates: Vec<Mandate> = holds.then(|| mandate(1, 2, SITTING)).into_iter().collect();
    let rows: Vec<UserSession> =
        [Some(row(2, None)), holds.then(|| row(1, Some(1)))].into_iter().flatten().collect();
    let fixed = roll::fix(&members, &rows, &mandates, proxies_admitted);
    rows.into_iter()
        .map(|row| Instance {
            on_roll: fixed.iter().any(|entry| entry.principal == row.principal()),
            weight: None,
            voted: false,
            caster_present: true,
            principal_present: row.proxy.is_none(),
            mandate_stands: true,
            row,
        })
        .filter(|instance| instance.counts(proxies_admitted))
        .count()
}
