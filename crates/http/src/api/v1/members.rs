use utoipa_axum::router::OpenApiRouter;

use crate::state::{BodyLimits, HttpState};

pub(super) fn router(_limits: BodyLimits) -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
}
