//! SQL of the hospital's own row on the platform's side.

use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::access::PlatformTx;
use crate::clinic::profile::hours::Weekday;
use crate::clinic::profile::model::{Hospital, Profile};
use crate::kernel::countries::country;
use crate::kernel::ids::{TenantId, UserId};
use crate::kernel::manner::{Hours, Locale};
use crate::kernel::money::currency;
use crate::kernel::phone::Number;
use crate::kernel::{AppError, DbError};
use crate::statements;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, name, license_number, contact_email, address, contact_phone, contact_phone_typed,
                    contact_phone_e164, country, time_zone, currency, locale, clock_hours, week_starts_on,
                    profile_confirmed_at is not null as confirmed, changed_at, changed_by_id, version, updated_at
               from public.tenants where id = $1 ",
            $rest
        )
    };
}

statements! { Platform;
    FIND(UUID) = select!("");
    /// The same, held against other changes until the transaction ends.
    LOCK(UUID) = select!("for update");
    /// Held together with others who write amounts, against who changes the currency.
    HOLD_CURRENCY(UUID) = "select currency from public.tenants where id = $1 for share";
    /// `$15`: somebody looked at the profile and saved it.
    UPDATE(UUID, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, INT2, INT2, UUID, TIMESTAMPTZ, BOOL) =
        "update public.tenants
            set name = $2, address = $3, contact_phone = $4, contact_phone_typed = $5, contact_phone_e164 = $6,
                country = $7, time_zone = $8, currency = $9, locale = $10, clock_hours = $11, week_starts_on = $12,
                changed_by_id = $13, changed_at = $14, updated_at = $14, version = version + 1,
                profile_confirmed_at = case when $15 then coalesce(profile_confirmed_at, $14) else profile_confirmed_at end
          where id = $1";
}

fn hospital(row: &Row) -> Result<Hospital, AppError> {
    let phone = row.get::<_, Option<String>>("contact_phone").map(|digits| Number {
        digits,
        typed: row.get("contact_phone_typed"),
        e164: row.get("contact_phone_e164"),
    });
    let (updated_at, changed_at): (Timestamp, Option<Timestamp>) =
        (row.get("updated_at"), row.get("changed_at"));
    Ok(Hospital {
        id: row.get("id"),
        license_number: row.get("license_number"),
        contact_email: row.get("contact_email"),
        profile: Profile {
            name: row.get("name"),
            address: row.get("address"),
            phone,
            country: row.get::<_, Option<&str>>("country").and_then(country),
            time_zone: row.get("time_zone"),
            currency: currency(row.get("currency"))
                .ok_or_else(|| AppError::internal("a hospital has a currency that is not on the list"))?,
            locale: Locale::by_code(row.get("locale"))
                .ok_or_else(|| AppError::internal("a hospital has a locale that is not on the list"))?,
            hours: Hours::from_number(row.get("clock_hours")),
            week_starts_on: Weekday::from_number(row.get("week_starts_on")),
        },
        week: Default::default(),
        holidays: Default::default(),
        settings: Default::default(),
        confirmed: row.get("confirmed"),
        changed_by: row.get::<_, Option<UserId>>("changed_by_id").filter(|_| changed_at == Some(updated_at)),
        version: row.get("version"),
        updated_at,
    })
}

/// The hospital, without its hours and holidays.
pub(in crate::clinic::profile) async fn find(
    tx: &PlatformTx,
    id: TenantId,
    lock: bool,
) -> Result<Hospital, AppError> {
    hospital(&tx.row(if lock { &LOCK } else { &FIND }, &[&id]).await?)
}

/// The code of its currency, which stays until the transaction ends.
pub(in crate::clinic::profile) async fn hold_currency(
    tx: &PlatformTx,
    id: TenantId,
) -> Result<String, DbError> {
    Ok(tx.row(&HOLD_CURRENCY, &[&id]).await?.get("currency"))
}

pub(in crate::clinic::profile) async fn update(
    tx: &PlatformTx,
    id: TenantId,
    profile: &Profile,
    by: UserId,
    says_profile: bool,
) -> Result<(), DbError> {
    let (phone, at) = (profile.phone.as_ref(), tx.now());
    let params: [&(dyn ToSql + Sync); 15] = [
        &id,
        &profile.name,
        &profile.address,
        &phone.map(|phone| &phone.digits),
        &phone.and_then(|phone| phone.typed.as_ref()),
        &phone.and_then(|phone| phone.e164.as_ref()),
        &profile.country.map(|country| country.code),
        &profile.time_zone,
        &profile.currency.code,
        &profile.locale.code,
        &profile.hours.number(),
        &profile.week_starts_on.number(),
        &by,
        &at,
        &says_profile,
    ];
    tx.execute(&UPDATE, &params).await.map(|_| ())
}
