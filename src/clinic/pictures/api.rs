//! `/patients/{patient_id}/profile-picture`: give, show, take away.

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get_with, post_with};
use aide::transform::TransformOperation;
use axum::extract::State;

use super::{LIMITS, PictureQuery, Size};
use crate::access::{Audit, Authorized, Permitted, Turned};
use crate::app::App;
use crate::clinic::patients::{Confidentiality, Patient, PatientId, PatientView, Seen, Update, View};
use crate::kernel::AppError;
use crate::web::openapi::{header, op, refuses};
use crate::web::{Image, ImageKind, NoContent, Path, Query, Reply, Upload};

const PATH: &str = "/patients/{patient_id}/profile-picture";

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(PATH, post_with(give, gives).layer(LIMITS.layers()))
        .api_route(PATH, get_with(show, shows))
        .api_route(PATH, delete_with(remove, removes))
}

fn gives(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const CODES: &[&str] = &[
        "pictures.empty",
        "pictures.not_a_picture",
        "pictures.damaged",
        "pictures.too_many_pixels",
        "patients.merged",
    ];
    refuses(op("pictures.give", "Give a patient a picture, or another one"), CODES)(operation)
        .description(
            "JPEG, PNG, WebP or GIF (its first frame), by content and not by name; at most 5 MB and 25 million pixels. \
             It is turned upright, made at most 800 pixels long, put on white, and encoded anew as JPEG: nothing else of \
             the file is kept, so neither place nor camera.",
        )
        .with(header(200, "ETag", "The patient's version, for `If-Match`."))
}

fn removes(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("pictures.remove", "Remove a patient's picture"), &["patients.merged"])(operation)
        .description("The picture is deleted for good. 404 if there is none.")
}

fn shows(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("pictures.show", "Show a patient's picture")(operation).description(
        "Recorded in the audit as a look at the patient; `size=thumb`, the small square for lists, is not. Never to be \
         stored by browsers.",
    )
}

async fn give(
    permitted: Permitted<Update>,
    app: State<App>,
    Path(id): Path<PatientId>,
    upload: Upload,
) -> Result<Reply<PatientView>, Turned> {
    let picture = super::prepare(upload).await?;
    super::give(permitted, &app.files, id, picture, shown).await
}

fn shown(patient: Patient) -> Reply<PatientView> {
    let version = patient.version;
    Reply::new(PatientView::from(patient)).etag(version)
}

struct Picture;

impl ImageKind for Picture {
    const MIME: &'static str = "image/jpeg";
    const SAVED_AS: &'static str = "inline; filename=\"patient.jpg\"";
    const ABOUT: &'static str = "The picture.";
}

async fn show(
    tx: Authorized<View>,
    app: State<App>,
    Path(id): Path<PatientId>,
    Query(query): Query<PictureQuery>,
) -> Result<Image<Picture>, AppError> {
    let schema = tx.hospital().schema.clone();
    let (patient, name) = super::find(&tx, id).await?;
    let size = query.size();
    // A face beside a name is no look at the record, so there is nothing to write down; that of a restricted one is, and
    // of one that a reason opened.
    let is_plain = patient.details.confidentiality == Confidentiality::Normal && patient.seen == Seen::Whole;
    if size == Size::Thumb && is_plain {
        drop(tx);
    } else {
        tx.commit(Audit::viewed(patient.id), NoContent).await?;
    }
    super::read(&app.files, &schema, &name, size).await?.ok_or_else(super::not_found)
}

async fn remove(
    tx: Authorized<Update>,
    app: State<App>,
    Path(id): Path<PatientId>,
) -> Result<NoContent, AppError> {
    super::remove(tx, &app.files, id, |_| NoContent).await
}
