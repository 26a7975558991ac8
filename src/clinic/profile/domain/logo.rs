//! The hospital's logo: one file, made anew of what was sent, shown to its own people and on its paper.
//!
//! As with patients' pictures (`clinic::pictures`): the file is on disk before a row names it and is removed after none
//! does; what a crash leaves behind is removed by its age.

use std::io::Cursor;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use image::ImageFormat;
use image::imageops::FilterType;
use jiff::SignedDuration;

use crate::access::{self, Permitted, SystemTask, Turned};
use crate::app::App;
use crate::clinic::pictures;
use crate::clinic::profile::{Changed, Office, ProfileError, Update, store};
use crate::files::{Area, FileName};
use crate::identity::actor::TenantFacts;
use crate::kernel::AppError;
use crate::paper;
use crate::web::{FileLimits, Outcome, Upload};

/// A file may have this many bytes.
const MAX_BYTES: usize = 2 * 1024 * 1024;
pub(in crate::clinic::profile) const LIMITS: FileLimits =
    FileLimits { bytes: MAX_BYTES, arrival: Duration::from_secs(22) };
/// Pixels of the widest and highest logo that is kept.
const WIDEST: u32 = 640;
const HIGHEST: u32 = 240;
const ENDING: &str = "png";

const TASK: SystemTask = SystemTask("logo.housekeeping");
/// A file this old is named by the row, or never will be.
const AGE: SignedDuration = SignedDuration::from_hours(24);

/// A logo, as PNG on white.
#[derive(Debug)]
pub struct Logo(Vec<u8>);

/// Make a logo of the file that was sent.
///
/// # Errors
/// [`pictures::PictureError`], or 503 when many files are being made.
pub(in crate::clinic::profile) async fn prepare(upload: Upload) -> Result<Logo, AppError> {
    paper::make(move || {
        // All of it, so that it counts as memory until it is done.
        let upload = upload;
        let image = pictures::flat(&upload.bytes)?;
        let image = if image.width() > WIDEST || image.height() > HIGHEST {
            image.resize(WIDEST, HIGHEST, FilterType::CatmullRom)
        } else {
            image
        };
        let mut file = Cursor::new(Vec::new());
        image.into_rgb8().write_to(&mut file, ImageFormat::Png).map_err(AppError::internal)?;
        Ok(Logo(file.into_inner()))
    })
    .await
}

/// Keep a logo, or take the one that is there away, and answer with what `reply` makes of it.
///
/// # Errors
/// [`ProfileError::NoLogo`] if there is none to take away, 503 when the file cannot be kept.
pub(in crate::clinic::profile) async fn change<O: Outcome>(
    permitted: Permitted<Update>,
    app: &App,
    logo: Option<Logo>,
    reply: impl FnOnce(Changed) -> O,
) -> Result<O, Turned> {
    let (schema, owner) = (permitted.hospital().schema.clone(), permitted.hospital().id);
    let name = match logo {
        Some(logo) => {
            let name = FileName::new(Area::Hospital, owner.0, ENDING);
            app.files.put(&schema, &name, logo.0).await?;
            Some(name)
        }
        None => None,
    };
    let written = async {
        let tx = permitted.open().await?;
        let mut office = Office::of(tx);
        let changed = office.change_logo(name.as_ref().map(FileName::as_str)).await?;
        Ok::<_, Turned>((office, changed))
    };
    let (office, (changed, before)) = match written.await {
        Ok(written) => written,
        Err(turned) => {
            if let Some(name) = &name {
                app.files.remove(&schema, std::slice::from_ref(name)).await;
            }
            return Err(turned);
        }
    };
    let fields = changed.fields.clone();
    let reply = office.saved(app, &fields, reply(changed)).await?;
    if let Some(before) = before.and_then(|name| FileName::parse(&name).ok()) {
        app.files.remove(&schema, &[before]).await;
    }
    Ok(reply)
}

impl Office {
    /// Name another logo, or none. The name of the one before.
    async fn change_logo(&mut self, name: Option<&str>) -> Result<(Changed, Option<String>), AppError> {
        let mut hospital = self.read(true).await?;
        let before = hospital.settings.logo.take();
        if before.is_none() && name.is_none() {
            return Err(ProfileError::NoLogo.into());
        }
        store::settings::write_logo(self.bridge.tenant(&self.facts), name).await?;
        hospital.settings.logo = name.map(str::to_owned);
        let hospital = self.touched(hospital, false).await?;
        Ok((Changed { hospital, fields: vec!["logo"] }, before))
    }
}

/// The logo of this hospital as its people have it now.
///
/// # Errors
/// [`ProfileError::NoLogo`], 503 when the storage cannot be read.
pub(in crate::clinic::profile) async fn read(
    app: &App,
    hospital: &TenantFacts,
) -> Result<axum::body::Bytes, AppError> {
    let name = hospital.logo.as_deref().ok_or(ProfileError::NoLogo)?;
    let name = FileName::parse(name).map_err(AppError::internal)?;
    app.files.get(&hospital.schema, &name).await?.ok_or_else(|| ProfileError::NoLogo.into())
}

/// The same for paper: a page without a logo is better than none.
pub async fn for_paper(app: &App, hospital: &TenantFacts, name: Option<&str>) -> Option<axum::body::Bytes> {
    let name = FileName::parse(name?).ok()?;
    app.files.get(&hospital.schema, &name).await.ok().flatten()
}

/// One round through all hospitals: files of logos that no row names. One that fails does not keep the others waiting.
///
/// # Errors
/// When the list of hospitals cannot be read.
pub async fn housekeep(app: &App) -> Result<(), AppError> {
    let then = app.clock.now() - AGE;
    let failed = "the logo of a hospital could not be tidied up";
    access::each_hospital(app, TASK, failed, |hospital| tidy(app, hospital, then)).await.map(drop)
}

async fn tidy(app: &App, hospital: TenantFacts, then: jiff::Timestamp) -> Result<(), AppError> {
    let schema = hospital.schema.clone();
    let old: Vec<FileName> = app.files.older(&schema, Area::Hospital, then)?.try_collect().await?;
    if old.is_empty() {
        return Ok(());
    }
    let tx = access::system_tenant(app, TASK, hospital).await?;
    let kept = store::settings::settings(&tx).await?.logo;
    tx.done().await?;
    let unneeded: Vec<FileName> =
        old.into_iter().filter(|file| kept.as_deref() != Some(file.as_str())).collect();
    app.files.remove(&schema, &unneeded).await;
    Ok(())
}
