//! Offices to be filled, and who is nominated for them.

use plenum_domain::event::Terms;
use plenum_domain::id::{NominationId, OfficeId};
use plenum_domain::nomination::{Nomination, NominationAnswer, Office, OfficeState};
use plenum_domain::rules::Ineligible;
use plenum_domain::text::{OptionLabel, Statement};

use super::World;
use super::fixture::{Done, Hall, begin, election, refused, title, violated};
use crate::documents::EventData;
use crate::error::Constraint;
use crate::repository::{NewNomination, NewOffice};
use crate::store::Tx;

fn data() -> EventData {
    EventData {
        description: Some("As in article 7 🗳.".to_owned()),
        proxy: Some(false),
        ..EventData::default()
    }
}

async fn office(tx: &mut dyn Tx, hall: &Hall) -> Office {
    let new = NewOffice {
        session_id: hall.session.id,
        name: title("Skarbnik Żółty"),
        seats: 2,
        data: data(),
        follows: None,
        created_by_user_id: hall.id(0),
        created_at: tx.now().await.done(),
    };
    tx.offices().insert_office(&new).await.done()
}

async fn nominate(tx: &mut dyn Tx, hall: &Hall, office: &Office, at: usize, accepted: bool) -> Nomination {
    let now = tx.now().await.done();
    let answer = accepted.then(|| NominationAnswer { accepted, at: now, by_user_id: hall.id(at) });
    let new = NewNomination {
        office_id: office.id,
        candidate: hall.id(at),
        nominated_by: hall.id(0),
        nominated_at: now,
        answer,
        statement: None,
    };
    tx.offices().insert_nomination(&new).await.done()
}

/// An office and its nominations come back as they were written, and a person is nominated once.
pub async fn an_office_comes_back_with_its_nominations(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 3).await;
    let written = office(&mut *tx, &hall).await;
    assert_eq!(written.state, OfficeState::Open);
    let found = tx.offices().office_for_update(written.id).await.done();
    assert_eq!(found, Some((written.clone(), data())));
    assert_eq!(tx.offices().session_of_office(written.id).await.done(), Some(hall.session.id));
    let one = nominate(&mut *tx, &hall, &written, 1, true).await;
    let other = nominate(&mut *tx, &hall, &written, 2, false).await;
    assert!(one.is_accepted() && other.answer.is_none());
    assert_eq!(tx.offices().nominations(written.id).await.done(), [one.clone(), other.clone()]);
    assert_eq!(tx.offices().office_of_nomination(other.id).await.done(), Some(written.id));
    let now = tx.now().await.done();
    let declined = Nomination {
        answer: Some(NominationAnswer { accepted: false, at: now, by_user_id: hall.id(0) }),
        statement: Some(Statement::parse("Nie.\nDziękuję.").expect("a statement")),
        ..other
    };
    tx.offices().put_nomination(&declined).await.done();
    assert_eq!(tx.offices().nominations(written.id).await.done(), [one.clone(), declined.clone()]);
    let left_out = Nomination { left_out: Some(Ineligible::NoVote), ..one.clone() };
    tx.offices().put_nomination(&left_out).await.done();
    assert_eq!(tx.offices().nominations(written.id).await.done(), [left_out, declined.clone()]);
    tx.offices().put_nomination(&one).await.done();
    let nowhere = OfficeId::new(i32::MAX);
    assert_eq!(tx.offices().office_for_update(nowhere).await.done(), None);
    assert_eq!(tx.offices().office_of_nomination(NominationId::new(i32::MAX)).await.done(), None);
    tx.commit().await.done();

    let lines = world.queries().offices(hall.session.id).await.done();
    let line = world.queries().office(written.id).await.done().expect("an office");
    assert_eq!(lines, std::slice::from_ref(&line));
    assert_eq!((line.office, line.data), (written.clone(), data()));
    let people: Vec<_> =
        line.nominations.iter().map(|line| (line.candidate.id, line.nominated_by.id)).collect();
    assert_eq!(people, [(hall.id(1), hall.id(0)), (hall.id(2), hall.id(0))]);
    assert_eq!(line.nominations[1].nomination, declined);
    assert_eq!(world.queries().office_of_nomination(one.id).await.done(), Some(written.id));
    assert_eq!(world.queries().office(nowhere).await.done(), None);

    let mut tx = begin(world).await;
    let again = NewNomination {
        office_id: written.id,
        candidate: hall.id(2),
        nominated_by: hall.id(1),
        nominated_at: now,
        answer: None,
        statement: None,
    };
    assert_eq!(violated(tx.offices().insert_nomination(&again).await), Constraint::Nomination);
}

/// Who is on the ballot is found from the election and from a runoff that follows it, and nobody else is.
pub async fn candidates_are_found_from_the_election_and_its_runoff(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 3).await;
    let written = office(&mut *tx, &hall).await;
    let one = nominate(&mut *tx, &hall, &written, 1, true).await;
    nominate(&mut *tx, &hall, &written, 2, true).await;
    let event = hall.draft(&mut *tx, election(&["Ann", "Bob"])).await;
    let follows = Some(event.id);
    let runoff = hall.draft(&mut *tx, Terms { follows, ..election(&["Ann", "Bob"]) }).await;
    let apart = hall.draft(&mut *tx, election(&["Ann", "Bob"])).await;
    let option = OptionLabel::parse("Ann").expect("a label");
    let on_ballot = Nomination { option: Some(option.clone()), ..one.clone() };
    tx.offices().put_nomination(&on_ballot).await.done();
    let at = tx.now().await.done();
    let state = OfficeState::Closed { at, by_user_id: hall.id(0), event_id: event.id };
    let closed = Office { state, ..written.clone() };
    tx.offices().put_office(&closed).await.done();
    assert_eq!(tx.offices().office_of_event(event.id).await.done(), Some((closed, data())));
    assert_eq!(tx.offices().office_of_event(runoff.id).await.done(), None);
    tx.commit().await.done();

    for id in [event.id, runoff.id] {
        let found = world.queries().candidates(id).await.done();
        let people: Vec<_> = found.iter().map(|line| (line.user.id, line.option.clone())).collect();
        assert_eq!(people, [(hall.id(1), option.clone())]);
        assert_eq!((found[0].office_id, found[0].nominated_by.id), (written.id, hall.id(0)));
    }
    assert_eq!(world.queries().candidates(apart.id).await.done(), []);
    let mut tx = begin(world).await;
    refused(tx.events().delete(event.id).await);
    drop(tx);
    let mut tx = begin(world).await;
    let other = office(&mut *tx, &hall).await;
    refused(tx.offices().put_office(&Office { state, ..other }).await);
}

/// An office goes with its nominations, and one whose draft is deleted is open again.
pub async fn an_office_opens_again_and_goes(world: &dyn World) {
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 2).await;
    let written = office(&mut *tx, &hall).await;
    let one = nominate(&mut *tx, &hall, &written, 1, true).await;
    let event = hall.draft(&mut *tx, election(&["Ann"])).await;
    let at = tx.now().await.done();
    let state = OfficeState::Closed { at, by_user_id: hall.id(0), event_id: event.id };
    tx.offices().put_office(&Office { state, ..written.clone() }).await.done();
    tx.offices().put_office(&written).await.done();
    tx.events().delete(event.id).await.done();
    assert_eq!(tx.offices().office_for_update(written.id).await.done(), Some((written.clone(), data())));
    tx.offices().delete_office(written.id).await.done();
    assert_eq!(tx.offices().office_for_update(written.id).await.done(), None);
    assert_eq!(tx.offices().office_of_nomination(one.id).await.done(), None);
    refused(tx.offices().delete_office(written.id).await);
}
