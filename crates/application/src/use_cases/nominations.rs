use async_trait::async_trait;
use plenum_domain::Refusal;
use plenum_domain::event::{EventType, Terms};
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_domain::id::{EventId, NominationId, OfficeId, SessionId, UserId};
use plenum_domain::nomination::{Nomination, Office, Somebody};
use plenum_domain::permission::{Action, WriteEvents};
use plenum_domain::rules::{Ineligible, Rules};
use plenum_domain::session::Session;
use plenum_domain::text::{OptionLabel, Statement, Title};
use plenum_domain::{Moment, Step};
use plenum_ports::Tx;
use plenum_ports::documents::{EventData, MethodData};
use plenum_ports::queries::{NominationLine, OfficeLine};
use plenum_ports::repository::{NewNomination, NewOffice};
use serde_json::{Value, json};

use super::adopt_rules::check_event_voters;
use super::create_event::countable;
use crate::audit::{self, Describe};
use crate::load::{self, InSession, Take};
use crate::{Env, Failure, UseCase};

/// An office as it is asked for.
#[derive(Clone, Debug)]
pub struct OfficeWish {
    /// What it is called.
    pub name: Title,
    /// How many people it takes.
    pub seats: u32,
    /// How its election will be held: the data of an event without its candidates.
    pub data: EventData,
}

/// Opens nominations for offices, all of them or none.
#[derive(Clone, Debug)]
pub struct OpenNominations {
    /// In which sitting.
    pub session_id: SessionId,
    /// Who opens them.
    pub by: UserId,
    /// For what.
    pub offices: Vec<OfficeWish>,
}

/// Deletes an office whose election is not prepared.
#[derive(Clone, Copy, Debug)]
pub struct DeleteOffice {
    /// Which office.
    pub office_id: OfficeId,
    /// Who deletes it.
    pub by: UserId,
}

/// Puts somebody forward for an office.
#[derive(Clone, Debug)]
pub struct Nominate {
    /// For what.
    pub office_id: OfficeId,
    /// Who puts them forward.
    pub by: UserId,
    /// Who is put forward.
    pub candidate: UserId,
    /// What they have to say, where they put themselves forward.
    pub statement: Option<Statement>,
}

/// Says whether somebody who is nominated stands.
#[derive(Clone, Debug)]
pub struct AnswerNomination {
    /// Which nomination.
    pub nomination_id: NominationId,
    /// Who says it.
    pub by: UserId,
    /// Whether they stand.
    pub accepted: bool,
    /// What they have to say; `None` leaves it as it is.
    pub statement: Option<Statement>,
}

/// The terms of the election that fills an office, with these people on the ballot.
///
/// # Errors
/// [`FieldErrors`] by the names of the fields of an event's data.
pub(super) fn terms(
    data: &EventData,
    candidates: &[OptionLabel],
    seats: u32,
    at: &InSession,
) -> Result<Terms, FieldErrors> {
    let rules = &at.organization.rules;
    let mut labels: Vec<String> = candidates.iter().map(ToString::to_string).collect();
    labels.extend(others(data).map(str::to_owned));
    let method = data.method.clone().unwrap_or_default();
    let data = EventData {
        vote_options: Some(labels),
        method: Some(MethodData { seats: Some(seats), ..method }),
        ..data.clone()
    };
    data.read(EventType::Election, at.session.join_code.as_str(), rules.motion_majority)
        .and_then(|terms| countable(terms, rules))
}

/// The options of an office's ballot that are no candidates, as its data names them.
fn others(data: &EventData) -> impl Iterator<Item = &str> {
    let method = data.method.as_ref();
    let of = |pick: fn(&MethodData) -> Option<&String>| method.and_then(pick).map(String::as_str);
    [
        of(|method| method.abstain.as_ref()),
        of(|method| method.reopen_nominations.as_ref()),
        of(|method| method.none_of_the_above.as_ref()),
    ]
    .into_iter()
    .flatten()
}

/// The same as labels, with those that the rules put on every ballot: nobody is called like them.
pub(super) fn other_labels(data: &EventData, rules: &Rules) -> Vec<OptionLabel> {
    let usual = [&rules.elections.reopen_nominations, &rules.elections.none_of_the_above];
    let own = others(data).filter_map(|text| OptionLabel::parse(text).ok());
    own.chain(usual.into_iter().flatten().cloned()).collect()
}

impl OfficeWish {
    /// Holds what is asked for against a ballot with made-up names, so that it is known now whether it can be counted.
    fn check(&self, at: &InSession) -> Result<(), FieldErrors> {
        let mut checks = FieldChecks::new();
        if self.data.vote_options.is_some() {
            let message = "come from the nominations; name options that are no candidates in data.method";
            checks.fail("data.vote_options", message);
        }
        if self.data.method.as_ref().is_some_and(|method| method.seats.is_some()) {
            checks.fail("data.method.seats", "is the seats of the office; leave it out");
        }
        if self.data.follows_event_id.is_some() {
            checks.fail("data.follows_event_id", "is set by the server; leave it out");
        }
        checks.nest("data", self.data.require_writable());
        if self.seats == 0 {
            checks.fail("seats", "must be at least 1");
        }
        if !checks.is_clean() {
            return checks.finish(None);
        }
        let made_up = (1..=self.seats.max(2))
            .map(|number| OptionLabel::parse(&format!("Candidate {number}")))
            .collect::<Result<Vec<_>, _>>();
        let made_up = made_up.map_err(|error| FieldErrors::one("seats", error))?;
        let terms = terms(&self.data, &made_up, self.seats, at).map_err(|errors| errors.under("data"))?;
        match terms.ballot.method() {
            plenum_domain::event::Method::Election(method) if method.elects_lists() => {
                let message = "shares seats out among lists; choose a method that elects people";
                Err(FieldErrors::one("data.method.name", message))
            }
            _ => Ok(()),
        }
    }
}

/// What the audit log shows of an office.
fn shown(office: &Office, data: &EventData) -> Value {
    json!({
        "name": office.name.as_str(),
        "seats": office.seats,
        "state": office.state.as_str(),
        "data": data,
        "follows_event_id": office.follows.map(EventId::get),
    })
}

/// What the audit log shows of a nomination.
pub(super) fn shown_nomination(nomination: &Nomination) -> Value {
    json!({
        "office_id": nomination.office_id.get(),
        "candidate_user_id": nomination.candidate.get(),
        "nominated_by_user_id": nomination.nominated_by.get(),
        "state": nomination.state(),
        "answered_by_user_id": nomination.answer.map(|answer| answer.by_user_id.get()),
        "statement": nomination.statement.as_ref().map(Statement::as_str),
        "option": nomination.option.as_ref().map(OptionLabel::as_str),
        "left_out": nomination.left_out.map(Ineligible::as_str),
    })
}

/// Opens nominations for an office, with its line in the audit log.
pub(super) async fn open_office(
    tx: &mut dyn Tx,
    session: &Session,
    new: &NewOffice,
    by: Option<UserId>,
    now: Moment,
) -> Result<Office, Failure> {
    let office = tx.offices().insert_office(new).await?;
    let entry = audit::entry("office.open", "offices", office.id.get(), by, now)
        .session(session)
        .after(shown(&office, &new.data));
    tx.audit().append(&[entry]).await?;
    Ok(office)
}

#[async_trait]
impl UseCase for OpenNominations {
    const NAME: &'static str = "office.open";
    /// The offices in the order they were asked for.
    type Output = Vec<OfficeLine>;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Self::Output, Failure> {
        let at = load::session(tx, self.session_id, self.by, Take::Share).await?;
        at.permit::<WriteEvents>()?;
        at.session.require_running()?;
        for wish in &self.offices {
            check_event_voters(tx, at.organization.id, wish.data.voters.as_ref()).await?;
        }
        let mut checks = FieldChecks::new();
        for (place, office) in self.offices.iter().enumerate() {
            checks.nest(&format!("offices[{place}]"), office.check(&at));
        }
        checks.finish(Some(()))?;
        let now = tx.now().await?;
        let mut lines = Vec::with_capacity(self.offices.len());
        for wish in &self.offices {
            let new = NewOffice {
                session_id: at.session.id,
                name: wish.name.clone(),
                seats: wish.seats,
                data: wish.data.clone(),
                follows: None,
                created_by_user_id: self.by,
                created_at: now,
            };
            let office = open_office(tx, &at.session, &new, Some(self.by), now).await?;
            lines.push(OfficeLine { office, data: new.data, nominations: Vec::new() });
        }
        Ok(lines)
    }
}

/// An office that is held, with its sitting.
struct InOffice {
    office: Office,
    data: EventData,
    at: InSession,
}

/// An office, taken for update, with its sitting, taken for share before it.
async fn office(tx: &mut dyn Tx, id: OfficeId, by: UserId) -> Result<InOffice, Failure> {
    let missing = || Failure::NotFound("office");
    let session = tx.offices().session_of_office(id).await?.ok_or_else(missing)?;
    let at = load::session(tx, session, by, Take::Share).await?;
    if !at.standing.may_know() {
        return Err(missing());
    }
    let (office, data) = tx.offices().office_for_update(id).await?.ok_or_else(missing)?;
    Ok(InOffice { office, data, at })
}

#[async_trait]
impl UseCase for DeleteOffice {
    const NAME: &'static str = "office.delete";
    type Output = ();

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<(), Failure> {
        let InOffice { office, data, at } = office(tx, self.office_id, self.by).await?;
        at.permit::<WriteEvents>()?;
        at.session.require_running()?;
        if office.state.event_id().is_some() {
            return Err(Refusal::OfficeHasElection.into());
        }
        tx.offices().delete_office(office.id).await?;
        let now = tx.now().await?;
        let entry = audit::entry(Self::NAME, "offices", office.id.get(), Some(self.by), now)
            .session(&at.session)
            .before(shown(&office, &data));
        tx.audit().append(&[entry]).await?;
        Ok(())
    }
}

/// How the rules about nominations see a person.
pub(super) async fn somebody(tx: &mut dyn Tx, at: &InSession, user: UserId) -> Result<Somebody, Failure> {
    let member = tx.organizations().member(at.session.organization_id, user).await?;
    let instances = tx.attendance().of_user(at.session.id, user).await?;
    let own = instances.iter().find(|row| row.proxy.is_none() && !row.barred);
    let conducts = at.standing.user_id == user && Action::WriteEvents.allows(&at.standing);
    Ok(Somebody {
        user,
        role: member.map(|member| member.role),
        present: own.is_some_and(plenum_domain::attendance::UserSession::is_own_presence),
        seen: own.is_some(),
        conducts,
    })
}

async fn line(tx: &mut dyn Tx, nomination: Nomination) -> Result<NominationLine, Failure> {
    let candidate = tx.users().get(nomination.candidate).await?.ok_or(Failure::NotFound("person"))?;
    let nominated_by = tx.users().get(nomination.nominated_by).await?.ok_or(Failure::NotFound("person"))?;
    Ok(NominationLine { nomination, candidate, nominated_by })
}

#[async_trait]
impl UseCase for Nominate {
    const NAME: &'static str = "nomination.propose";
    type Output = NominationLine;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<NominationLine, Failure> {
        let InOffice { office, at, .. } = office(tx, self.office_id, self.by).await?;
        let by = somebody(tx, &at, self.by).await?;
        let candidate = somebody(tx, &at, self.candidate).await?;
        let before = tx.offices().nominations(office.id).await?;
        let now = tx.now().await?;
        let rules = &at.organization.rules.elections;
        let proposed = office.nominate(&at.session, rules, &by, &candidate, &before, now)?;
        if self.statement.is_some() && proposed.answer.is_none() {
            let message = "is the candidate's own; they write it when they accept";
            return Err(FieldErrors::one("statement", message).into());
        }
        let new = NewNomination {
            office_id: office.id,
            candidate: proposed.candidate,
            nominated_by: proposed.nominated_by,
            nominated_at: now,
            answer: proposed.answer,
            statement: self.statement.clone(),
        };
        let nomination = tx.offices().insert_nomination(&new).await?;
        let entry = audit::entry(Self::NAME, "nominations", nomination.id.get(), Some(self.by), now)
            .session(&at.session)
            .after(shown_nomination(&nomination));
        tx.audit().append(&[entry]).await?;
        line(tx, nomination).await
    }
}

#[async_trait]
impl UseCase for AnswerNomination {
    const NAME: &'static str = "nomination.answer";
    type Output = NominationLine;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<NominationLine, Failure> {
        let missing = || Failure::NotFound("nomination");
        let id = tx.offices().office_of_nomination(self.nomination_id).await?.ok_or_else(missing)?;
        let InOffice { office, at, .. } = office(tx, id, self.by).await.map_err(|failure| match failure {
            Failure::NotFound(_) => missing(),
            failure => failure,
        })?;
        let all = tx.offices().nominations(office.id).await?;
        let before = all.into_iter().find(|one| one.id == self.nomination_id).ok_or_else(missing)?;
        let by = somebody(tx, &at, self.by).await?;
        let now = tx.now().await?;
        let step = office.answer(&at.session, &before, &by, self.accepted, self.statement.clone(), now)?;
        let Step::To(after) = step else { return line(tx, before).await };
        tx.offices().put_nomination(&after).await?;
        let entry = audit::entry(Self::NAME, "nominations", after.id.get(), Some(self.by), now)
            .session(&at.session)
            .before(shown_nomination(&before))
            .after(shown_nomination(&after));
        tx.audit().append(&[entry]).await?;
        line(tx, after).await
    }
}
