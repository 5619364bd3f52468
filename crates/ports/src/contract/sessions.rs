//! Sittings.

use plenum_domain::session::{Session, SessionStatus};

use super::World;
use super::fixture::{Done, Hall, begin, code, meanwhile, new_session, title};
use crate::repository::{NewScreenLink, TokenHash};

/// A sitting comes back by id, under each lock, and by its code.
pub async fn a_sitting_is_found_by_id_and_code(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let before = tx.now().await.done();
    let new = new_session(&hall.organization, &hall.people[0], "7QK2MD");
    let made = tx.sessions().insert(&new).await.done().expect("the code is free");
    let after = tx.now().await.done();
    assert!((before..=after).contains(&made.created_at));
    let expected = Session {
        id: made.id,
        organization_id: hall.organization.id,
        join_code: code("7QK2MD"),
        title: title("General assembly"),
        status: SessionStatus::Open,
        created_by_user_id: hall.id(0),
        created_at: made.created_at,
    };
    assert_eq!(made, expected);
    tx.commit().await.done();

    let mut tx = begin(world).await;
    assert_eq!(tx.sessions().get(made.id).await.done(), Some(made.clone()));
    assert_eq!(tx.sessions().get_for_share(made.id).await.done(), Some(made.clone()));
    assert_eq!(tx.sessions().get_for_update(made.id).await.done(), Some(made.clone()));
    assert_eq!(tx.sessions().find_by_code_for_share(&code("7qk-2md")).await.done(), Some(made));
    assert_eq!(tx.sessions().find_by_code_for_share(&code("ZZZZZZ")).await.done(), None);
}

/// A code in use is told apart from an error: the same transaction goes on with another code.
pub async fn a_code_in_use_is_refused_and_another_one_taken(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    tx.commit().await.done();

    let mut tx = begin(world).await;
    let taken = new_session(&hall.organization, &hall.people[0], "AAAAA1");
    assert_eq!(tx.sessions().insert(&taken).await.done(), None);
    let free = new_session(&hall.organization, &hall.people[0], "AAAAA2");
    let made = tx.sessions().insert(&free).await.done().expect("the code is free");
    assert_eq!(tx.sessions().insert(&free).await.done(), None, "in use by this very transaction");
    tx.commit().await.done();
    let mut tx = begin(world).await;
    assert_eq!(tx.sessions().get(made.id).await.done(), Some(made));
}

/// Every status comes back, with the moment of the close.
pub async fn statuses_come_back(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let at = tx.now().await.done();
    for status in [SessionStatus::Locked, SessionStatus::Open, SessionStatus::Closed { at }] {
        tx.sessions().set_status(hall.session.id, status).await.done();
        let found = tx.sessions().get(hall.session.id).await.done();
        assert_eq!(found, Some(Session { status, ..hall.session.clone() }));
    }
}

/// A locked sitting keeps its code; a closed one is not found by it and leaves it to others.
pub async fn a_closed_sitting_frees_its_code(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let again = new_session(&hall.organization, &hall.people[0], "AAAAA1");
    tx.sessions().set_status(hall.session.id, SessionStatus::Locked).await.done();
    assert_eq!(tx.sessions().insert(&again).await.done(), None);
    let found = tx.sessions().find_by_code_for_share(&code("AAAAA1")).await.done();
    assert_eq!(found.map(|session| session.id), Some(hall.session.id));

    hall.end(&mut *tx).await;
    assert_eq!(tx.sessions().find_by_code_for_share(&code("AAAAA1")).await.done(), None);
    let made = tx.sessions().insert(&again).await.done().expect("the code is free again");
    assert_ne!(made.id, hall.session.id);
    tx.commit().await.done();
    let mut tx = begin(world).await;
    assert_eq!(tx.sessions().find_by_code_for_share(&code("AAAAA1")).await.done(), Some(made));
}

/// Of two transactions that take the same code at once, the second one learns that it is in use.
pub async fn two_sittings_never_share_a_code(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    tx.commit().await.done();
    let new = new_session(&hall.organization, &hall.people[0], "SAME11");

    let mut first = begin(world).await;
    let made = first.sessions().insert(&new).await.done();
    assert!(made.is_some());
    let store = world.store();
    let second = tokio::spawn(async move {
        let mut tx = store.begin().await.done();
        tx.sessions().insert(&new).await.done()
    });
    meanwhile(&mut *first).await;
    first.commit().await.done();
    assert_eq!(second.await.expect("it ends"), None);
}

/// A join that meets a close under way waits for it and finds the sitting closed.
pub async fn a_join_waits_for_a_close(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    tx.commit().await.done();
    let id = hall.session.id;

    let mut close = begin(world).await;
    close.sessions().get_for_update(id).await.done();
    let store = world.store();
    let join = tokio::spawn(async move {
        let mut tx = store.begin().await.done();
        let by_code = tx.sessions().find_by_code_for_share(&code("AAAAA1")).await.done();
        let by_id = tx.sessions().get_for_share(id).await.done();
        (by_code, by_id.map(|session| session.status.is_closed()))
    });
    meanwhile(&mut *close).await;
    hall.end(&mut *close).await;
    close.commit().await.done();
    assert_eq!(join.await.expect("it ends"), (None, Some(true)));
}

/// A link leads to its sitting's screen until another one or nothing takes its place.
pub async fn a_screen_has_one_link_that_can_be_ended(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let (id, at) = (hall.session.id, tx.now().await.done());
    assert!(!tx.sessions().delete_screen(id).await.done(), "there is none");
    let link = |token: u8| NewScreenLink { session_id: id, token: TokenHash([token; 32]), created_at: at };
    assert!(!tx.sessions().put_screen(&link(1)).await.done(), "it takes nothing's place");
    tx.commit().await.done();
    let queries = world.queries();
    assert_eq!(queries.screen(TokenHash([1; 32])).await.done(), Some(id));
    assert_eq!(queries.screen_since(id).await.done(), Some(at));

    let mut tx = begin(world).await;
    assert!(tx.sessions().put_screen(&link(2)).await.done(), "the first one ends");
    tx.commit().await.done();
    assert_eq!(queries.screen(TokenHash([1; 32])).await.done(), None);
    assert_eq!(queries.screen(TokenHash([2; 32])).await.done(), Some(id));

    let mut tx = begin(world).await;
    assert!(tx.sessions().delete_screen(id).await.done());
    tx.commit().await.done();
    assert_eq!(queries.screen(TokenHash([2; 32])).await.done(), None);
    assert_eq!(queries.screen_since(id).await.done(), None);
}
