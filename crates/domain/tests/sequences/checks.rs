//! What must be true after every command.

use std::collections::{HashMap, HashSet};

use plenum_domain::attendance::{self, JoinLeft, UserSession};
use plenum_domain::event::{EventState, Visibility};
use plenum_domain::id::{UserId, UserSessionId};
use plenum_domain::organization::Role;
use plenum_domain::permission::Standing;
use plenum_domain::presence::WaitingState;
use plenum_domain::result::{self, Bar, ResultView};
use plenum_domain::roll::RollEntry;
use plenum_domain::rules::LateArrivals;

use crate::voting::shares;
use crate::world::{Opened, World};

/// The rules on who may vote, said once more and differently.
pub(crate) fn may_vote(world: &World, opened: &Opened, caster: UserId, row: &UserSession) -> bool {
    let event = &opened.event;
    let principal = row.principal();
    let open = matches!(event.state, EventState::Active { .. })
        && event.schedule.start_time <= world.now
        && event.schedule.end_time.is_none_or(|end| world.now < end);
    let waits = event.terms.rules.late_arrivals == LateArrivals::Wait;
    let on_roll = |entry: &RollEntry| entry.principal == principal && (!waits || entry.held_by.is_some());
    let entitled =
        opened.roll.iter().any(on_roll) && opened.votes.iter().all(|vote| vote.principal != principal);
    let theirs = row.user_id == caster && row.join_left == JoinLeft::Joined && world.is_in(caster);
    let as_proxy = event.terms.proxy && world.mandate_stands(row.id) && !world.is_in(principal);
    open && entitled && theirs && (row.proxy.is_none() || as_proxy)
}

pub(crate) fn hold(world: &World) {
    mandates_are_never_passed_on(world);
    the_log_says_who_is_in(world);
    who_waits_is_not_in(world);
    for opened in &world.events {
        who_is_in_and_has_a_vote_is_on_the_roll(world, opened);
        used_mandates_stand(world, opened);
        nobody_votes_twice(opened);
        no_vote_is_late(opened);
        figures_stay_within_the_roll(opened);
        the_result_is_a_function(opened);
        nobody_learns_early(opened);
    }
}

/// Presence as it stands now is what the lines of the log say, corrections among them.
fn the_log_says_who_is_in(world: &World) {
    let people: HashSet<UserId> = world.log.iter().map(|entry| entry.user_id).collect();
    for user in people {
        let stretches = attendance::intervals(world.log.iter().filter(|entry| entry.user_id == user));
        assert_eq!(attendance::present_at(&stretches, world.now), world.is_in(user), "{user}: {stretches:?}");
        let apart = |pair: &[attendance::Interval]| pair[0].until.is_some_and(|end| end <= pair[1].from);
        assert!(stretches.windows(2).all(apart), "stretches of {user} overlap: {stretches:?}");
        let forward = |stretch: &attendance::Interval| stretch.until.is_none_or(|end| stretch.from < end);
        assert!(stretches.iter().all(forward), "{stretches:?}");
    }
}

/// Nobody slips in past the host.
fn who_waits_is_not_in(world: &World) {
    for (user, place) in &world.waiting {
        let admitted = matches!(place.state, WaitingState::Admitted { .. });
        assert!(admitted || world.own(*user).is_none(), "{user} is {} and was in", place.state.as_str());
    }
}

fn mandates_are_never_passed_on(world: &World) {
    let mut held: HashMap<UserId, u32> = HashMap::new();
    let mut principals = HashSet::new();
    for mandate in world.standing() {
        assert_ne!(mandate.principal_user_id, mandate.holder_user_id);
        assert!(principals.insert(mandate.principal_user_id), "a vote was given twice");
        *held.entry(mandate.holder_user_id).or_default() += 1;
    }
    for (holder, count) in held {
        assert!(!principals.contains(&holder), "{holder} holds a vote and gave their own away");
        assert!(count <= world.rules.proxies.max_per_holder, "{holder} holds {count}");
    }
}

/// Whether they were there when voting opened or came, or were given a vote, later; where the rules let late
/// arrivals join. Nobody is on it twice.
fn who_is_in_and_has_a_vote_is_on_the_roll(world: &World, opened: &Opened) {
    let on_roll: HashSet<UserId> = opened.roll.iter().map(|entry| entry.principal).collect();
    assert_eq!(on_roll.len(), opened.roll.len());
    let open = matches!(opened.event.state, EventState::Active { .. });
    if !open || opened.event.terms.rules.late_arrivals == LateArrivals::Wait {
        return;
    }
    for member in world.members.iter().filter(|member| member.role != Role::Observer) {
        assert!(on_roll.contains(&member.user_id) || !world.is_in(member.user_id), "{member:?}");
    }
}

/// A mandate that was used stays until the vote is over, so that nobody else votes for the principal.
fn used_mandates_stand(world: &World, opened: &Opened) {
    if matches!(opened.event.state, EventState::Active { .. }) {
        for vote in &opened.votes {
            let row = world.instances.iter().find(|row| row.id == vote.instance).expect("an instance");
            assert!(row.proxy.is_none() || world.mandate_stands(row.id));
        }
    }
}

/// On the roll is who has a vote at the opening, once, with the weight of that moment; held by who could
/// cast it then.
pub(crate) fn the_roll_is_fixed_right(world: &World, roll: &[RollEntry], proxies_admitted: bool) {
    let mut expected: Vec<_> = world
        .members
        .iter()
        .filter(|member| member.role != Role::Observer)
        .map(|member| (member.user_id, member.weight, world.is_in(member.user_id)))
        .collect();
    let mut found: Vec<_> = roll.iter().map(|entry| (entry.principal, entry.weight, entry.present)).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    for entry in roll {
        let holder = world.standing().find(|mandate| {
            proxies_admitted
                && mandate.principal_user_id == entry.principal
                && world.is_in(mandate.holder_user_id)
                && world.rules.proxies.may_hold(world.role(mandate.holder_user_id))
        });
        let own = world.own(entry.principal).filter(|row| row.is_own_presence());
        let in_person = own.map(|row| (row.user_id, row.id));
        let by_proxy = holder.and_then(|mandate| Some((mandate.holder_user_id, mandate.instance()?)));
        assert_eq!(entry.held_by, in_person.or(by_proxy));
    }
}

fn nobody_votes_twice(opened: &Opened) {
    let principals: HashSet<UserId> = opened.votes.iter().map(|vote| vote.principal).collect();
    let instances: HashSet<UserSessionId> = opened.votes.iter().map(|vote| vote.instance).collect();
    assert_eq!(principals.len(), opened.votes.len());
    assert_eq!(instances.len(), opened.votes.len());
}

fn no_vote_is_late(opened: &Opened) {
    let event = &opened.event;
    for vote in &opened.votes {
        assert!(event.state.opened_at().is_some_and(|opened| opened <= vote.at));
        assert!(event.state.closed_at().is_none_or(|closed| vote.at <= closed));
        if event.state.closed_at().is_some() || event.state.annulment().is_some() {
            assert!(event.schedule.end_time.is_some_and(|end| vote.at <= end));
        }
    }
    if let Some(closed) = event.state.closed_at() {
        assert!(event.schedule.end_time.is_some_and(|end| end <= closed));
    }
}

fn figures_stay_within_the_roll(opened: &Opened) {
    let Some((result, _)) = &opened.result else { return };
    let weight_of: HashMap<UserId, u64> =
        opened.roll.iter().map(|entry| (entry.principal, entry.weight.wide())).collect();
    assert_eq!(weight_of.len(), opened.roll.len(), "someone is on the roll twice");
    assert_eq!(result.entitled.people, opened.roll.len() as u64);
    assert_eq!(result.entitled.weight, weight_of.values().sum::<u64>());
    assert!(result.cast.people <= result.present.people && result.present.people <= result.entitled.people);
    assert!(result.cast.weight <= result.present.weight && result.present.weight <= result.entitled.weight);
    assert_eq!(result.cast.people, opened.votes.len() as u64, "every accepted vote is counted, once");
    let parts: usize = opened.votes.iter().map(|vote| shares(&vote.response, 0).len()).sum();
    assert_eq!(parts as u64, result.options.iter().map(|option| option.voters).sum::<u64>());
    assert_eq!(result.cast.weight, result.options.iter().map(|option| option.votes).sum::<u64>());
    for (at, option) in result.options.iter().enumerate() {
        let chosen: Vec<u64> = opened
            .votes
            .iter()
            .flat_map(|vote| shares(&vote.response, weight_of[&vote.principal]))
            .filter(|(choice, _)| *choice == at)
            .map(|(_, weight)| weight)
            .collect();
        assert_eq!((option.voters, option.votes), (chosen.len() as u64, chosen.iter().sum()));
    }
}

/// Counted again from roll and votes in another order, whatever happened since, it is the same.
fn the_result_is_a_function(opened: &Opened) {
    let Some((result, lines)) = &opened.result else { return };
    let lines: Vec<_> = lines.iter().rev().copied().collect();
    let votes: Vec<_> =
        opened.votes.iter().rev().map(|vote| (vote.principal, vote.response.clone())).collect();
    let again =
        result::count(&opened.event.terms.ballot, Bar::of(&opened.event, opened.quorum), &lines, &votes);
    assert_eq!(&again, result);
}

/// The ballots here are hidden until release, unless the chair shares their figures.
fn nobody_learns_early(opened: &Opened) {
    let participant =
        Standing { participant: true, ..Standing::in_organization(UserId::new(2), Some(Role::Member)) };
    let host = Standing { role: Some(Role::Owner), host: true, ..participant };
    let seen = result::view_results(&opened.event, &participant);
    let state = &opened.event.state;
    let shared = opened.event.terms.visibility == Visibility::Live
        && (matches!(state, EventState::Active { .. }) || state.closed_at().is_some());
    assert_eq!(seen.is_ok(), shared || state.released_at().is_some());
    let seen_by_host = result::view_results(&opened.event, &host);
    assert_eq!(seen_by_host == Ok(ResultView::Counted), opened.result.is_some());
}

/// After the sitting no event is open, and each that was not annulled while open has its result.
pub(crate) fn everything_is_counted(world: &World) {
    assert!(world.session.status.is_closed());
    for opened in &world.events {
        assert!(!matches!(opened.event.state, EventState::Active { .. }));
        let annulled_while_open =
            opened.event.state.annulment().is_some() && opened.event.state.closed_at().is_none();
        assert_eq!(opened.result.is_none(), annulled_while_open);
    }
    assert!(world.instances.iter().all(|row| row.join_left == JoinLeft::Left));
}
