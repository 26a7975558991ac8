//! One patient's picture: look at it, take or choose another one, take it away.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;

use crate::access::{Audit, Authorized, Frame, Permitted, TenantTx, Turned};
use crate::app::App;
use crate::clinic::patients::pages::{banner, href};
use crate::clinic::patients::{self, Patient, PatientId, Update, View};
use crate::kernel::AppError;
use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::{Either, Page, PageWithStatus, Path, SeeOther, Upload};

const PATH: &str = "/patients/{patient_id}/picture";
const REMOVE: &str = "/patients/{patient_id}/picture/remove";

pub(super) fn router() -> ApiRouter<App> {
    let give = post_with(give, op("pages.pictures.give", "Give a patient a picture"));
    ApiRouter::new()
        .api_route(PATH, get_with(show, op("pages.pictures.show", "A patient's picture")))
        .api_route(PATH, give.layer(super::LIMITS.layers()))
        .api_route(REMOVE, get_with(ask, op("pages.pictures.ask", "Ask before removing a picture")))
        .api_route(REMOVE, post_with(remove, op("pages.pictures.remove", "Remove a picture")))
}

/// `GET /patients/{id}/picture`, and what was wrong with a file that was sent.
#[derive(Debug, Template)]
#[template(path = "clinic/pictures/pages/picture.html")]
struct PicturePage {
    shell: Shell,
    banner: Banner,
    /// `/patients/{id}`
    href: String,
    /// Where the picture is.
    picture: Option<String>,
    may_change: bool,
    form: FormState,
}

/// `GET /patients/{id}/picture/remove`
#[derive(Debug, Template)]
#[template(path = "clinic/pictures/pages/remove.html")]
struct RemovePage {
    shell: Shell,
    href: String,
    name: Name,
    code: String,
}

fn page(tx: &TenantTx, shell: Shell, patient: &Patient, may_change: bool, form: FormState) -> PicturePage {
    PicturePage {
        shell,
        banner: banner(patient, &patients::hospital_now(tx), Vec::new()),
        href: href(patient),
        picture: patient.picture_path(),
        may_change,
        form,
    }
}

/// The patient herself, or where the one is that her record was merged into.
async fn standing(tx: &TenantTx, id: PatientId) -> Result<Result<Patient, SeeOther>, AppError> {
    let patient = patients::show(tx, id).await?;
    Ok(if patient.id == id { Ok(patient) } else { Err(to_picture(patient.id)) })
}

fn to_picture(id: PatientId) -> SeeOther {
    SeeOther(format!("/patients/{id}/picture"))
}

/// `GET /patients/{patient_id}/picture`
async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Path(id): Path<PatientId>,
) -> Result<Either<Page<PicturePage>, SeeOther>, AppError> {
    let patient = match standing(&tx, id).await? {
        Ok(patient) => patient,
        Err(elsewhere) => return Ok(Either::That(elsewhere)),
    };
    let may_change = tx.actor().holds("patients:update");
    let page = page(&tx, frame.shell(tx.actor()), &patient, may_change, FormState::new());
    tx.commit(Audit::viewed(id), Either::This(Page(page))).await
}

/// `POST /patients/{patient_id}/picture`
async fn give(
    permitted: Permitted<Update>,
    frame: Frame,
    app: State<App>,
    Path(id): Path<PatientId>,
    upload: Result<Upload, AppError>,
) -> Result<Either<SeeOther, PageWithStatus<PicturePage>>, Turned> {
    let picture = match upload {
        Ok(upload) => super::prepare(upload).await,
        Err(error) => Err(error),
    };
    let problem = match picture {
        Ok(picture) => {
            let next = |patient| Either::This(SeeOther(format!("{}?done=picture", href(&patient))));
            return super::give(permitted, &app.files, id, picture, next).await;
        }
        Err(AppError::Problem(problem)) if !problem.errors.is_empty() => problem,
        Err(other) => return Err(other.into()),
    };
    let tx = permitted.open().await?;
    let patient = match standing(&tx, id).await? {
        Ok(patient) => patient,
        Err(elsewhere) => return Ok(Either::This(elsewhere)),
    };
    let form = FormState::new().with_errors(&problem.errors);
    let page = page(&tx, frame.shell(tx.actor()), &patient, true, form);
    Ok(tx.commit(Audit::viewed(id), Either::That(PageWithStatus(problem.status, page))).await?)
}

/// `GET /patients/{patient_id}/picture/remove`
async fn ask(
    tx: Authorized<Update>,
    frame: Frame,
    Path(id): Path<PatientId>,
) -> Result<Either<Page<RemovePage>, SeeOther>, AppError> {
    let patient = match standing(&tx, id).await? {
        Ok(patient) if patient.picture.is_some() => patient,
        Ok(patient) => return Ok(Either::That(to_picture(patient.id))),
        Err(elsewhere) => return Ok(Either::That(elsewhere)),
    };
    let page = RemovePage {
        shell: frame.shell(tx.actor()),
        href: href(&patient),
        name: Name::new(patient.name()),
        code: patient.code,
    };
    tx.commit(Audit::viewed(id), Either::This(Page(page))).await
}

/// `POST /patients/{patient_id}/picture/remove`
async fn remove(
    tx: Authorized<Update>,
    app: State<App>,
    Path(id): Path<PatientId>,
) -> Result<SeeOther, AppError> {
    let patient = patients::show(&tx, id).await?;
    let done = SeeOther(format!("{}?done=picture-removed", href(&patient)));
    // Asked for twice: it is done.
    if patient.picture.is_none() {
        return Ok(done);
    }
    match super::remove(tx, &app.files, id, |_| done.clone()).await {
        Err(AppError::Problem(problem)) if problem.status == StatusCode::NOT_FOUND => Ok(done),
        result => result,
    }
}
