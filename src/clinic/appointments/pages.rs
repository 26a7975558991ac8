//! The pages of appointments.

use aide::axum::ApiRouter;

use crate::app::App;

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
}
