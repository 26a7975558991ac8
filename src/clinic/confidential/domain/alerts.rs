//! Mails about openings, to those who review them: everybody but the opener who holds `patients:restrict` and can sign
//! in, twenty at most. Counted and queued in the transaction of the opening, so that there is none without its mail and no
//! mail without its opening.
//!
//! A storm of openings is no storm of mails: one mail in ten minutes for each reviewer. What comes meanwhile is counted,
//! and a job names the number when the pause is over. A mail says who opened a record and when, or how many were opened;
//! never which, whose, or why. Practice is left out.

use serde_json::json;

use crate::access::{self, Audit, Authorized, Bridge, SystemTask};
use crate::app::App;
use crate::clinic::confidential::model::{Glass, code_of};
use crate::clinic::confidential::store;
use crate::clinic::patients::{self, Sealed, View};
use crate::kernel::AppError;
use crate::mail::templates;
use crate::platform::messages;
use crate::web::{Outcome, words};

const TASK: SystemTask = SystemTask("openings.tell");
/// Where a reviewer reads who opened which record, and why.
const PAGE: &str = "/patients/opened?review=waiting";
const TEMPLATE: &str = "records_opened";

/// COMMIT an opening, with the mails about it.
///
/// # Errors
/// Whatever PostgreSQL answers; the record does not lie open then.
pub(in crate::clinic::confidential) async fn commit_opening<O: Outcome>(
    app: &App,
    tx: Authorized<View>,
    (glass, sealed): &(Glass, Sealed),
    outcome: O,
) -> Result<O, AppError> {
    let audit = audit_of(glass, sealed);
    let reviewers = store::reviewers(&tx, glass).await?;
    if reviewers.is_empty() {
        return tx.commit(audit, outcome).await;
    }
    let (facts, who) = (tx.hospital().clone(), tx.actor().name());
    let now = patients::hospital_now(&tx);
    let when = format!("{}, {}", words::date(now.date()), words::clock(&now));
    let mut bridge = Bridge::of(tx);
    let platform = bridge.platform();
    for due in store::alerts::count(platform, &reviewers, facts.id).await? {
        let earlier = i64::from(due.openings) - 1;
        let mail =
            templates::record_opened(&facts.name, &who, &when, &others(earlier), &app.config.link(PAGE))?;
        messages::queue(platform, Some(facts.id), TEMPLATE, &due.email, &mail).await?;
    }
    bridge.commit_in(&facts, audit, outcome).await
}

/// Never the reason, which may tell what the record is about.
fn audit_of(glass: &Glass, sealed: &Sealed) -> Audit {
    Audit::did("broke_glass", glass.patient).with(
        json!({ "break_glass_id": glass.id, "confidentiality": sealed.level, "kind": code_of(glass.why) }),
    )
}

/// Those that were counted since the last mail, in a sentence.
fn others(number: i64) -> String {
    match number {
        ..=0 => String::new(),
        1 => "One more record was opened since the last mail.".to_owned(),
        many => format!("{} more records were opened since the last mail.", words::count(many)),
    }
}

/// Tell reviewers whose pause is over of what was opened in it. How many mails that were.
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn tell_reviewers(app: &App) -> Result<usize, AppError> {
    let mut mails = 0;
    loop {
        let tx = access::system_platform(app, TASK).await?;
        let due = store::alerts::due(&tx, tx.now()).await?;
        for (due, hospital, name) in &due {
            let mail = templates::records_opened(name, i64::from(due.openings), &app.config.link(PAGE))?;
            messages::queue(&tx, Some(*hospital), TEMPLATE, &due.email, &mail).await?;
        }
        tx.done().await?;
        if due.is_empty() {
            return Ok(mails);
        }
        mails += due.len();
    }
}
