//! The two files of a picture, whomever it shows: kept before a row names them, read in the size that is asked for.

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::model::{ARRIVAL, MAX_BYTES, Picture, Size};
use crate::access::Turned;
use crate::db::SchemaName;
use crate::files::{Area, FileName, Files};
use crate::kernel::AppError;
use crate::web::{FileLimits, Image, ImageKind};

pub const LIMITS: FileLimits = FileLimits { bytes: MAX_BYTES, arrival: ARRIVAL };
pub(super) const FULL: &str = "jpg";
const THUMB: &str = "thumb.jpg";

#[derive(Debug, Deserialize, JsonSchema)]
pub struct PictureQuery {
    /// `full` if left out.
    size: Option<Size>,
}

impl PictureQuery {
    #[must_use]
    pub fn size(&self) -> Size {
        self.size.unwrap_or_default()
    }
}

/// Both files of a picture.
#[must_use]
pub fn both(name: &FileName) -> [FileName; 2] {
    [name.with_ending(FULL), name.with_ending(THUMB)]
}

/// Keep both files of `owner`'s picture, and let `give` name them in a row. If that fails, they go again.
///
/// # Errors
/// 503 when they cannot be kept, and whatever `give` is refused with.
pub async fn keep<T, Giving>(
    files: &Files,
    schema: &SchemaName,
    (area, owner): (Area, Uuid),
    picture: Picture,
    give: impl FnOnce(FileName) -> Giving,
) -> Result<T, Turned>
where
    Giving: Future<Output = Result<T, Turned>>,
{
    let name = FileName::new(area, owner, FULL);
    let given = async {
        files.put(schema, &name.with_ending(THUMB), picture.thumb).await?;
        files.put(schema, &name, picture.full).await?;
        give(name.clone()).await
    };
    let given: Result<T, Turned> = given.await;
    if given.is_err() {
        files.remove(schema, &both(&name)).await;
    }
    given
}

/// The picture with this name in this size; `None` if its file is not there.
///
/// # Errors
/// 503 when the storage cannot be read.
pub async fn read<K: ImageKind>(
    files: &Files,
    schema: &SchemaName,
    name: &FileName,
    size: Size,
) -> Result<Option<Image<K>>, AppError> {
    let name = name.with_ending(match size {
        Size::Full => FULL,
        Size::Thumb => THUMB,
    });
    Ok(files.get(schema, &name).await?.map(Image::new))
}
