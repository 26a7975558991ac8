//! `/doctors/{user_id}/photo`: give, show, take away.

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get_with, post_with};
use aide::transform::TransformOperation;
use axum::extract::State;

use super::{DoctorView, shown};
use crate::access::{Authorized, Permitted, Turned};
use crate::app::App;
use crate::clinic::doctors::{DoctorError, Update, View, photo};
use crate::clinic::pictures::{self, PictureQuery};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::web::openapi::{op, refuses};
use crate::web::{Image, ImageKind, NoContent, Path, Query, Reply, Upload};

const PATH: &str = "/doctors/{user_id}/photo";

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(PATH, post_with(give, gives).layer(pictures::LIMITS.layers()))
        .api_route(
            PATH,
            get_with(show, |o| {
                refuses(op("doctors.photo", "Show a doctor's photo"), &["doctors.no_photo"])(o)
            }),
        )
        .api_route(
            PATH,
            delete_with(remove, |o| {
                refuses(op("doctors.remove_photo", "Remove a doctor's photo"), &["doctors.no_photo"])(o)
            }),
        )
}

fn gives(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const CODES: &[&str] =
        &["pictures.empty", "pictures.not_a_picture", "pictures.damaged", "pictures.too_many_pixels"];
    refuses(op("doctors.give_photo", "Give a doctor a photo, or another one"), CODES)(operation).description(
        "JPEG, PNG, WebP or GIF, at most 5 MB and 25 million pixels. It is encoded anew as JPEG: neither place nor camera is \
         kept.",
    )
}

async fn give(
    permitted: Permitted<Update>,
    app: State<App>,
    Path(id): Path<UserId>,
    upload: Upload,
) -> Result<Reply<DoctorView>, Turned> {
    let picture = pictures::prepare(upload).await?;
    photo::give(permitted, &app.files, id, picture, shown).await
}

struct Photo;

impl ImageKind for Photo {
    const MIME: &'static str = "image/jpeg";
    const SAVED_AS: &'static str = "inline; filename=\"doctor.jpg\"";
    const ABOUT: &'static str = "The photo.";
}

/// A face beside a name is no look at anybody's record: nothing is written down.
async fn show(
    tx: Authorized<View>,
    app: State<App>,
    Path(id): Path<UserId>,
    Query(query): Query<PictureQuery>,
) -> Result<Image<Photo>, AppError> {
    let schema = tx.hospital().schema.clone();
    let name = photo::file(&tx, id).await?;
    drop(tx);
    let found = pictures::read(&app.files, &schema, &name, query.size()).await?;
    found.ok_or_else(|| DoctorError::NoPhoto.into())
}

async fn remove(
    tx: Authorized<Update>,
    app: State<App>,
    Path(id): Path<UserId>,
) -> Result<NoContent, AppError> {
    photo::remove(tx, &app.files, id, NoContent).await
}
