//! The door, "are you here?" and corrected times.

use plenum_domain::attendance::Interval;
use plenum_domain::proxy::MandateChange;

use super::journeys::{key, led, look, send};
use super::samples::moment;
use super::{HOSTILE, Sample};
use crate::tests::sitting::Hall;
use crate::web::mandates::{MandatePage, MandateRow, Mandates, NoteLine, Place};
use crate::web::page::Page;
use crate::web::presence::{CheckView, Correction, Desk, PersonPage, WaitingRoom, WaitingView};
use crate::web::proxies::ProxyLine;

fn hostile() -> String {
    HOSTILE.to_owned()
}

impl Sample for WaitingRoom {
    fn samples(page: &Page) -> Vec<Self> {
        let room = |refused| Self {
            page: page.clone(),
            session: 7,
            organization_name: hostile(),
            refused,
            since: moment(),
        };
        vec![room(false), room(true)]
    }
}

impl Sample for PersonPage {
    fn samples(page: &Page) -> Vec<Self> {
        let person = |closed: bool, present: bool, intervals, wrong| Self {
            page: page.clone(),
            session: 7,
            session_title: hostile(),
            person: 18,
            present,
            removed: closed,
            closed,
            corrected: !present,
            intervals,
            fields: Correction { absent: present, since: hostile(), until: hostile(), reason: hostile() },
            wrong,
        };
        let stretches = vec![
            Interval { from: moment(), until: Some(moment()) },
            Interval { from: moment(), until: None },
        ];
        vec![
            person(false, false, Vec::new(), vec![hostile()]),
            person(false, true, stretches.clone(), Vec::new()),
            person(true, false, stretches, Vec::new()),
        ]
    }
}

impl Sample for Mandates {
    fn samples(page: &Page) -> Vec<Self> {
        let row = |id, held, place| MandateRow {
            line: ProxyLine {
                id,
                other: hostile(),
                status: "mandate.active",
                tone: "good",
                revocable: true,
                awaits_holder: false,
                awaits_chair: false,
            },
            held,
            place,
        };
        let span = Place::Span { from: moment(), until: moment() };
        let sitting = |event| Place::Sitting { id: 7, title: hostile(), event };
        let rows = vec![row(1, true, sitting(None)), row(2, false, sitting(Some(9))), row(3, true, span)];
        vec![
            Self { page: page.clone(), lines: Vec::new(), next: None },
            Self { page: page.clone(), lines: rows, next: Some(7) },
        ]
    }
}

impl Sample for MandatePage {
    fn samples(page: &Page) -> Vec<Self> {
        let note = |change: MandateChange, by: bool| NoteLine {
            at: moment(),
            what: format!("mandate_change.{}", change.as_str()),
            by: by.then(hostile),
            event: by.then_some(9),
            reason: if by { hostile() } else { String::new() },
        };
        let notes = MandateChange::ALL.map(|change| {
            let named = page.g(&format!("mandate_change.{}", change.as_str()));
            assert!(!named.is_empty(), "{} has no words", change.as_str());
            note(change, change != MandateChange::Expired)
        });
        let mandate = |place, reason| Self {
            page: page.clone(),
            principal: hostile(),
            holder: hostile(),
            status: "mandate.active",
            tone: "good",
            place,
            reason,
            notes: notes.to_vec(),
        };
        vec![
            mandate(Place::Sitting { id: 7, title: hostile(), event: Some(9) }, hostile()),
            mandate(Place::Span { from: moment(), until: moment() }, String::new()),
        ]
    }
}

/// What the console shows of the door, and of a check that runs or is over.
pub(super) fn desk(running: bool) -> Desk {
    let waits = |id, refused| WaitingView {
        id,
        name: hostile(),
        login: "zng".to_owned(),
        role: "role.guest".to_owned(),
        refused,
        since: moment(),
    };
    let check = CheckView {
        id: 3,
        running,
        closes_at: moment(),
        sets_absent: false,
        asked: 24,
        answered: 22,
        part: 916,
        set_absent: 0,
        silent: vec![hostile(), hostile()],
    };
    Desk { waiting: vec![waits(21, false), waits(22, false), waits(23, true)], check: Some(check) }
}

/// A hall whose chair admits everybody.
async fn guarded(count: usize) -> Hall {
    let hall = Hall::of(count).await;
    let rules = format!("/organizations/{}/rules", hall.organization);
    led(&send(&hall.world, &rules, &hall.chair, &[("attendance.admission", "host")]).await);
    hall.join(&hall.chair).await;
    hall
}

#[tokio::test]
async fn who_waits_at_the_door_is_told_and_let_in() {
    let hall = guarded(3).await;
    let world = &hall.world;
    let sitting = format!("/sessions/{}", hall.session);
    let room = format!("{sitting}/waiting");
    let console = format!("{sitting}/console");
    for member in &hall.members {
        let joined = send(world, "/join", member, &[("code", &hall.code)]).await;
        assert_eq!(led(&joined), room);
    }
    let [ann, bob, eve] = [&hall.members[0], &hall.members[1], &hall.members[2]];
    let page = look(world, &room, ann).await;
    assert!(page.contains("You wait for the chair to let you in") && page.contains("data-poll"), "{page}");
    assert!(look(world, "/", ann).await.contains("Waiting to be let in"));
    let page = look(world, &console, &hall.chair).await;
    assert!(page.contains("3 wait to be let in") && page.contains("Let all in"), "{page}");

    led(&send(world, &format!("{room}/{}/refuse", bob.id), &hall.chair, &[]).await);
    assert!(look(world, &room, bob).await.contains("The chair has not let you in"));
    assert_eq!(send(world, &format!("{room}/{}/admit", bob.id), ann, &[]).await.status, 403);
    led(&send(world, &format!("{room}/{}/admit", ann.id), &hall.chair, &[]).await);
    // Let in: the room leads on.
    let on = world.get(&room).by(ann).send().await;
    assert_eq!(led(&on), format!("{sitting}?note=joined"));
    assert!(look(world, &sitting, ann).await.contains("You are in"));
    led(&send(world, &format!("{room}/admit-all"), &hall.chair, &[]).await);
    assert!(look(world, &sitting, eve).await.contains("You are in"), "all who waited");
    assert!(look(world, &room, bob).await.contains("The chair has not let you in"), "but nobody turned away");
    led(&send(world, &format!("{room}/{}/admit", bob.id), &hall.chair, &[]).await);
    assert!(look(world, &sitting, bob).await.contains("You are in"));
    assert_eq!(send(world, &format!("{room}/{}/other", bob.id), &hall.chair, &[]).await.status, 404);
    assert_eq!(world.get(&room).by(&hall.stranger).send().await.status, 404);
}

#[tokio::test]
async fn everybody_in_is_asked_and_the_silent_can_be_marked_as_gone() {
    let hall = Hall::full(2).await;
    let world = &hall.world;
    let sitting = format!("/sessions/{}", hall.session);
    let console = format!("{sitting}/console");
    let checks = format!("{sitting}/presence-checks");
    let [ann, bob] = [&hall.members[0], &hall.members[1]];
    assert_eq!(send(world, &checks, ann, &[("seconds", "60")]).await.status, 403);
    led(&send(world, &checks, &hall.chair, &[("seconds", "60")]).await);
    assert_eq!(send(world, &checks, &hall.chair, &[("seconds", "60")]).await.status, 409);
    let page = look(world, &sitting, ann).await;
    assert!(page.contains("Are you here?") && page.contains(">I am here</button>"), "{page}");
    let path = page.split("action=\"").find(|rest| rest.starts_with(&checks)).expect("a form");
    let path = path.split('"').next().expect("its end").to_owned();
    assert_eq!(led(&send(world, &path, ann, &[]).await), format!("{sitting}?note=here"));
    let page = look(world, &sitting, ann).await;
    assert!(page.contains("You said that you are here.") && !page.contains(">I am here</button>"), "{page}");
    let page = look(world, &console, &hall.chair).await;
    assert!(page.contains("Who is here?") && page.contains("<bdi>Person member1</bdi>"), "{page}");
    assert!(!page.contains("Silent so far:</strong> <bdi>Person member0"), "{page}");

    // It ends, and nobody is gone; then the silent are marked.
    let check = path.trim_end_matches("/answer");
    led(&send(world, &format!("{check}/close"), &hall.chair, &[]).await);
    let page = look(world, &console, &hall.chair).await;
    assert!(page.contains("2 of 3 answered.") && page.contains("One said nothing"), "{page}");
    assert!(look(world, &sitting, bob).await.contains("You are in"));
    assert_eq!(send(world, &path, bob, &[]).await.status, 409);
    led(&send(world, &format!("{check}/absent"), &hall.chair, &[]).await);
    assert!(look(world, &sitting, bob).await.contains("You are not in this meeting at the moment."));
    assert!(look(world, &sitting, ann).await.contains("You are in"));
}

#[tokio::test]
async fn times_are_corrected_with_a_reason() {
    let hall = Hall::full(1).await;
    let world = &hall.world;
    let person = format!("/sessions/{}/people/{}", hall.session, hall.members[0].id);
    let console = look(world, &format!("/sessions/{}/console", hall.session), &hall.chair).await;
    assert!(console.contains(&format!("href=\"{person}\"")), "{console}");
    let page = look(world, &person, &hall.chair).await;
    assert!(page.contains("Times in the meeting") && page.contains("– now"), "{page}");
    let wrong =
        [("presence", "absent"), ("since", "2999-01-01T10:00"), ("reason", "Went home"), ("key", "a")];
    let wrong = send(world, &format!("{person}/correct"), &hall.chair, &wrong).await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.text().contains("must lie in the past") && wrong.text().contains("Went home"),
        "{}",
        wrong.text()
    );
    let none = [("presence", "absent"), ("since", "soon"), ("key", &key(&page))];
    assert_eq!(send(world, &format!("{person}/correct"), &hall.chair, &none).await.status, 422);
    assert_eq!(world.get(&person).by(&hall.members[0]).send().await.status, 403);
    assert_eq!(world.get(&person).by(&hall.stranger).send().await.status, 404);
}
