use async_trait::async_trait;
use plenum_domain::attendance::{self, AttendanceChange, AttendanceEntry, JoinLeft, UserSession};
use plenum_domain::id::{UserId, UserSessionId};
use plenum_domain::organization::{Joining, Organization};
use plenum_domain::permission::{Action, Standing};
use plenum_domain::presence::{self, Entry};
use plenum_domain::proxy::{Mandate, MandateChange};
use plenum_domain::session::{JoinCode, Session};
use plenum_domain::{Moment, Step};
use plenum_ports::Tx;
use plenum_ports::repository::MandateNote;
use serde_json::json;

use super::admit::wait;
use super::check_presence;
use crate::audit::{self, Describe};
use crate::load;
use crate::mandate;
use crate::rolls;
use crate::{Env, Failure, UseCase};

/// Enters a sitting with its code. Joining twice changes nothing.
#[derive(Clone, Debug)]
pub struct JoinSession {
    /// The code that was typed.
    pub code: JoinCode,
    /// Who joins.
    pub by: UserId,
}

/// Where someone joined, and their vote instances there.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The sitting.
    pub session: Session,
    /// Whose it is.
    pub organization: Organization,
    /// How they stand now that they are in.
    pub standing: Standing,
    /// Whether they wait for the host to admit them and are not in yet.
    pub waiting: bool,
    /// Their instances, the own one first.
    pub instances: Vec<UserSession>,
}

/// The same, for people whom the sitting knows already: to everybody else there is no such sitting.
#[derive(Clone, Debug)]
pub struct JoinIfKnown(pub JoinSession);

#[async_trait]
impl UseCase for JoinSession {
    const NAME: &'static str = "session.join";
    type Output = Joined;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Joined, Failure> {
        self.join(tx, true).await
    }
}

#[async_trait]
impl UseCase for JoinIfKnown {
    const NAME: &'static str = "session.join_if_known";
    type Output = Joined;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<Joined, Failure> {
        self.0.join(tx, false).await
    }
}

impl JoinSession {
    async fn join(&self, tx: &mut dyn Tx, strangers: bool) -> Result<Joined, Failure> {
        let session =
            tx.sessions().find_by_code_for_share(&self.code).await?.ok_or(Failure::NotFound("session"))?;
        let at = load::in_session(tx, session, self.by).await?;
        let own = tx.attendance().own(at.session.id, self.by).await?;
        // Who holds a role here without being a member may come in, too.
        let granted = at.standing.role.is_none() && at.standing.belongs();
        let joining = if granted { Joining::Anyone } else { at.organization.rules.joining_of(self.by) };
        // That a code leads somewhere is nothing for people who may not go there.
        if !at.standing.may_know() && (!strangers || joining != Joining::Anyone) {
            return Err(Failure::NotFound("session"));
        }
        let step = attendance::join(&at.session, joining, at.standing.role, own.as_ref())?;
        if step != Step::Unchanged {
            let now = tx.now().await?;
            let admission = at.organization.rules.attendance.admission;
            let may_admit = Action::ManageAttendance.allows(&at.standing);
            let waiting = tx.presence().waiting(at.session.id, self.by).await?;
            if presence::entry(admission, own.as_ref(), may_admit, waiting.as_ref())? == Entry::Wait {
                if waiting.is_none() {
                    wait(tx, &at.session, self.by, now).await?;
                }
                let (session, organization, standing) = (at.session, at.organization, at.standing);
                return Ok(Joined { session, organization, standing, waiting: true, instances: Vec::new() });
            }
            enter(tx, &at.session, own.as_ref(), self.by, self.by, now).await?;
        }
        let instances = tx.attendance().of_user(at.session.id, self.by).await?;
        let standing = Standing { participant: true, ..at.standing };
        let (session, organization) = (at.session, at.organization);
        Ok(Joined { session, organization, standing, waiting: false, instances })
    }
}

/// Brings a person in, together with the votes they hold for others. Who was asked "are you here?" and comes
/// back has answered.
pub(crate) async fn enter(
    tx: &mut dyn Tx,
    session: &Session,
    own: Option<&UserSession>,
    user: UserId,
    by: UserId,
    now: Moment,
) -> Result<(), Failure> {
    let own = match own {
        Some(own) => *own,
        None => tx.attendance().insert_own(session.id, user, now).await?,
    };
    if own.barred {
        tx.attendance().set_barred(own.id, false).await?;
    }
    let standing = tx.proxies().standing(session.id).await?;
    let held = standing.iter().filter(|mandate| mandate.holder_user_id == user);
    let back: Vec<UserSessionId> =
        std::iter::once(own.id).chain(held.filter_map(Mandate::instance)).collect();
    tx.attendance().set_join_left(&back, JoinLeft::Joined).await?;
    note_rest(tx, session, &standing, user, MandateChange::Suspended, by, now).await?;
    let line = AttendanceEntry { user_id: user, change: AttendanceChange::Joined, at: now, by_user_id: by };
    tx.attendance().log(session.id, &[line]).await?;
    let entry = audit::entry("session.join", "user_sessions", own.id.get(), Some(by), now)
        .session(session)
        .after(json!({"user_id": user.get(), "join_left": "joined"}));
    tx.audit().append(&[entry]).await?;
    rolls::join(tx, session.organization_id, &[user], Some(by), now).await?;
    answer_by_coming(tx, session, user, now).await
}

/// Who was asked in a running presence check and comes back has shown that they are there.
async fn answer_by_coming(
    tx: &mut dyn Tx,
    session: &Session,
    user: UserId,
    now: Moment,
) -> Result<(), Failure> {
    let Some(running) = tx.presence().running_check(session.id).await? else { return Ok(()) };
    let Some(check) = tx.presence().check_for_share(running).await? else { return Ok(()) };
    if check.require_running(now).is_ok() {
        check_presence::answer(tx, session, &check, user, now).await?;
    }
    Ok(())
}

/// Notes that the mandates a person gave rest, or can be used again.
async fn note_rest(
    tx: &mut dyn Tx,
    session: &Session,
    standing: &[Mandate],
    principal: UserId,
    change: MandateChange,
    by: UserId,
    now: Moment,
) -> Result<(), Failure> {
    let given: Vec<&Mandate> =
        standing.iter().filter(|mandate| mandate.principal_user_id == principal).collect();
    if given.is_empty() {
        return Ok(());
    }
    let notes: Vec<MandateNote> =
        given.iter().map(|mandate| mandate::note(mandate.id, change, now, Some(by))).collect();
    tx.proxies().note(&notes).await?;
    let action = if change == MandateChange::Suspended { "proxy.suspend" } else { "proxy.resume" };
    let line = |mandate: &&Mandate| {
        let entry = audit::entry(action, "proxies", mandate.id.get(), Some(by), now);
        entry.session(session).after(mandate::document(mandate, None))
    };
    tx.audit().append(&given.iter().map(line).collect::<Vec<_>>()).await?;
    Ok(())
}

/// Takes a person out, together with the votes they hold for others. Cast votes stay.
pub(crate) async fn depart(
    tx: &mut dyn Tx,
    session: &Session,
    own: &UserSession,
    change: AttendanceChange,
    by: UserId,
    now: Moment,
) -> Result<(), Failure> {
    let gone: Vec<UserSessionId> = tx
        .attendance()
        .of_user(session.id, own.user_id)
        .await?
        .iter()
        .filter(|row| row.join_left == JoinLeft::Joined)
        .map(|row| row.id)
        .collect();
    tx.attendance().set_join_left(&gone, JoinLeft::Left).await?;
    let standing = tx.proxies().standing(session.id).await?;
    note_rest(tx, session, &standing, own.user_id, MandateChange::Resumed, by, now).await?;
    let line = AttendanceEntry { user_id: own.user_id, change, at: now, by_user_id: by };
    tx.attendance().log(session.id, &[line]).await?;
    let action =
        if change == AttendanceChange::Removed { "session.remove_attendee" } else { "session.leave" };
    let entry = audit::entry(action, "user_sessions", own.id.get(), Some(by), now)
        .session(session)
        .after(json!({"user_id": own.user_id.get(), "join_left": "left"}));
    tx.audit().append(&[entry]).await?;
    Ok(())
}
