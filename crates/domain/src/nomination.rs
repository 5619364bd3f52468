//! Offices to be filled, and who is nominated for them: what comes before the ballot of an election.
//!
//! While nominations are open people put others or themselves forward, and whoever is put forward accepts or declines. When
//! they are closed, those who accepted are on the ballot, and nobody else.

use std::collections::HashSet;

use crate::id::{EventId, NominationId, OfficeId, SessionId, UserId};
use crate::organization::Role;
use crate::permission::{Permit, WriteEvents};
use crate::rules::{ElectionRules, Ineligible};
use crate::session::Session;
use crate::text::{AndrewId, OptionLabel, PersonName, Statement, Title};
use crate::{Moment, Refusal, Step};

/// Something to be filled by election: a seat, or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Office {
    /// Which one.
    pub id: OfficeId,
    /// In which sitting it is filled.
    pub session_id: SessionId,
    /// What it is called.
    pub name: Title,
    /// How many people it takes.
    pub seats: u32,
    /// Whether people can be nominated for it.
    pub state: OfficeState,
    /// The election whose outcome opened nominations again.
    pub follows: Option<EventId>,
    /// Who opened nominations; with [`Self::follows`] whoever prepared that election.
    pub created_by_user_id: UserId,
    /// When.
    pub created_at: Moment,
}

/// How far an office has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfficeState {
    /// People are nominated, and answer.
    Open,
    /// Nominations are closed and the ballot is prepared.
    Closed {
        /// When.
        at: Moment,
        /// By whom.
        by_user_id: UserId,
        /// The election that fills the office.
        event_id: EventId,
    },
}

impl OfficeState {
    /// The published word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed { .. } => "closed",
        }
    }

    /// The election that fills the office.
    pub const fn event_id(self) -> Option<EventId> {
        match self {
            Self::Open => None,
            Self::Closed { event_id, .. } => Some(event_id),
        }
    }
}

/// What somebody said to being nominated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NominationAnswer {
    /// Whether they stand.
    pub accepted: bool,
    /// When.
    pub at: Moment,
    /// Who said it: the person, or whoever prepares votes for somebody who said it aloud.
    pub by_user_id: UserId,
}

/// That somebody is put forward for an office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nomination {
    /// Which one.
    pub id: NominationId,
    /// For what.
    pub office_id: OfficeId,
    /// Who is put forward.
    pub candidate: UserId,
    /// Who put them forward.
    pub nominated_by: UserId,
    /// When.
    pub nominated_at: Moment,
    /// What they said to it; `None` until they do.
    pub answer: Option<NominationAnswer>,
    /// What they have to say for themselves.
    pub statement: Option<Statement>,
    /// How they are called on the ballot; `None` unless nominations are closed and they are on it.
    pub option: Option<OptionLabel>,
    /// Why they are not on it although they stood; `None` unless nominations are closed.
    pub left_out: Option<Ineligible>,
}

impl Nomination {
    /// Whether the person stands.
    pub fn is_accepted(&self) -> bool {
        self.answer.is_some_and(|answer| answer.accepted)
    }

    /// The published word: `proposed`, `accepted`, `declined` or `left_out`.
    pub fn state(&self) -> &'static str {
        match self.answer {
            _ if self.left_out.is_some() => "left_out",
            None => "proposed",
            Some(answer) if answer.accepted => "accepted",
            Some(_) => "declined",
        }
    }
}

/// Somebody as the rules about nominations see them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Somebody {
    /// Who.
    pub user: UserId,
    /// Their role in the organization; `None` for a guest.
    pub role: Option<Role>,
    /// Whether they are in the sitting.
    pub present: bool,
    /// Whether they were in it at some time.
    pub seen: bool,
    /// Whether they prepare its votes.
    pub conducts: bool,
}

/// A nomination to be written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// Who is put forward.
    pub candidate: UserId,
    /// Who puts them forward.
    pub nominated_by: UserId,
    /// That they stand, where they put themselves forward.
    pub answer: Option<NominationAnswer>,
}

/// Who accepted a nomination, at the close of nominations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidates<'a> {
    /// Those on the ballot.
    pub standing: Vec<&'a Nomination>,
    /// Those who may not stand any more, with why.
    pub left_out: Vec<(&'a Nomination, Ineligible)>,
}

impl Office {
    /// Passes while people can be nominated and answer.
    ///
    /// # Errors
    /// [`Refusal::NominationsClosed`], [`Refusal::SessionClosed`].
    pub fn require_open(&self, session: &Session) -> Result<(), Refusal> {
        session.require_running()?;
        match self.state {
            OfficeState::Open => Ok(()),
            OfficeState::Closed { .. } => Err(Refusal::NominationsClosed),
        }
    }

    /// Puts somebody forward. Who puts themselves forward stands.
    ///
    /// # Errors
    /// [`Refusal::NominationsClosed`] and [`Refusal::SessionClosed`]; [`Refusal::MayNotNominate`],
    /// [`Refusal::NotOneself`] and [`Refusal::NotEligible`] as the rules say; [`Refusal::AlreadyNominated`].
    pub fn nominate(
        &self,
        session: &Session,
        rules: &ElectionRules,
        by: &Somebody,
        candidate: &Somebody,
        nominations: &[Nomination],
        now: Moment,
    ) -> Result<Proposed, Refusal> {
        self.require_open(session)?;
        if !rules.may_nominate(by.role, by.present, by.conducts) {
            return Err(Refusal::MayNotNominate);
        }
        let oneself = by.user == candidate.user;
        if oneself && !rules.oneself {
            return Err(Refusal::NotOneself);
        }
        if !rules.may_stand(candidate.role, candidate.seen) {
            return Err(Refusal::NotEligible);
        }
        if nominations.iter().any(|nomination| nomination.candidate == candidate.user) {
            return Err(Refusal::AlreadyNominated);
        }
        let answer = oneself.then_some(NominationAnswer { accepted: true, at: now, by_user_id: by.user });
        Ok(Proposed { candidate: candidate.user, nominated_by: by.user, answer })
    }

    /// Says whether the person put forward stands; they may think better of it until nominations are closed. The same answer
    /// again changes nothing, unless it brings another statement.
    ///
    /// # Errors
    /// [`Refusal::NominationsClosed`], [`Refusal::SessionClosed`], [`Refusal::NotTheNominee`].
    pub fn answer(
        &self,
        session: &Session,
        nomination: &Nomination,
        by: &Somebody,
        accepted: bool,
        statement: Option<Statement>,
        now: Moment,
    ) -> Result<Step<Nomination>, Refusal> {
        if by.user != nomination.candidate && !by.conducts {
            return Err(Refusal::NotTheNominee);
        }
        self.require_open(session)?;
        let same = nomination.answer.is_some_and(|answer| answer.accepted == accepted);
        let said = statement.is_some() && statement != nomination.statement;
        if same && !said {
            return Ok(Step::Unchanged);
        }
        let answer = if same {
            nomination.answer
        } else {
            Some(NominationAnswer { accepted, at: now, by_user_id: by.user })
        };
        let statement = statement.or_else(|| nomination.statement.clone());
        Ok(Step::To(Nomination { answer, statement, ..nomination.clone() }))
    }

    /// Who is on the ballot when nominations are closed now: those who accepted, in the order they were put forward,
    /// without those who may not stand any more. `people` are the nominees as they are now.
    ///
    /// # Errors
    /// [`Refusal::NominationsClosed`], [`Refusal::SessionClosed`], [`Refusal::NoCandidates`] while nobody who may
    /// stand has accepted.
    pub fn candidates<'a>(
        &self,
        session: &Session,
        _permit: &Permit<WriteEvents>,
        rules: &ElectionRules,
        nominations: &'a [Nomination],
        people: &[Somebody],
    ) -> Result<Candidates<'a>, Refusal> {
        self.require_open(session)?;
        let mut accepted: Vec<&Nomination> =
            nominations.iter().filter(|nomination| nomination.is_accepted()).collect();
        accepted.sort_by_key(|nomination| (nomination.nominated_at, nomination.id));
        let mut found = Candidates { standing: Vec::new(), left_out: Vec::new() };
        for nomination in accepted {
            let person = people.iter().find(|person| person.user == nomination.candidate);
            let (role, seen) = person.map_or((None, false), |person| (person.role, person.seen));
            match rules.stands_in_the_way(role, seen) {
                None => found.standing.push(nomination),
                Some(why) => found.left_out.push((nomination, why)),
            }
        }
        if found.standing.is_empty() {
            return Err(Refusal::NoCandidates { office: self.id });
        }
        Ok(found)
    }

    /// How many the election fills: all seats, or as many as there are candidates where there are fewer.
    pub fn seats_for(&self, candidates: usize) -> u32 {
        self.seats.min(u32::try_from(candidates).unwrap_or(u32::MAX))
    }
}

/// How candidates are called on the ballot: by their names, and with the login name where two have the same one or one is
/// called like an option that is no candidate.
pub fn labels(candidates: &[(PersonName, AndrewId)], others: &[OptionLabel]) -> Vec<OptionLabel> {
    let folded = crate::event::looks;
    let mut once = HashSet::new();
    let mut twice: HashSet<String> = others.iter().map(|other| folded(other.as_str())).collect();
    for (name, _) in candidates {
        if !once.insert(folded(name.as_str())) {
            twice.insert(folded(name.as_str()));
        }
    }
    candidates
        .iter()
        .filter_map(|(name, login)| {
            if !twice.contains(&folded(name.as_str())) {
                return OptionLabel::parse(name.as_str()).ok();
            }
            let suffix = format!(" ({login})");
            let room = OptionLabel::MAX - suffix.chars().count();
            let name: String = name.as_str().chars().take(room).collect();
            OptionLabel::parse(&format!("{}{suffix}", name.trim_end())).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests;
