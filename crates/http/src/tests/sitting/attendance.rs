use axum::http::Method;
use chrono::TimeDelta;
use plenum_application::use_cases::CloseDuePresenceCheck;
use plenum_domain::id::PresenceCheckId;
use serde_json::{Value, json};

use super::{Hall, refusal};
use crate::tests::world::{Person, Reply};

impl Hall {
    /// Gives a member's vote a weight.
    pub(crate) async fn weigh(&self, person: &Person, weight: u32) {
        let organization = self.organization().await;
        let path = format!("/api/v1/organizations/{organization}/members/{}", person.id);
        let body = json!({"user_role": "member", "vote_weight": weight});
        let reply = self.send(Method::PUT, &path, &self.chair, &body).await;
        assert!(reply.status.is_success(), "{}", reply.text());
    }

    async fn try_to_join(&self, person: &Person) -> Reply {
        self.post("/api/v1/sessions/join", person, &json!({"join_code": self.code})).await
    }

    async fn mark(&self, person: &Person, body: &Value) -> Reply {
        let path = self.at(&format!("/attendance/{}", person.id));
        self.send(Method::PUT, &path, &self.chair, body).await
    }
}

#[tokio::test]
async fn who_enters_the_code_waits_for_the_host() {
    let hall = Hall::of(2).await;
    let (ann, bob) = (&hall.members[0], &hall.members[1]);
    let rules = hall.rules(&json!({"joining": "anyone", "attendance": {"admission": "host"}})).await;
    assert_eq!(rules.status, 200, "{}", rules.text());
    assert_eq!(hall.try_to_join(&hall.chair).await.status, 200, "the host waits for nobody");
    for _ in 0..2 {
        let reply = hall.try_to_join(ann).await;
        assert_eq!(reply.status, 202);
        let answer = reply.json();
        assert_eq!((&answer["status"], &answer["user_sessions"]), (&json!("waiting"), &json!([])));
    }
    assert_eq!(hall.try_to_join(&hall.stranger).await.status, 202, "a guest waits too");
    let me = hall.get("/api/v1/me", &hall.stranger).await.json();
    assert_eq!(
        (&me["waiting"][0]["session_id"], &me["waiting"][0]["status"]),
        (&json!(hall.session), &json!("waiting"))
    );
    assert_eq!(hall.get(&hall.at("/attendance"), ann).await.problem(), refusal(403, "forbidden"));
    let path = hall.at("/waiting-list");
    assert_eq!(hall.get(&path, bob).await.problem(), refusal(403, "forbidden"));
    let first = hall.get(&format!("{path}?limit=1"), &hall.chair).await.json();
    assert_eq!(
        (&first["items"][0]["user"]["id"], &first["items"][0]["user_role"]),
        (&json!(ann.id), &json!("member"))
    );
    assert!(first["next"].is_number());

    let word = async |person: &Person, word: &str, by| {
        hall.post(&format!("{path}/{}/{word}", person.id), by, &json!({})).await
    };
    assert_eq!(word(ann, "admit", bob).await.problem(), refusal(403, "forbidden"));
    assert_eq!(word(bob, "admit", &hall.chair).await.problem(), refusal(409, "not_waiting"));
    for _ in 0..2 {
        assert_eq!(word(ann, "admit", &hall.chair).await.json()["join_left"], "joined");
    }
    assert_eq!(word(ann, "refuse", &hall.chair).await.problem(), refusal(409, "not_waiting"));
    assert_eq!(word(&hall.stranger, "refuse", &hall.chair).await.status, 204);
    assert_eq!(hall.try_to_join(&hall.stranger).await.problem(), refusal(403, "admission_refused"));
    let me = hall.get("/api/v1/me", &hall.stranger).await.json();
    assert_eq!(me["waiting"][0]["status"], "refused");
    assert_eq!(word(&hall.stranger, "admit", &hall.chair).await.status, 200, "the host thinks again");
    assert_eq!(hall.get("/api/v1/me", &hall.stranger).await.json()["waiting"], json!([]));
    hall.post(&hall.at("/leave"), ann, &json!({})).await;
    assert_eq!(hall.try_to_join(ann).await.status, 200, "who was in comes back");
    assert_eq!(hall.try_to_join(bob).await.status, 202);
    assert_eq!(hall.mark(bob, &json!({"status": "present"})).await.status, 200);
    assert_eq!(hall.get(&path, &hall.chair).await.json()["items"], json!([]));
}

#[tokio::test]
async fn corrections_say_what_was_true_and_leave_the_record() {
    let hall = Hall::of(2).await;
    let (ann, bob) = (&hall.members[0], &hall.members[1]);
    hall.join(ann).await;
    hall.world.store.advance(TimeDelta::minutes(30));
    let seen = async |person: &Person, at: &str| {
        let list = hall.get(&hall.at(&format!("/attendance?at={at}")), &hall.chair).await.json();
        let line =
            list["attendees"].as_array().and_then(|all| all.iter().find(|one| one["user_id"] == person.id));
        line.is_some_and(|line| line["present"] == true)
    };
    let (from, until) = ("2026-03-01T19:10:00Z", "2026-03-01T19:20:00Z");
    for (body, field) in [
        (json!({"status": "absent", "until": until, "reason": "x"}), "since"),
        (json!({"status": "absent", "since": until, "until": from, "reason": "x"}), "until"),
        (json!({"status": "absent", "since": "2026-03-01T18:00:00Z", "reason": "x"}), "since"),
        (json!({"status": "absent", "since": "2026-03-01T20:00:00Z", "reason": "x"}), "since"),
        (json!({"status": "absent", "since": from, "until": "2026-03-01T20:00:00Z", "reason": "x"}), "until"),
        (json!({"status": "absent", "since": from, "reason": " "}), "reason"),
    ] {
        assert_eq!(hall.mark(ann, &body).await.wrong_fields(), [field], "{body}");
    }
    let unexplained = hall.mark(ann, &json!({"status": "absent", "since": from})).await;
    assert_eq!(unexplained.problem(), refusal(409, "reason_required"));
    let outside = json!({"status": "absent", "since": from, "until": until, "reason": "Was outside."});
    assert_eq!(hall.mark(ann, &outside).await.json()["join_left"], "joined", "they are in now");
    for (at, present) in [("2026-03-01T19:05:00Z", true), (from, false), (until, true)] {
        assert_eq!(seen(ann, at).await, present, "{at}");
    }
    let there = json!({"status": "present", "since": from, "until": until, "reason": "Forgot to join."});
    assert_eq!(hall.mark(bob, &there).await.json()["join_left"], "left", "only then");
    assert_eq!((seen(bob, from).await, seen(bob, until).await), (true, false));
    let gone = json!({"status": "absent", "since": "2026-03-01T19:25:00Z", "reason": "Left early."});
    assert_eq!(hall.mark(ann, &gone).await.json()["join_left"], "left", "and still is");
    let list = hall.get(&hall.at("/attendance"), &hall.chair).await.json();
    let line = &list["attendees"][0];
    assert_eq!((&line["corrected"], &line["intervals"].as_array().map(Vec::len)), (&json!(true), &Some(2)));
    assert_eq!(line["intervals"][1]["until"], "2026-03-01T19:25:00Z");
    let organization = hall.organization().await;
    let audit = hall.get(&format!("/api/v1/organizations/{organization}/audit"), &hall.chair).await;
    let audit = audit.text();
    assert!(audit.contains("Was outside.") && audit.contains("session.correct_presence"), "{audit}");
}

#[tokio::test]
async fn the_attendance_comes_in_pieces_with_its_figures_first() {
    let hall = Hall::full(3).await;
    hall.weigh(&hall.members[0], 5).await;
    hall.post(&hall.at("/leave"), &hall.members[1], &json!({})).await;
    let first = hall.get(&hall.at("/attendance?limit=2"), &hall.chair).await.json();
    assert_eq!((&first["headcount"], &first["attendees"].as_array().map(Vec::len)), (&json!(3), &Some(2)));
    assert_eq!(first["voting_strength"], json!({"entitled": 8, "present": 7}));
    let rest =
        hall.get(&hall.at(&format!("/attendance?limit=2&after={}", first["next"])), &hall.chair).await.json();
    assert_eq!((&rest["headcount"], &rest["quorum"]), (&first["headcount"], &first["quorum"]));
    assert_eq!(rest["next"], Value::Null);
    let ids = |piece: &Value| -> Vec<Value> {
        piece["attendees"].as_array().expect("a list").iter().map(|one| one["user_id"].clone()).collect()
    };
    let mut all = ids(&first);
    all.extend(ids(&rest));
    assert_eq!(all, ids(&hall.get(&hall.at("/attendance"), &hall.chair).await.json()));
    let then = hall.get(&hall.at("/attendance?limit=1&at=2026-03-01T19:00:00Z"), &hall.chair).await.json();
    assert_eq!((&then["headcount"], &then["attendees"].as_array().map(Vec::len)), (&json!(3), &Some(1)));
    assert_eq!(hall.get(&hall.at("/attendance?limit=0"), &hall.chair).await.wrong_fields(), ["limit"]);
}

#[tokio::test]
async fn a_presence_check_sets_absent_who_does_not_answer() {
    let hall = Hall::full(4).await;
    let [ann, bob, eve, dan] = [&hall.members[0], &hall.members[1], &hall.members[2], &hall.members[3]];
    hall.post(&hall.at("/leave"), dan, &json!({})).await;
    hall.proxy(dan, bob).await;
    let path = hall.at("/presence-checks");
    assert_eq!(hall.post(&path, ann, &json!({})).await.problem(), refusal(403, "forbidden"));
    assert_eq!(hall.post(&path, &hall.chair, &json!({"seconds": 1})).await.wrong_fields(), ["seconds"]);
    let check = hall.post(&path, &hall.chair, &json!({"seconds": 30, "sets_absent": true})).await.json();
    assert_eq!(check["closes_at"], "2026-03-01T19:00:30Z");
    let second = hall.post(&path, &hall.chair, &json!({})).await;
    assert_eq!(second.problem(), refusal(409, "presence_check_running"));
    let answer = hall.at(&format!("/presence-checks/{}/answer", check["id"]));
    for _ in 0..2 {
        assert_eq!(hall.post(&answer, ann, &json!({})).await.status, 200);
    }
    hall.join(dan).await;
    assert_eq!(hall.post(&answer, dan, &json!({})).await.problem(), refusal(409, "not_asked"));
    hall.post(&hall.at("/leave"), dan, &json!({})).await;
    hall.post(&hall.at("/leave"), eve, &json!({})).await;

    let id = check["id"].as_i64().and_then(|id| i32::try_from(id).ok()).expect("an id");
    let due = CloseDuePresenceCheck { check_id: PresenceCheckId::new(id) };
    assert!(!hall.world.app.run(&due).await.expect("not yet"));
    hall.world.store.advance(TimeDelta::seconds(30));
    assert_eq!(hall.post(&answer, bob, &json!({})).await.problem(), refusal(409, "presence_check_over"));
    let waiting = hall.world.app.queries.due_presence_checks().await.expect("a list");
    assert_eq!(waiting, [PresenceCheckId::new(id)]);
    assert!(hall.world.app.run(&due).await.expect("its time is up"));
    assert!(!hall.world.app.run(&due).await.expect("once"));

    let result = hall.get(&format!("{path}/{id}?limit=2"), &hall.chair).await.json();
    let figures = (&result["asked"], &result["answered"], &result["set_absent"]);
    assert_eq!(figures, (&json!(4), &json!(2), &json!(1)), "chair and Ann answered, Eve had left before");
    assert!(result["people"]["next"].is_number());
    let own = hall.get(&format!("{path}/{id}"), ann).await.json();
    assert_eq!((&own["answered"], &own["people"]), (&json!(2), &Value::Null), "names are for the host");
    let list = hall.get(&path, ann).await.json();
    assert_eq!(list["items"][0]["set_absent"], 1);
    let instances = hall.get(&hall.at("/attendance"), &hall.chair).await.json();
    assert_eq!(instances["headcount"], 2);
    assert_eq!(instances["voting_strength"]["present"], 2, "with the votes Bob holds");
    assert_eq!(hall.join(bob).await.as_array().map(Vec::len), Some(2), "and they come back with him");
    assert_eq!(hall.get(&format!("{path}/999"), &hall.chair).await.problem(), refusal(404, "not_found"));
}

#[tokio::test]
async fn a_presence_check_ends_early_and_with_its_sitting() {
    let hall = Hall::full(2).await;
    let path = hall.at("/presence-checks");
    let check = hall.post(&path, &hall.chair, &json!({})).await.json();
    assert_eq!((&check["sets_absent"], &check["closes_at"]), (&json!(false), &json!("2026-03-01T19:01:00Z")));
    let close = format!("{path}/{}/close", check["id"]);
    assert_eq!(hall.post(&close, &hall.members[0], &json!({})).await.problem(), refusal(403, "forbidden"));
    let closed = hall.post(&close, &hall.chair, &json!({})).await.json();
    assert_eq!(closed["closed_at"], "2026-03-01T19:00:00Z");
    assert_eq!(
        hall.post(&close, &hall.chair, &json!({})).await.json(),
        closed,
        "ending it twice changes nothing"
    );
    let attendance = hall.get(&hall.at("/attendance"), &hall.chair).await.json();
    assert_eq!(attendance["headcount"], 3, "nobody was to be set absent");
    hall.post(&path, &hall.chair, &json!({"sets_absent": true})).await;
    hall.post(&hall.at("/close"), &hall.chair, &json!({})).await;
    let list = hall.get(&path, &hall.chair).await.json();
    assert_eq!(
        (&list["items"][0]["set_absent"], list["items"][0]["closed_at"].is_string()),
        (&json!(0), true)
    );
    assert_eq!(hall.post(&path, &hall.chair, &json!({})).await.problem(), refusal(409, "session_closed"));
}
