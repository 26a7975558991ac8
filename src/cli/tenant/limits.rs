//! `hms tenant limits`

use clap::Args;

use super::named;
use crate::access::{self, SystemTask};
use crate::app::App;
use crate::kernel::{AppError, FieldErrors};
use crate::platform::hospitals::{self, Limit, Limits, raise_hours};
use crate::web::NoContent;

#[derive(Args)]
pub struct SetLimits {
    /// Id or licence number.
    hospital: String,
    /// Accounts at most; `none` lifts the limit.
    #[arg(long, value_name = "NUMBER|none")]
    max_users: Option<String>,
    /// Patients at most; `none` lifts the limit. Emergencies and births are never refused.
    #[arg(long, value_name = "NUMBER|none")]
    max_patients: Option<String>,
    /// A raise for so many hours, 168 at most: afterwards the limits of before hold again by themselves.
    #[arg(long, value_name = "NUMBER")]
    hours: Option<i64>,
}

impl SetLimits {
    pub(super) async fn run(self, app: &App) -> Result<String, AppError> {
        let mut errors = FieldErrors::default();
        let mut limit = |field: &str, given: Option<&str>| match given {
            None => Limit::Kept,
            Some("none") => Limit::Lifted,
            Some(number) => Limit::typed(field, Some(number), &mut errors),
        };
        let limits = Limits {
            users: limit("max_users", self.max_users.as_deref()),
            patients: limit("max_patients", self.max_patients.as_deref()),
            hours: None,
        };
        let limits = Limits { hours: raise_hours(self.hours, &mut errors), ..limits };
        limits.check(&mut errors);
        errors.finish()?;
        let tx = access::system_platform(app, SystemTask("hms tenant limits")).await?.audited();
        let id = named(&tx, &self.hospital).await?.id;
        let (hospital, audit) = hospitals::set_limits(&tx, id, None, limits).await?;
        tx.commit(audit, NoContent).await?;
        let said = |limit: Option<i32>| {
            limit.map_or_else(|| "no limit".to_owned(), |most| format!("at most {most}"))
        };
        Ok(format!(
            "{}: {} accounts ({}), {} patients ({})\n",
            hospital.name,
            hospital.users,
            said(hospital.max_users.at(hospital.read_at)),
            hospital.patients,
            said(hospital.max_patients.at(hospital.read_at))
        ))
    }
}
