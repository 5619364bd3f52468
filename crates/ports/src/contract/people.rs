//! People who are kept out, joined or made nobody, and organizations that end.

use plenum_domain::committee::CommitteeRole;
use plenum_domain::id::UserId;
use plenum_domain::organization::{Contact, Role};
use plenum_domain::permission::{self, Appointment, Scope};
use plenum_domain::session::SessionStatus;
use plenum_domain::text::{AndrewId, CommitteeName, EmailAddress, MemberNumber, PersonName, TokenName};
use plenum_domain::token::TokenScopes;
use serde_json::json;

use super::World;
use super::fixture::{Done, Hall, begin, member, minutes, motion, new_user, person, subject};
use crate::page::Page;
use crate::queries::AuditFilter;
use crate::repository::{
    AuditEntry, AuditTarget, LogPart, NewApiToken, NewCommittee, NewLeaf, NewLogin, NewPendingRole, Opening,
    Promisee, TokenHash, TreeKey,
};

/// Who is kept out is nobody by login or token until they are let in again, and runs nothing meanwhile.
pub async fn who_is_kept_out_has_no_proof(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let id = hall.id(0);
    let now = tx.now().await.done();
    let (login, token) = (TokenHash([1; 32]), TokenHash([2; 32]));
    tx.logins()
        .insert(&NewLogin { user_id: id, token: login, created_at: now, expires_at: now + minutes(60) })
        .await
        .done();
    let name = TokenName::parse("script").expect("a name");
    let new =
        NewApiToken { user_id: id, name, scopes: TokenScopes::ALL, token, created_at: now, expires_at: None };
    tx.api_tokens().insert(&new).await.done();
    assert!(tx.users().runs_alone(id).await.done());
    assert!(!tx.users().runs_alone(hall.id(1)).await.done());
    let owner = [member(&hall.people[1], Role::Owner)];
    tx.organizations().put_members(hall.organization.id, &owner).await.done();
    assert!(!tx.users().runs_alone(id).await.done());
    tx.users().set_disabled(id, Some(now)).await.done();
    assert!(tx.users().is_disabled(id).await.done() && !tx.users().is_gone(id).await.done());
    assert!(tx.users().runs_alone(hall.id(1)).await.done(), "the other owner does not count any more");
    tx.commit().await.done();

    let queries = world.queries();
    assert!(queries.login(login).await.done().is_none());
    assert!(queries.api_token(token).await.done().is_none());
    let mut tx = begin(world).await;
    tx.users().set_disabled(id, None).await.done();
    assert!(!tx.users().is_disabled(id).await.done());
    tx.commit().await.done();
    assert!(queries.login(login).await.done().is_some());
    assert!(queries.api_token(token).await.done().is_some());
}

/// Nothing tells any more who an anonymized person was, the lines of the audit log about them neither.
pub async fn an_anonymized_person_is_nobody(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let ann = new_user("Ann Arbor", "ann", Some(subject("https://one", "1")));
    let ann = tx.users().insert(&ann).await.done();
    tx.organizations().put_members(hall.organization.id, &[member(&ann, Role::Member)]).await.done();
    let now = tx.now().await.done();
    let line = |target| AuditEntry {
        organization_id: Some(hall.organization.id),
        session_id: None,
        event_id: None,
        action: "user.add",
        target: AuditTarget { table: "users", id: target },
        actor: Some(hall.id(0)),
        at: now,
        before: None,
        after: Some(json!({"name": "Ann Arbor", "andrew_id": "ann", "kept": true})),
        log: LogPart::default(),
    };
    let other = i64::from(hall.id(1).get());
    tx.audit().append(&[line(ann.id.get().into()), line(other)]).await.done();
    let scope = Scope::Organization(hall.organization.id);
    let auditor = Appointment::by_operator(permission::Role::Auditor, scope);
    tx.roles().insert(ann.id, &auditor).await.done();
    let name = PersonName::parse("Former member").expect("a name");
    let andrew_id = AndrewId::parse("former-1").expect("a login name");
    let nobody = tx.users().anonymize(ann.id, &name, &andrew_id, now).await.done();
    assert_eq!((nobody.id, &nobody.name, &nobody.andrew_id), (ann.id, &name, &andrew_id));
    assert_eq!(tx.users().find_by_subject(&subject("https://one", "1")).await.done(), None);
    assert!(tx.users().is_disabled(ann.id).await.done() && tx.users().is_gone(ann.id).await.done());
    assert_eq!(tx.roles().find(ann.id, permission::Role::Auditor, scope).await.done(), None);
    tx.commit().await.done();

    let log = world
        .queries()
        .audit(hall.organization.id, &AuditFilter::default(), Page::first())
        .await
        .done()
        .items;
    let about = |id: i64| log.iter().find(|line| line.target_id == id).expect("a line").after.clone();
    assert_eq!(about(ann.id.get().into()), Some(json!({"kept": true})));
    assert_eq!(about(other), Some(json!({"name": "Ann Arbor", "andrew_id": "ann", "kept": true})));
}

/// Nothing tells who an anonymized person was by what they were when there were several of them: the rows
/// of their duplicates, what the logs say of these, and what was promised to any of them.
pub async fn duplicates_are_anonymized_too(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let (kept, scope) = (hall.id(1), Scope::Organization(hall.organization.id));
    let now = tx.now().await.done();
    let double = new_user("Person double", "double", Some(subject("https://one", "2")));
    let double = tx.users().insert(&double).await.done().id;
    let third = new_user("Person double", "third", Some(subject("https://one", "3")));
    let third = tx.users().insert(&third).await.done().id;
    let line = |user: UserId| AuditEntry {
        organization_id: Some(hall.organization.id),
        session_id: None,
        event_id: None,
        action: "user.add",
        target: AuditTarget { table: "users", id: user.get().into() },
        actor: Some(hall.id(0)),
        at: now,
        before: None,
        after: Some(json!({"name": "Person double", "andrew_id": "double", "kept": true})),
        log: LogPart::default(),
    };
    tx.audit().append(&[line(double), line(third)]).await.done();
    let leaf = |user: UserId| {
        let opening = Opening { salt: "00".repeat(32), text: "{\"name\":\"Person double\"}".to_owned() };
        NewLeaf {
            organization_id: Some(hall.organization.id),
            session_id: None,
            event_id: None,
            action: "user.add",
            text: json!({"target": {"table": "users", "id": user.get()}}).to_string(),
            hash: [7; 32],
            openings: [("changes".to_owned(), opening)].into(),
        }
    };
    tx.log().append(&[leaf(double), leaf(third), leaf(hall.id(0))]).await.done();
    let email = EmailAddress::parse("Double@example.org").expect("an address");
    let contact = Contact { email: Some(email.clone()), number: None };
    tx.organizations().put_contacts(hall.organization.id, &[(kept, contact)]).await.done();
    let login = |text| Promisee::AndrewId(AndrewId::parse(text).expect("a login name"));
    let theirs = [Promisee::Email(email), login("double"), login("third")];
    let promise = |to: &Promisee, role, last| NewPendingRole {
        to: to.clone(),
        appointment: Appointment::by_operator(role, scope),
        granted_by: hall.id(0),
        expires_at: now + minutes(last),
    };
    for to in &theirs {
        for (role, claimed_by) in [(permission::Role::Teller, Some(double)), (permission::Role::Chair, None)]
        {
            let ended = tx.roles().promise(&promise(to, role, 60)).await.done();
            tx.roles().end_pending(ended.id, claimed_by, now).await.done();
        }
        tx.roles().promise(&promise(to, permission::Role::Secretary, -1)).await.done();
        tx.roles().promise(&promise(to, permission::Role::Teller, 60)).await.done();
    }
    let other = tx.roles().promise(&promise(&login("other"), permission::Role::Teller, 60)).await.done();
    tx.users().merge(third, double, now).await.done();
    tx.users().merge(double, kept, now).await.done();
    let name = PersonName::parse("Former member").expect("a name");
    let andrew_id = AndrewId::parse("former-1").expect("a login name");
    tx.users().anonymize(kept, &name, &andrew_id, now).await.done();
    let waiting: Vec<bool> =
        tx.log().take(100).await.done().iter().map(|leaf| leaf.openings.is_empty()).collect();
    assert_eq!(waiting, [true, true, false]);
    tx.commit().await.done();

    let mut tx = begin(world).await;
    for (id, login) in [
        (kept, "former-1".to_owned()),
        (double, format!("former-1-{double}")),
        (third, format!("former-1-{third}")),
    ] {
        let user = tx.users().get(id).await.done().expect("a row");
        assert_eq!((&user.name, user.andrew_id.as_str()), (&name, login.as_str()));
        assert!(tx.users().is_disabled(id).await.done() && tx.users().is_gone(id).await.done());
    }
    for (by, gone) in [("2", "double"), ("3", "third")] {
        assert_eq!(tx.users().find_by_subject(&subject("https://one", by)).await.done(), None);
        let gone = AndrewId::parse(gone).expect("a login name");
        assert_eq!(tx.users().find_by_andrew_id(&gone).await.done(), None);
    }
    let long_ago = now - minutes(600);
    let mut asked = theirs.to_vec();
    asked.extend([login("former-1"), login("other")]);
    assert_eq!(tx.roles().claimable(&asked, long_ago).await.done(), [other]);
    drop(tx);
    let log = world
        .queries()
        .audit(hall.organization.id, &AuditFilter::default(), Page::first())
        .await
        .done()
        .items;
    for id in [double, third] {
        let line = log.iter().find(|line| line.target_id == i64::from(id.get())).expect("a line");
        assert_eq!(line.after, Some(json!({"kept": true})));
    }
}

/// What opens the leaves of the log about a person goes when they are anonymized, and nothing else of them.
pub async fn the_log_forgets_who_an_anonymized_person_was(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let (gone, other) = (hall.id(0), hall.id(1));
    let leaf = |user: UserId| {
        let opening = Opening { salt: "00".repeat(32), text: "{\"name\":\"Ann\"}".to_owned() };
        NewLeaf {
            organization_id: Some(hall.organization.id),
            session_id: None,
            event_id: None,
            action: "user.add",
            text: json!({"target": {"table": "users", "id": user.get()}}).to_string(),
            hash: [7; 32],
            openings: [("changes".to_owned(), opening)].into(),
        }
    };
    tx.log().append(&[leaf(gone), leaf(other)]).await.done();
    let taken = tx.log().take(100).await.done();
    let key = TreeKey::Organization(hall.organization.id);
    let mut tree = tx.log().tree_for_update(key, "log/organizations/1", "key").await.done();
    tree.size = 2;
    tx.log().extend(&tree, &taken, &[]).await.done();
    tx.log().append(&[leaf(other), leaf(gone)]).await.done();
    let name = PersonName::parse("Former member").expect("a name");
    let andrew_id = AndrewId::parse("former-1").expect("a login name");
    let now = tx.now().await.done();
    tx.users().anonymize(gone, &name, &andrew_id, now).await.done();
    let waiting: Vec<bool> =
        tx.log().take(100).await.done().iter().map(|leaf| leaf.openings.is_empty()).collect();
    assert_eq!(waiting, [false, true]);
    tx.commit().await.done();
    let kept = world.queries().log_leaves(tree.id, 0, 10).await.done();
    let erased: Vec<bool> = kept.iter().map(|leaf| leaf.openings.is_empty()).collect();
    assert_eq!(erased, [true, false]);
    assert!(kept.iter().zip(&taken).all(|(kept, taken)| kept.text == taken.text));
}

/// A duplicate's memberships and roles go to the person that is kept, and so does who signs in as it.
pub async fn duplicates_are_merged(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let other = Hall::build(&mut *tx, "BBBBB", 1).await;
    let double = new_user("Double", "double", Some(subject("https://one", "2")));
    let double = tx.users().insert(&double).await.done();
    let kept = hall.id(1);
    tx.organizations().put_members(hall.organization.id, &[member(&double, Role::Chair)]).await.done();
    tx.organizations().put_members(other.organization.id, &[member(&double, Role::Chair)]).await.done();
    let scope = Scope::Organization(other.organization.id);
    tx.roles().insert(double.id, &Appointment::by_operator(permission::Role::Teller, scope)).await.done();
    let number = |text| Some(MemberNumber::parse(text).expect("a number"));
    let email = Some(EmailAddress::parse("double@example.org").expect("an address"));
    let contact = Contact { email: email.clone(), number: number("7") };
    tx.organizations().put_contacts(hall.organization.id, &[(double.id, contact.clone())]).await.done();
    tx.organizations().put_contacts(other.organization.id, &[(double.id, contact.clone())]).await.done();
    let own = Contact { email: None, number: number("8") };
    tx.organizations().put_contacts(hall.organization.id, &[(kept, own)]).await.done();
    let committee = |name| {
        let name = CommitteeName::parse(name).expect("a name");
        let created_by_user_id = hall.id(0);
        NewCommittee { organization_id: hall.organization.id, parent_id: None, name, created_by_user_id }
    };
    let budget = tx.committees().insert(&committee("Budget")).await.done();
    let library = tx.committees().insert(&committee("Library")).await.done();
    tx.committees().put_member(budget.id, double.id, CommitteeRole::Secretary).await.done();
    tx.committees().put_member(library.id, double.id, CommitteeRole::Member).await.done();
    tx.committees().put_member(library.id, kept, CommitteeRole::Chair).await.done();
    assert!(!tx.users().is_in_running_session(double.id).await.done());
    let now = tx.now().await.done();
    tx.attendance().insert_own(hall.session.id, double.id, now).await.done();
    assert!(tx.users().is_in_running_session(double.id).await.done());
    hall.end(&mut *tx).await;
    assert!(!tx.users().is_in_running_session(double.id).await.done());
    tx.users().merge(double.id, kept, now).await.done();
    tx.commit().await.done();

    let mut tx = begin(world).await;
    let role = |found: Option<plenum_domain::organization::Member>| found.map(|member| member.role);
    let here = tx.organizations().member(hall.organization.id, kept).await.done();
    assert_eq!(role(here), Some(Role::Chair), "the greater of two roles");
    let there = tx.organizations().member(other.organization.id, kept).await.done();
    assert_eq!(role(there), Some(Role::Chair));
    for (organization, expected) in
        [(hall.organization.id, number("8")), (other.organization.id, number("7"))]
    {
        assert_eq!(tx.organizations().member(organization, double.id).await.done(), None);
        let contacts = tx.organizations().contacts(organization).await.done();
        let theirs = contacts.into_iter().find(|(user, _)| *user == kept).map(|(_, contact)| contact);
        assert_eq!(theirs, Some(Contact { email: email.clone(), number: expected }));
    }
    for (committee, expected) in [(budget.id, CommitteeRole::Secretary), (library.id, CommitteeRole::Chair)] {
        let seat = tx.committees().member(committee, kept).await.done();
        assert_eq!(seat.map(|seat| seat.role), Some(expected));
        assert_eq!(tx.committees().member(committee, double.id).await.done(), None);
    }
    assert!(tx.roles().find(kept, permission::Role::Teller, scope).await.done().is_some());
    assert!(tx.roles().find(double.id, permission::Role::Teller, scope).await.done().is_none());
    assert!(tx.users().is_disabled(double.id).await.done() && tx.users().is_gone(double.id).await.done());
    let signs_in = tx.users().find_by_subject(&subject("https://one", "2")).await.done();
    assert_eq!(signs_in.map(|user| user.id), Some(kept));
}

/// An organization is known to have sittings that run and votes that were held, goes into the archive and
/// comes back, and is gone for everybody when it was deleted.
pub async fn organizations_end(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let id = hall.organization.id;
    assert!(tx.organizations().has_running_sessions(id).await.done());
    let draft = hall.draft(&mut *tx, motion()).await;
    assert!(!tx.organizations().has_held_votes(id).await.done(), "a draft is no vote");
    hall.open(&mut *tx, &draft, &[0]).await;
    assert!(tx.organizations().has_held_votes(id).await.done());
    let at = tx.now().await.done();
    tx.sessions().set_status(hall.session.id, SessionStatus::Closed { at }).await.done();
    assert!(!tx.organizations().has_running_sessions(id).await.done());
    assert!(!tx.organizations().is_archived(id).await.done());
    tx.organizations().set_archived(id, Some(at)).await.done();
    assert!(tx.organizations().is_archived(id).await.done());
    tx.commit().await.done();
    assert!(world.queries().is_archived(id).await.done(), "pages know it, too");
    let mut tx = begin(world).await;
    tx.organizations().set_archived(id, None).await.done();
    assert!(!tx.organizations().is_archived(id).await.done());
    for (knows, who) in [(true, hall.id(1)), (false, person(&mut *tx, "stranger").await.id)] {
        assert_eq!(tx.organizations().knows(id, who).await.done(), knows);
    }
    tx.organizations().delete(id, at).await.done();
    assert_eq!(tx.organizations().get(id).await.done(), None);
    assert_eq!(tx.organizations().get_for_update(id).await.done(), None);
    assert_eq!(tx.roles().organization_of(Scope::Session(hall.session.id)).await.done(), None);
    tx.commit().await.done();

    let queries = world.queries();
    let owner = hall.id(0);
    assert!(!queries.is_archived(id).await.done());
    assert!(queries.organization(id, owner).await.done().is_none());
    assert!(queries.standing(Scope::Organization(id), owner).await.done().is_none());
    assert!(queries.organizations(owner, Page::first()).await.done().items.is_empty());
    assert!(queries.memberships(owner, Page::first()).await.done().items.is_empty());
    assert!(queries.sessions(owner, None, Page::first()).await.done().items.is_empty());
    assert!(queries.session(hall.session.id, owner).await.done().is_none());
    assert!(queries.event(draft.id, owner).await.done().is_none());
}
