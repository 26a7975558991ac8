//! `/hospital`: the hospital's own view of itself.

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get_with, patch_with, post_with};
use aide::transform::TransformOperation;
use axum::extract::State;
use jiff::{Timestamp, Zoned};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::domain::logo;
use super::span::clock;
use super::{
    DocumentPaper, HolidayFields, Hospital, LabelSize, Office, OpenSpan, ProfileError, ProfileFields,
    ReceiptPaper, Standing, Update, View, Weekday,
};
use crate::access::{Authorized, Permitted, SignedIn, Turned};
use crate::app::App;
use crate::kernel::AppError;
use crate::kernel::ids::TenantId;
use crate::web::openapi::{header, op, refuses};
use crate::web::{IfMatch, Image, ImageKind, Json, NoContent, Query, Reply, Upload};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/hospital", get_with(show, shows))
        .api_route("/hospital", patch_with(update, changes))
        .api_route("/hospital/logo", get_with(show_logo, shows_logo))
        .api_route("/hospital/logo", post_with(give_logo, gives_logo).layer(logo::LIMITS.layers()))
        .api_route("/hospital/logo", delete_with(remove_logo, removes_logo))
}

const LOGO_PATH: &str = "/api/v1/hospital/logo";

const ETAG: &str = "The version, for `If-Match`.";

fn shows(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("hospital.show", "Show the own hospital")(operation).with(header(200, "ETag", ETAG))
}

fn changes(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("hospital.update", "Change the own hospital's profile")(operation)
        .description(
            "A field that is left out stays. Lists replace those before. With `If-Match` or `version` nothing is \
             written over a newer version (412); with neither there is no check. Any field of the profile, even as it \
             was, confirms what the sign-up proposed. A new zone holds for every request within a second.",
        )
        .with(header(200, "ETag", ETAG))
}

/// A hospital as its own people see it.
#[derive(Serialize, JsonSchema)]
struct HospitalProfile {
    id: TenantId,
    name: String,
    /// From the authority; never changes.
    license_number: String,
    /// The first administrator's sign-in.
    contact_email: String,
    address: Option<String>,
    /// Digits, with a `+` if it was typed.
    contact_phone: Option<String>,
    /// As it was typed, if that differs.
    contact_phone_typed: Option<String>,
    /// With country code, if the number is one of the hospital's country or came with its own.
    contact_phone_e164: Option<String>,
    /// ISO 3166-1 alpha-2.
    country: Option<&'static str>,
    country_name: Option<&'static str>,
    /// IANA name.
    time_zone: String,
    /// Now, for example `+05:45`.
    utc_offset: String,
    /// ISO 4217.
    currency: &'static str,
    currency_name: &'static str,
    /// Digits behind the point: 0, 2 or 3.
    currency_digits: u8,
    locale: &'static str,
    /// 12 or 24.
    clock_hours: i16,
    week_starts_on: Weekday,
    /// Somebody looked at zone, currency and country and saved them; until then the sign-up proposed them.
    confirmed: bool,
    /// Empty: not told yet. A weekday without a span is closed.
    opening_hours: Vec<OpenSpan>,
    holidays: Vec<HolidayFields>,
    /// Null until there are opening hours.
    is_open_now: Option<bool>,
    /// Below the name on letters; empty: address and phone.
    letterhead: Vec<String>,
    paper_footer: Option<String>,
    document_paper: DocumentPaper,
    receipt_paper: ReceiptPaper,
    label_size: LabelSize,
    /// Where its logo is, if it has one.
    logo_path: Option<String>,
    /// `OFF`, `ADMINISTRATORS` or `EVERYBODY`: who must have a second step to sign in.
    mfa_policy: &'static str,
    /// For `If-Match`, or `version` in a PATCH.
    version: i32,
    updated_at: Timestamp,
}

impl HospitalProfile {
    fn new(hospital: Hospital, now: &Zoned) -> Self {
        let profile = hospital.profile;
        let (digits, typed, e164) =
            profile.phone.map_or((None, None, None), |phone| (Some(phone.digits), phone.typed, phone.e164));
        Self {
            id: hospital.id,
            name: profile.name,
            license_number: hospital.license_number,
            contact_email: hospital.contact_email,
            address: profile.address,
            contact_phone: digits,
            contact_phone_typed: typed,
            contact_phone_e164: e164,
            country: profile.country.map(|country| country.code),
            country_name: profile.country.map(|country| country.name),
            time_zone: profile.time_zone,
            utc_offset: now.strftime("%:z").to_string(),
            currency: profile.currency.code,
            currency_name: profile.currency.name,
            currency_digits: profile.currency.minor_digits,
            locale: profile.locale.code,
            clock_hours: profile.hours.number(),
            week_starts_on: profile.week_starts_on,
            confirmed: hospital.confirmed,
            is_open_now: match hospital.week.standing(&hospital.holidays, now) {
                Standing::NotTold => None,
                standing => Some(matches!(standing, Standing::Open { .. })),
            },
            opening_hours: hospital
                .week
                .spans()
                .iter()
                .map(|span| OpenSpan {
                    weekday: span.day,
                    opens: clock(span.opens),
                    closes: clock(span.closes),
                })
                .collect(),
            holidays: hospital
                .holidays
                .days()
                .iter()
                .map(|holiday| HolidayFields { day: holiday.day, name: holiday.name.clone() })
                .collect(),
            logo_path: hospital.settings.logo.as_ref().map(|_| LOGO_PATH.to_owned()),
            letterhead: hospital.settings.letterhead,
            paper_footer: hospital.settings.paper_footer,
            document_paper: hospital.settings.document_paper,
            receipt_paper: hospital.settings.receipt_paper,
            label_size: hospital.settings.label_size,
            mfa_policy: hospital.settings.mfa_policy.code(),
            version: hospital.version,
            updated_at: hospital.updated_at,
        }
    }
}

fn shown(hospital: Hospital, at: Timestamp) -> Reply<HospitalProfile> {
    let version = hospital.version;
    let now = hospital.here(at);
    Reply::new(HospitalProfile::new(hospital, &now)).etag(version)
}

async fn show(tx: Authorized<View>) -> Result<Reply<HospitalProfile>, AppError> {
    let now = tx.now();
    let mut office = Office::of(tx);
    let hospital = office.hospital().await?;
    office.looked(shown(hospital, now)).await
}

async fn update(
    tx: Authorized<Update>,
    State(app): State<App>,
    IfMatch(tag): IfMatch,
    Json(fields): Json<ProfileFields>,
) -> Result<Reply<HospitalProfile>, AppError> {
    let now = tx.now();
    let expected: Vec<i64> = [tag, fields.version.clone().value()].into_iter().flatten().collect();
    let mut office = Office::of(tx);
    let changed = office.change(fields, &expected).await?;
    office.saved(&app, &changed.fields, shown(changed.hospital, now)).await
}

fn gives_logo(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const CODES: &[&str] =
        &["pictures.empty", "pictures.not_a_picture", "pictures.damaged", "pictures.too_many_pixels"];
    refuses(op("hospital.give_logo", "Give the own hospital a logo, or another one"), CODES)(operation)
        .description(
            "JPEG, PNG, WebP or GIF, by content and not by name; at most 2 MB. It is put on white, made at most 640 by 240 \
             pixels, and encoded anew as PNG. It heads the side bar and the printed paper.",
        )
        .with(header(200, "ETag", ETAG))
}

fn removes_logo(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("hospital.remove_logo", "Remove the own hospital's logo"), &["hospital.no_logo"])(operation)
}

fn shows_logo(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("hospital.show_logo", "Show the own hospital's logo"), &["hospital.no_logo"])(operation)
        .description("For everybody who works there, and for nobody else.")
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct LogoQuery {
    /// Of no meaning: another logo has another one, so that browsers ask again.
    v: String,
}

struct Logo;

impl ImageKind for Logo {
    const MIME: &'static str = "image/png";
    const SAVED_AS: &'static str = "inline; filename=\"logo.png\"";
    const ABOUT: &'static str = "The logo.";
}

async fn show_logo(me: SignedIn, Query(_): Query<LogoQuery>) -> Result<Image<Logo>, AppError> {
    let hospital = me.actor.tenant.as_ref().ok_or(ProfileError::NoLogo)?;
    logo::read(&me.app, hospital).await.map(Image::new)
}

async fn give_logo(
    permitted: Permitted<Update>,
    State(app): State<App>,
    upload: Upload,
) -> Result<Reply<HospitalProfile>, Turned> {
    let made = logo::prepare(upload).await?;
    let now = app.clock.now();
    logo::change(permitted, &app, Some(made), |changed| shown(changed.hospital, now)).await
}

async fn remove_logo(permitted: Permitted<Update>, State(app): State<App>) -> Result<NoContent, Turned> {
    logo::change(permitted, &app, None, |_| NoContent).await
}
