//! SQL of what is only ever added to: the record's history, and the patient's answers.

use serde_json::{Map, Value};
use tokio_postgres::Row;

use crate::access::TenantTx;
use crate::clinic::patients::model::PatientId;
use crate::clinic::patients::why::{Action, Answer, ConsentKind, KeptAnswer, Source};
use crate::kernel::DbError;
use crate::kernel::ids::{UserId, new_uuid};
use crate::statements;

/// The time of this transaction, or just after the newest row: whoever waited for the patient's lock began before
/// the one who held it, and is later all the same.
macro_rules! later {
    ($now:literal, $column:literal, $newest:expr) => {
        concat!(
            "greatest(",
            $now,
            ", (select max(k.",
            $column,
            ") + interval '1 microsecond' from ",
            $newest,
            "))"
        )
    };
}

statements! { Tenant;
    hot CHANGE(UUID, UUID, TEXT, TEXT, JSONB, JSONB, UUID, TIMESTAMPTZ) =
        concat!("insert into patient_changes (id, patient_id, action, reason, old_values, new_values, changed_by_id, changed_at)
                 values ($1, $2, $3, $4, $5, $6, $7, ", later!("$8", "changed_at", "patient_changes k where k.patient_id = $2"), ")");
    ANSWER(UUID, UUID, TEXT, BOOL, TEXT, TEXT, TIMESTAMPTZ, UUID, TIMESTAMPTZ) =
        concat!("insert into consents (id, patient_id, kind, given, source, note, asked_at, recorded_by_id, recorded_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, ", later!("$9", "recorded_at", "consents k where k.patient_id = $2 and k.kind = $3"), ")");
    /// Newest first.
    ANSWERS(UUID, INT8) =
        "select kind, given, source, note, asked_at, recorded_by_id, recorded_at from consents
          where patient_id = $1 order by recorded_at desc, id desc limit $2";
}

/// A change to be kept.
pub(in crate::clinic::patients) struct Change<'a> {
    pub patient: PatientId,
    pub action: Action,
    pub reason: Option<&'a str>,
    pub old: Map<String, Value>,
    pub new: Map<String, Value>,
    pub by: UserId,
}

pub(in crate::clinic::patients) async fn change(tx: &TenantTx, change: Change<'_>) -> Result<(), DbError> {
    let (old, new) = (Value::Object(change.old), Value::Object(change.new));
    let (id, action, at) = (new_uuid(), change.action.code(), tx.now());
    tx.execute(&CHANGE, &[&id, &change.patient, &action, &change.reason, &old, &new, &change.by, &at])
        .await
        .map(|_| ())
}

pub(in crate::clinic::patients) async fn answer(
    tx: &TenantTx,
    patient: PatientId,
    answer: &Answer,
    by: UserId,
) -> Result<(), DbError> {
    let (id, kind, source, at) = (new_uuid(), answer.kind.code(), answer.source.code(), tx.now());
    let Answer { given, note, asked_at, .. } = answer;
    tx.execute(&ANSWER, &[&id, &patient, &kind, given, &source, note, asked_at, &by, &at]).await.map(|_| ())
}

pub(in crate::clinic::patients) async fn answers(
    tx: &TenantTx,
    patient: PatientId,
    limit: i64,
) -> Result<Vec<KeptAnswer>, DbError> {
    Ok(tx.rows(&ANSWERS, &[&patient, &limit]).await?.iter().filter_map(kept).collect())
}

fn kept(row: &Row) -> Option<KeptAnswer> {
    Some(KeptAnswer {
        answer: Answer {
            kind: ConsentKind::from_code(row.get("kind"))?,
            given: row.get("given"),
            source: Source::from_code(row.get("source")).unwrap_or_default(),
            note: row.get("note"),
            asked_at: row.get("asked_at"),
        },
        recorded_by: row.get("recorded_by_id"),
        recorded_at: row.get("recorded_at"),
    })
}
