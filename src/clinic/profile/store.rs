//! SQL of opening hours and holidays. The hospital's row is in `row`.

pub(super) mod row;
pub(super) mod settings;

use jiff::civil::Date;

use super::holidays::{Holiday, Holidays};
use super::hours::{Week, Weekday};
use super::span::Span;
use crate::access::TenantTx;
use crate::kernel::AppError;
use crate::statements;

statements! { Tenant;
    HOURS() = "select weekday, opens_minute, closes_minute from opening_hours order by weekday, opens_minute";
    HOLIDAYS() = "select day, name from holidays order by day";
    /// For the checklist.
    HOURS_TOLD() = "select exists (select from opening_hours) as done";
    /// Whether an amount of money is stored anywhere: each table that holds one is asked.
    HAS_AMOUNTS() = "select exists (select from doctors where fee_minor is not null) as has_amounts";
    CLEAR_HOURS() = "delete from opening_hours";
    WRITE_HOURS(INT2_ARRAY, INT2_ARRAY, INT2_ARRAY) =
        "insert into opening_hours (weekday, opens_minute, closes_minute)
         select weekday, opens, closes from unnest($1::int2[], $2::int2[], $3::int2[]) as h (weekday, opens, closes)";
    CLEAR_HOLIDAYS() = "delete from holidays";
    WRITE_HOLIDAYS(DATE_ARRAY, TEXT_ARRAY) =
        "insert into holidays (day, name) select day, name from unnest($1::date[], $2::text[]) as h (day, name)";
}

pub(super) async fn week(tx: &TenantTx) -> Result<Week, AppError> {
    let minutes = |minutes: i16| u16::try_from(minutes).unwrap_or_default();
    let rows = tx.rows(&HOURS, &[]).await?;
    let spans = rows.iter().map(|row| Span {
        day: Weekday::from_number(row.get("weekday")),
        opens: minutes(row.get("opens_minute")),
        closes: minutes(row.get("closes_minute")),
    });
    Week::new(spans.collect()).map_err(|_| AppError::internal("the opening hours overlap"))
}

pub(super) async fn holidays(tx: &TenantTx) -> Result<Holidays, AppError> {
    let rows = tx.rows(&HOLIDAYS, &[]).await?;
    let days = rows.iter().map(|row| Holiday { day: row.get("day"), name: row.get("name") });
    Holidays::new(days.collect()).map_err(AppError::internal)
}

pub(super) async fn has_amounts(tx: &TenantTx) -> Result<bool, AppError> {
    Ok(tx.row(&HAS_AMOUNTS, &[]).await?.get("has_amounts"))
}

/// In place of all spans before.
pub(super) async fn write_week(tx: &TenantTx, week: &Week) -> Result<(), AppError> {
    let minutes = |minutes: u16| i16::try_from(minutes).unwrap_or(i16::MAX);
    let days: Vec<i16> = week.spans().iter().map(|span| span.day.number()).collect();
    let opens: Vec<i16> = week.spans().iter().map(|span| minutes(span.opens)).collect();
    let closes: Vec<i16> = week.spans().iter().map(|span| minutes(span.closes)).collect();
    tx.execute(&CLEAR_HOURS, &[]).await?;
    tx.execute(&WRITE_HOURS, &[&days, &opens, &closes]).await?;
    Ok(())
}

/// In place of all days before.
pub(super) async fn write_holidays(tx: &TenantTx, holidays: &Holidays) -> Result<(), AppError> {
    let days: Vec<Date> = holidays.days().iter().map(|holiday| holiday.day).collect();
    let names: Vec<&str> = holidays.days().iter().map(|holiday| holiday.name.as_str()).collect();
    tx.execute(&CLEAR_HOLIDAYS, &[]).await?;
    tx.execute(&WRITE_HOLIDAYS, &[&days, &names]).await?;
    Ok(())
}
