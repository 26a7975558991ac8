//! SQL of notes and of what was signed.

pub(super) mod templates;

use tokio_postgres::Row;

use super::model::{Draft, Note, NoteId, Signed, Status, Texts};
use crate::access::TenantTx;
use crate::clinic::encounters::EncounterId;
use crate::clinic::patients::PatientId;
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::statements;

/// Notes with what was signed last.
macro_rules! notes {
    ($rest:literal) => {
        concat!(
            "select n.id, n.encounter_id, n.patient_id, n.author_id, n.status, n.version, n.subjective, n.objective,
                    n.assessment, n.plan, n.template_id, n.copied_from_id, n.saved_at, n.created_at, n.error_reason,
                    n.error_by_id, n.error_at, w.first_name || ' ' || w.last_name as author_name,
                    v.version as signed_version, v.subjective as signed_subjective, v.objective as signed_objective,
                    v.assessment as signed_assessment, v.plan as signed_plan, v.signed_by_id, v.signed_at, v.reason,
                    v.copied_from_id as signed_copied_from_id, b.first_name || ' ' || b.last_name as signed_by_name,
                    e.started_at,
                    n.created_at > coalesce(e.ended_at, a.completed_at, 'infinity') as is_late
               from notes n
               join encounters e on e.id = n.encounter_id
               left join appointments a on a.id = e.appointment_id
               left join staff w on w.user_id = n.author_id
               left join note_versions v on v.note_id = n.id and v.version = n.signed_version
               left join staff b on b.user_id = v.signed_by_id ",
            $rest
        )
    };
}

statements! { Tenant;
    /// Of an encounter, as `$2` may see them: what was signed, and their own draft.
    hot OF_ENCOUNTER(UUID, UUID) = notes!(
        "where n.encounter_id = $1 and (n.signed_version is not null or n.author_id = $2) order by n.created_at, n.id"
    );
    /// Of several encounters, what was signed.
    OF_ENCOUNTERS(UUID_ARRAY) = notes!(
        "where n.encounter_id = any ($1) and n.signed_version is not null order by n.created_at, n.id"
    );
    /// The one that `$2` writes or has written there.
    hot OWN(UUID, UUID) =
        notes!("where n.encounter_id = $1 and n.author_id = $2 and n.status <> 'ENTERED_IN_ERROR'");
    /// The same, held until the transaction ends.
    hot HELD_OWN(UUID, UUID) =
        notes!("where n.encounter_id = $1 and n.author_id = $2 and n.status <> 'ENTERED_IN_ERROR' for update of n");
    ONE(UUID) = notes!("where n.id = $1");
    HELD(UUID) = notes!("where n.id = $1 for update of n");
    /// What somebody has begun and not signed, the latest first; not where nobody was seen, as nothing is signed there now.
    hot DRAFTS(UUID, INT8) =
        notes!("where n.author_id = $1 and n.status = 'DRAFT' and e.status <> 'ENTERED_IN_ERROR'
                  and (e.status = 'FINISHED' or a.id is null or a.status not in ('SCHEDULED', 'CANCELLED', 'NO_SHOW')
                       or exists (select from notes o where o.encounter_id = e.id and o.status = 'SIGNED')
                       or exists (select from diagnoses x where x.encounter_id = e.id and x.status = 'ACTIVE'))
                order by n.saved_at desc, n.id desc limit $2");
    /// Every version that was signed, the newest first.
    VERSIONS(UUID) =
        "select v.version as signed_version, v.subjective as signed_subjective, v.objective as signed_objective,
                v.assessment as signed_assessment, v.plan as signed_plan, v.signed_by_id, v.signed_at, v.reason,
                v.copied_from_id as signed_copied_from_id, b.first_name || ' ' || b.last_name as signed_by_name
           from note_versions v left join staff b on b.user_id = v.signed_by_id
          where v.note_id = $1 order by v.version desc";
    /// For the patient whose encounter it is, which is held meanwhile. One that is there already stays.
    hot BEGIN(UUID, UUID, UUID, TEXT, TEXT, TEXT, TEXT, UUID, UUID, TIMESTAMPTZ) =
        "insert into notes (id, encounter_id, patient_id, author_id, subjective, objective, assessment, plan, template_id,
                            copied_from_id, saved_at, created_at)
         select $1, e.id, e.patient_id, $3, $4, $5, $6, $7, $8, $9, $10, $10 from encounters e where e.id = $2
         on conflict (encounter_id, author_id) where status <> 'ENTERED_IN_ERROR' do nothing";
    hot SAVE(UUID, TEXT, TEXT, TEXT, TEXT, UUID, UUID, TIMESTAMPTZ) =
        "update notes set subjective = $2, objective = $3, assessment = $4, plan = $5, template_id = coalesce($6, template_id),
                copied_from_id = coalesce($7, copied_from_id), saved_at = $8, version = version + 1
          where id = $1 and status = 'DRAFT'";
    /// The draft becomes the first version, in one step: nothing signs a note twice.
    SIGN(UUID, TEXT, TEXT, TEXT, TEXT, UUID, TIMESTAMPTZ) =
        "with signed as (
             update notes set status = 'SIGNED', signed_version = 1, version = version + 1, saved_at = $7,
                    subjective = '', objective = '', assessment = '', plan = ''
              where id = $1 and status = 'DRAFT' returning id, copied_from_id
         )
         insert into note_versions (note_id, version, subjective, objective, assessment, plan, signed_by_id, signed_at,
                                    copied_from_id)
         select id, 1, $2, $3, $4, $5, $6, $7, copied_from_id from signed";
    AMEND(UUID, TEXT, TEXT, TEXT, TEXT, UUID, TIMESTAMPTZ, TEXT) =
        "with amended as (
             update notes set signed_version = signed_version + 1, version = version + 1, saved_at = $7
              where id = $1 and status = 'SIGNED' returning id, signed_version
         )
         insert into note_versions (note_id, version, subjective, objective, assessment, plan, signed_by_id, signed_at, reason)
         select id, signed_version, $2, $3, $4, $5, $6, $7, $8 from amended";
    END(UUID, TEXT, UUID, TIMESTAMPTZ) =
        "update notes set status = 'ENTERED_IN_ERROR', error_reason = $2, error_by_id = $3, error_at = $4, version = version + 1
          where id = $1 and status <> 'ENTERED_IN_ERROR'";
    /// A note of this patient that was signed: what may be copied from.
    IS_OF_PATIENT(UUID, UUID) =
        "select exists (select from notes where id = $1 and patient_id = $2 and status = 'SIGNED') as is_there";
}

fn name(row: &Row, column: &str) -> Option<String> {
    row.get::<_, Option<&str>>(column).map(|name| name.trim().to_owned())
}

fn signed(row: &Row) -> Option<Signed> {
    let version: Option<i32> = row.get("signed_version");
    version.map(|version| Signed {
        version,
        texts: Texts {
            subjective: row.get("signed_subjective"),
            objective: row.get("signed_objective"),
            assessment: row.get("signed_assessment"),
            plan: row.get("signed_plan"),
        },
        by: row.get("signed_by_id"),
        by_name: name(row, "signed_by_name"),
        at: row.get("signed_at"),
        reason: row.get("reason"),
        copied_from: row.get("signed_copied_from_id"),
    })
}

fn note(row: &Row) -> Note {
    let reason: Option<String> = row.get("error_reason");
    Note {
        id: row.get("id"),
        encounter: row.get("encounter_id"),
        patient: row.get("patient_id"),
        author: row.get("author_id"),
        author_name: name(row, "author_name"),
        status: Status::from_code(row.get("status")).unwrap_or(Status::EnteredInError),
        version: row.get("version"),
        draft: Texts {
            subjective: row.get("subjective"),
            objective: row.get("objective"),
            assessment: row.get("assessment"),
            plan: row.get("plan"),
        },
        template: row.get("template_id"),
        copied_from: row.get("copied_from_id"),
        saved_at: row.get("saved_at"),
        created_at: row.get("created_at"),
        signed: signed(row),
        about: row.get("started_at"),
        is_late: row.get("is_late"),
        ended: reason.map(|reason| (reason, row.get("error_by_id"), row.get("error_at"))),
    }
}

pub(super) async fn of_encounter(
    tx: &TenantTx,
    id: EncounterId,
    reader: UserId,
) -> Result<Vec<Note>, DbError> {
    Ok(tx.rows(&OF_ENCOUNTER, &[&id, &reader]).await?.iter().map(note).collect())
}

pub(super) async fn of_encounters(tx: &TenantTx, ids: &[EncounterId]) -> Result<Vec<Note>, DbError> {
    Ok(tx.rows(&OF_ENCOUNTERS, &[&ids]).await?.iter().map(note).collect())
}

pub(super) async fn own(tx: &TenantTx, id: EncounterId, author: UserId) -> Result<Option<Note>, DbError> {
    Ok(tx.row_opt(&OWN, &[&id, &author]).await?.as_ref().map(note))
}

pub(super) async fn held_own(
    tx: &TenantTx,
    id: EncounterId,
    author: UserId,
) -> Result<Option<Note>, DbError> {
    Ok(tx.row_opt(&HELD_OWN, &[&id, &author]).await?.as_ref().map(note))
}

pub(super) async fn one(tx: &TenantTx, id: NoteId) -> Result<Option<Note>, DbError> {
    Ok(tx.row_opt(&ONE, &[&id]).await?.as_ref().map(note))
}

pub(super) async fn held(tx: &TenantTx, id: NoteId) -> Result<Option<Note>, DbError> {
    Ok(tx.row_opt(&HELD, &[&id]).await?.as_ref().map(note))
}

pub(super) async fn drafts(tx: &TenantTx, author: UserId, most: i64) -> Result<Vec<Note>, DbError> {
    Ok(tx.rows(&DRAFTS, &[&author, &most]).await?.iter().map(note).collect())
}

pub(super) async fn versions(tx: &TenantTx, id: NoteId) -> Result<Vec<Signed>, DbError> {
    Ok(tx.rows(&VERSIONS, &[&id]).await?.iter().filter_map(signed).collect())
}

/// False if this author has a note there already.
pub(super) async fn begin(
    tx: &TenantTx,
    id: NoteId,
    of: EncounterId,
    author: UserId,
    draft: &Draft,
) -> Result<bool, DbError> {
    let [subjective, objective, assessment, plan] = draft.texts.parts();
    let Draft { template, copied_from, .. } = draft;
    let made = tx
        .execute(
            &BEGIN,
            &[
                &id,
                &of,
                &author,
                &subjective,
                &objective,
                &assessment,
                &plan,
                template,
                copied_from,
                &tx.now(),
            ],
        )
        .await?;
    Ok(made == 1)
}

pub(super) async fn save(tx: &TenantTx, id: NoteId, draft: &Draft) -> Result<(), DbError> {
    let [subjective, objective, assessment, plan] = draft.texts.parts();
    let Draft { template, copied_from, .. } = draft;
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 8] =
        [&id, &subjective, &objective, &assessment, &plan, template, copied_from, &tx.now()];
    tx.execute(&SAVE, &params).await.map(|_| ())
}

/// False if it is no draft any more.
pub(super) async fn sign(tx: &TenantTx, id: NoteId, texts: &Texts, by: UserId) -> Result<bool, DbError> {
    let [subjective, objective, assessment, plan] = texts.parts();
    let made = tx.execute(&SIGN, &[&id, &subjective, &objective, &assessment, &plan, &by, &tx.now()]).await?;
    Ok(made == 1)
}

/// False if it is not signed.
pub(super) async fn amend(
    tx: &TenantTx,
    id: NoteId,
    texts: &Texts,
    by: UserId,
    reason: &str,
) -> Result<bool, DbError> {
    let [subjective, objective, assessment, plan] = texts.parts();
    let made = tx
        .execute(&AMEND, &[&id, &subjective, &objective, &assessment, &plan, &by, &tx.now(), &reason])
        .await?;
    Ok(made == 1)
}

/// False if it was entered in error already.
pub(super) async fn end(tx: &TenantTx, id: NoteId, reason: &str, by: UserId) -> Result<bool, DbError> {
    Ok(tx.execute(&END, &[&id, &reason, &by, &tx.now()]).await? == 1)
}

pub(super) async fn is_of_patient(tx: &TenantTx, id: NoteId, patient: PatientId) -> Result<bool, DbError> {
    Ok(tx.row(&IS_OF_PATIENT, &[&id, &patient]).await?.get("is_there"))
}
