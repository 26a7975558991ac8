//! `hms tenant recount`

use std::fmt::Write as _;

use clap::Args;

use super::named;
use crate::access::{self, SystemTask};
use crate::app::App;
use crate::kernel::AppError;
use crate::platform::hospitals;
use crate::web::words;

const TASK: SystemTask = SystemTask("hms tenant recount");

#[derive(Args)]
pub struct Recount {
    /// Id or licence number; every hospital if absent.
    hospital: Option<String>,
}

impl Recount {
    pub(super) async fn run(self, app: &App) -> Result<String, AppError> {
        let only = match &self.hospital {
            None => None,
            Some(text) => {
                let tx = access::system_platform(app, TASK).await?;
                let id = named(&tx, text).await?.id;
                tx.done().await?;
                Some(id)
            }
        };
        let (mut text, mut last) = (String::new(), None);
        loop {
            let stretch = access::hospitals(app, TASK, last).await?;
            let Some(end) = stretch.last() else { return Ok(text) };
            last = Some(end.id);
            for hospital in stretch.iter().filter(|hospital| only.is_none_or(|id| id == hospital.id)) {
                let counted = hospitals::recount(app, hospital).await?;
                let room = hospitals::bytes(hospitals::measure(app, hospital).await?);
                let (patients, appointments) =
                    (right(counted.kept, counted.is), right(counted.kept_appointments, counted.appointments));
                let booked = words::counted(counted.appointments, "appointment", "appointments");
                let _ = writeln!(
                    text,
                    "{}  {} patients ({patients}), {booked} ({appointments}), {room}  {}",
                    hospital.id, counted.is, hospital.name
                );
            }
        }
    }
}

fn right(kept: i64, is: i64) -> String {
    if kept == is { "as kept".to_owned() } else { format!("put right, {kept} was kept") }
}
