//! The rules in words, as a secretary would explain them to a newcomer.

use plenum_tally::Fraction;

use crate::event::{EventType, Secrecy, Visibility};
use crate::rules::{
    Admission, AtCounting, AtOpening, Confirmation, ElectionRules, ElectionTie, Eligible, GiveUntil, Joining,
    LateArrivals, MotionTie, Nominators, Presets, ProxyHolders, ProxyRules, QuorumRule, Rules, Seconds,
    Voters,
};
use crate::words;

/// What one group of settings says, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The setting, as the document names it.
    pub setting: &'static str,
    /// What it says now, in one or more sentences.
    pub text: String,
}

/// Says the rules in words, setting by setting.
pub fn describe(rules: &Rules) -> Vec<Statement> {
    let statement = |setting, text| Statement { setting, text };
    vec![
        statement("joining", joining(rules)),
        statement("attendance", attendance(rules)),
        statement("quorum", quorum(rules)),
        statement("voters", voters(rules)),
        statement("late_arrivals", late_arrivals(rules.late_arrivals)),
        statement("proxies", proxies(&rules.proxies)),
        statement(
            "motion",
            format!(
                "{} must be in favour of a motion that does not say otherwise.",
                words::majority(&rules.motion_majority)
            ),
        ),
        statement("weights", weights(rules)),
        statement("votes", votes(rules)),
        statement("ties", ties(rules)),
        statement("elections", elections(&rules.elections)),
        statement("durations", durations(rules)),
        statement("quick_votes", quick_votes(&rules.quick_votes)),
    ]
}

fn joining(rules: &Rules) -> String {
    match rules.joining {
        Joining::Members => "Members of the organization enter a session with its code.".to_owned(),
        Joining::List => format!(
            "Only the people on the organization's list enter a session with its code; it names {}.",
            count(rules.attendance.list.len() as u64, "person", "people")
        ),
        Joining::Anyone => {
            "Anyone who is signed in enters a session with its code; who is no member has no vote.".to_owned()
        }
    }
}

fn attendance(rules: &Rules) -> String {
    let admission = match rules.attendance.admission {
        Admission::Code => "The code lets a person in at once.",
        Admission::Host => "Who enters the code waits until the host admits them.",
    };
    let checks = rules.attendance.checks;
    let after = if checks.sets_absent {
        "who does not answer is then set absent"
    } else {
        "nobody is set absent by it"
    };
    format!("{admission} A presence check takes {}; {after}.", time(checks.seconds))
}

fn share(share: Fraction, strictly: bool) -> String {
    let share = words::share(share);
    if strictly { format!("more than {share}") } else { format!("at least {share}") }
}

fn quorum(rules: &Rules) -> String {
    let text = match rules.quorum {
        QuorumRule::None => return "There is no quorum: any number of people can decide.".to_owned(),
        QuorumRule::Count(people) => {
            format!("At least {} must be present or represented.", count(people.into(), "person", "people"))
        }
        QuorumRule::Fraction { share: of, strictly } => {
            format!("Of the people entitled to vote, {} must be present or represented.", share(of, strictly))
        }
        QuorumRule::FractionOfPresent { share: of, strictly } => {
            format!("Of the people present or represented, {} must vote.", share(of, strictly))
        }
    };
    let opening = match (rules.quorum, rules.quorum_missed.at_opening) {
        (QuorumRule::FractionOfPresent { .. }, _) => "It is looked at when a vote is counted",
        (_, AtOpening::Refuse) => "Without it a vote cannot be opened",
        (_, AtOpening::Warn) => "Without it a vote can be opened, with a warning",
        (_, AtOpening::Ignore) => "It is not looked at when a vote opens",
    };
    let counting = match rules.quorum_missed.at_counting {
        AtCounting::NoDecision => "if it is missed at the count, nothing is decided",
        AtCounting::Warn => "if it is missed at the count, the decision stands and the result says so",
        AtCounting::Ignore => "the count does not look at it",
    };
    format!("{text} {opening}; {counting}.")
}

fn voters(rules: &Rules) -> String {
    match &rules.voters {
        Voters::Members => {
            "Every member with a voting role may vote; in a session of a committee, its members.".to_owned()
        }
        Voters::Committee { id, with_parts } => format!(
            "Members of committee {id}{} may vote, as far as their role has a vote.",
            if *with_parts { " and of the committees that are part of it" } else { "" }
        ),
        Voters::Role(role) => {
            format!(
                "Everyone who holds the role {role} where the vote is may vote, by membership or by a grant."
            )
        }
        Voters::List(people) => format!(
            "Only the {} on the list of voters may vote, as far as their role has a vote.",
            count(people.len() as u64, "person", "people")
        ),
    }
}

fn late_arrivals(rule: LateArrivals) -> String {
    match rule {
        LateArrivals::Join => "Who comes while voting is open votes at once.",
        LateArrivals::Wait => {
            "Who was neither present nor represented when voting opened votes from the next event on."
        }
    }
    .to_owned()
}

fn proxies(rules: &ProxyRules) -> String {
    if !rules.allowed {
        return "Nobody votes for someone else.".to_owned();
    }
    let holders = match rules.holders {
        ProxyHolders::VotingMembers => "A member with a vote",
        ProxyHolders::Members => "Any member",
        ProxyHolders::Anyone => "Anyone who may join",
    };
    let mut text =
        format!("{holders} may hold {} of others.", count(rules.max_per_holder.into(), "vote", "votes"));
    let mut say = |holds: bool, sentence: &str| {
        if holds {
            text.push(' ');
            text.push_str(sentence);
        }
    };
    say(rules.per_event, "A proxy may be for one event or for the whole session.");
    say(!rules.per_event, "A proxy is for the whole session.");
    say(rules.holder_present, "The holder must be in the session when it is given.");
    say(rules.principal_absent, "The person represented must not be in the session when it is given.");
    say(rules.confirmation == Confirmation::Chair, "The chair confirms it before it can be used.");
    say(rules.confirmation == Confirmation::Holder, "The holder accepts it before it can be used.");
    say(rules.until == GiveUntil::BetweenVotes, "None is given while a vote is open.");
    say(rules.until == GiveUntil::FirstVote, "None is given after the first vote of the session.");
    say(rules.reason_required, "A reason is written down.");
    text
}

fn weights(rules: &Rules) -> String {
    match (rules.weights.used, rules.weights.split) {
        (false, _) => "Everyone's vote counts one.",
        (true, false) => "A vote counts with the weight of the member, one unless it was set otherwise.",
        (true, true) => {
            "A vote counts with the weight of the member, which may be split over several responses unless \
             the vote is secret."
        }
    }
    .to_owned()
}

fn votes(rules: &Rules) -> String {
    if rules.votes.may_be_changed {
        "A cast vote may be changed while voting is open; the record shows that, never the old choice."
    } else {
        "A cast vote stands."
    }
    .to_owned()
}

fn ties(rules: &Rules) -> String {
    let motion = match rules.ties.motion {
        MotionTie::Rejected => "A motion with equal votes is lost.",
        MotionTie::Chair => "On equal votes for a motion the chair decides with a casting vote.",
    };
    let election = match rules.ties.election {
        ElectionTie::Refuse => "With equal votes for the last seat nobody of the equal ones is elected.",
        ElectionTie::Lot => "With equal votes for the last seat the lot decides.",
        ElectionTie::Chair => "With equal votes for the last seat the chair decides.",
    };
    format!("{motion} {election}")
}

fn elections(rules: &ElectionRules) -> String {
    let nominators = match rules.nominators {
        Nominators::VotingMembers => "Any member with a vote",
        Nominators::Members => "Any member",
        Nominators::Participants => "Everyone who is in the session",
        Nominators::Chair => "Only the chair",
    };
    let oneself = if rules.oneself { "" } else { ", and nobody may nominate themselves" };
    let eligible = match rules.eligible {
        Eligible::VotingMembers => "Members with a vote may stand",
        Eligible::Members => "Any member may stand",
        Eligible::Anyone => "Anyone may stand",
    };
    let options = [
        (
            &rules.reopen_nominations,
            "when it comes before a seat is filled, nominations are opened again for what is left",
        ),
        (&rules.none_of_the_above, "when it comes before a seat is filled, what is left stays empty"),
    ];
    let on_every_ballot: Vec<String> = options
        .into_iter()
        .filter_map(|(label, meaning)| Some((label.as_ref()?, meaning)))
        .map(|(label, meaning)| format!(" Every ballot has \u{201C}{label}\u{201D}: {meaning}."))
        .collect();
    format!(
        "{nominators} may nominate somebody for an office while nominations are open{oneself}. {eligible}, and \
         who is nominated accepts before they are on the ballot.{}",
        on_every_ballot.concat()
    )
}

fn durations(rules: &Rules) -> String {
    let one = |what: &str, duration: Option<Seconds>| match duration {
        Some(duration) => {
            format!("Voting on {what} ends after {} unless it is set otherwise.", time(duration))
        }
        None => format!("Voting on {what} ends when the chair closes it."),
    };
    [
        one("a motion", rules.durations.motion),
        one("an election", rules.durations.election),
        one("a quick vote", rules.durations.quick_vote),
    ]
    .join(" ")
}

fn quick_votes(presets: &Presets) -> String {
    let one = |preset: &crate::rules::Preset| {
        let kind = match preset.terms.ballot.event_type() {
            EventType::Motion => "motion",
            EventType::Election => "election",
        };
        let live = if preset.terms.visibility == Visibility::Live { ", figures seen live" } else { "" };
        let named = if preset.terms.secrecy == Secrecy::RollCall { ", by name" } else { "" };
        format!("\u{201C}{}\u{201D} ({kind}{live}{named})", preset.name)
    };
    match presets.as_slice() {
        [] => "No vote can be put with one call.".to_owned(),
        presets => format!(
            "With one call the chair puts: {}.",
            presets.iter().map(one).collect::<Vec<_>>().join(", ")
        ),
    }
}

fn count(number: u64, one: &str, several: &str) -> String {
    if number == 1 { format!("one {one}") } else { format!("{number} {several}") }
}

fn time(seconds: Seconds) -> String {
    let seconds = u64::from(seconds.get());
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} seconds"),
        (minutes, 0) => count(minutes, "minute", "minutes"),
        (minutes, seconds) => format!("{} and {seconds} seconds", count(minutes, "minute", "minutes")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{QuorumRules, VoteRules};

    fn said(rules: &Rules, setting: &str) -> String {
        let found = describe(rules).into_iter().find(|statement| statement.setting == setting);
        found.map(|statement| statement.text).unwrap_or_default()
    }

    #[test]
    fn the_defaults_in_words() {
        let rules = Rules::default();
        assert_eq!(said(&rules, "quorum"), "There is no quorum: any number of people can decide.");
        assert_eq!(
            said(&rules, "motion"),
            "More than half of the votes cast without abstentions must be in favour of a motion that does \
             not say otherwise."
        );
        assert_eq!(
            said(&rules, "proxies"),
            "A member with a vote may hold one vote of others. A proxy may be for one event or for the whole \
             session."
        );
        assert_eq!(said(&rules, "votes"), "A cast vote stands.");
    }

    #[test]
    fn a_change_of_a_setting_changes_its_words() {
        let usual = Rules::default();
        let share = Fraction::ONE_HALF;
        let changed = Rules {
            quorum: QuorumRule::Fraction { share, strictly: true },
            quorum_missed: QuorumRules { at_opening: AtOpening::Warn, at_counting: AtCounting::Warn },
            votes: VoteRules { may_be_changed: true },
            ..usual.clone()
        };
        assert_eq!(
            said(&changed, "quorum"),
            "Of the people entitled to vote, more than half must be present or represented. Without it a vote \
             can be opened, with a warning; if it is missed at the count, the decision stands and the result \
             says so."
        );
        for (before, after) in describe(&usual).into_iter().zip(describe(&changed)) {
            let touched = ["quorum", "votes"].contains(&before.setting);
            assert_eq!(before != after, touched, "{}", before.setting);
        }
    }
}
