//! What `/auth` takes and answers.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::extract::{FromQuery, QueryReader};

/// Where to go after signing in.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct LoginQuery {
    /// A path on this server; the front page when left out or not on this server.
    #[param(example = "/")]
    pub(super) next: Option<String>,
}

impl FromQuery for LoginQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        Some(Self { next: query.take("next") })
    }
}

/// What the provider sends back with the browser.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CallbackQuery {
    /// The authorization code.
    pub(super) code: Option<String>,
    /// The state of the login.
    pub(super) state: Option<String>,
    /// Who answers (RFC 9207).
    pub(super) iss: Option<String>,
    /// The provider's error code, when it refused.
    pub(super) error: Option<String>,
    /// Its explanation.
    pub(super) error_description: Option<String>,
}

impl FromQuery for CallbackQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let read = Self {
            code: query.take("code"),
            state: query.take("state"),
            iss: query.take("iss"),
            error: query.take("error"),
            error_description: query.take("error_description"),
        };
        // Providers add parameters of their own, such as session_state; they are to be ignored.
        query.ignore_rest();
        Some(read)
    }
}

/// How far to sign out.
#[derive(Debug, Default, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
#[schema(as = SignOut, example = json!({"everywhere": false}))]
pub(super) struct LogoutBody {
    /// In every browser, not in this one only.
    #[serde(default)]
    #[param(required = false)]
    pub(super) everywhere: bool,
}

impl FromQuery for LogoutBody {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let everywhere = query.take_parsed("everywhere", "must be true or false");
        Some(Self { everywhere: everywhere.unwrap_or_default() })
    }
}

/// You are signed out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SignedOut, example = json!({"end_session_url": null}))]
pub(super) struct SignedOutBody {
    /// Where to go to sign out at the provider too, when it offers that.
    pub(super) end_session_url: Option<String>,
}
