//! Nominations, and several elections on one page.

use serde_json::{Value, json};

use super::journeys::{key, led, look, send};
use super::{HOSTILE, Sample};
use crate::tests::sitting::{Hall, motion};
use crate::web::offices::{NewOffices, NomineeView, OfficeView, Offices, Row};
use crate::web::page::Page;

fn hostile() -> String {
    HOSTILE.to_owned()
}

impl Sample for Offices {
    fn samples(page: &Page) -> Vec<Self> {
        let nominee = |id: i32, me: bool, accepted: bool, declined: bool| NomineeView {
            id,
            name: hostile(),
            by: me.then(hostile),
            state: "nominee.proposed",
            tone: "warn",
            statement: if accepted { hostile() } else { String::new() },
            me,
            accepted,
            declined,
        };
        let nominees = vec![
            nominee(1, true, false, false),
            nominee(2, true, true, false),
            nominee(3, false, false, true),
            nominee(4, false, true, false),
        ];
        let office = |id: i32, election, nominees: &[NomineeView]| OfficeView {
            id,
            name: hostile(),
            seats: 2,
            method: if election == Some(9) { "qpq" } else { "irv" }.to_owned(),
            secrecy: "secret".to_owned(),
            election,
            nominees: nominees
                .iter()
                .map(|one| NomineeView { id: one.id + 10 * id, ..one.clone() })
                .collect(),
            standing: 1,
            mine: false,
        };
        let page = |prepares: bool, nominates: bool, offices, wrong| Self {
            page: page.clone().following("/api/v1/sessions/7/live"),
            session: 7,
            session_title: hostile(),
            closed: !prepares && !nominates,
            prepares,
            opens: prepares,
            nominates,
            oneself: nominates,
            people: vec![hostile()],
            offices,
            wrong,
        };
        let both = vec![office(1, None, &nominees), office(2, Some(9), &nominees)];
        vec![
            page(false, false, Vec::new(), None),
            page(false, true, both.clone(), Some((1, hostile()))),
            page(true, true, both, None),
        ]
    }
}

impl Sample for NewOffices {
    fn samples(page: &Page) -> Vec<Self> {
        let new = |rows, wrong| Self {
            page: page.clone(),
            session: 7,
            session_title: hostile(),
            rows,
            secrecy: "secret".to_owned(),
            abstain: true,
            live: true,
            proxy: true,
            proxies_allowed: true,
            wrong,
        };
        let row = Row { name: hostile(), seats: hostile(), method: "irv".to_owned() };
        vec![new(vec![row.clone()], Vec::new()), new(vec![row.clone(), row], vec![hostile()])]
    }
}

/// The numbers behind every place that begins so, each once and in order.
fn numbers(html: &str, beginning: &str) -> Vec<i64> {
    let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
    let mut numbers: Vec<i64> =
        html.split(beginning).skip(1).filter_map(|rest| digits(rest).parse().ok()).collect();
    numbers.dedup();
    numbers
}

/// Every field of a choice on a page, by its name, in order.
fn fields(html: &str) -> Vec<String> {
    let mut names: Vec<String> = html
        .split("name=\"vote-")
        .skip(1)
        .map(|rest| format!("vote-{}", rest.split('"').next().expect("a field")))
        .collect();
    names.dedup();
    names
}

#[tokio::test]
async fn nominations_become_ballots_that_are_cast_together() {
    let hall = Hall::full(2).await;
    let world = &hall.world;
    let (ann, bob) = (&hall.members[0], &hall.members[1]);
    let sitting = format!("/sessions/{}", hall.session);
    let path = format!("{sitting}/offices");
    assert!(look(world, &format!("{sitting}/console"), &hall.chair).await.contains(&path));
    assert!(look(world, &path, &hall.chair).await.contains(&format!("{path}/new")));
    let form = look(world, &format!("{path}/new"), &hall.chair).await;
    assert_eq!(form.matches("<fieldset class=\"office\">").count(), 3);

    // Room for more keeps what is filled in; mistakes are said, and nothing is opened.
    let typed =
        [("name-0", "President"), ("seats-0", "1"), ("method-0", "irv"), ("more", "yes"), ("name-2", "")];
    let more = send(world, &path, &hall.chair, &typed).await;
    assert_eq!(more.text().matches("<fieldset class=\"office\">").count(), 6, "{}", more.text());
    assert!(more.text().contains("value=\"President\"") && more.text().contains("value=\"irv\" selected"));
    let wrong = [("name-0", "President"), ("seats-0", "none"), ("method-0", "irv"), ("secrecy", "standard")];
    let wrong = send(world, &path, &hall.chair, &wrong).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("Seats must be a whole number."), "{}", wrong.text());
    assert_eq!(send(world, &path, &hall.chair, &[("name-0", " ")]).await.status, 422);

    let offices = [
        ("key", key(&form)),
        ("name-0", "President".to_owned()),
        ("seats-0", "1".to_owned()),
        ("method-0", "plurality".to_owned()),
        ("name-1", "Treasurer".to_owned()),
        ("seats-1", "1".to_owned()),
        ("method-1", "plurality".to_owned()),
        ("name-2", String::new()),
        ("secrecy", "standard".to_owned()),
    ];
    let offices: Vec<(&str, &str)> = offices.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for _ in 0..2 {
        let opened = send(world, &path, &hall.chair, &offices).await;
        assert_eq!(led(&opened), format!("{path}?note=nominations_open"));
    }
    assert_eq!(send(world, &path, ann, &offices).await.status, 403);
    let page = look(world, &path, ann).await;
    let [president, treasurer] = numbers(&page, "id=\"office-")[..] else { panic!("two offices: {page}") };
    assert!(page.contains("Treasurer") && page.matches("class=\"card accent\"").count() == 2, "{page}");

    // Ann stands for the first, and puts Bob forward for both.
    let stand = [("oneself", "yes"), ("statement", "I have kept the minutes.")];
    led(&send(world, &format!("{path}/{president}/nominate"), ann, &stand).await);
    for office in [president, treasurer] {
        let put = [("person", "Person member1 (member1)")];
        let put = send(world, &format!("{path}/{office}/nominate"), ann, &put).await;
        assert_eq!(led(&put), format!("{path}?note=nominated"));
    }
    let again = send(world, &format!("{path}/{president}/nominate"), ann, &[("oneself", "yes")]).await;
    assert_eq!(again.status, 409);
    assert!(again.text().contains("already nominated") && again.text().contains("I have kept the minutes."));
    let nobody = send(world, &format!("{path}/{president}/nominate"), ann, &[("person", "Nobody")]).await;
    assert_eq!(nobody.status, 422);

    // Bob learns of it in the sitting, and stands for the second only.
    let asked = look(world, &sitting, bob).await;
    assert!(asked.contains("You are put forward: President."), "{asked}");
    let page = look(world, &path, bob).await;
    let [first, second] = numbers(&page, "/nominations/")[..] else { panic!("two nominations: {page}") };
    let decline = send(world, &format!("{sitting}/nominations/{first}/decline"), bob, &[]).await;
    assert_eq!(led(&decline), format!("{path}?note=nomination_declined"));
    let accept = format!("{sitting}/nominations/{second}/accept");
    assert_eq!(send(world, &accept, ann, &[]).await.status, 403);
    led(&send(world, &accept, bob, &[("statement", "Numbers, please.")]).await);
    assert!(!look(world, &sitting, bob).await.contains("You are put forward"));

    // The ballots are made and opened at once; each has one page with both, and casts both.
    let none = send(world, &format!("{sitting}/elections"), &hall.chair, &[]).await;
    assert_eq!(none.status, 422);
    let (one, two) = (president.to_string(), treasurer.to_string());
    let close = [("office", one.as_str()), ("office", two.as_str()), ("open", "yes")];
    assert_eq!(send(world, &format!("{sitting}/elections"), ann, &close).await.status, 403);
    let closed = send(world, &format!("{sitting}/elections"), &hall.chair, &close).await;
    assert_eq!(led(&closed), format!("{sitting}/console?note=voting"));
    let late = send(world, &format!("{path}/{president}/nominate"), bob, &[("oneself", "yes")]).await;
    assert_eq!(late.status, 409);
    let page = look(world, &sitting, bob).await;
    assert!(page.contains("Numbers, please.") && page.contains("I have kept the minutes."), "{page}");
    assert!(page.contains("Review my 2 votes"), "{page}");
    let fields = fields(&page);
    assert_eq!(fields.len(), 2, "{fields:?}");
    let filled = [(fields[0].as_str(), "Person member0"), (fields[1].as_str(), "Person member1")];
    let review = send(world, &format!("{sitting}/review"), bob, &filled).await;
    assert!(review.text().contains(&format!("action=\"{sitting}/cast\"")), "{}", review.text());
    assert!(review.text().contains("Cast 2 votes") && review.text().contains(">Treasurer</h2>"));
    let key = key(review.text());
    let cast = [filled[0], filled[1], ("key", &key)];
    for _ in 0..2 {
        let cast = send(world, &format!("{sitting}/cast"), bob, &cast).await;
        assert_eq!(led(&cast), format!("{sitting}?note=cast_together"));
    }
    assert_eq!(look(world, &sitting, bob).await.matches("Accepted. This vote is cast").count(), 2);
    for event in events(&hall).await {
        hall.step(event, "close").await;
        let results = hall.get(&format!("/api/v1/events/{event}/results"), &hall.chair).await.json();
        assert_eq!(results["options"][0]["votes"], 1, "{results}");
    }
    assert_eq!(world.get(&path).by(&hall.stranger).send().await.status, 404);
    let page = look(world, &path, ann).await;
    assert!(page.contains("To the election") && !page.contains("/nominate\""), "{page}");
}

async fn events(hall: &Hall) -> Vec<i64> {
    let events = hall.get(&hall.at("/events"), &hall.chair).await.json();
    let ids = events["items"].as_array().expect("events").iter();
    ids.map(|event| event["id"].as_i64().expect("an id")).collect()
}

#[tokio::test]
async fn nothing_is_cast_together_when_one_of_the_votes_is_in_the_way() {
    let hall = Hall::full(4).await;
    let world = &hall.world;
    let voter = &hall.members[0];
    let sitting = format!("/sessions/{}", hall.session);
    let rank = json!({"event_type": "election", "name": "Council", "data":
        {"vote_options": ["Ann", "Bob"], "secrecy": "secret", "method": {"name": "irv"}}});
    let (one, two) = (hall.draft(&motion()).await, hall.draft(&rank).await);
    let console = look(world, &format!("{sitting}/console"), &hall.chair).await;
    assert!(console.contains("Open several at once"), "{console}");
    let (first, second) = (one.to_string(), two.to_string());
    let both = [("event", first.as_str()), ("event", second.as_str())];
    assert_eq!(send(world, &format!("{sitting}/open-together"), &hall.chair, &[]).await.status, 422);
    led(&send(world, &format!("{sitting}/open-together"), &hall.chair, &both).await);
    let page = look(world, &sitting, voter).await;
    let own = numbers(&page, &format!("name=\"rank-{two}-"))[0];
    let (yes, ann, bob) =
        (format!("vote-{one}-{own}"), format!("rank-{two}-{own}-0"), format!("rank-{two}-{own}-1"));

    let twice = [(yes.as_str(), "yes"), (ann.as_str(), "1"), (bob.as_str(), "1")];
    let twice = send(world, &format!("{sitting}/review"), voter, &twice).await;
    assert!(twice.text().contains("Two choices have the same place"), "{}", twice.text());
    assert!(twice.text().contains("value=\"yes\" checked"), "{}", twice.text());
    let filled = [(yes.as_str(), "yes"), (ann.as_str(), "2"), (bob.as_str(), "1")];
    let review = send(world, &format!("{sitting}/review"), voter, &filled).await;
    let key = key(review.text());
    let rank = format!("vote-{two}-{own}");
    let cast = [(yes.as_str(), "yes"), (rank.as_str(), "Bob"), (rank.as_str(), "Ann"), ("key", &key)];

    // The motion is cast from another tab in the meantime.
    led(&send(world, &format!("/events/{one}/cast"), voter, &[(&yes, "no"), ("key", "tab")]).await);
    let stopped = send(world, &format!("{sitting}/cast"), voter, &cast).await;
    assert_eq!(stopped.status, 200, "{}", stopped.text());
    assert!(stopped.text().contains("nothing was cast now"), "{}", stopped.text());
    let turnout = hall.get(&format!("/api/v1/events/{two}/turnout"), &hall.chair).await.json();
    assert_eq!(turnout["voted"], Value::from(0), "{turnout}");
    // What is left is still filled in.
    assert!(
        stopped.text().contains("Accepted.") && stopped.text().contains("<option value=\"2\" selected>2")
    );

    // It closes before the rest is reviewed: said, and nothing else lost.
    hall.step(one, "close").await;
    let late = send(world, &format!("{sitting}/review"), voter, &filled).await;
    assert!(late.text().contains("is not open: nothing was cast on it"), "{}", late.text());
    let left = send(world, &format!("{sitting}/review"), voter, &filled[1..]).await;
    assert!(left.text().contains(&format!("action=\"/events/{two}/cast\"")), "{}", left.text());
    let fields = [(rank.as_str(), "Bob"), (rank.as_str(), "Ann"), ("key", "rest")];
    let cast = send(world, &format!("/events/{two}/cast"), voter, &fields).await;
    assert_eq!(led(&cast), format!("/events/{two}/receipt?note=cast"));
    hall.step(two, "close").await;
    let over = send(world, &format!("{sitting}/review"), voter, &filled[1..]).await;
    assert_eq!(led(&over), format!("/events/{two}/receipt"));
}
