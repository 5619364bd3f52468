//! Ids in paths.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use plenum_domain::id::{
    ApiTokenId, ClientId, CommitteeId, EventId, LeafId, NominationId, OfficeId, OrganizationId,
    PendingRoleId, PresenceCheckId, ProxyId, RoleGrantId, SessionId, UserId,
};

use crate::problem::Problem;

/// The ids in a path, in order: one, two or three, or a word as the last of them. What is no number cannot exist,
/// so it is a 404.
pub(crate) struct Path<T>(pub(crate) T);

/// An id that can stand in a path.
pub(crate) trait PathId: Sized {
    /// What it names, for who asks for one that cannot be.
    const WHAT: &'static str;

    fn from_number(number: i32) -> Self;
}

macro_rules! path_ids {
    ($($id:ident $what:literal;)+) => {$(
        impl PathId for $id {
            const WHAT: &'static str = $what;

            fn from_number(number: i32) -> Self {
                Self::new(number)
            }
        }

        impl FromPath for $id {
            fn read(values: &[&str]) -> Result<Self, Problem> {
                one(values.first())
            }
        }
    )+};
}

path_ids! {
    UserId "user";
    OrganizationId "organization";
    SessionId "session";
    ProxyId "proxy";
    PresenceCheckId "presence check";
    EventId "event";
    OfficeId "office";
    NominationId "nomination";
    ApiTokenId "token";
    ClientId "client";
    CommitteeId "committee";
    RoleGrantId "role grant";
    PendingRoleId "pending role";
}

/// The number of a version of an organization's rules, in a path.
#[derive(Clone, Copy)]
pub(crate) struct RulesVersion(pub(crate) u32);

impl PathId for RulesVersion {
    const WHAT: &'static str = "version of the rules";

    fn from_number(number: i32) -> Self {
        Self(number.unsigned_abs())
    }
}

impl FromPath for LeafId {
    fn read(values: &[&str]) -> Result<Self, Problem> {
        let number = values.first().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let number = number.and_then(|text| text.parse().ok());
        number.map(Self::new).ok_or_else(|| Problem::not_found("receipt"))
    }
}

/// What can be read from the variable parts of a path.
pub(crate) trait FromPath: Sized {
    fn read(values: &[&str]) -> Result<Self, Problem>;
}

impl<A: PathId, B: PathId> FromPath for (A, B) {
    fn read(values: &[&str]) -> Result<Self, Problem> {
        Ok((one(values.first())?, one(values.get(1))?))
    }
}

impl<A: PathId> FromPath for (A, String) {
    fn read(values: &[&str]) -> Result<Self, Problem> {
        Ok((one(values.first())?, word(values.get(1))))
    }
}

impl<A: PathId, B: PathId> FromPath for (A, B, String) {
    fn read(values: &[&str]) -> Result<Self, Problem> {
        Ok((one(values.first())?, one(values.get(1))?, word(values.get(2))))
    }
}

impl<A: PathId, B: PathId, C: PathId> FromPath for (A, B, C) {
    fn read(values: &[&str]) -> Result<Self, Problem> {
        Ok((one(values.first())?, one(values.get(1))?, one(values.get(2))?))
    }
}

fn word(text: Option<&&str>) -> String {
    text.map(|text| (*text).to_owned()).unwrap_or_default()
}

fn one<I: PathId>(text: Option<&&str>) -> Result<I, Problem> {
    let number = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let number = number.and_then(|text| text.parse().ok());
    number.map(I::from_number).ok_or_else(|| Problem::not_found(I::WHAT))
}

impl<T: FromPath, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let values = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::not_found("address"))?;
        let values: Vec<&str> = values.iter().map(|(_, value)| value).collect();
        T::read(&values).map(Self)
    }
}
