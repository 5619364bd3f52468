//! Problem details (RFC 9457): one exhaustive match from failures to what a client is told.

use std::any::Any;
use std::fmt;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use plenum_application::failure::SignInFailure;
use plenum_application::{Failure, KeyTrouble};
use plenum_domain::Refusal;
use plenum_domain::field::FieldErrors;
use plenum_ports::identity::IdentityError;
use plenum_ports::{Constraint, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

/// The published list of codes, one section each.
const ERRORS: &str = include_str!("../../../docs/ERRORS.md");

macro_rules! codes {
    ($($name:ident $code:literal $status:ident;)+) => {
        /// The codes of everything but a [`Refusal`](plenum_domain::Refusal), which brings its own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Code { $($name),+ }

        impl Code {
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),+];

            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status),+ }
            }
        }
    };
}

codes! {
    NotSignedIn "not_signed_in" UNAUTHORIZED;
    InvalidToken "invalid_token" UNAUTHORIZED;
    Forbidden "forbidden" FORBIDDEN;
    CrossSite "cross_site" FORBIDDEN;
    NotFound "not_found" NOT_FOUND;
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED;
    FormatNotAvailable "format_not_available" NOT_ACCEPTABLE;
    MalformedJson "malformed_json" BAD_REQUEST;
    UnreadableRequest "unreadable_request" BAD_REQUEST;
    UnsupportedMediaType "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE;
    TooManyRequests "too_many_requests" TOO_MANY_REQUESTS;
    TooManyCodes "too_many_join_codes" TOO_MANY_REQUESTS;
    TokenScope "token_scope" FORBIDDEN;
    TooLarge "too_large" PAYLOAD_TOO_LARGE;
    InvalidContent "invalid_content" UNPROCESSABLE_ENTITY;
    KeyReused "idempotency_key_reused" UNPROCESSABLE_ENTITY;
    Conflict "conflict" CONFLICT;
    SignInExpired "sign_in_expired" BAD_REQUEST;
    SignInRefused "sign_in_refused" BAD_REQUEST;
    SignInNotVerified "sign_in_not_verified" BAD_REQUEST;
    LoginNameTaken "login_name_taken" BAD_REQUEST;
    PersonDisabled "person_disabled" FORBIDDEN;
    NoLoginName "no_login_name" BAD_GATEWAY;
    ProviderUnavailable "sign_in_provider_unavailable" BAD_GATEWAY;
    Unavailable "unavailable" SERVICE_UNAVAILABLE;
    KeyStoreUnavailable "key_store_unavailable" SERVICE_UNAVAILABLE;
    KeyElsewhere "key_elsewhere" SERVICE_UNAVAILABLE;
    OutcomeUnknown "outcome_unknown" SERVICE_UNAVAILABLE;
    Timeout "timeout" SERVICE_UNAVAILABLE;
    Internal "internal" INTERNAL_SERVER_ERROR;
}

/// What went wrong, in the form a client is told. Holds nothing internal.
#[derive(Debug)]
pub(crate) struct Problem {
    code: &'static str,
    status: StatusCode,
    detail: String,
    errors: Vec<FieldProblem>,
    event: Option<i32>,
    retry_after: Option<u16>,
}

/// Why a request was not done (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "/problems/invalid_content",
    "title": "Invalid content",
    "status": 422,
    "detail": "The content of the request is wrong. See errors.",
    "code": "invalid_content",
    "errors": [{"field": "title", "message": "may not be empty"}],
}))]
pub(crate) struct ProblemBody {
    /// Stable path that names the kind of problem, documented in docs/ERRORS.md.
    #[serde(rename = "type")]
    kind: String,
    /// The kind of problem in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong, in words a person can act on.
    detail: String,
    /// Stable, machine-readable code.
    code: String,
    /// What is wrong field by field; with status 422 only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
    /// Which event is in the way, where a request is about several.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<i32>,
}

/// What is wrong with one field of a request.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FieldProblem {
    /// Path of the field, such as `data.vote_options[2]`.
    field: String,
    /// What is wrong with it.
    message: String,
}

/// `already_voted` as "Already voted".
pub(crate) fn title(code: &str) -> String {
    let words = code.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

impl Problem {
    /// A problem of this kind.
    pub(crate) fn new(code: Code, detail: impl fmt::Display) -> Self {
        Self {
            code: code.as_str(),
            status: code.status(),
            detail: detail.to_string(),
            errors: Vec::new(),
            event: None,
            retry_after: None,
        }
    }

    /// 422 for one field.
    pub(crate) fn field(field: impl Into<String>, message: impl fmt::Display) -> Self {
        FieldErrors::one(field, message).into()
    }

    /// Something is broken on this side; the caller logs what.
    pub(crate) fn internal() -> Self {
        let detail = "Something went wrong in the server. The administrator finds it in the log by the \
                      X-Request-Id of this answer.";
        Self::new(Code::Internal, detail)
    }

    /// 404 for a thing.
    pub(crate) fn not_found(what: &'static str) -> Self {
        Failure::NotFound(what).into()
    }

    /// Says when trying again makes sense.
    #[must_use]
    pub(crate) const fn retry_after(mut self, seconds: u16) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub(crate) const fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) const fn code(&self) -> &'static str {
        self.code
    }

    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// After how many seconds trying again makes sense.
    pub(crate) const fn wait(&self) -> Option<u16> {
        self.retry_after
    }

    /// What is wrong, field by field.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.errors.iter().map(|error| (error.field.as_str(), error.message.as_str()))
    }

    /// The same for a form with one field: what is wrong with it, not that something is.
    #[must_use]
    pub(crate) fn plainly(mut self) -> Self {
        if let [only] = self.errors.as_slice() {
            self.detail = format!("{} {}.", title(&only.field), only.message);
        }
        self
    }
}

impl From<FieldErrors> for Problem {
    fn from(errors: FieldErrors) -> Self {
        let listed = errors.as_slice().iter();
        let errors = listed
            .map(|error| FieldProblem { field: error.field.clone(), message: error.message.clone() })
            .collect();
        Self { errors, ..Self::new(Code::InvalidContent, "The content of the request is wrong. See errors.") }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => Self {
                code: refusal.code(),
                status: if refusal.is_forbidden() { StatusCode::FORBIDDEN } else { StatusCode::CONFLICT },
                detail: refusal.to_string(),
                errors: Vec::new(),
                event: None,
                retry_after: None,
            },
            Failure::RefusedFor { event, refusal } => {
                Self { event: Some(event.get()), ..Failure::Refused(refusal).into() }
            }
            Failure::Invalid(errors) => errors.into(),
            Failure::Forbidden { needs } => Self::new(Code::Forbidden, needs),
            failure @ Failure::NotFound(_) => Self::new(Code::NotFound, failure),
            failure @ Failure::KeyReused => Self::new(Code::KeyReused, failure),
            Failure::SignIn(failure) => failure.into(),
            Failure::Keys(trouble) => trouble.into(),
            Failure::Store(error) => error.into(),
        }
    }
}

impl From<KeyTrouble> for Problem {
    fn from(trouble: KeyTrouble) -> Self {
        match &trouble {
            KeyTrouble::Unavailable(reason) => {
                tracing::error!(%reason, "the key store cannot be used");
                Self::new(Code::KeyStoreUnavailable, trouble).retry_after(5)
            }
            KeyTrouble::Elsewhere => Self::new(Code::KeyElsewhere, trouble).retry_after(60),
        }
    }
}

impl From<SignInFailure> for Problem {
    fn from(failure: SignInFailure) -> Self {
        let error = match failure {
            SignInFailure::Expired => return Self::new(Code::SignInExpired, failure),
            SignInFailure::NoLoginName => return Self::new(Code::NoLoginName, failure),
            SignInFailure::Disabled => return Self::new(Code::PersonDisabled, failure),
            SignInFailure::LoginNameTaken => return Self::new(Code::LoginNameTaken, failure),
            SignInFailure::Provider(error) => error,
        };
        // The reasons are for the log: what comes from the provider is not repeated to a browser.
        tracing::warn!(%error, "a sign-in did not succeed");
        match error {
            IdentityError::Unavailable { .. } => Self::new(
                Code::ProviderUnavailable,
                "The sign-in provider does not answer. Try again in a few minutes.",
            ),
            IdentityError::ProviderRefused { .. } => Self::new(
                Code::SignInRefused,
                "The sign-in provider refused, or you cancelled. Start the sign-in again.",
            ),
            IdentityError::Invalid { .. } => Self::new(
                Code::SignInNotVerified,
                "The sign-in could not be verified. Start it again; if that does not help, tell the \
                 administrator of this server.",
            ),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Retry => {
                tracing::warn!(%error, "gave up after several tries");
                Self::new(Code::Unavailable, "The server is busy. Try again in a moment.").retry_after(1)
            }
            StoreError::Unavailable(_) => {
                tracing::error!(%error, "the store failed");
                let detail =
                    "The database cannot be reached at the moment. Nothing was changed. Try again soon.";
                Self::new(Code::Unavailable, detail).retry_after(2)
            }
            StoreError::UnknownOutcome(_) => {
                tracing::error!(%error, "the store failed");
                let detail = "The connection to the database was lost while saving: it may or may not have \
                              been done. Send the same request again with the same Idempotency-Key, or look.";
                Self::new(Code::OutcomeUnknown, detail).retry_after(1)
            }
            // The store's own guard, for whatever way leads a machine to a vote.
            StoreError::Violated(Constraint::ClientNeverVotes) => {
                Failure::Refused(Refusal::ClientNeverVotes).into()
            }
            StoreError::Violated(_) => {
                tracing::error!(%error, "a constraint that no use case expected");
                let detail = "Someone changed the same thing at the same moment. Look at it and try again.";
                Self::new(Code::Conflict, detail)
            }
            StoreError::Referenced { .. }
            | StoreError::Corrupt { .. }
            | StoreError::RowCount { .. }
            | StoreError::Other(_) => {
                tracing::error!(%error, "the store failed");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = ProblemBody {
            kind: format!("/problems/{}", self.code),
            title: title(self.code),
            status: self.status.as_u16(),
            detail: self.detail,
            code: self.code.to_owned(),
            errors: self.errors,
            event_id: self.event,
        };
        // Unwrap safety: a struct of texts and numbers always turns into JSON.
        let body = serde_json::to_vec(&body).expect("a problem turns into JSON");
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = if self.code == Code::InvalidToken.as_str() {
                "Bearer realm=\"plenum\", error=\"invalid_token\""
            } else {
                "Bearer realm=\"plenum\""
            };
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

/// Answers where no route is.
pub(crate) fn no_such_path() -> Problem {
    Problem::new(Code::NotFound, "There is nothing at this address. GET /api/docs lists what there is.")
}

/// Answers where a route has no such method.
pub(crate) async fn wrong_method(method: Method) -> Problem {
    let detail = format!("{method} is not possible here. The Allow header of this answer says what is.");
    Problem::new(Code::MethodNotAllowed, detail)
}

/// Answers for a handler that panicked; the panic hook has logged why.
#[expect(clippy::needless_pass_by_value, reason = "the signature is the layer's")]
pub(crate) fn panicked(payload: Box<dyn Any + Send>) -> Response {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no text");
    tracing::error!(panic = text, "a handler panicked");
    Problem::internal().into_response()
}

/// `/problems/{code}`: what a problem's `type` leads to.
pub(crate) fn pages<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/problems/{code}", axum::routing::get(page))
}

async fn page(Path(code): Path<String>) -> Result<Response, Problem> {
    let section = section(&code).ok_or_else(|| Problem::not_found("kind of problem"))?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], section).into_response())
}

/// The section of docs/ERRORS.md about a code.
pub(crate) fn section(code: &str) -> Option<&'static str> {
    let heading = format!("### {code}\n");
    let start = ERRORS.find(&heading)?;
    let rest = &ERRORS[start..];
    let end = rest[heading.len()..].find("\n#").map_or(rest.len(), |at| at + heading.len() + 1);
    Some(rest[..end].trim_end())
}
