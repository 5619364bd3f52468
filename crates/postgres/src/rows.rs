//! Rows as they are stored, and what they become.
//!
//! The transactional half and the read half use the same ones. A query of one kind of row selects
//! straight into it with `query_as!`; one that joins several selects under other names and fills
//! them in. A value that cannot be becomes [`StoreError::Corrupt`] naming the row, and its reason
//! never quotes the value: it may be a choice, or something a person wrote.

mod client;
mod committee;
mod corrected;
mod event;
mod log;
mod mandate;
mod motion;
mod nomination;
mod presence;
mod role;
mod rules;
mod sealed;

use std::fmt;
use std::str::FromStr;

use plenum_domain::Moment;
use plenum_domain::attendance::{AttendanceChange, AttendanceEntry, Correction, JoinLeft, UserSession};
use plenum_domain::field::FieldErrors;
use plenum_domain::id::{ApiTokenId, OrganizationId, SessionId, UserId, UserSessionId};
use plenum_domain::organization::{Contact, Member, Organization, Role, Rules, Weight};
use plenum_domain::session::{JoinCode, Session, SessionStatus};
use plenum_domain::text::{
    AndrewId, Description, EmailAddress, MemberNumber, OrganizationName, PersonName, Title, TokenName,
};
use plenum_domain::token::{TokenScope, TokenScopes};
use plenum_domain::user::User;
use plenum_ports::StoreError;
use plenum_ports::documents::{OrganizationData, read_organization_data};
use plenum_ports::repository::{ApiToken, RosterPerson};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use sqlx::types::Json;

pub(crate) use mandate::{MandateRow, mandate_change};
pub(crate) use presence::{AskedRow, PresenceCheckRow, WaitingRow};

pub(crate) use client::{ClientLineRow, ClientRow};
pub(crate) use committee::{CommitteeMemberRow, CommitteeRow};
pub(crate) use corrected::{CorrectedRow, correct, corrected_log};
pub(crate) use event::{EventRow, RollRow, VoteRow, quorum, response, result};
pub(crate) use log::{LogTreeRow, number, signed};
pub(crate) use motion::{MotionRow, TextRow, motion};
pub(crate) use nomination::{NominationRow, OfficeRow};
pub(crate) use role::{PendingRoleRow, RoleRow, ScopeColumns, granted};
pub(crate) use rules::{RulesRow, version};
pub(crate) use sealed::{BallotRow, SealRow, bare_ballot};

/// A `jsonb` column as it is, to be read where the row is known. Selected as
/// `data AS "data: Document"`.
pub(crate) type Document = Json<Box<RawValue>>;

/// Where a value stands, for naming it when it cannot be.
#[derive(Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) table: &'static str,
    pub(crate) column: &'static str,
    pub(crate) row: i64,
}

impl Cell {
    pub(crate) fn new(table: &'static str, column: &'static str, row: impl Into<i64>) -> Self {
        Self { table, column, row: row.into() }
    }

    /// The error about this cell. The reason may not quote its content.
    pub(crate) fn corrupt(self, reason: impl fmt::Display) -> StoreError {
        let Self { table, column, row } = self;
        StoreError::Corrupt { table, column, row, reason: reason.to_string() }
    }

    /// The value, or the error that says why there is none.
    pub(crate) fn check<T, E: fmt::Display>(self, result: Result<T, E>) -> Result<T, StoreError> {
        result.map_err(|error| self.corrupt(error))
    }

    /// The value of a column that this row must have.
    pub(crate) fn present<T>(self, value: Option<T>) -> Result<T, StoreError> {
        value.ok_or_else(|| self.corrupt("is empty"))
    }

    /// Reads one of the published words.
    pub(crate) fn word<T: FromStr>(self, text: &str) -> Result<T, StoreError>
    where
        T::Err: fmt::Display,
    {
        self.check(text.parse())
    }

    /// Reads a document.
    pub(crate) fn document<T: DeserializeOwned>(self, document: &Document) -> Result<T, StoreError> {
        serde_json::from_str(document.0.get()).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            self.corrupt(format_args!("not a document of this program, at {line}:{column}"))
        })
    }

    fn fields<T>(self, result: Result<T, FieldErrors>) -> Result<T, StoreError> {
        result.map_err(|errors| {
            let fields: Vec<&str> = errors.as_slice().iter().map(|error| error.field.as_str()).collect();
            self.corrupt(format_args!("cannot be read: {}", fields.join(", ")))
        })
    }
}

/// A row of `users`, without what only sign-in needs.
#[derive(Debug)]
pub(crate) struct UserRow {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) andrew_id: String,
    pub(crate) created_at: Moment,
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        let cell = |column| Cell::new("users", column, row.id);
        Ok(Self {
            id: UserId::new(row.id),
            name: cell("name").check(PersonName::parse(&row.name))?,
            andrew_id: cell("andrew_id").check(AndrewId::parse(&row.andrew_id))?,
            created_at: row.created_at,
        })
    }
}

/// A row of `users` as a roster looks at it.
#[derive(Debug)]
pub(crate) struct RosterPersonRow {
    pub(crate) asked: String,
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) andrew_id: String,
    pub(crate) created_at: Moment,
    pub(crate) is_client: bool,
    pub(crate) is_gone: bool,
    pub(crate) is_correctable: bool,
}

impl TryFrom<RosterPersonRow> for RosterPerson {
    type Error = StoreError;

    fn try_from(row: RosterPersonRow) -> Result<Self, StoreError> {
        let cell = Cell::new("users", "andrew_id", row.id);
        let user =
            UserRow { id: row.id, name: row.name, andrew_id: row.andrew_id, created_at: row.created_at };
        Ok(Self {
            asked: cell.check(AndrewId::parse(&row.asked))?,
            user: user.try_into()?,
            is_client: row.is_client,
            is_gone: row.is_gone,
            is_correctable: row.is_correctable,
        })
    }
}

/// How a member is reached and numbered, as the table keeps it.
pub(crate) fn contact(user: i32, email: Option<&str>, number: Option<&str>) -> Result<Contact, StoreError> {
    let cell = |column| Cell::new("organization_members", column, user);
    Ok(Contact {
        email: email.map(|text| cell("email").check(EmailAddress::parse(text))).transpose()?,
        number: number.map(|text| cell("member_number").check(MemberNumber::parse(text))).transpose()?,
    })
}

/// A row of `api_tokens`, without its secret's hash.
#[derive(Debug)]
pub(crate) struct ApiTokenRow {
    pub(crate) id: i32,
    pub(crate) user_id: i32,
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) created_at: Moment,
    pub(crate) expires_at: Option<Moment>,
    pub(crate) last_used_at: Option<Moment>,
}

impl TryFrom<ApiTokenRow> for ApiToken {
    type Error = StoreError;

    fn try_from(row: ApiTokenRow) -> Result<Self, StoreError> {
        let cell = Cell::new("api_tokens", "scopes", row.id);
        let scopes: Vec<TokenScope> =
            row.scopes.iter().map(|word| cell.word(word)).collect::<Result<_, _>>()?;
        Ok(Self {
            scopes: cell.present(TokenScopes::new(scopes))?,
            id: ApiTokenId::new(row.id),
            user_id: UserId::new(row.user_id),
            name: Cell::new("api_tokens", "name", row.id).check(TokenName::parse(&row.name))?,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
        })
    }
}

/// A row of `organizations`.
#[derive(Debug)]
pub(crate) struct OrganizationRow {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) data: Document,
}

impl TryFrom<OrganizationRow> for Organization {
    type Error = StoreError;

    fn try_from(row: OrganizationRow) -> Result<Self, StoreError> {
        let cell = |column| Cell::new("organizations", column, row.id);
        let data: OrganizationData = cell("data").document(&row.data)?;
        let nothing = cell("data").check(Description::parse(""))?;
        let (description, rules, accent) =
            cell("data").fields(read_organization_data(&data, &nothing, &Rules::default(), None))?;
        Ok(Self {
            id: OrganizationId::new(row.id),
            name: cell("name").check(OrganizationName::parse(&row.name))?,
            description,
            rules,
            accent,
        })
    }
}

/// A row of `organization_members`.
#[derive(Debug)]
pub(crate) struct MemberRow {
    pub(crate) organization_id: i32,
    pub(crate) user_id: i32,
    pub(crate) user_role: String,
    pub(crate) vote_weight: i32,
    pub(crate) joined_at: Moment,
}

impl TryFrom<MemberRow> for Member {
    type Error = StoreError;

    fn try_from(row: MemberRow) -> Result<Self, StoreError> {
        let cell = |column| Cell::new("organization_members", column, row.user_id);
        Ok(Self {
            organization_id: OrganizationId::new(row.organization_id),
            user_id: UserId::new(row.user_id),
            role: cell("user_role").word::<Role>(&row.user_role)?,
            weight: weight(cell("vote_weight"), row.vote_weight)?,
            joined_at: row.joined_at,
        })
    }
}

/// Reads a vote weight.
pub(crate) fn weight(cell: Cell, value: i32) -> Result<Weight, StoreError> {
    cell.check(Weight::new(cell.check(u32::try_from(value))?))
}

/// A row of `sessions`.
#[derive(Debug)]
pub(crate) struct SessionRow {
    pub(crate) id: i32,
    pub(crate) organization_id: i32,
    pub(crate) join_code: String,
    pub(crate) title: String,
    pub(crate) status: String,
    pub(crate) created_by_user_id: i32,
    pub(crate) created_at: Moment,
    pub(crate) closed_at: Option<Moment>,
}

impl TryFrom<SessionRow> for Session {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<Self, StoreError> {
        let cell = |column| Cell::new("sessions", column, row.id);
        let status = match row.status.as_str() {
            "open" => SessionStatus::Open,
            "locked" => SessionStatus::Locked,
            "closed" => SessionStatus::Closed { at: cell("closed_at").present(row.closed_at)? },
            _ => return Err(cell("status").corrupt("must be one of: open, locked, closed")),
        };
        Ok(Self {
            id: SessionId::new(row.id),
            organization_id: OrganizationId::new(row.organization_id),
            join_code: cell("join_code").check(JoinCode::parse(&row.join_code))?,
            title: cell("title").check(Title::parse(&row.title))?,
            status,
            created_by_user_id: UserId::new(row.created_by_user_id),
            created_at: row.created_at,
        })
    }
}

/// A row of `user_sessions`.
#[derive(Debug)]
pub(crate) struct UserSessionRow {
    pub(crate) id: i32,
    pub(crate) user_id: i32,
    pub(crate) session_id: i32,
    pub(crate) proxy: Option<i32>,
    pub(crate) join_left: String,
    pub(crate) barred: bool,
    pub(crate) timestamp: Moment,
}

impl TryFrom<UserSessionRow> for UserSession {
    type Error = StoreError;

    fn try_from(row: UserSessionRow) -> Result<Self, StoreError> {
        let join_left = match row.join_left.as_str() {
            "joined" => JoinLeft::Joined,
            "left" => JoinLeft::Left,
            _ => {
                let cell = Cell::new("user_sessions", "join_left", row.id);
                return Err(cell.corrupt("must be one of: joined, left"));
            }
        };
        Ok(Self {
            id: UserSessionId::new(row.id),
            user_id: UserId::new(row.user_id),
            session_id: SessionId::new(row.session_id),
            proxy: row.proxy.map(UserId::new),
            join_left,
            barred: row.barred,
            timestamp: row.timestamp,
        })
    }
}

/// A row of `attendance_log`.
#[derive(Debug)]
pub(crate) struct AttendanceRow {
    pub(crate) id: i64,
    pub(crate) user_id: i32,
    pub(crate) change: String,
    pub(crate) at: Moment,
    pub(crate) by_user_id: i32,
    pub(crate) true_from: Option<Moment>,
    pub(crate) true_until: Option<Moment>,
}

impl TryFrom<AttendanceRow> for AttendanceEntry {
    type Error = StoreError;

    fn try_from(row: AttendanceRow) -> Result<Self, StoreError> {
        let change = match row.change.as_str() {
            "joined" => AttendanceChange::Joined,
            "left" => AttendanceChange::Left,
            "removed" => AttendanceChange::Removed,
            word @ ("present" | "absent") => {
                let cell = |column| Cell::new("attendance_log", column, row.id);
                AttendanceChange::Corrected(Correction {
                    present: word == "present",
                    from: cell("true_from").present(row.true_from)?,
                    until: cell("true_until").present(row.true_until)?,
                })
            }
            _ => {
                let cell = Cell::new("attendance_log", "change", row.id);
                return Err(cell.corrupt("must be one of: joined, left, removed, present, absent"));
            }
        };
        Ok(Self {
            user_id: UserId::new(row.user_id),
            change,
            at: row.at,
            by_user_id: UserId::new(row.by_user_id),
        })
    }
}

/// What stands in `audit_log.changes`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ChangesData {
    pub(crate) before: Option<Value>,
    pub(crate) after: Option<Value>,
}

/// Turns rows into what they stand for.
pub(crate) fn all<R, T>(rows: Vec<R>) -> Result<Vec<T>, StoreError>
where
    T: TryFrom<R, Error = StoreError>,
{
    rows.into_iter().map(T::try_from).collect()
}
