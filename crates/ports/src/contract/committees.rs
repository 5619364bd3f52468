//! Committees, what they are part of, and who belongs to them.

use plenum_domain::committee::{Committee, CommitteeRole};
use plenum_domain::id::{CommitteeId, UserId};
use plenum_domain::permission::{Appointment, Granted, Role, Roles, Scope};
use plenum_domain::rules::{Electorate, People, Voters};
use plenum_domain::text::CommitteeName;

use super::World;
use super::fixture::{Done, Hall, begin, motion, person, pieces, refused, violated};
use crate::error::Constraint;
use crate::repository::NewCommittee;
use crate::store::Tx;

fn name(text: &str) -> CommitteeName {
    CommitteeName::parse(text).expect("a name")
}

async fn committee(tx: &mut dyn Tx, hall: &Hall, label: &str, parent: Option<&Committee>) -> Committee {
    let new = NewCommittee {
        organization_id: hall.organization.id,
        parent_id: parent.map(|parent| parent.id),
        name: name(label),
        created_by_user_id: hall.id(0),
    };
    tx.committees().insert(&new).await.done()
}

/// A committee comes back, is renamed and moved, and when it is dissolved its name is free again.
pub async fn committees_form_a_tree(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let top = committee(&mut *tx, &hall, "Finance", None).await;
    assert_eq!((top.organization_id, top.parent_id), (hall.organization.id, None));
    let middle = committee(&mut *tx, &hall, "Budget", Some(&top)).await;
    let bottom = committee(&mut *tx, &hall, "Rechnungsprüfung", Some(&middle)).await;
    assert_eq!(tx.committees().get(bottom.id).await.done(), Some(bottom.clone()));
    let mut line = tx.committees().line(bottom.id).await.done();
    line.sort();
    assert_eq!(line, [top.id, middle.id, bottom.id]);
    assert!(tx.committees().has_parts(top.id).await.done());
    assert!(!tx.committees().has_parts(bottom.id).await.done());
    let moved = Committee { parent_id: Some(top.id), name: name("Audit"), ..bottom.clone() };
    tx.committees().update(&moved).await.done();
    assert_eq!(tx.committees().get(bottom.id).await.done(), Some(moved));
    tx.committees().dissolve(middle.id).await.done();
    assert_eq!(tx.committees().get(middle.id).await.done(), None);
    assert_eq!(tx.committees().line(middle.id).await.done(), [top.id], "dissolved ones are left out");
    let again = committee(&mut *tx, &hall, "budget", None).await;
    tx.commit().await.done();

    let queries = world.queries();
    let fetched = pieces(2, async |page| queries.committees(hall.organization.id, page).await).await;
    let ids: Vec<CommitteeId> = fetched.into_iter().flatten().map(|committee| committee.id).collect();
    assert_eq!(ids, [top.id, bottom.id, again.id]);
    let mut tx = begin(world).await;
    refused(tx.committees().dissolve(middle.id).await);
    drop(tx);
    let mut tx = begin(world).await;
    let taken = NewCommittee {
        organization_id: hall.organization.id,
        parent_id: None,
        name: name("FINANCE"),
        created_by_user_id: hall.id(0),
    };
    assert_eq!(violated(tx.committees().insert(&taken).await), Constraint::CommitteeName);
    drop(tx);
    let mut tx = begin(world).await;
    let other = Hall::build(&mut *tx, "BBBBB", 1).await;
    let foreign = NewCommittee { organization_id: other.organization.id, parent_id: Some(top.id), ..taken };
    refused(tx.committees().insert(&foreign).await);
}

/// Members of the organization belong to a committee until they leave the one or the other.
pub async fn people_belong_to_committees(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let stranger = person(&mut *tx, "stranger").await;
    let finance = committee(&mut *tx, &hall, "Finance", None).await.id;
    let chair = tx.committees().put_member(finance, hall.id(1), CommitteeRole::Chair).await.done();
    assert_eq!((chair.committee_id, chair.user_id, chair.role), (finance, hall.id(1), CommitteeRole::Chair));
    let plain = tx.committees().put_member(finance, hall.id(2), CommitteeRole::Member).await.done();
    let gone = tx.committees().put_member(finance, hall.id(3), CommitteeRole::Observer).await.done();
    assert_eq!(tx.committees().members(finance).await.done(), [chair, plain, gone]);
    let former = tx.committees().put_member(finance, hall.id(1), CommitteeRole::Secretary).await.done();
    assert_eq!((former.role, former.joined_at), (CommitteeRole::Secretary, chair.joined_at));
    assert!(tx.committees().remove_member(finance, hall.id(2)).await.done());
    assert!(!tx.committees().remove_member(finance, hall.id(2)).await.done());
    assert!(tx.organizations().remove_member(hall.organization.id, hall.id(3)).await.done());
    assert_eq!(tx.committees().member(finance, hall.id(3)).await.done(), None, "no member of either");
    assert_eq!(tx.committees().member(finance, hall.id(1)).await.done(), Some(former));
    tx.commit().await.done();

    let found = world.queries().committee_members(finance, crate::page::Page::first()).await.done();
    assert_eq!(found.items, [(former, hall.people[1].clone())]);
    let mut tx = begin(world).await;
    refused(tx.committees().put_member(finance, stranger.id, CommitteeRole::Member).await);
}

/// Who belongs to a committee, or was granted a role in it, holds that in its sittings, their events and
/// the committees below, until it is dissolved.
pub async fn roles_reach_down_from_committees(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    let top = committee(&mut *tx, &hall, "Finance", None).await;
    let part = committee(&mut *tx, &hall, "Budget", Some(&top)).await;
    tx.committees().convene(part.id, hall.session.id).await.done();
    let event = hall.draft(&mut *tx, motion()).await;
    tx.committees().put_member(top.id, hall.id(1), CommitteeRole::Chair).await.done();
    tx.committees().put_member(part.id, hall.id(2), CommitteeRole::Member).await.done();
    let teller = Appointment::by_operator(Role::Teller, Scope::Committee(top.id));
    tx.roles().insert(hall.id(3), &teller).await.done();
    let below = |role| Granted { below: Roles::of(&[role]), ..Granted::NONE };
    let (of_top, of_part) = (Scope::Committee(top.id), Scope::Committee(part.id));
    let (sitting, vote) = (Scope::Session(hall.session.id), Scope::Event(event.id));
    let organization = Scope::Organization(hall.organization.id);
    for (at, role, reach) in [
        (1, Role::Chair, &[of_top, of_part, sitting, vote][..]),
        (2, Role::VotingMember, &[of_part, sitting, vote]),
        (3, Role::Teller, &[of_top, of_part, sitting, vote]),
    ] {
        for place in [organization, of_top, of_part, sitting, vote] {
            let expected = if reach.contains(&place) { below(role) } else { Granted::NONE };
            assert_eq!(tx.roles().held(hall.id(at), place).await.done(), expected, "{role} at {place:?}");
        }
    }
    assert_eq!(tx.roles().organization_of(of_part).await.done(), Some(hall.organization.id));
    tx.commit().await.done();

    let queries = world.queries();
    let line = queries.session(hall.session.id, hall.id(1)).await.done().expect("it is there");
    assert_eq!(line.standing.granted, below(Role::Chair));
    let standing = queries.standing(of_part, hall.id(3)).await.done().expect("it is there");
    assert_eq!(standing.granted, below(Role::Teller));
    let listed = queries.role_grants(of_top, crate::page::Page::first()).await.done();
    assert_eq!(listed.items.len(), 1);
    let mut tx = begin(world).await;
    tx.committees().dissolve(part.id).await.done();
    tx.commit().await.done();
    let mut tx = begin(world).await;
    assert_eq!(tx.roles().held(hall.id(2), sitting).await.done(), Granted::NONE, "it is dissolved");
    assert_eq!(tx.roles().held(hall.id(1), sitting).await.done(), below(Role::Chair), "that one is not");
    drop(tx);
    assert!(queries.standing(of_part, hall.id(3)).await.done().is_none());
}

/// Who votes where a committee or a role does: seats without observers, with or without the parts, and
/// grants at the event and wherever is wider, but not for the whole server.
pub async fn committees_and_roles_vote(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 8).await;
    let other = Hall::build(&mut *tx, "BBBBB", 2).await;
    let top = committee(&mut *tx, &hall, "Finance", None).await.id;
    let parent = Committee { id: top, ..tx.committees().get(top).await.done().expect("it is there") };
    let part = committee(&mut *tx, &hall, "Budget", Some(&parent)).await.id;
    let foreign = committee(&mut *tx, &other, "Finance", None).await.id;
    tx.committees().put_member(foreign, other.id(0), CommitteeRole::Member).await.done();
    for (at, place, role) in [
        (1, top, CommitteeRole::Chair),
        (2, top, CommitteeRole::Member),
        (3, top, CommitteeRole::Observer),
        (2, part, CommitteeRole::Secretary),
        (4, part, CommitteeRole::Member),
    ] {
        tx.committees().put_member(place, hall.id(at), role).await.done();
    }
    let event = hall.draft(&mut *tx, motion()).await;
    let neighbour = hall.draft(&mut *tx, motion()).await;
    for (at, scope) in [
        (5, Scope::Organization(hall.organization.id)),
        (6, Scope::Event(event.id)),
        (7, Scope::Global),
        (1, Scope::Event(neighbour.id)),
        (0, Scope::Organization(other.organization.id)),
    ] {
        tx.roles().insert(hall.id(at), &Appointment::by_operator(Role::Teller, scope)).await.done();
    }
    let people = |numbers: &[usize]| numbers.iter().map(|at| hall.id(*at)).collect();
    let of = |id, with_parts| Voters::Committee { id, with_parts };
    for (said, numbers) in [
        (of(top, false), &[1, 2][..]),
        (of(top, true), &[1, 2, 4]),
        (of(part, true), &[2, 4]),
        (of(foreign, true), &[]),
        (of(CommitteeId::new(i32::MAX), false), &[]),
        (Voters::Role(Role::Teller), &[5, 6]),
        (Voters::Role(Role::Auditor), &[]),
        (Voters::Members, &[]),
        (Voters::List(People::default()), &[]),
    ] {
        let found = tx.roles().electorate(&said, hall.session.id, Some(event.id)).await.done();
        assert_eq!(found, Electorate { voters: said, named: people(numbers) });
    }
    tx.committees().convene(part, hall.session.id).await.done();
    tx.committees().put_member(top, hall.id(3), CommitteeRole::Chair).await.done();
    let seated: [(Voters, &[usize]); 3] = [
        (Voters::Role(Role::Chair), &[1, 3]),
        (Voters::Role(Role::VotingMember), &[2, 4]),
        (Voters::Role(Role::Teller), &[5, 6]),
    ];
    for (said, numbers) in &seated {
        let found = tx.roles().electorate(said, hall.session.id, Some(event.id)).await.done();
        assert_eq!(found.named, people(numbers), "in a sitting of the committee: {said:?}");
    }
    tx.commit().await.done();

    let queries = world.queries();
    let live = queries.electorate(&Voters::Members, hall.session.id).await.done();
    assert_eq!(live, Electorate { voters: of(part, false), named: people(&[2, 4]) });
    let teller = queries.electorate(&Voters::Role(Role::Teller), hall.session.id).await.done();
    assert_eq!(teller.named, people(&[5]), "no event is meant");
    let mut tx = begin(world).await;
    tx.committees().dissolve(part).await.done();
    let gone = tx.roles().electorate(&Voters::Members, hall.session.id, None).await.done();
    assert_eq!(gone.named, people(&[]) as std::collections::BTreeSet<UserId>);
}
