//! Bodies in JSON.

use std::collections::HashSet;
use std::fmt;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

use crate::problem::{Code, Problem};

/// A body in JSON. No body at all is read as `{}`.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let headers = request.headers().clone();
        let body = body(request, state).await?;
        parse(&headers, &body).map(Self)
    }
}

/// The raw body, up to the limit of the route.
pub(crate) async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        if rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
            Problem::new(Code::TooLarge, "The request is larger than the server takes. Send it in parts.")
        } else {
            Problem::new(Code::UnreadableRequest, "The request broke off before its end. Send it again.")
        }
    })
}

/// Reads a body.
pub(crate) fn parse<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    if body.is_empty() {
        return typed(b"{}");
    }
    if !is_json(headers) {
        let detail = "The body has to be JSON. Send it with the header Content-Type: application/json.";
        return Err(Problem::new(Code::UnsupportedMediaType, detail));
    }
    well_formed(body)?;
    typed(body)
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// What was written stays as it was written: a key that stands there twice is a mistake.
fn well_formed(body: &[u8]) -> Result<(), Problem> {
    let twice = std::cell::RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_slice(body);
    let walk = Walk { path: String::new(), twice: &twice };
    match walk.deserialize(&mut reader).and_then(|()| reader.end()) {
        Ok(()) => Ok(()),
        Err(error) => Err(match twice.into_inner() {
            Some(path) => Problem::field(path, "appears twice"),
            None => malformed(&error),
        }),
    }
}

fn malformed(error: &serde_json::Error) -> Problem {
    let what = message(error);
    let (line, column) = (error.line(), error.column());
    let detail = format!("The body is not well-formed JSON: {what}, at line {line}, column {column}.");
    Problem::new(Code::MalformedJson, detail)
}

/// The error without the position that is put behind it.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&position).map_or_else(|| text.clone(), str::to_owned)
}

fn typed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { path };
        let inner = error.into_inner();
        if inner.classify() != Category::Data {
            return malformed(&inner);
        }
        wrong_field(&path, &message(&inner))
    })
}

/// Names the field that a message of serde is about.
fn wrong_field(path: &str, message: &str) -> Problem {
    if let Some((_, expected)) =
        message.split_once("`, expected one of ").filter(|_| message.starts_with("unknown variant"))
    {
        return Problem::field(path, format!("must be one of: {}", expected.replace('`', "")));
    }
    for (start, verdict) in [("unknown field `", "is not a field here"), ("missing field `", "is required")] {
        let Some((name, rest)) = message.strip_prefix(start).and_then(|rest| rest.split_once('`')) else {
            continue;
        };
        let verdict = match rest.strip_prefix(", expected ") {
            Some(expected) => format!("{verdict}; expected {}", expected.replace('`', "")),
            None => verdict.to_owned(),
        };
        return Problem::field(under(path, name), verdict);
    }
    Problem::field(path, message)
}

fn under(path: &str, name: &str) -> String {
    let known = path == name || path.ends_with(&format!(".{name}"));
    match path {
        "" => name.to_owned(),
        path if known => path.to_owned(),
        path => format!("{path}.{name}"),
    }
}

/// Walks over a document and stops at the first key that stands twice in one object.
struct Walk<'a> {
    path: String,
    twice: &'a std::cell::RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut at = 0;
        while items
            .next_element_seed(Walk { path: format!("{}[{at}]", self.path), twice: self.twice })?
            .is_some()
        {
            at += 1;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(key) = entries.next_key::<String>()? {
            let path = if self.path.is_empty() { key.clone() } else { format!("{}.{key}", self.path) };
            if !seen.insert(key) {
                *self.twice.borrow_mut() = Some(path);
                return Err(A::Error::custom("a key appears twice"));
            }
            entries.next_value_seed(Walk { path, twice: self.twice })?;
        }
        Ok(())
    }
}
