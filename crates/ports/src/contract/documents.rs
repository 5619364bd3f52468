//! What is stored as a document comes back as it went in.

use plenum_domain::count::{Base, Comparison, Fraction, Majority};
use plenum_domain::event::{
    Ballot, Event, EventState, EventType, MotionOptions, Secrecy, Terms, VoteOptions,
};
use plenum_domain::organization::{Joining, Organization, ProxyHolders, ProxyRules, QuorumRule, Rules};
use plenum_domain::text::{Description, OptionLabel, Title};

use super::World;
use super::fixture::{Done, Hall, begin, description, election, motion, new_organization, options};
use crate::repository::NewOrganization;

fn fraction(text: &str) -> Fraction {
    text.parse().expect("a fraction")
}

/// As many characters as a description may have, of several scripts, with what breaks careless code.
fn longest_description() -> Description {
    let text: String = "Große Änderung № 4: 参議院 · محمد · \"q\" 'q' \\n {} % \n\t🗳q\u{301} —"
        .chars()
        .cycle()
        .take(Description::MAX - 1)
        .chain(['.'])
        .collect();
    let parsed = description(&text);
    assert_eq!(parsed.as_str().chars().count(), Description::MAX);
    parsed
}

/// Every rule of the bylaws comes back, after an insert and after a change.
pub async fn organizations_keep_their_rules(world: &dyn World) {
    let exact = Majority {
        threshold: fraction("7500000000000001/25000000000000000"),
        comparison: Comparison::AtLeast,
        base: Base::Entitled,
    };
    let written =
        Majority { threshold: fraction("0.6666"), comparison: Comparison::MoreThan, base: Base::Present };
    let all_rules = [
        Rules::default(),
        Rules {
            joining: Joining::Anyone,
            quorum: QuorumRule::Count(40),
            proxies: ProxyRules {
                allowed: false,
                max_per_holder: 0,
                holders: ProxyHolders::Members,
                ..ProxyRules::default()
            },
            motion_majority: exact,
            ..Rules::default()
        },
        Rules {
            joining: Joining::Members,
            quorum: QuorumRule::Fraction { share: Fraction::TWO_THIRDS, strictly: false },
            proxies: ProxyRules {
                max_per_holder: u32::MAX,
                holders: ProxyHolders::Anyone,
                ..ProxyRules::default()
            },
            motion_majority: written,
            ..Rules::default()
        },
        Rules {
            quorum: QuorumRule::Fraction { share: Fraction::ONE_HALF, strictly: true },
            motion_majority: Majority { base: Base::VotesCast, ..Majority::SIMPLE },
            ..Rules::default()
        },
    ];
    let mut tx = begin(world).await;
    let new = |rules| NewOrganization { rules, ..new_organization("Senate") };
    let changing = tx.organizations().insert(&new(Rules::default())).await.done();
    for rules in all_rules {
        let made = tx.organizations().insert(&new(rules.clone())).await.done();
        assert_eq!(made.rules, rules);
        assert_eq!(tx.organizations().get(made.id).await.done(), Some(made));
        let changed = Organization { rules, ..changing.clone() };
        tx.organizations().update(&changed).await.done();
        assert_eq!(tx.organizations().get(changing.id).await.done(), Some(changed));
    }
}

fn motion_of(labels: &[&str], majority: Majority, roles: Option<MotionOptions>) -> Terms {
    Terms { ballot: Ballot::motion(options(labels), majority, roles).expect("a ballot"), ..motion() }
}

/// Motions and elections come back with their options, majorities and meanings.
pub async fn terms_of_every_kind_come_back(world: &dyn World) {
    let majority = |text, comparison, base| Majority { threshold: fraction(text), comparison, base };
    let in_german = MotionOptions { in_favour: 2, against: 0, abstain: Some(1) };
    let without_abstention = MotionOptions { in_favour: 0, against: 1, abstain: None };
    let everyone: Vec<String> = (1..=VoteOptions::MAX).map(|at| format!("Candidate № {at}")).collect();
    let everyone: Vec<&str> = everyone.iter().map(String::as_str).collect();
    let longest = "ż".repeat(OptionLabel::MAX);
    let all_terms = [
        motion(),
        motion_of(
            &["Nein", "Enthaltung", "Ja"],
            majority("2/3", Comparison::AtLeast, Base::Entitled),
            Some(in_german),
        ),
        motion_of(&["yes", "no"], majority("1", Comparison::AtLeast, Base::VotesCast), None),
        motion_of(
            &["no", "yes"],
            majority("0", Comparison::MoreThan, Base::Present),
            Some(without_abstention),
        ),
        motion_of(
            &["For", "Against", "Abstain"],
            majority("0.6666", Comparison::AtLeast, Base::VotesCastWithoutAbstentions),
            None,
        ),
        election(&["Ann"]),
        election(&["Ann", "Abstain", "Bob"]),
        election(&["王小明", "محمد", "Żółć", "O'Brien, \"Bo\" \\", "=SUM(A1)", "🗳", &longest]),
        election(&everyone),
        Terms { secrecy: Secrecy::RollCall, proxy: false, ..election(&["Ann", "Bob"]) },
    ];
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let mut made = Vec::new();
    for terms in all_terms {
        let event = hall.draft(&mut *tx, terms.clone()).await;
        assert_eq!(event.terms, terms);
        made.push(event);
    }
    tx.commit().await.done();

    let mut tx = begin(world).await;
    for event in &made {
        assert_eq!(tx.events().get(event.id).await.done().as_ref(), Some(event));
    }
    assert_eq!(made[1].event_type(), EventType::Motion);
    assert_eq!(made[5].event_type(), EventType::Election);
}

/// Texts of the greatest length come back whole.
pub async fn long_texts_of_any_script_come_back(world: &dyn World) {
    let mut tx = begin(world).await;
    let description = longest_description();
    let new = NewOrganization { description: description.clone(), ..new_organization("参議院 🗳") };
    let organization = tx.organizations().insert(&new).await.done();
    assert_eq!(organization.description, description);
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let draft = hall.draft(&mut *tx, Terms { description: description.clone(), ..motion() }).await;
    let name = Title::parse(&"Ж".repeat(Title::MAX)).expect("a title");
    let renamed = Event { name, ..draft };
    tx.events().update(&renamed).await.done();
    let empty = Terms { description: Description::parse("").expect("may be empty"), ..motion() };
    let empty = hall.draft(&mut *tx, empty).await;
    tx.commit().await.done();

    let mut tx = begin(world).await;
    assert_eq!(tx.organizations().get(organization.id).await.done(), Some(organization));
    assert_eq!(tx.events().get(renamed.id).await.done(), Some(renamed));
    assert_eq!(tx.events().get(empty.id).await.done(), Some(empty));
}

/// The quorum rule an event was opened under comes back, whatever the bylaws say by then.
pub async fn quorum_rules_come_back(world: &dyn World) {
    let rules = [
        QuorumRule::None,
        QuorumRule::Count(0),
        QuorumRule::Count(12),
        QuorumRule::Fraction { share: Fraction::TWO_THIRDS, strictly: false },
        QuorumRule::Fraction { share: fraction("0.3333"), strictly: true },
        QuorumRule::Fraction { share: Fraction::ZERO, strictly: false },
        QuorumRule::Fraction { share: Fraction::ONE, strictly: false },
    ];
    let mut tx = begin(world).await;
    let hall = Hall::build(&mut *tx, "AAAAA", 1).await;
    let mut opened = Vec::new();
    for rule in rules {
        let draft = hall.draft(&mut *tx, motion()).await;
        let state = EventState::Active { opened_at: draft.schedule.start_time };
        tx.events().fix_roll(&Event { state, ..draft.clone() }, &[], rule).await.done();
        opened.push(draft.id);
    }
    tx.commit().await.done();
    let mut tx = begin(world).await;
    for (id, rule) in opened.into_iter().zip(rules) {
        assert_eq!(tx.events().quorum_rule(id).await.done(), rule);
    }
}
