//! A whole sitting of 25 people, played over HTTP and compared with figures worked out by hand.
//!
//! The cast: an owner, a chair who hosts, 21 members `m03` to `m23` and two observers `o24` and `o25`.
//! Whoever is no observer has a vote of weight 1, so 23 people are entitled. The quorum is more than
//! half of them: 12 (half of 23 is 11½). One person may hold one proxy.

mod evening;
mod readme;
mod records;
mod sitting;
mod votes;

use serde_json::json;

use records::{check_attendance, check_audit, check_exports, check_minutes, check_papers};
use sitting::{Sitting, come_in, convene, give_proxies};
use votes::{
    ADJOURN_SUMMARY, check_the_motion, leave_a_motion_open, vote_in_the_election, vote_on_the_motion,
};

async fn close_the_session(sitting: &Sitting, open: i64, draft: i64) {
    sitting.person("m03").do_post(&sitting.path("close")).refused(403, "forbidden").await;
    let closed = sitting.person("ben").do_post(&sitting.path("close")).expect(200).await;
    assert_eq!(closed["status"], "closed");
    let event = sitting.person("ada").get(&format!("events/{open}")).expect(200).await;
    assert_eq!(event["state"], "closed", "what was open is counted");
    let result = sitting.person("m08").get(&format!("events/{open}/results")).expect(200).await;
    assert_eq!((&result["outcome"], &result["summary"]), (&json!("rejected"), &json!(ADJOURN_SUMMARY)));
    sitting.person("ben").do_post(&format!("events/{draft}/open")).refused(409, "session_closed").await;
    sitting.person("ben").do_post(&sitting.path("open")).refused(409, "session_closed").await;
    let code = json!({"join_code": sitting.code});
    for name in ["m03", "m23"] {
        sitting.person(name).post("sessions/join", &code).refused(404, "not_found").await;
    }
    sitting.proxy("ben", "m21", "m22").await.refused(409, "session_closed");
    // Results can still be released.
    assert_eq!(sitting.step(open, "release").await["state"], "released");

    // The code is free again: another session may have it.
    let (next, _) = sitting.organization.convene(sitting.person("ben"), "Next sitting").await;
    let again = sqlx::query("UPDATE sessions SET join_code = $1 WHERE id = $2")
        .bind(&sitting.code)
        .bind(i32::try_from(next).expect("an id"))
        .execute(sitting.server.database.pool());
    again.await.expect("a code of a closed session");
    let joined = sitting.join("m23").await;
    assert_eq!(joined["session"]["id"], next);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sitting_of_twenty_five() {
    let sitting = convene().await;
    come_in(&sitting).await;
    give_proxies(&sitting).await;
    let motion = vote_on_the_motion(&sitting).await;
    check_the_motion(&sitting, motion).await;
    let election = vote_in_the_election(&sitting).await;
    let open = leave_a_motion_open(&sitting).await;
    let draft = sitting.draft(&json!({"event_type": "motion", "name": "Not reached"})).await;
    close_the_session(&sitting, open, draft).await;
    check_attendance(&sitting).await;
    check_exports(&sitting).await;
    check_minutes(&sitting).await;
    check_papers(&sitting).await;
    check_audit(&sitting).await;
    // What was released stays as it was.
    check_the_motion(&sitting, motion).await;
    sitting.person("ben").do_post(&format!("events/{election}/close")).expect(200).await;
    sitting.server.stop().await;
}
