//! What only this adapter can get wrong, and what a store's own writing never produces.

use plenum_domain::id::{EventId, OrganizationId, SessionId, UserId};
use plenum_ports::StoreError;
use plenum_ports::page::Page;
use plenum_ports::queries::{EventLine, Queries};

use super::PgQueries;
use crate::testing::TestDatabase;

/// A sitting hosted by the owner (1). A member (2) is in it and holds the votes of another member (3)
/// and of an observer (5), who never came; a guest (4) left and holds, by a mandate that was
/// revoked, the vote of a member (6). One draft (1), and one event (2) that is being voted on; the
/// observer was a member when it was opened.
const SITTING: &str = "
INSERT INTO users (name, andrew_id)
    SELECT 'Person ' || i, 'p' || i FROM generate_series(1, 7) AS i;
INSERT INTO organizations (name, data) VALUES ('Senate', '{}'), ('Elsewhere', '{}');
INSERT INTO organization_members (organization_id, user_id, user_role)
    VALUES (1, 1, 'owner'), (1, 2, 'member'), (1, 3, 'member'), (1, 5, 'observer'), (1, 6, 'member');
INSERT INTO sessions (organization_id, join_code, title, created_by_user_id)
    VALUES (1, 'ABCDEF', 'Spring', 1), (2, 'GHJKMN', 'No one', 7);
INSERT INTO user_sessions (user_id, session_id, proxy, join_left)
    VALUES (2, 1, 3, 'joined'), (2, 1, 5, 'joined'), (4, 1, 6, 'left'), (2, 1, NULL, 'joined');
INSERT INTO proxies (session_id, principal_user_id, holder_user_id, user_session_id,
                     created_by_user_id, created_at, state, stood_at, ended_at)
    VALUES (1, 3, 2, 1, 3, now(), 'standing', now(), NULL), (1, 5, 2, 2, 5, now(), 'standing', now(), NULL),
           (1, 6, 4, 3, 6, now(), 'revoked', now(), now());
INSERT INTO events (event_type, name, state, start_time, data, created_by_user_id, session_id,
                    created_at, opened_at, quorum)
    SELECT 'motion', 'Item', state, now(), '{}', 1, 1, now(), opened_at, quorum
    FROM (VALUES ('draft', NULL, NULL), ('active', now() - interval '1 hour', '{}'::jsonb))
        AS item (state, opened_at, quorum);
INSERT INTO electoral_roll (event_id, principal_user_id, vote_weight, present, holder_user_id, user_session_id)
    VALUES (2, 1, 1, false, NULL, NULL), (2, 2, 1, false, NULL, NULL), (2, 3, 1, false, NULL, NULL),
           (2, 5, 1, false, NULL, NULL), (2, 6, 1, false, 4, 3);
INSERT INTO attendance_log (session_id, user_id, change, at, by_user_id)
    VALUES (1, 1, 'joined', now() - interval '3 hours', 1), (1, 1, 'left', now() - interval '2 hours', 1),
           (1, 2, 'joined', now() - interval '3 hours', 2),
           (1, 3, 'joined', now() - interval '2 hours', 3), (1, 3, 'left', now(), 3);
";

async fn sitting() -> (TestDatabase, PgQueries) {
    let database = TestDatabase::new().await;
    sqlx::raw_sql(SITTING).execute(database.pool()).await.expect("the rows are allowed");
    let queries = PgQueries::new(database.pool().clone());
    (database, queries)
}

async fn event(queries: &PgQueries, id: i32, user: i32) -> EventLine {
    queries.event(EventId::new(id), UserId::new(user)).await.expect("it can be read").expect("it is there")
}

#[tokio::test]
async fn having_come_in_makes_a_participant() {
    let (_database, queries) = sitting().await;
    for (user, member, host, participant) in [
        (1, true, true, false),
        (2, true, false, true),
        (3, true, false, false),
        (4, false, false, false),
        (7, false, false, false),
    ] {
        let id = UserId::new(user);
        let line = queries.session(SessionId::new(1), id).await.expect("it can be read");
        let standing = line.expect("it is there").standing;
        assert_eq!(
            (standing.role.is_some(), standing.host, standing.participant),
            (member, host, participant),
            "person {user}"
        );
        assert_eq!(event(&queries, 2, user).await.line.standing, standing, "person {user}");
        let seen = queries.sessions(id, None, Page::first()).await.expect("it can be read").items;
        let ids: Vec<i32> = seen.iter().map(|line| line.session.id.get()).collect();
        let expected: &[i32] = match user {
            4 => &[],
            7 => &[2],
            _ => &[1],
        };
        assert_eq!(ids, expected, "person {user}: each sitting once");
        let narrowed = queries.sessions(id, Some(OrganizationId::new(1)), Page::first()).await;
        assert_eq!(narrowed.expect("it can be read").items.len(), usize::from(user <= 3), "person {user}");
        let current = queries.current_sessions(id).await.expect("it can be read");
        assert_eq!(current.len(), usize::from(![3, 4].contains(&user)), "person {user}");
    }
}

#[tokio::test]
async fn instances_are_held_against_the_roll() {
    let (_database, queries) = sitting().await;
    for (id, entitled) in [(1, [false, false, false]), (2, [true, true, true])] {
        let event = event(&queries, id, 2).await.event;
        let lines = queries.vote_instances(&event, UserId::new(2)).await.expect("it can be read");
        let principals: Vec<i32> = lines.iter().map(|line| line.principal.id.get()).collect();
        assert_eq!(principals, [2, 3, 5], "the own instance first, then by id");
        let on_roll: Vec<bool> = lines.iter().map(|line| line.instance.on_roll).collect();
        assert_eq!(on_roll, entitled, "event {id}");
        assert!(lines.iter().all(|line| line.instance.caster_present && line.instance.mandate_stands));
        assert!(lines.iter().all(|line| line.instance.principal_present == (line.principal.id.get() == 2)));
    }
    let event = event(&queries, 2, 4).await.event;
    let lines = queries.vote_instances(&event, UserId::new(4)).await.expect("it can be read");
    let [line] = lines.as_slice() else { panic!("one instance and not {}", lines.len()) };
    assert!(line.instance.on_roll && !line.instance.mandate_stands && !line.instance.caster_present);
}

#[tokio::test]
async fn attendees_are_who_came_and_who_is_represented() {
    let (_database, queries) = sitting().await;
    let lines = queries.attendees(SessionId::new(1)).await.expect("it can be read");
    let found: Vec<(i32, bool, bool, usize)> = lines
        .iter()
        .map(|line| (line.user.id.get(), line.member.is_some(), line.own.is_some(), line.entries.len()))
        .collect();
    assert_eq!(found, [(2, true, true, 1), (3, true, false, 2), (5, true, false, 0)]);
}

#[tokio::test]
async fn presence_that_reaches_into_the_vote_counts_and_so_does_a_proxy() {
    let (_database, queries) = sitting().await;
    let event = event(&queries, 2, 1).await.event;
    let count = queries.running_count(&event).await.expect("it can be read");
    let present: Vec<(i32, bool)> =
        count.roll.iter().map(|line| (line.principal.get(), line.present)).collect();
    assert_eq!(present, [(1, false), (2, true), (3, true), (5, false), (6, true)]);
    let turnout = queries.turnout(event.id).await.expect("it can be read");
    assert_eq!((turnout.entitled, turnout.present, turnout.voted), (5, 1, 0));
}

#[tokio::test]
async fn a_cursor_may_be_any_number() {
    let (_database, queries) = sitting().await;
    for after in [i64::MIN, -1, i64::from(i32::MAX) + 1, i64::MAX] {
        let page = Page::new(Some(1), Some(after)).expect("a page");
        let all = usize::from(after < 0);
        let members = queries.members(OrganizationId::new(1), page).await.expect("it can be read");
        assert_eq!(members.items.len(), all, "after {after}");
        let sessions = queries.sessions(UserId::new(1), None, page).await.expect("it can be read");
        assert_eq!(sessions.items.len(), 1 - all, "below {after}");
        let event = event(&queries, 2, 1).await.event;
        assert_eq!(queries.votes(&event, page).await.expect("it can be read").items.len(), 0);
        assert_eq!(queries.missing(event.id, page).await.expect("it can be read").items.len(), all);
    }
}

async fn ready_after(statement: &'static str) -> bool {
    let database = TestDatabase::new().await;
    sqlx::query(statement).execute(database.pool()).await.expect(statement);
    PgQueries::new(database.pool().clone()).ready().await.expect("the database answers")
}

#[tokio::test]
async fn a_migrated_database_is_ready() {
    assert!(ready_after("SELECT 1").await);
}

#[tokio::test]
async fn another_schema_is_not_ready() {
    for statement in [
        "DROP TABLE _sqlx_migrations",
        "TRUNCATE _sqlx_migrations",
        "UPDATE _sqlx_migrations SET success = false",
        "UPDATE _sqlx_migrations SET checksum = 'changed afterwards'",
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (999999, 'of a newer program', true, 'unknown', 0)",
    ] {
        assert!(!ready_after(statement).await, "{statement}");
    }
}

#[tokio::test]
async fn an_empty_database_is_not_ready() {
    let database = TestDatabase::open_empty().await.expect("a server to test on");
    assert!(!PgQueries::new(database.pool().clone()).ready().await.expect("the database answers"));
}

#[tokio::test]
async fn a_database_that_does_not_answer_says_why() {
    let database = TestDatabase::new().await;
    let queries = PgQueries::new(database.pool().clone());
    database.pool().close().await;
    assert!(matches!(queries.ready().await, Err(StoreError::Unavailable(_))));
}
