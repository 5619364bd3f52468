//! Who votes: a committee, a role, a list; settled by the rules or by the event, fixed when it opens.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Hall, Person, motion, refusal};

impl Hall {
    pub(crate) async fn organization(&self) -> Value {
        self.get(&self.at(""), &self.chair).await.json()["organization_id"].clone()
    }

    async fn committee(&self, name: &str, parent: Option<&Value>, seats: &[(usize, &str)]) -> Value {
        let path = format!("/api/v1/organizations/{}/committees", self.organization().await);
        let made = self.post(&path, &self.chair, &json!({"name": name, "parent_id": parent})).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let id = made.json()["id"].clone();
        for (member, role) in seats {
            let seat = format!("/api/v1/committees/{id}/members/{}", self.members[*member].id);
            let taken = self.send(Method::PUT, &seat, &self.chair, &json!({"user_role": role})).await;
            assert_eq!(taken.status, 201, "{}", taken.text());
        }
        id
    }

    /// Changes the organization's rules.
    pub(crate) async fn rules(&self, rules: &Value) -> super::Reply {
        let path = format!("/api/v1/organizations/{}", self.organization().await);
        self.send(Method::PATCH, &path, &self.chair, &json!({"data": {"rules": rules}})).await
    }

    async fn entitled(&self, event: i64) -> Value {
        let path = format!("/api/v1/events/{event}/turnout");
        self.get(&path, &self.chair).await.json()["entitled"].clone()
    }

    async fn refused(&self, event: i64, people: &[&Person]) {
        for person in people {
            let reply = self.cast(event, person, &json!({"vote_response": ["yes"]})).await;
            assert_eq!(reply.problem(), refusal(403, "not_entitled"), "{}", reply.text());
        }
    }
}

fn by(voters: &Value) -> Value {
    json!({"event_type": "motion", "name": "Budget", "data": {"voters": voters}})
}

#[tokio::test]
async fn a_committee_votes_alone_with_its_parts_or_without() {
    let hall = Hall::full(4).await;
    let [ann, bob, cem, dora] = [0, 1, 2, 3].map(|at| &hall.members[at]);
    let finance = hall.committee("Finance", None, &[(0, "member"), (1, "observer")]).await;
    hall.committee("Budget", Some(&finance), &[(2, "member")]).await;
    let alone = hall.open(&by(&json!({"committee": finance}))).await;
    assert_eq!(hall.entitled(alone).await, 1);
    hall.vote(alone, ann, "yes").await;
    hall.refused(alone, &[bob, cem, dora, &hall.chair]).await;
    // Who is in the session and comes into the committee while it votes joins the roll.
    let seat = format!("/api/v1/committees/{finance}/members/{}", dora.id);
    hall.refused(alone, &[dora]).await;
    hall.send(Method::PUT, &seat, &hall.chair, &json!({"user_role": "member"})).await;
    assert_eq!(hall.entitled(alone).await, 2);
    hall.vote(alone, dora, "no").await;
    hall.step(alone, "close").await;
    let whole = hall.open(&by(&json!({"committee": finance, "with_parts": true}))).await;
    assert_eq!(hall.entitled(whole).await, 3);
    for person in [ann, cem, dora] {
        hall.vote(whole, person, "yes").await;
    }
    hall.refused(whole, &[bob, &hall.chair]).await;
    let shown = hall.get(&format!("/api/v1/events/{whole}"), dora).await.json();
    assert_eq!(shown["data"]["voters"], json!({"committee": finance, "with_parts": true}));
}

#[tokio::test]
async fn who_is_given_a_vote_and_comes_while_others_vote_joins_the_roll_by_the_rule() {
    let hall = Hall::full(2).await;
    let seat = format!("/api/v1/organizations/{}/members/{}", hall.organization().await, hall.stranger.id);
    let put = async |role: &str| {
        let reply = hall.send(Method::PUT, &seat, &hall.chair, &json!({"user_role": role})).await;
        assert!(reply.status.as_u16() < 300, "{}", reply.text());
    };
    let joining = hall.open(&motion()).await;
    put("member").await;
    assert_eq!(hall.entitled(joining).await, 3, "a member who has not come does not join the roll");
    hall.join(&hall.stranger).await;
    assert_eq!(hall.entitled(joining).await, 4);
    hall.vote(joining, &hall.stranger, "yes").await;
    // Neither going nor losing the vote takes back what was cast.
    hall.post(&hall.at("/leave"), &hall.stranger, &json!({})).await;
    put("observer").await;
    let closed = hall.step(joining, "close").await;
    assert_eq!(closed["state"], "closed");
    let path = format!("/api/v1/events/{joining}/results");
    let results = hall.get(&path, &hall.chair).await.json();
    assert_eq!((&results["cast"]["people"], &results["entitled"]["people"]), (&json!(1), &json!(4)));
    let audit = format!("/api/v1/organizations/{}/audit?action=event.join_roll", hall.organization().await);
    let lines = hall.get(&audit, &hall.chair).await.json();
    assert_eq!(lines["items"][0]["changes"]["after"]["user_id"], hall.stranger.id, "{lines}");

    assert_eq!(hall.rules(&json!({"late_arrivals": "wait"})).await.status, 200);
    let waiting = hall.open(&motion()).await;
    put("member").await;
    hall.join(&hall.stranger).await;
    assert_eq!(hall.entitled(waiting).await, 3);
    let reply = hall.cast(waiting, &hall.stranger, &json!({"vote_response": ["yes"]})).await;
    assert_eq!(reply.problem(), refusal(403, "arrived_late"));
}

#[tokio::test]
async fn the_rules_say_who_votes_unless_the_event_does() {
    let hall = Hall::full(3).await;
    let finance = hall.committee("Finance", None, &[(0, "chair"), (1, "member")]).await;
    let settled = hall.rules(&json!({"voters": {"committee": finance}, "quorum": {"count": 2}})).await;
    assert_eq!(settled.json()["data"]["rules"]["voters"], json!({"committee": finance}));
    let attendance = hall.get(&hall.at("/attendance"), &hall.chair).await.json();
    assert_eq!(attendance["quorum"]["entitled"], 2, "the live figure is of those who vote: {attendance}");
    assert_eq!(attendance["voting_strength"], json!({"entitled": 2, "present": 2}), "{attendance}");
    let usual = hall.open(&motion()).await;
    assert_eq!(hall.entitled(usual).await, 2);
    hall.refused(usual, &[&hall.members[2]]).await;
    let opened = hall.get(&format!("/api/v1/events/{usual}"), &hall.chair).await.json();
    assert_eq!(opened["data"]["voters"], json!({"committee": finance}), "it stands with the event");
    hall.step(usual, "close").await;
    let listed = by(&json!({"users": [hall.members[2].id, hall.chair.id]}));
    let listed = hall.open(&listed).await;
    assert_eq!(hall.entitled(listed).await, 2);
    hall.vote(listed, &hall.members[2], "no").await;
    hall.refused(listed, &[&hall.members[0]]).await;
    let everybody = hall.open(&by(&json!({}))).await;
    assert_eq!(hall.entitled(everybody).await, 4);
}

#[tokio::test]
async fn a_role_votes_also_where_it_was_granted_to_guests() {
    let hall = Hall::full(2).await;
    let organization = hall.organization().await;
    let grant = async |role: &str, person: &Person, key: &str, id: &Value| {
        let body = json!({"role": role, "user_id": person.id, key: id});
        hall.post("/api/v1/role-grants", &hall.chair, &body).await
    };
    hall.rules(&json!({"joining": "anyone"})).await;
    hall.join(&hall.stranger).await;
    assert_eq!(grant("teller", &hall.members[0], "organization_id", &organization).await.status, 201);
    let tellers = hall.open(&by(&json!({"role": "teller"}))).await;
    hall.vote(tellers, &hall.members[0], "yes").await;
    hall.refused(tellers, &[&hall.members[1], &hall.chair, &hall.stranger]).await;
    let granted = grant("voting_member", &hall.stranger, "session_id", &json!(hall.session)).await;
    assert_eq!(granted.status, 201, "{}", granted.text());
    let members = hall.open(&motion()).await;
    hall.refused(members, &[&hall.stranger]).await;
    let voting = hall.open(&by(&json!({"role": "voting_member"}))).await;
    assert_eq!(hall.entitled(voting).await, 4);
    for person in [&hall.chair, &hall.members[0], &hall.members[1], &hall.stranger] {
        hall.vote(voting, person, "yes").await;
    }
    let counted = hall.step(voting, "close").await;
    assert_eq!(counted["status"], "inactive");
}

#[tokio::test]
async fn in_a_sitting_of_a_committee_its_members_vote() {
    let mut hall = Hall::of(3).await;
    let finance = hall.committee("Finance", None, &[(0, "chair"), (1, "member")]).await;
    let sitting = json!({
        "organization_id": hall.organization().await, "title": "Finance", "committee_id": finance,
    });
    let opened = hall.post("/api/v1/sessions", &hall.chair, &sitting).await.json();
    hall.session = opened["id"].as_i64().expect("an id");
    hall.code = opened["join_code"].as_str().expect("a code").to_owned();
    for person in hall.members.iter().chain([&hall.chair]) {
        hall.join(person).await;
    }
    let event = hall.open(&motion()).await;
    assert_eq!(hall.entitled(event).await, 2);
    hall.vote(event, &hall.members[1], "yes").await;
    hall.refused(event, &[&hall.members[2], &hall.chair]).await;
    hall.step(event, "close").await;
    let all = hall.open(&by(&json!({"role": "voting_member"}))).await;
    assert_eq!(hall.entitled(all).await, 4, "where the event says so, everybody");
}

#[tokio::test]
async fn voters_that_are_not_there_are_refused_with_words() {
    let hall = Hall::full(1).await;
    let path = hall.at("/events");
    for (voters, field) in [
        (json!({"committee": 2_000_000}), "data.voters.committee"),
        (json!({"users": [hall.stranger.id]}), "data.voters.users"),
        (json!({"role": "observer"}), "data.voters.role"),
        (json!({"role": "king"}), "data.voters.role"),
        (json!({"role": "chair", "users": [hall.chair.id]}), "data.voters"),
        (json!({"users": [], "with_parts": true}), "data.voters.with_parts"),
    ] {
        let reply = hall.post(&path, &hall.chair, &by(&voters)).await;
        assert_eq!(reply.wrong_fields(), [field], "{voters}");
    }
    let presets = json!({"quick_votes": [{"name": "x", "data": {"voters": {"committee": 2_000_000}}}]});
    let reply = hall.rules(&presets).await;
    assert_eq!(reply.wrong_fields(), ["data.rules.quick_votes[0].data.voters.committee"]);

    let finance = hall.committee("Finance", None, &[(0, "member")]).await;
    let draft = hall.draft(&by(&json!({"committee": finance}))).await;
    let dissolved = format!("/api/v1/committees/{finance}");
    assert_eq!(hall.send(Method::DELETE, &dissolved, &hall.chair, &json!({})).await.status, 204);
    let open = hall.post(&format!("/api/v1/events/{draft}/open"), &hall.chair, &json!({})).await;
    assert_eq!(open.problem(), refusal(409, "committee_gone"));
    let change = json!({"data": {"voters": {"users": [hall.members[0].id]}}});
    let event = format!("/api/v1/events/{draft}");
    assert_eq!(hall.send(Method::PATCH, &event, &hall.chair, &change).await.status, 200);
    hall.step(draft, "open").await;
    hall.vote(draft, &hall.members[0], "yes").await;
}
