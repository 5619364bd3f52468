use super::*;
use crate::id::OrganizationId;
use crate::permission::{Permitted, Standing};
use crate::rules::{Eligible, Nominators};
use crate::session::{JoinCode, SessionStatus};

const NOW: Moment = Moment::UNIX_EPOCH;

fn session(status: SessionStatus) -> Session {
    Session {
        id: SessionId::new(1),
        organization_id: OrganizationId::new(1),
        join_code: JoinCode::parse("ABCDEF").expect("six letters"),
        title: Title::parse("Senate").expect("a title"),
        status,
        created_by_user_id: UserId::new(99),
        created_at: NOW,
    }
}

fn office(state: OfficeState) -> Office {
    Office {
        id: OfficeId::new(1),
        session_id: SessionId::new(1),
        name: Title::parse("Treasurer").expect("a title"),
        seats: 2,
        state,
        follows: None,
        created_by_user_id: UserId::new(99),
        created_at: NOW,
    }
}

const CLOSED: OfficeState =
    OfficeState::Closed { at: NOW, by_user_id: UserId::new(99), event_id: EventId::new(7) };

fn member(user: i32) -> Somebody {
    let user = UserId::new(user);
    Somebody { user, role: Some(Role::Member), present: true, seen: true, conducts: false }
}

fn chair() -> Somebody {
    Somebody { conducts: true, ..member(99) }
}

fn permit() -> Permit<WriteEvents> {
    WriteEvents::permit(&Standing::in_organization(UserId::new(99), Some(Role::Owner))).expect("an owner may")
}

fn nomination(candidate: i32, accepted: Option<bool>) -> Nomination {
    let by_user_id = UserId::new(candidate);
    Nomination {
        id: NominationId::new(candidate),
        office_id: OfficeId::new(1),
        candidate: UserId::new(candidate),
        nominated_by: UserId::new(99),
        nominated_at: NOW,
        answer: accepted.map(|accepted| NominationAnswer { accepted, at: NOW, by_user_id }),
        statement: None,
        option: None,
        left_out: None,
    }
}

fn nominate(by: Somebody, candidate: Somebody, rules: &ElectionRules) -> Result<Proposed, Refusal> {
    let before = [nomination(5, None), nomination(6, Some(false))];
    office(OfficeState::Open).nominate(&session(SessionStatus::Open), rules, &by, &candidate, &before, NOW)
}

#[test]
fn who_puts_themselves_forward_stands_and_others_are_asked() {
    let rules = ElectionRules::default();
    let other = nominate(member(1), member(2), &rules).expect("it is allowed");
    assert_eq!((other.candidate, other.nominated_by, other.answer), (UserId::new(2), UserId::new(1), None));
    let own = nominate(member(1), member(1), &rules).expect("it is allowed");
    assert!(own.answer.is_some_and(|answer| answer.accepted));
}

#[test]
fn each_wrong_nomination_has_its_own_refusal() {
    let rules = ElectionRules::default();
    let guest = |user| Somebody { role: None, ..member(user) };
    let observer = Somebody { role: Some(Role::Observer), ..member(3) };
    let other = ElectionRules { oneself: false, nominators: Nominators::Chair, ..rules.clone() };
    for (by, candidate, rules, refusal) in [
        (guest(1), member(2), &rules, Refusal::MayNotNominate),
        (member(1), member(2), &other, Refusal::MayNotNominate),
        (chair(), chair(), &other, Refusal::NotOneself),
        (member(1), observer, &rules, Refusal::NotEligible),
        (member(1), guest(2), &rules, Refusal::NotEligible),
        (member(1), member(5), &rules, Refusal::AlreadyNominated),
        // Who declined may think better of it; nobody nominates them again.
        (member(1), member(6), &rules, Refusal::AlreadyNominated),
    ] {
        assert_eq!(nominate(by, candidate, rules), Err(refusal));
    }
    let (open, closed) = (session(SessionStatus::Open), session(SessionStatus::Closed { at: NOW }));
    let late = office(CLOSED).nominate(&open, &rules, &chair(), &member(2), &[], NOW);
    assert_eq!(late, Err(Refusal::NominationsClosed));
    let over = office(OfficeState::Open).nominate(&closed, &rules, &chair(), &member(2), &[], NOW);
    assert_eq!(over, Err(Refusal::SessionClosed));
}

#[test]
fn the_person_nominated_answers_and_may_think_better_of_it() {
    let (office, session) = (office(OfficeState::Open), session(SessionStatus::Locked));
    let statement = |text| Some(Statement::parse(text).expect("a statement"));
    let answer = |before: &Nomination, by: Somebody, accepted, text: Option<Statement>| {
        office.answer(&session, before, &by, accepted, text, NOW)
    };
    let asked = nomination(1, None);
    assert_eq!(answer(&asked, member(2), true, None), Err(Refusal::NotTheNominee));
    let Ok(Step::To(accepted)) = answer(&asked, member(1), true, statement("I count.")) else {
        panic!("refused")
    };
    assert!(accepted.is_accepted() && accepted.statement == statement("I count."));
    assert_eq!(answer(&accepted, member(1), true, None), Ok(Step::Unchanged));
    assert_eq!(answer(&accepted, member(1), true, statement("I count.")), Ok(Step::Unchanged));
    let Ok(Step::To(rewritten)) = answer(&accepted, chair(), true, statement("I can count.")) else {
        panic!("refused")
    };
    assert_eq!(rewritten.answer, accepted.answer, "who said it when stays");
    let Ok(Step::To(declined)) = answer(&rewritten, chair(), false, None) else { panic!("refused") };
    assert_eq!(declined.answer.map(|answer| answer.by_user_id), Some(UserId::new(99)), "said aloud");
    assert_eq!((declined.state(), declined.statement), ("declined", statement("I can count.")));
}

#[test]
fn only_who_accepted_is_on_the_ballot() {
    let (office, session) = (office(OfficeState::Open), session(SessionStatus::Open));
    let later = Nomination { nominated_at: NOW + chrono::TimeDelta::seconds(1), ..nomination(1, Some(true)) };
    let all = [later, nomination(2, None), nomination(3, Some(false)), nomination(4, Some(true))];
    let rules = ElectionRules::default();
    let people = [1, 2, 3, 4].map(member);
    let found = office.candidates(&session, &permit(), &rules, &all, &people).expect("two stand");
    assert_eq!(ids(&found.standing), [4, 1], "in the order they were put forward");
    assert_eq!(found.left_out, []);
    assert_eq!(
        office.candidates(&session, &permit(), &rules, &all[1..3], &people),
        Err(Refusal::NoCandidates { office: OfficeId::new(1) })
    );
    assert_eq!((office.seats_for(1), office.seats_for(5)), (1, 2));
}

fn ids(nominations: &[&Nomination]) -> Vec<i32> {
    nominations.iter().map(|one| one.candidate.get()).collect()
}

#[test]
fn who_may_not_stand_any_more_is_left_out_with_the_reason() {
    let (office, session) = (office(OfficeState::Open), session(SessionStatus::Open));
    let all = [1, 2, 3, 4].map(|candidate| nomination(candidate, Some(true)));
    let observer = Somebody { role: Some(Role::Observer), ..member(2) };
    let guest = Somebody { role: None, ..member(3) };
    // Nobody knows the fourth any more.
    let people = [member(1), observer, guest];
    for (eligible, standing, left_out) in [
        (
            Eligible::VotingMembers,
            vec![1],
            vec![(2, Ineligible::NoVote), (3, Ineligible::NoMember), (4, Ineligible::NoMember)],
        ),
        (Eligible::Members, vec![1, 2], vec![(3, Ineligible::NoMember), (4, Ineligible::NoMember)]),
        (Eligible::Anyone, vec![1, 2, 3], vec![(4, Ineligible::Unknown)]),
    ] {
        let rules = ElectionRules { eligible, ..ElectionRules::default() };
        let found = office.candidates(&session, &permit(), &rules, &all, &people).expect("some stand");
        assert_eq!(ids(&found.standing), standing, "{eligible:?}");
        let out: Vec<_> = found.left_out.iter().map(|(one, why)| (one.candidate.get(), *why)).collect();
        assert_eq!(out, left_out, "{eligible:?}");
    }
    let alone = office.candidates(&session, &permit(), &ElectionRules::default(), &all[1..], &people);
    assert_eq!(alone, Err(Refusal::NoCandidates { office: OfficeId::new(1) }), "all of them are left out");
    let out = Nomination { left_out: Some(Ineligible::NoVote), ..nomination(2, Some(true)) };
    assert_eq!(out.state(), "left_out");
}

#[test]
fn people_of_the_same_name_are_told_apart() {
    let person = |name: &str, login: &str| {
        (PersonName::parse(name).expect("a name"), AndrewId::parse(login).expect("a login"))
    };
    let long = "x".repeat(PersonName::MAX);
    let candidates = [
        person("Ann Lee", "alee"),
        person("ann LEE", "lee2"),
        person("Bob", "bob"),
        person("Nobody", "no"),
        person(&long, "x1"),
        person(&long, "x2"),
    ];
    let others = [OptionLabel::parse("nobody").expect("a label")];
    let found = labels(&candidates, &others);
    let found: Vec<&str> = found.iter().map(AsRef::as_ref).collect();
    assert_eq!(found[..4], ["Ann Lee (alee)", "ann LEE (lee2)", "Bob", "Nobody (no)"]);
    assert!(found[4].ends_with(" (x1)") && found[5].ends_with(" (x2)"));
}
