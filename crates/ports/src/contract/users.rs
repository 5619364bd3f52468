//! People.

use plenum_domain::id::UserId;
use plenum_domain::organization::Role;
use plenum_domain::text::{AndrewId, ClientName, PersonName};

use super::World;
use super::fixture::{
    Done, Hall, andrew_id, begin, meanwhile, member, new_organization, new_user, person, refused, subject,
    violated,
};
use crate::error::Constraint;
use crate::repository::{ImportedPerson, NewClient};

/// A person is found by id, by login name in any case, and by issuer and subject together.
pub async fn people_are_found_by_id_login_name_and_subject(world: &dyn World) {
    let mut tx = begin(world).await;
    let before = tx.now().await.done();
    let ann = new_user("Ann", "ann", Some(subject("https://one", "1")));
    let ann = tx.users().insert(&ann).await.done();
    let bob = person(&mut *tx, "bob").await;
    let after = tx.now().await.done();
    assert_ne!(ann.id, bob.id);
    assert!((before..=after).contains(&ann.created_at));

    assert_eq!(tx.users().get(ann.id).await.done(), Some(ann.clone()));
    let found = tx.users().find_by_subject(&subject("https://one", "1")).await.done();
    assert_eq!(found, Some(ann.clone()));
    assert_eq!(tx.users().find_by_subject(&subject("https://two", "1")).await.done(), None);
    assert_eq!(tx.users().find_by_subject(&subject("https://one", "2")).await.done(), None);
    let found = tx.users().find_by_andrew_id(&andrew_id("ANN")).await.done();
    assert_eq!(found, Some((ann.clone(), true)), "signed in before");
    let found = tx.users().find_by_andrew_id(&andrew_id("bob")).await.done();
    assert_eq!(found, Some((bob, false)), "never signed in");
    assert_eq!(tx.users().find_by_andrew_id(&andrew_id("eve")).await.done(), None);
    tx.commit().await.done();

    let queries = world.queries();
    assert_eq!(queries.user_by_andrew_id(&andrew_id("ann")).await.done(), Some(ann));
    assert_eq!(queries.user_by_andrew_id(&andrew_id("eve")).await.done(), None);
}

/// Names come back letter by letter, whatever they are written in, and so do login names.
pub async fn names_of_any_script_come_back(world: &dyn World) {
    let names = [
        "Łukasz Żółć",
        "Νίκος Παπαδόπουλος",
        "王小明",
        "محمد بن عبد الله",
        "Zoë 🗳 Müller",
        "e\u{301}clair",
        "O'Brien; DROP TABLE users --",
        "=SUM(A1:A9)",
        "back\\slash \"quoted\" {brace}",
        &"ż".repeat(PersonName::MAX),
    ];
    let mut tx = begin(world).await;
    let mut people = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let user = new_user(name, &format!("źdźbło.{at}+x@example-1_2"), None);
        people.push((tx.users().insert(&user).await.done(), user));
    }
    tx.commit().await.done();
    let mut tx = begin(world).await;
    for (inserted, written) in people {
        assert_eq!((&inserted.name, &inserted.andrew_id), (&written.name, &written.andrew_id));
        assert_eq!(tx.users().get(inserted.id).await.done(), Some(inserted));
    }
}

/// A second person of the same login name is refused, alone and in a roster.
pub async fn a_login_name_belongs_to_one_person(world: &dyn World) {
    let mut tx = begin(world).await;
    person(&mut *tx, "ann").await;
    tx.commit().await.done();

    let mut tx = begin(world).await;
    assert_eq!(violated(tx.users().insert(&new_user("Ann", "ann", None)).await), Constraint::AndrewId);
    drop(tx);
    let mut tx = begin(world).await;
    let roster = ["eve", "ann"].map(imported);
    assert_eq!(violated(tx.users().insert_all(&roster).await), Constraint::AndrewId);
    drop(tx);

    let mut tx = begin(world).await;
    assert_eq!(tx.users().find_by_andrew_id(&andrew_id("eve")).await.done(), None, "all or nothing");
}

/// A second person of the same issuer and subject is refused; the same subject elsewhere is another.
pub async fn a_subject_belongs_to_one_person(world: &dyn World) {
    let mut tx = begin(world).await;
    tx.users().insert(&new_user("Ann", "ann", Some(subject("https://one", "1")))).await.done();
    tx.users().insert(&new_user("Bob", "bob", Some(subject("https://two", "1")))).await.done();
    tx.commit().await.done();

    let mut tx = begin(world).await;
    let second = new_user("Eve", "eve", Some(subject("https://one", "1")));
    assert_eq!(violated(tx.users().insert(&second).await), Constraint::OidcSubject);
}

fn imported(login: &str) -> ImportedPerson {
    let name = PersonName::parse(&format!("Person {login}")).expect("a name");
    ImportedPerson { name, andrew_id: andrew_id(login) }
}

/// A roster is added in its order, and the known ones of a list of login names are found.
pub async fn a_roster_is_added_in_order(world: &dyn World) {
    let mut tx = begin(world).await;
    let roster = ["zoe", "ann", "mia", "bob"].map(imported);
    let added = tx.users().insert_all(&roster).await.done();
    let same = |(user, person): (&plenum_domain::user::User, &ImportedPerson)| {
        user.name == person.name && user.andrew_id == person.andrew_id
    };
    assert_eq!(added.len(), roster.len());
    assert!(added.iter().zip(&roster).all(same), "{added:?}");
    assert_eq!(tx.users().insert_all(&[]).await.done(), []);

    let senate = tx.organizations().insert(&new_organization("Senate")).await.done().id;
    let wanted: Vec<AndrewId> = ["bob", "eve", "zoe"].map(andrew_id).to_vec();
    let mut found = tx.users().for_roster(senate, &wanted, &[]).await.done();
    found.sort_by(|one, two| one.asked.cmp(&two.asked));
    let people: Vec<_> = found.into_iter().map(|found| found.user).collect();
    assert_eq!(people, [added[3].clone(), added[0].clone()]);
    assert_eq!(tx.users().for_roster(senate, &[], &[]).await.done(), []);
}

/// A roster finds people by login name, that of a duplicate too, and by id, and corrects the names of
/// those who have said theirs nowhere.
pub async fn a_roster_finds_people_again(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let other = Hall::build(&mut *tx, "BBBBB", 1).await;
    let here = hall.organization.id;
    let (plain, double) = (person(&mut *tx, "plain").await, person(&mut *tx, "double").await);
    let signed_in = new_user("Ada", "ada", Some(subject("https://one", "a")));
    let signed_in = tx.users().insert(&signed_in).await.done();
    let shared = person(&mut *tx, "shared").await;
    for organization in [here, other.organization.id] {
        tx.organizations().put_members(organization, &[member(&shared, Role::Member)]).await.done();
    }
    let client = NewClient {
        organization_id: here,
        name: ClientName::parse("Robot").expect("a name"),
        andrew_id: andrew_id("robot"),
        created_by: hall.id(0),
    };
    let client = tx.clients().insert(&client).await.done();
    let now = tx.now().await.done();
    tx.users().merge(double.id, plain.id, now).await.done();
    let gone = person(&mut *tx, "gone").await;
    let (name, login) = (PersonName::parse("Nobody").expect("a name"), andrew_id("former-1"));
    tx.users().anonymize(gone.id, &name, &login, now).await.done();

    let asked = ["ada", "double", "former-1", "robot", "shared", "nobody"].map(andrew_id);
    let found = tx.users().for_roster(here, &asked, &[hall.id(1)]).await.done();
    let mut seen: Vec<_> = found
        .iter()
        .map(|one| (one.asked.as_str(), one.user.id, one.is_client, one.is_gone, one.is_correctable))
        .collect();
    seen.sort_unstable();
    let login = hall.people[1].andrew_id.to_string();
    let mut expected = vec![
        ("ada", signed_in.id, false, false, false),
        ("double", plain.id, false, false, true),
        ("former-1", gone.id, false, true, true),
        ("robot", client.id.user(), true, false, true),
        ("shared", shared.id, false, false, false),
        (login.as_str(), hall.id(1), false, false, true),
    ];
    expected.sort_unstable();
    assert_eq!(seen, expected);
    let corrected = PersonName::parse("Zoë Ng").expect("a name");
    tx.users().rename_all(&[(plain.id, corrected.clone())]).await.done();
    tx.users().rename_all(&[]).await.done();
    let found = tx.users().get(plain.id).await.done().expect("they are there");
    assert_eq!(found.name, corrected);
    refused(tx.users().rename_all(&[(UserId::new(i32::MAX), corrected)]).await);
}

/// A sign-in changes name and login name and ties the subject; names of others stay theirs.
pub async fn people_follow_their_provider(world: &dyn World) {
    let mut tx = begin(world).await;
    let ann = person(&mut *tx, "ann").await;
    tx.users().insert(&new_user("Bob", "bob", Some(subject("https://one", "b")))).await.done();
    let change = new_user("Ann Lee", "ann-lee", Some(subject("https://one", "a")));
    let changed = tx.users().update_from_provider(ann.id, &change).await.done();
    assert_eq!((changed.id, changed.created_at), (ann.id, ann.created_at));
    assert_eq!((&changed.name, &changed.andrew_id), (&change.name, &change.andrew_id));
    let again = tx.users().update_from_provider(ann.id, &change).await.done();
    assert_eq!(again, changed, "her own names do not stand in her way");
    tx.commit().await.done();

    let mut tx = begin(world).await;
    let found = tx.users().find_by_subject(&subject("https://one", "a")).await.done();
    assert_eq!(found, Some(changed));
    assert_eq!(tx.users().find_by_andrew_id(&andrew_id("ann")).await.done(), None);
    let taken = new_user("Ann", "bob", Some(subject("https://one", "a")));
    let answer = tx.users().update_from_provider(ann.id, &taken).await;
    assert_eq!(violated(answer), Constraint::AndrewId);
    drop(tx);

    let mut tx = begin(world).await;
    let taken = new_user("Ann", "ann", Some(subject("https://one", "b")));
    let answer = tx.users().update_from_provider(ann.id, &taken).await;
    assert_eq!(violated(answer), Constraint::OidcSubject);
    drop(tx);

    let mut tx = begin(world).await;
    let nobody = UserId::new(i32::MAX);
    refused(tx.users().update_from_provider(nobody, &new_user("Eve", "eve", None)).await);
}

/// Whoever finds a person at sign-in holds them until the end: the next one sees what was written.
pub async fn sign_ins_of_one_person_take_turns(world: &dyn World) {
    let mut tx = begin(world).await;
    let ann = person(&mut *tx, "ann").await;
    tx.commit().await.done();

    let mut first = begin(world).await;
    first.users().find_by_andrew_id(&ann.andrew_id).await.done();
    let store = world.store();
    let second = tokio::spawn(async move {
        let mut tx = store.begin().await.done();
        tx.users().find_by_andrew_id(&andrew_id("ann")).await.done()
    });
    meanwhile(&mut *first).await;
    let change = new_user("Ann", "ann", Some(subject("https://one", "a")));
    first.users().update_from_provider(ann.id, &change).await.done();
    first.commit().await.done();
    let (found, signed_in_before) = second.await.expect("it ends").expect("she is there");
    assert_eq!((found.id, signed_in_before), (ann.id, true));
}
