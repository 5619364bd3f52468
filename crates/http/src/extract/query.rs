//! Queries: every key known, none twice.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use plenum_domain::field::{FieldChecks, FieldErrors};
use plenum_ports::page::Page;

use crate::problem::Problem;

/// A query that was read completely.
pub(crate) struct Query<T>(pub(crate) T);

/// What can be read from a query.
pub(crate) trait FromQuery: Sized {
    /// Takes what it knows; what is left over afterwards is refused. Mistakes are noted in the reader.
    fn read(query: &mut QueryReader) -> Option<Self>;
}

impl FromQuery for Page {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let limit = query.take_parsed::<u16>("limit", "must be a whole number from 1 to 200");
        let after = query.take_parsed::<i64>("after", "must be the next of an earlier answer");
        let page = Self::new(limit, after);
        query.check("limit", page)
    }
}

impl FromQuery for () {
    fn read(_: &mut QueryReader) -> Option<Self> {
        Some(())
    }
}

impl<A: FromQuery, B: FromQuery> FromQuery for (A, B) {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let first = A::read(query);
        first.zip(B::read(query))
    }
}

/// The keys and values of a query that nobody has taken yet.
pub(crate) struct QueryReader {
    values: BTreeMap<String, String>,
    checks: FieldChecks,
}

impl QueryReader {
    pub(crate) fn new(query: Option<&str>) -> Self {
        let mut reader = Self { values: BTreeMap::new(), checks: FieldChecks::new() };
        for (key, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            if reader.values.insert(key.to_string(), value.into_owned()).is_some() {
                reader.checks.fail(&key, "appears twice");
            }
        }
        reader
    }

    /// Takes a value as it stands there.
    pub(crate) fn take(&mut self, key: &str) -> Option<String> {
        self.values.remove(key)
    }

    /// Takes a value that has to be of some type.
    pub(crate) fn take_parsed<T: FromStr>(&mut self, key: &str, wrong: &str) -> Option<T> {
        let parsed = self.take(key)?.parse();
        self.check(key, parsed.map_err(|_| wrong))
    }

    /// Keeps a value, or notes why it is wrong.
    pub(crate) fn check<T, E: Display>(&mut self, key: &str, result: Result<T, E>) -> Option<T> {
        self.checks.take(key, result)
    }

    /// Leaves whatever else there is alone.
    pub(crate) fn ignore_rest(&mut self) {
        self.values.clear();
    }

    /// Gives what was read if nothing is wrong or left over.
    pub(crate) fn finish<T>(mut self, value: Option<T>) -> Result<T, FieldErrors> {
        for key in self.values.keys() {
            self.checks.fail(key, "is not a parameter here");
        }
        self.checks.finish(value)
    }
}

impl<T: FromQuery, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let mut query = QueryReader::new(parts.uri.query());
        let value = T::read(&mut query);
        Ok(Self(query.finish(value)?))
    }
}
