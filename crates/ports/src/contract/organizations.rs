//! Organizations and their members.

use plenum_domain::id::OrganizationId;
use plenum_domain::organization::{Accent, Contact, Joining, Member, Organization, Role, Rules, Weight};
use plenum_domain::text::{EmailAddress, MemberNumber, OrganizationName};

use super::World;
use super::fixture::{
    Done, Hall, begin, description, meanwhile, member, minutes, new_organization, person, pieces, record,
    refused, violated, vote,
};
use crate::error::Constraint;
use crate::page::Page;
use crate::repository::NewMember;

/// An organization comes back by id, with and without a lock, and every field of it can be changed.
pub async fn organizations_are_found_and_changed(world: &dyn World) {
    let mut tx = begin(world).await;
    let made = tx.organizations().insert(&new_organization("Senate")).await.done();
    let namesake = tx.organizations().insert(&new_organization("Senate")).await.done();
    assert_ne!(made.id, namesake.id, "names are not unique");
    assert_eq!(tx.organizations().get(made.id).await.done(), Some(made.clone()));
    let changed = Organization {
        name: OrganizationName::parse("Senát 参議院").expect("a name"),
        description: description("Two\nlines."),
        rules: Rules { joining: Joining::Anyone, ..made.rules.clone() },
        accent: Some(Accent::Moss),
        ..made
    };
    tx.organizations().update(&changed).await.done();
    tx.commit().await.done();

    let mut tx = begin(world).await;
    assert_eq!(tx.organizations().get_for_update(changed.id).await.done(), Some(changed));
    assert_eq!(tx.organizations().get(namesake.id).await.done(), Some(namesake), "the other one stays");
}

/// How members are reached and numbered is kept for each organization; numbers are exchanged, and no two
/// members have the same.
pub async fn members_have_addresses_and_numbers(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 3).await;
    let other = Hall::build(&mut *tx, "BBBBB", 1).await;
    let id = hall.organization.id;
    let contact = |email: Option<&str>, number: Option<&str>| Contact {
        email: email.map(|text| EmailAddress::parse(text).expect("an address")),
        number: number.map(|text| MemberNumber::parse(text).expect("a number")),
    };
    let (ann, bob) = (contact(Some("ann@example.org"), Some("N-1")), contact(None, Some("N-2")));
    assert_eq!(tx.organizations().contacts(id).await.done(), []);
    let both = [(hall.id(1), ann.clone()), (hall.id(2), bob.clone())];
    tx.organizations().put_contacts(id, &both).await.done();
    tx.organizations().put_contacts(other.organization.id, &[(other.id(0), bob.clone())]).await.done();
    assert_eq!(tx.organizations().contacts(id).await.done(), both);
    let exchanged =
        [(hall.id(1), contact(None, Some("n-2"))), (hall.id(2), contact(Some("b@example.org"), Some("N-1")))];
    tx.organizations().put_contacts(id, &exchanged).await.done();
    tx.organizations().put_contacts(id, &[]).await.done();
    tx.commit().await.done();

    let members = world.queries().members(id, Page::first()).await.done();
    let listed: Vec<Contact> = members.items.into_iter().map(|line| line.contact).collect();
    assert_eq!(listed, [Contact::default(), exchanged[0].1.clone(), exchanged[1].1.clone()]);
    let mut tx = begin(world).await;
    let taken = [(hall.id(0), contact(None, Some("N-2")))];
    assert_eq!(violated(tx.organizations().put_contacts(id, &taken).await), Constraint::MemberNumber);
    drop(tx);
    let mut tx = begin(world).await;
    refused(tx.organizations().put_contacts(id, &[(other.id(0), ann)]).await);
    drop(tx);
    let mut tx = begin(world).await;
    assert!(tx.organizations().remove_member(id, hall.id(1)).await.done());
    tx.organizations().put_contacts(id, &[(hall.id(2), Contact::default())]).await.done();
    assert_eq!(
        tx.organizations().contacts(id).await.done(),
        [],
        "it ends with the membership, or is taken away"
    );
}

/// Memberships are added and changed in one go; who was a member keeps the date.
pub async fn memberships_are_added_and_changed(world: &dyn World) {
    let mut tx = begin(world).await;
    let senate = tx.organizations().insert(&new_organization("Senate")).await.done().id;
    let (ann, bob) = (person(&mut *tx, "ann").await, person(&mut *tx, "bob").await);
    let heavy = Weight::new(Weight::MAX).expect("a weight");
    let nothing = Weight::new(0).expect("a weight");
    let new = [NewMember { weight: heavy, ..member(&bob, Role::Chair) }, member(&ann, Role::Observer)];
    let put = tx.organizations().put_members(senate, &new).await.done();
    assert_eq!(put.iter().map(as_new).collect::<Vec<_>>(), new, "in the same order");
    tx.commit().await.done();

    let mut tx = begin(world).await;
    let carl = person(&mut *tx, "carl").await;
    let changes = [member(&carl, Role::Owner), NewMember { weight: nothing, ..member(&ann, Role::Member) }];
    let then = tx.organizations().put_members(senate, &changes).await.done();
    assert_eq!(then.iter().map(as_new).collect::<Vec<_>>(), changes);
    assert_eq!(then[1].joined_at, put[1].joined_at);
    assert_eq!(tx.organizations().put_members(senate, &[]).await.done(), []);
    tx.commit().await.done();

    let mut tx = begin(world).await;
    let all = tx.organizations().members(senate).await.done();
    assert_eq!(all, [then[1], put[0], then[0]], "by user id");
    assert_eq!(tx.organizations().member(senate, bob.id).await.done(), Some(put[0]));
    let other = tx.organizations().insert(&new_organization("Other")).await.done().id;
    assert_eq!(tx.organizations().member(other, bob.id).await.done(), None);
    assert_eq!(tx.organizations().members(other).await.done(), []);
}

fn as_new(member: &Member) -> NewMember {
    NewMember { user_id: member.user_id, role: member.role, weight: member.weight }
}

/// Ending a membership says whether there was one, and leaves votes, rolls and attendance alone.
pub async fn a_membership_ends_and_the_record_stays(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let own = hall.join(&mut *tx, 1).await;
    let event = hall.open_motion(&mut *tx, &[0, 1]).await;
    assert_eq!(record(&mut *tx, &[vote(&event, &own, 0)]).await, [true]);
    assert!(tx.organizations().remove_member(hall.organization.id, hall.id(1)).await.done());
    assert!(!tx.organizations().remove_member(hall.organization.id, hall.id(1)).await.done());
    tx.commit().await.done();

    let mut tx = begin(world).await;
    assert_eq!(tx.organizations().member(hall.organization.id, hall.id(1)).await.done(), None);
    assert_eq!(tx.events().votes(&event).await.done().len(), 1);
    let now = tx.now().await.done();
    assert_eq!(tx.events().roll_lines(event.id, now).await.done().len(), 2);
    assert_eq!(tx.attendance().own(hall.session.id, hall.id(1)).await.done(), Some(own));
    assert_eq!(tx.attendance().entries(hall.session.id).await.done().len(), 1);

    let again = [member(&hall.people[1], Role::Observer)];
    let again = tx.organizations().put_members(hall.organization.id, &again).await.done();
    assert!(again[0].joined_at >= now - minutes(1), "a new membership has a new date");
}

/// Who takes an organization for update is alone with it and its members.
pub async fn changes_of_an_organization_take_turns(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    tx.commit().await.done();
    let (id, other) = (hall.organization.id, hall.id(1));

    let mut first = begin(world).await;
    first.organizations().get_for_update(id).await.done();
    let store = world.store();
    let second = tokio::spawn(async move {
        let mut tx = store.begin().await.done();
        tx.organizations().get_for_update(id).await.done();
        tx.organizations().member(id, other).await.done()
    });
    meanwhile(&mut *first).await;
    first.organizations().put_members(id, &[member(&hall.people[1], Role::Owner)]).await.done();
    first.commit().await.done();
    let seen = second.await.expect("it ends").expect("a member");
    assert_eq!(seen.role, Role::Owner);
}

/// A person's memberships come by organization id, in pieces.
pub async fn memberships_are_listed_in_pieces(world: &dyn World) {
    let mut tx = begin(world).await;
    let ann = person(&mut *tx, "ann").await;
    let mut all: Vec<OrganizationId> = Vec::new();
    for name in ["One", "Two", "Three", "Four", "Five"] {
        let organization = tx.organizations().insert(&new_organization(name)).await.done();
        tx.organizations().put_members(organization.id, &[member(&ann, Role::Chair)]).await.done();
        all.push(organization.id);
    }
    tx.organizations().insert(&new_organization("Not hers")).await.done();
    tx.commit().await.done();

    let queries = world.queries();
    let fetched = pieces(2, async |page| queries.memberships(ann.id, page).await).await;
    assert_eq!(fetched.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    let lines: Vec<_> = fetched.into_iter().flatten().collect();
    assert_eq!(lines.iter().map(|line| line.organization.id).collect::<Vec<_>>(), all);
    assert!(lines.iter().all(|line| line.member.organization_id == line.organization.id));
    assert!(lines.iter().all(|line| (line.member.user_id, line.member.role) == (ann.id, Role::Chair)));
}

/// An organization's members come by user id with their people, in pieces; a full last piece is the end.
pub async fn members_are_listed_in_pieces(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 4).await;
    Hall::build(&mut *tx, "BBBBB", 1).await;
    tx.commit().await.done();

    let queries = world.queries();
    let fetched = pieces(2, async |page| queries.members(hall.organization.id, page).await).await;
    assert_eq!(fetched.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
    let lines: Vec<_> = fetched.into_iter().flatten().collect();
    assert_eq!(lines.iter().map(|line| line.user.clone()).collect::<Vec<_>>(), hall.people);
    assert!(lines.iter().all(|line| line.member.user_id == line.user.id));
    assert_eq!(lines[0].member.role, Role::Owner);
}
