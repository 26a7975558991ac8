//! The newest set in short, on the patient's page.

use askama::Template;
use askama::filters::HtmlSafe;

use super::list::named;
use super::parts::{Scored, Value, values};
use crate::access::TenantTx;
use crate::clinic::patients::{self, PatientId};
use crate::clinic::vitals::domain::asked;
use crate::clinic::vitals::latest;
use crate::identity::actor::Actor;
use crate::kernel::AppError;
use crate::web::layout::*;

/// "Latest vitals"; nothing for who may not see vital signs.
#[derive(Template)]
#[template(path = "clinic/vitals/pages/panel.html")]
pub struct Panel {
    /// `/patients/{id}/vitals`
    href: String,
    is_shown: bool,
    newest: Option<Newest>,
    may_record: bool,
}

impl HtmlSafe for Panel {}

struct Newest {
    taken: When,
    values: Vec<Value>,
    score: Scored,
    /// Unlikely, and nobody was asked.
    unconfirmed: Option<String>,
}

/// The panel of a patient.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn panel(tx: &TenantTx, actor: &Actor, patient: PatientId) -> Result<Panel, AppError> {
    let is_shown = actor.holds("vitals:view");
    let now = patients::hospital_now(tx);
    let newest = match is_shown {
        true => match latest(tx, patient).await? {
            Some(set) => {
                let tables = asked::tables(tx).await?;
                let score = Scored::of(&set.score, &tables.response);
                Some(Newest {
                    taken: When::exactly(set.recorded_at, &now),
                    values: values(&set),
                    score,
                    unconfirmed: named(&set.taken.unconfirmed),
                })
            }
            None => None,
        },
        false => None,
    };
    Ok(Panel {
        href: format!("/patients/{patient}/vitals"),
        is_shown,
        newest,
        may_record: actor.holds("vitals:record"),
    })
}
