//! API clients: machines that act for an organization, and never vote.

use plenum_domain::attendance::JoinLeft;
use plenum_domain::client::ApiClient;
use plenum_domain::id::ClientId;
use plenum_domain::organization::{Role as Membership, Weight};
use plenum_domain::permission::{Appointment, Role, Roles, Scope};
use plenum_domain::rules::Voters;
use plenum_domain::text::{AndrewId, ClientName, TokenName};
use plenum_domain::token::TokenScopes;
use serde_json::json;

use super::World;
use super::fixture::{Done, Hall, begin, pieces, refused, violated};
use crate::error::Constraint;
use crate::page::Page;
use crate::queries::{AuditFilter, ClientLine};
use crate::repository::{AuditEntry, AuditTarget, LogPart, NewApiToken, NewClient, NewMember, TokenHash};
use crate::store::Tx;

fn new(hall: &Hall, name: &str, andrew_id: &str) -> NewClient {
    NewClient {
        organization_id: hall.organization.id,
        name: ClientName::parse(name).expect("a name"),
        andrew_id: AndrewId::parse(andrew_id).expect("a login name"),
        created_by: hall.id(0),
    }
}

async fn client(tx: &mut dyn Tx, hall: &Hall, name: &str, andrew_id: &str) -> ApiClient {
    tx.clients().insert(&new(hall, name, andrew_id)).await.done()
}

/// A client comes back with its roles, is renamed, kept out and deleted, and its name is free again.
pub async fn clients_come_and_go(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let website = client(&mut *tx, &hall, "Website", "client-1").await;
    assert_eq!((website.organization_id, website.created_by), (hall.organization.id, hall.id(0)));
    assert!(!website.disabled);
    let user = tx.users().get(website.id.user()).await.done().expect("it is a user, too");
    assert_eq!((user.name.as_str(), user.andrew_id.as_str()), ("Website", "client-1"));
    assert!(tx.clients().is_client(website.id.user()).await.done());
    assert!(!tx.clients().is_client(hall.id(0)).await.done());
    assert_eq!(tx.clients().get(ClientId::of_user(hall.id(0))).await.done(), None);
    assert!(tx.organizations().knows(hall.organization.id, website.id.user()).await.done());
    let roster = client(&mut *tx, &hall, "Roster", "client-2").await;
    let third = client(&mut *tx, &hall, "Door", "client-3").await;
    for role in [Role::Auditor, Role::Chair] {
        let appointment = Appointment::by_operator(role, Scope::Organization(hall.organization.id));
        tx.roles().insert(website.id.user(), &appointment).await.done();
    }
    let below = Appointment::by_operator(Role::Teller, Scope::Session(hall.session.id));
    tx.roles().insert(website.id.user(), &below).await.done();
    tx.commit().await.done();

    let queries = world.queries();
    let expected = ClientLine { client: website.clone(), roles: Roles::of(&[Role::Chair, Role::Auditor]) };
    assert_eq!(
        queries.client(website.id).await.done(),
        Some(expected),
        "the roles in the whole organization"
    );
    let listed = pieces(2, async |page| queries.clients(hall.organization.id, page).await).await;
    let ids: Vec<ClientId> = listed.into_iter().flatten().map(|line| line.client.id).collect();
    assert_eq!(ids, [website.id, roster.id, third.id]);

    let mut tx = begin(world).await;
    let name = ClientName::parse("Web site").expect("a name");
    tx.clients().rename(website.id, &name).await.done();
    let now = tx.now().await.done();
    tx.users().set_disabled(website.id.user(), Some(now)).await.done();
    let changed = ApiClient { name, disabled: true, ..website.clone() };
    assert_eq!(tx.clients().get(website.id).await.done(), Some(changed));
    let user = tx.users().get(website.id.user()).await.done().expect("it is a user, too");
    assert_eq!(user.name.as_str(), "Web site");
    tx.clients().delete(roster.id, now).await.done();
    assert_eq!(tx.clients().get(roster.id).await.done(), None);
    assert!(tx.clients().is_client(roster.id.user()).await.done(), "what it did is still a client's");
    assert!(!tx.organizations().knows(hall.organization.id, roster.id.user()).await.done());
    client(&mut *tx, &hall, "ROSTER", "client-4").await;
    tx.commit().await.done();
    assert_eq!(queries.client(roster.id).await.done(), None);

    let mut tx = begin(world).await;
    let taken = tx.clients().insert(&new(&hall, "WEB SITE", "client-5")).await;
    assert_eq!(violated(taken), Constraint::ClientName);
    drop(tx);
    let mut tx = begin(world).await;
    let taken = tx.clients().insert(&new(&hall, "Other", "client-3")).await;
    assert_eq!(violated(taken), Constraint::AndrewId);
    drop(tx);
    let mut tx = begin(world).await;
    let taken = tx.clients().rename(third.id, &ClientName::parse("web site").expect("a name")).await;
    assert_eq!(violated(taken), Constraint::ClientName);
    drop(tx);
    let mut tx = begin(world).await;
    refused(tx.clients().delete(roster.id, now).await);
}

/// No way leads a client to a vote, and it does not count as somebody who runs the organization.
pub async fn a_client_never_votes(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let robot = client(&mut *tx, &hall, "Robot", "client-1").await.id.user();
    let (organization, session) = (hall.organization.id, hall.session.id);
    for role in [Role::Admin, Role::Chair] {
        let appointment = Appointment::by_operator(role, Scope::Organization(organization));
        tx.roles().insert(robot, &appointment).await.done();
    }
    assert!(
        !tx.roles().has_other_admin(organization, hall.id(0)).await.done(),
        "a machine runs nothing alone"
    );
    let chairs = tx.roles().electorate(&Voters::Role(Role::Chair), session, None).await.done();
    assert!(chairs.named.is_empty(), "{chairs:?}");
    tx.commit().await.done();

    let never = Constraint::ClientNeverVotes;
    let mut tx = begin(world).await;
    let member = NewMember { user_id: robot, role: Membership::Observer, weight: Weight::ONE };
    assert_eq!(violated(tx.organizations().put_members(organization, &[member]).await), never);
    drop(tx);
    let mut tx = begin(world).await;
    let now = tx.now().await.done();
    assert_eq!(violated(tx.attendance().insert_own(session, robot, now).await), never);
    drop(tx);
    for (holder, principal) in [(robot, hall.id(1)), (hall.id(1), robot)] {
        let mut tx = begin(world).await;
        let put = tx.attendance().put_proxy(session, holder, principal, JoinLeft::Left, now).await;
        assert_eq!(violated(put), never);
    }
    for (role, scope) in [
        (Role::VotingMember, Scope::Organization(organization)),
        (Role::VotingMember, Scope::Session(session)),
        (Role::Auditor, Scope::Global),
    ] {
        let mut tx = begin(world).await;
        let granted = tx.roles().insert(robot, &Appointment::by_operator(role, scope)).await;
        assert_eq!(violated(granted), never, "{role}");
    }
}

/// With a client its tokens and roles end, and what it did stays under its name.
pub async fn a_deleted_client_can_do_nothing(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let robot = client(&mut *tx, &hall, "Robot", "client-1").await;
    let scope = Scope::Organization(hall.organization.id);
    tx.roles().insert(robot.id.user(), &Appointment::by_operator(Role::Chair, scope)).await.done();
    let now = tx.now().await.done();
    let token = NewApiToken {
        user_id: robot.id.user(),
        name: TokenName::parse("nightly").expect("a name"),
        scopes: TokenScopes::ALL,
        token: TokenHash([7; 32]),
        created_at: now,
        expires_at: None,
    };
    tx.api_tokens().insert(&token).await.done();
    let line = |actor| AuditEntry {
        organization_id: Some(hall.organization.id),
        session_id: None,
        event_id: None,
        action: "organization.update",
        target: AuditTarget { table: "organizations", id: i64::from(hall.organization.id.get()) },
        actor,
        at: now,
        before: None,
        after: Some(json!({"name": "Other"})),
        log: LogPart::default(),
    };
    tx.audit().append(&[line(Some(robot.id.user())), line(Some(hall.id(0))), line(None)]).await.done();
    tx.commit().await.done();
    let queries = world.queries();
    let (_, user) = queries.api_token(TokenHash([7; 32])).await.done().expect("it works");
    assert_eq!(user.id, robot.id.user());

    let mut tx = begin(world).await;
    tx.users().set_disabled(robot.id.user(), Some(now)).await.done();
    tx.commit().await.done();
    assert!(queries.api_token(TokenHash([7; 32])).await.done().is_none(), "kept out");
    let mut tx = begin(world).await;
    tx.users().set_disabled(robot.id.user(), None).await.done();
    tx.clients().delete(robot.id, now).await.done();
    assert!(tx.roles().held(robot.id.user(), scope).await.done().here().is_empty());
    tx.commit().await.done();
    assert!(queries.api_token(TokenHash([7; 32])).await.done().is_none(), "gone");
    let log = queries.audit(hall.organization.id, &AuditFilter::default(), Page::first()).await.done();
    let names: Vec<_> = log.items.iter().map(|line| line.client.as_deref()).collect();
    assert_eq!(names, [None, None, Some("Robot")]);
}
