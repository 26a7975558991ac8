//! What is known before a set is judged: the hospital's tables, the patient's age, what a prescriber ordered.

use jiff::civil::Date;
use jiff::{Timestamp, Unit};

use crate::access::TenantTx;
use crate::clinic::patients::{Birth, Patient};
use crate::clinic::vitals::model::Age;
use crate::clinic::vitals::store;
use crate::clinic::vitals::tables::Tables;
use crate::kernel::AppError;

/// The tables that count at this hospital.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn tables(tx: &TenantTx) -> Result<Tables, AppError> {
    let mut tables = Tables::built_in().clone();
    for own in store::tables::in_use(tx).await? {
        let Some(body) = own.body else { continue };
        // It was whole when it was kept; a newer HMS may ask for more.
        match tables.clone().with(own.name, own.origin, &body) {
            Ok(with) => tables = with,
            Err(wrong) => {
                tracing::error!(table = own.name.code(), fault = %wrong.0, "a hospital's own table is not read");
            }
        }
    }
    Ok(tables)
}

/// How old somebody was at a moment of the hospital's days; none if nobody knows when they were born.
pub(in crate::clinic::vitals) fn age_at(tx: &TenantTx, patient: &Patient, at: Timestamp) -> Option<Age> {
    let day = at.to_zoned(tx.hospital().zone.clone()).date();
    age_on(&patient.details.birth, day)
}

/// How old somebody is on a day. Nobody is younger than newborn.
#[must_use]
pub fn age_on(birth: &Birth, day: Date) -> Option<Age> {
    let born = birth.date()?.min(day);
    let months = born.until((Unit::Month, day)).ok()?;
    Some(Age {
        days: i64::from(born.until((Unit::Day, day)).ok()?.get_days()),
        months: i64::from(months.get_months()),
        years: i64::from(months.get_months()) / 12,
    })
}

/// The column of oxygen saturation that holds for a patient at a moment: 2 by a prescriber's order alone.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub(in crate::clinic::vitals) async fn scale(
    tx: &TenantTx,
    patient: &Patient,
    at: Timestamp,
) -> Result<u8, AppError> {
    let order = store::plans::order_at(tx, patient.id, at).await?;
    Ok(if order.is_some_and(|order| order.is_scale_2()) { 2 } else { 1 })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_age_is_counted_in_whole_days_months_and_years() {
        let born = Birth::On(date(2010, 11, 22));
        let of = |day| age_on(&born, day).unwrap();
        assert_eq!(of(date(2026, 11, 21)), Age { days: 5843, months: 191, years: 15 });
        assert_eq!(of(date(2026, 11, 22)).years, 16);
        assert_eq!(of(date(2010, 11, 22)), Age { days: 0, months: 0, years: 0 });
        assert_eq!(of(date(2010, 1, 1)), Age { days: 0, months: 0, years: 0 });
        assert_eq!(age_on(&Birth::Unknown, date(2026, 1, 1)), None);
    }
}
