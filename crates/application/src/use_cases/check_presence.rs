use async_trait::async_trait;
use plenum_domain::attendance::{AttendanceChange, UserSession};
use plenum_domain::id::{PresenceCheckId, SessionId, UserId};
use plenum_domain::permission::{ManageAttendance, ViewAttendance};
use plenum_domain::presence::PresenceCheck;
use plenum_domain::rules::Seconds;
use plenum_domain::session::Session;
use plenum_domain::{Moment, Refusal, Step};
use plenum_ports::repository::NewPresenceCheck;
use plenum_ports::{Constraint, StoreError, Tx};
use serde_json::json;

use super::join_session::depart;
use crate::audit::{self, Describe};
use crate::load::{self, Take};
use crate::{Env, Failure, UseCase};

/// The host asks everyone present: "are you here?".
#[derive(Clone, Copy, Debug)]
pub struct CheckPresence {
    /// In which sitting.
    pub session_id: SessionId,
    /// The host, who counts as having answered.
    pub by: UserId,
    /// For how long answers are taken; as the rules say when left out.
    pub seconds: Option<Seconds>,
    /// Whether who does not answer is set absent; as the rules say when left out.
    pub sets_absent: Option<bool>,
}

/// A participant says: "I am here". Saying it twice changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct AnswerPresenceCheck {
    /// In which sitting.
    pub session_id: SessionId,
    /// Which check.
    pub check_id: PresenceCheckId,
    /// Who answers.
    pub by: UserId,
}

/// The host ends a check before its time. Ending it twice changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct ClosePresenceCheck {
    /// In which sitting.
    pub session_id: SessionId,
    /// Which check.
    pub check_id: PresenceCheckId,
    /// The host.
    pub by: UserId,
}

/// The schedule ends a check whose time is up by the database's clock.
#[derive(Clone, Copy, Debug)]
pub struct CloseDuePresenceCheck {
    /// Which check.
    pub check_id: PresenceCheckId,
}

#[async_trait]
impl UseCase for CheckPresence {
    const NAME: &'static str = "presence_check.open";
    type Output = PresenceCheck;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<PresenceCheck, Failure> {
        let at = load::session(tx, self.session_id, self.by, Take::Share).await?;
        at.permit::<ManageAttendance>()?;
        at.session.require_running()?;
        let rules = at.organization.rules.attendance.checks;
        let now = tx.now().await?;
        let instances = tx.attendance().all(self.session_id).await?;
        let present: Vec<UserId> =
            instances.iter().filter(|row| UserSession::is_own_presence(row)).map(|row| row.user_id).collect();
        let new = NewPresenceCheck {
            session_id: self.session_id,
            created_by_user_id: self.by,
            opened_at: now,
            closes_at: now + self.seconds.unwrap_or(rules.seconds).span(),
            sets_absent: self.sets_absent.unwrap_or(rules.sets_absent),
        };
        let check = match tx.presence().open_check(&new, &present).await {
            Err(StoreError::Violated(Constraint::PresenceCheck)) => {
                return Err(Refusal::PresenceCheckRunning.into());
            }
            opened => opened?,
        };
        let entry = audit::entry(Self::NAME, "presence_checks", check.id.get(), Some(self.by), now)
            .session(&at.session)
            .after(json!({
                "asked": present.len(), "closes_at": check.closes_at, "sets_absent": check.sets_absent,
            }));
        tx.audit().append(&[entry]).await?;
        // Who asks is there.
        answer(tx, &at.session, &check, self.by, now).await?;
        Ok(check)
    }
}

#[async_trait]
impl UseCase for AnswerPresenceCheck {
    const NAME: &'static str = "presence_check.answer";
    type Output = PresenceCheck;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<PresenceCheck, Failure> {
        let at = load::session(tx, self.session_id, self.by, Take::Share).await?;
        at.permit::<ViewAttendance>()?;
        // Held, so that the end of the check waits for this answer.
        let check = tx
            .presence()
            .check_for_share(self.check_id)
            .await?
            .filter(|check| check.session_id == self.session_id)
            .ok_or(Failure::NotFound("presence check"))?;
        let now = tx.now().await?;
        check.require_running(now)?;
        if !answer(tx, &at.session, &check, self.by, now).await? {
            return Err(Refusal::NotAsked.into());
        }
        Ok(check)
    }
}

#[async_trait]
impl UseCase for ClosePresenceCheck {
    const NAME: &'static str = "presence_check.close";
    type Output = PresenceCheck;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<PresenceCheck, Failure> {
        let at = load::session(tx, self.session_id, self.by, Take::Share).await?;
        at.permit::<ManageAttendance>()?;
        let check = tx
            .presence()
            .check_for_update(self.check_id)
            .await?
            .filter(|check| check.session_id == self.session_id)
            .ok_or(Failure::NotFound("presence check"))?;
        let now = tx.now().await?;
        end(tx, &at.session, check, Some(self.by), now).await
    }
}

#[async_trait]
impl UseCase for CloseDuePresenceCheck {
    const NAME: &'static str = "presence_check.close_due";
    /// Whether it ended now.
    type Output = bool;

    async fn run(&self, _env: &Env, tx: &mut dyn Tx) -> Result<bool, Failure> {
        let Some(check) = tx.presence().check(self.check_id).await? else { return Ok(false) };
        let Some(session) = tx.sessions().get_for_share(check.session_id).await? else { return Ok(false) };
        let Some(check) = tx.presence().check_for_update(self.check_id).await? else { return Ok(false) };
        let now = tx.now().await?;
        if !check.is_due(now) {
            return Ok(false);
        }
        end(tx, &session, check, None, now).await?;
        Ok(true)
    }
}

/// Takes an answer and notes it, the first time; `false` for who was not asked.
pub(crate) async fn answer(
    tx: &mut dyn Tx,
    session: &Session,
    check: &PresenceCheck,
    user: UserId,
    now: Moment,
) -> Result<bool, Failure> {
    let Some(answer) = tx.presence().answer(check.id, user, now).await? else { return Ok(false) };
    if answer == Step::To(()) {
        let entry =
            audit::entry(AnswerPresenceCheck::NAME, "presence_checks", check.id.get(), Some(user), now)
                .session(session)
                .after(json!({"answered_by": user.get()}));
        tx.audit().append(&[entry]).await?;
    }
    Ok(true)
}

/// Ends a check that is held for update. Where it says so, whoever was asked, did not answer and is still
/// in is set absent, together with the votes they hold for others.
pub(crate) async fn end(
    tx: &mut dyn Tx,
    session: &Session,
    check: PresenceCheck,
    by: Option<UserId>,
    now: Moment,
) -> Result<PresenceCheck, Failure> {
    if check.closed_at.is_some() {
        return Ok(check);
    }
    let asked = tx.presence().asked(check.id).await?;
    let mut absent = Vec::new();
    if check.sets_absent && !session.status.is_closed() {
        for one in asked.iter().filter(|one| one.answered_at.is_none()) {
            let own = tx.attendance().own(session.id, one.user_id).await?;
            if let Some(own) = own.filter(UserSession::is_own_presence) {
                let by = by.unwrap_or(check.created_by_user_id);
                depart(tx, session, &own, AttendanceChange::Left, by, now).await?;
                absent.push(one.user_id);
            }
        }
    }
    tx.presence().close_check(check.id, now, &absent).await?;
    let answered = asked.iter().filter(|one| one.answered_at.is_some()).count();
    let absent: Vec<i32> = absent.into_iter().map(UserId::get).collect();
    let entry = audit::entry("presence_check.close", "presence_checks", check.id.get(), by, now)
        .session(session)
        .after(json!({"asked": asked.len(), "answered": answered, "set_absent": absent}));
    tx.audit().append(&[entry]).await?;
    Ok(PresenceCheck { closed_at: Some(now), ..check })
}
