//! SQL of the search for people who look alike, and of what was decided about them.

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use super::model::{Candidate, Probe, Reason, Traits, compare};
use crate::access::TenantTx;
use crate::clinic::patients::{self, Confidentiality, NOT_YOURS, PatientId, RESTRICTED, Sight};
use crate::kernel::DbError;
use crate::kernel::ids::{UserId, new_uuid};
use crate::statements;

statements! { Tenant;
    /// Whoever can reach the score at which one is shown has the phone, the document or the birthday in common; each
    /// branch reads one index and not more rows than it may. A phone number that stands for "none" belongs to
    /// thousands, so that those with the same first name are read first. Of somebody who is left out, because it is
    /// the one who is looked at, the mother is known.
    CANDIDATES(TEXT, TEXT, TEXT_ARRAY, TEXT, DATE, UUID, TEXT) =
        "with near as (
             (select id from patients
               where right(phone_primary, 8) = any ($3) and extensions.fold(first_name) = extensions.fold($1) limit 100)
             union (select id from patients where right(phone_primary, 8) = any ($3) limit 100)
             union (select id from patients where right(phone_alternate, 8) = any ($3) limit 100)
             union (select id from patients where upper(translate(national_id_number, '-/', '')) = $4 limit 20)
             union (select id from patients where dob = $5 and not dob_unknown limit 300)
         )
         select p.id, p.patient_code, p.first_name, p.middle_name, p.last_name, p.dob, p.dob_unknown, p.phone_primary,
                p.phone_alternate, p.national_id_number, p.last_visited_at, p.mother_id, p.birth_order,
                me.mother_id as typed_mother, me.birth_order as typed_order,
                extensions.fold(p.first_name) as first_folded, extensions.fold(p.last_name) as last_folded,
                extensions.fold(p.name_alternate) as alternate_folded, extensions.fold($1) as typed_first,
                extensions.fold($2) as typed_last, extensions.fold($7) as typed_alternate, p.confidentiality,
                p.created_by_id
           from near join patients p on p.id = near.id left join patients me on me.id = $6
          where p.merged_into is null and not p.is_practice and ($6::uuid is null or p.id <> $6)";
    DECIDED(UUID, UUID, UUID_ARRAY, TEXT, TEXT, UUID, TIMESTAMPTZ) =
        "insert into duplicate_decisions (id, patient_id, candidate_ids, reason, note, decided_by_id, decided_at)
         values ($1, $2, $3, $4, $5, $6, $7)";
}

/// Everybody who has something in common, with the score; not sorted, not cut.
pub(super) async fn candidates(tx: &TenantTx, probe: &Probe) -> Result<Vec<Candidate>, DbError> {
    let (ends, document) = (probe.phone_ends(), probe.document());
    let rows = tx
        .rows(
            &CANDIDATES,
            &[
                &probe.first_name,
                &probe.last_name,
                &ends,
                &document,
                &probe.birthday,
                &probe.exclude,
                &probe.name_alternate,
            ],
        )
        .await?;
    // Everybody is found, whoever's patient it is: a second record of one person is what must not come about.
    let ids: Vec<PatientId> = rows.iter().map(|row| row.get("id")).collect();
    let look = patients::look(tx, &ids).await?;
    let seen = |row: &tokio_postgres::Row| {
        // A level that is not known is kept from most people.
        let level = Confidentiality::from_code(row.get("confidentiality"));
        match look.sight(row.get("id"), level, row.get("created_by_id")) {
            Sight::Whole => Some(candidate(row, probe)),
            Sight::Withheld => Some(candidate(row, probe).withheld(RESTRICTED)),
            Sight::NotYours => Some(candidate(row, probe).withheld(NOT_YOURS)),
            Sight::Hidden => None,
        }
    };
    Ok(rows.iter().filter_map(seen).collect())
}

fn candidate(row: &tokio_postgres::Row, probe: &Probe) -> Candidate {
    let (dob, dob_unknown): (Option<Date>, bool) = (row.get("dob"), row.get("dob_unknown"));
    let phone: Option<String> = row.get("phone_primary");
    let typed = Traits {
        first: row.get("typed_first"),
        last: row.get("typed_last"),
        alternate: row.get("typed_alternate"),
        birthday: probe.birthday,
        phones: probe.phone.clone().into_iter().collect(),
        national_id: probe.national_id.clone(),
        birth: row.get::<_, Option<PatientId>>("typed_mother").map(|mother| (mother, row.get("typed_order"))),
    };
    let known = Traits {
        first: row.get("first_folded"),
        last: row.get("last_folded"),
        alternate: row.get("alternate_folded"),
        birthday: dob.filter(|_| !dob_unknown),
        phones: [phone.clone(), row.get("phone_alternate")].into_iter().flatten().collect(),
        national_id: row.get("national_id_number"),
        birth: row.get::<_, Option<PatientId>>("mother_id").map(|mother| (mother, row.get("birth_order"))),
    };
    Candidate {
        id: row.get("id"),
        code: row.get("patient_code"),
        first_name: row.get("first_name"),
        middle_name: row.get("middle_name"),
        last_name: row.get("last_name"),
        dob,
        dob_unknown,
        phone,
        last_visited_at: row.get("last_visited_at"),
        found: compare(&typed, &known),
        is_withheld: false,
    }
}

/// What the desk decided about people who looked alike.
pub(super) struct Decided<'a> {
    pub patient: PatientId,
    pub candidates: &'a [PatientId],
    pub reason: Option<Reason>,
    pub note: Option<&'a str>,
    pub by: UserId,
    pub at: Timestamp,
}

pub(super) async fn decided(tx: &TenantTx, row: &Decided<'_>) -> Result<(), DbError> {
    let id: Uuid = new_uuid();
    let reason = row.reason.map(Reason::code);
    tx.execute(&DECIDED, &[&id, &row.patient, &row.candidates, &reason, &row.note, &row.by, &row.at])
        .await
        .map(|_| ())
}
