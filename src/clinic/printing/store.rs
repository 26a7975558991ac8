//! SQL of what is printed later.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::model::{Ending, PrintJob, PrintJobId, Slip};
use crate::access::TenantTx;
use crate::clinic::appointments::{AppointmentId, Token};
use crate::clinic::patients::{Confidentiality, PatientId, Viewer};
use crate::kernel::DbError;
use crate::kernel::paging::PageRequest;
use crate::statements;

macro_rules! jobs {
    ($rest:literal) => {
        concat!(
            "select j.id, j.kind, j.patient_id, j.appointment_id, j.copies, j.asked_by_id, j.asked_at,
                    trim(s.first_name || ' ' || s.last_name) as asked_by, a.token_day, a.token_prefix, a.token_number,
                    p.patient_code, concat_ws(' ', p.first_name, p.middle_name, p.last_name) as patient_name,
                    p.confidentiality, p.created_by_id as registered_by_id
               from print_jobs j join patients p on p.id = j.patient_id left join staff s on s.user_id = j.asked_by_id
               left join appointments a on a.id = j.appointment_id ",
            $rest
        )
    };
}

statements! { Tenant;
    /// Nothing waits twice: what is asked for again stays as it is.
    INSERT(UUID, TEXT, UUID, UUID, INT2, UUID, TIMESTAMPTZ) =
        "insert into print_jobs (id, kind, patient_id, appointment_id, copies, asked_by_id, asked_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing";
    WAITING(TEXT, UUID, UUID) = jobs!(
        "where j.kind = $1 and j.patient_id = $2 and j.appointment_id is not distinct from $3 and j.outcome is null");
    /// The oldest first.
    OPEN(INT8, INT8) = jobs!("where j.outcome is null order by j.asked_at, j.id limit $1 offset $2");
    COUNT() = "select count(*) as total, min(asked_at) as oldest from print_jobs where outcome is null";
    ONE(UUID) = jobs!("where j.id = $1");
    CLOSE(UUID, TEXT, UUID, TIMESTAMPTZ) =
        "update print_jobs set outcome = $2, closed_by_id = $3, closed_at = $4 where id = $1 and outcome is null";
}

pub(super) async fn insert(
    tx: &TenantTx,
    slip: Slip,
    patient: PatientId,
    appointment: Option<AppointmentId>,
    copies: i16,
) -> Result<Option<PrintJob>, DbError> {
    let (id, kind, me) = (PrintJobId::new(), slip.code(), Viewer::of(tx).user);
    tx.execute(&INSERT, &[&id, &kind, &patient, &appointment, &copies, &me, &tx.now()]).await?;
    Ok(tx.row_opt(&WAITING, &[&kind, &patient, &appointment]).await?.as_ref().map(job))
}

/// How many wait, and since when the oldest.
pub(super) async fn count(tx: &TenantTx) -> Result<(i64, Option<Timestamp>), DbError> {
    let row = tx.row(&COUNT, &[]).await?;
    Ok((row.get("total"), row.get("oldest")))
}

pub(super) async fn open(tx: &TenantTx, page: PageRequest) -> Result<Vec<PrintJob>, DbError> {
    Ok(tx.rows(&OPEN, &[&page.page_size, &page.offset()]).await?.iter().map(job).collect())
}

pub(super) async fn one(tx: &TenantTx, id: PrintJobId) -> Result<Option<PrintJob>, DbError> {
    Ok(tx.row_opt(&ONE, &[&id]).await?.as_ref().map(job))
}

/// Was it still open?
pub(super) async fn close(tx: &TenantTx, id: PrintJobId, ending: Ending) -> Result<bool, DbError> {
    let me = Viewer::of(tx).user;
    Ok(tx.execute(&CLOSE, &[&id, &ending.code(), &me, &tx.now()]).await? == 1)
}

fn job(row: &Row) -> PrintJob {
    let token = row.get::<_, Option<i32>>("token_number").map(|number| Token {
        day: row.get("token_day"),
        prefix: row.get("token_prefix"),
        number,
    });
    PrintJob {
        id: row.get("id"),
        slip: Slip::from_code(row.get("kind")).unwrap_or(Slip::Label),
        patient: row.get("patient_id"),
        appointment: row.get("appointment_id"),
        token,
        copies: row.get("copies"),
        asked_by: row.get("asked_by_id"),
        asked_by_name: row.get("asked_by"),
        asked_at: row.get("asked_at"),
        // Who it is stays unsaid until somebody looked whether the reader may know.
        person: None,
        code: row.get("patient_code"),
        name: row.get("patient_name"),
        level: Confidentiality::from_code(row.get("confidentiality")),
        registered_by: row.get("registered_by_id"),
    }
}
