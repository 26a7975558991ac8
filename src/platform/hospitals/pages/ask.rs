//! Suspending, restricting and letting a hospital back in: each is asked for on a page of its own before it is done.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Response};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;

use super::LIST;
use crate::access::{Audit, Frame, PlatformAuthorized};
use crate::app::App;
use crate::identity::actor::TenantStatus;
use crate::kernel::ids::TenantId;
use crate::kernel::{AppError, FieldErrors};
use crate::platform::hospitals::views::{Change, HospitalChangePage, HospitalRow};
use crate::platform::hospitals::{self, Asked, Hospital, Manage};
use crate::web::layout::FormState;
use crate::web::openapi::op;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther};

/// The question and the act of one change: two handlers each, which differ in a word.
macro_rules! change {
    ($ask:ident, $act:ident, $change:ident) => {
        async fn $ask(
            tx: PlatformAuthorized<Manage>,
            frame: Frame,
            Path(id): Path<TenantId>,
        ) -> Result<Page<HospitalChangePage>, AppError> {
            let page = question(&tx, &frame, id, Change::$change, FormState::new()).await?;
            tx.commit(Audit::viewed(id), Page(page)).await
        }

        async fn $act(
            tx: PlatformAuthorized<Manage>,
            frame: Frame,
            Path(id): Path<TenantId>,
            Form(form): Form<ChangeForm>,
        ) -> Result<Response, AppError> {
            let done = match asked(&form, Change::$change) {
                Ok(asked) => hospitals::$act(&tx, id, &asked).await,
                Err(refusal) => Err(refusal),
            };
            answer(tx, &frame, id, Change::$change, form, done).await
        }
    };
}

change!(ask_to_suspend, suspend, Suspend);
change!(ask_to_activate, activate, Activate);
change!(ask_to_restrict, restrict, Restrict);
change!(ask_to_lift, lift, Lift);
change!(ask_to_reject, reject, Reject);

pub(super) fn router() -> ApiRouter<App> {
    let suspending = get_with(ask_to_suspend, op("pages.hospitals.ask_to_suspend", "Ask before suspending"))
        .post_with(suspend, op("pages.hospitals.suspend", "Suspend a hospital"));
    let activating =
        get_with(ask_to_activate, op("pages.hospitals.ask_to_activate", "Ask before activating"))
            .post_with(activate, op("pages.hospitals.activate", "Activate a hospital"));
    let restricting =
        get_with(ask_to_restrict, op("pages.hospitals.ask_to_restrict", "Ask before restricting"))
            .post_with(restrict, op("pages.hospitals.restrict", "Restrict a hospital"));
    let lifting =
        get_with(ask_to_lift, op("pages.hospitals.ask_to_lift", "Ask before lifting a restriction"))
            .post_with(lift, op("pages.hospitals.lift", "Lift a restriction"));
    let rejecting = get_with(ask_to_reject, op("pages.hospitals.ask_to_reject", "Ask before rejecting"))
        .post_with(reject, op("pages.hospitals.reject", "Reject a sign-up"));
    ApiRouter::new()
        .api_route("/console/hospitals/{id}/reject", rejecting)
        .api_route("/console/hospitals/{id}/suspend", suspending)
        .api_route("/console/hospitals/{id}/activate", activating)
        .api_route("/console/hospitals/{id}/restrict", restricting)
        .api_route("/console/hospitals/{id}/lift", lifting)
}

async fn question(
    tx: &PlatformAuthorized<Manage>,
    frame: &Frame,
    id: TenantId,
    change: Change,
    form: FormState,
) -> Result<HospitalChangePage, AppError> {
    let hospital = hospitals::find(tx, id).await?;
    Ok(HospitalChangePage {
        shell: frame.shell(tx.actor()),
        change,
        becomes: becomes(&hospital, change),
        signed_in: hospitals::signed_in(tx, id).await?,
        patients_here: hospitals::patients_here(tx, id).await?,
        form: form.with("version", hospital.version.to_string()),
        hospital: HospitalRow::new(&hospital, &tx.now().to_zoned(TimeZone::UTC)),
    })
}

fn becomes(hospital: &Hospital, change: Change) -> TenantStatus {
    match change {
        Change::Suspend => TenantStatus::Suspended,
        Change::Activate => hospital.when_activated(),
        Change::Restrict | Change::Lift | Change::Reject => hospital.status,
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ChangeForm {
    reason: Option<String>,
    /// What the page showed; another version by now refuses.
    version: Option<String>,
}

fn asked(form: &ChangeForm, change: Change) -> Result<Asked, AppError> {
    let mut errors = FieldErrors::default();
    let seen = form.version.as_ref().and_then(|version| version.parse().ok());
    let reason = form.reason.as_deref();
    let asked = match change.takes_away() {
        true => Asked::with_reason(seen, reason, &mut errors),
        false => Asked::parse(seen, reason, &mut errors),
    };
    errors.finish()?;
    Ok(asked)
}

/// The list with a word of success, or the question again with what is wrong.
async fn answer(
    tx: PlatformAuthorized<Manage>,
    frame: &Frame,
    id: TenantId,
    change: Change,
    form: ChangeForm,
    done: Result<(Hospital, Audit), AppError>,
) -> Result<Response, AppError> {
    match done {
        Ok((_, audit)) => {
            let word = change.done();
            let list = tx.commit(audit, SeeOther(format!("{LIST}?done={word}"))).await?;
            Ok(([(SET_COOKIE, frame.undoable(word, id))], list).into_response())
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => {
            let form = FormState::new()
                .refused(&problem.errors, problem.detail.clone())
                .with_some("reason", form.reason);
            let page = question(&tx, frame, id, change, form).await?;
            Ok(PageWithStatus(problem.status, page).into_response())
        }
        Err(error) => Err(error),
    }
}
