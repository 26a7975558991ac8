//! The rows of the demo's patients: the record, its charts, answers and history.

use jiff::SignedDuration;
use jiff::civil::date;
use tokio_postgres::Transaction;
use uuid::Uuid;

use super::dice::Dice;
use super::fill::said;
use super::illnesses::Condition;
use super::people::{Allergy, Said};
use super::rows::{Cell, Rows, told};
use super::stage::{Patient, Stage};
use crate::clinic::chart::ICD10;

/// Records that are made before they are sent.
const PIECE: u64 = 1000;
/// A stream of throws beside those of `stage`.
const RECORD: u64 = 7;

struct Records {
    patients: Rows,
    entries: Rows,
    versions: Rows,
    reviews: Rows,
    consents: Rows,
    changes: Rows,
}

impl Records {
    fn new() -> Self {
        Self {
            patients: Rows::new(
                "patients",
                "id, patient_code, first_name, last_name, name_alternate, gender, dob, dob_precision, phone_primary, \
                 phone_typed, phone_e164, phone_is_landline, no_phone_reason, email, address_line1, city, state, \
                 country, postal_code, emergency_contact_name, emergency_contact_relation, emergency_contact_phone, \
                 blood_group, marital_status, preferred_language, known_allergies, chronic_conditions, \
                 national_id_type, national_id_number, consent_sms, consent_email, created_by_id, updated_by_id, \
                 created_at, updated_at, is_demo",
            ),
            entries: Rows::new(
                "chart_entries",
                "id, patient_id, list, version, line, is_active, is_urgent, created_at",
            ),
            versions: Rows::new(
                "chart_versions",
                "entry_id, version, list, text, code, code_system, category, kind, criticality, reaction, severity, \
                 verification, clinical_status, onset_on, onset_precision, source, told_at, recorded_by_id, recorded_at",
            ),
            reviews: Rows::new(
                "chart_reviews",
                "id, patient_id, list, answer, asked_at, recorded_by_id, recorded_at",
            ),
            consents: Rows::new(
                "consents",
                "id, patient_id, kind, given, source, asked_at, recorded_by_id, recorded_at",
            ),
            changes: Rows::new(
                "patient_changes",
                "id, patient_id, action, new_values, changed_by_id, changed_at",
            ),
        }
    }

    async fn send(&mut self, tx: &Transaction<'_>) -> anyhow::Result<()> {
        for rows in [
            &mut self.patients,
            &mut self.entries,
            &mut self.versions,
            &mut self.reviews,
            &mut self.consents,
            &mut self.changes,
        ] {
            rows.send(tx).await?;
        }
        Ok(())
    }
}

/// Write all patients, with codes that follow those that were given. `heard` is told how many there are.
pub(super) async fn write(
    tx: &Transaction<'_>,
    stage: &Stage,
    mut heard: impl FnMut(u64),
) -> anyhow::Result<()> {
    let count = i64::try_from(stage.patients)?;
    // The hospital's limit is not asked: a demo has none. In the order in which registering locks them.
    let mut last: i64 = 0;
    for name in ["patients", "patient_code"] {
        let row = tx
            .query_one(
                "update counters set value = value + $2::int8 where name = $1::text returning value",
                &[&name, &count],
            )
            .await
            .map_err(told("taking codes"))?;
        last = row.get(0);
    }
    let first = last - count + 1;
    let mut records = Records::new();
    for number in 0..stage.patients {
        let code = format!("P-{:05}", first + i64::try_from(number)?);
        add_one(&mut records, stage, number, &code);
        if (number + 1) % PIECE == 0 {
            records.send(tx).await?;
            heard(number + 1);
        }
    }
    records.send(tx).await?;
    heard(stage.patients);
    Ok(())
}

fn add_one(records: &mut Records, stage: &Stage, number: u64, code: &str) {
    let patient = stage.patient(number);
    let mut dice = Dice::of(stage.seed, &[RECORD, stage.hospital, number]);
    let by = *dice.one(&stage.desk);
    let person = &patient.person;
    let allergies = allergies(&person.allergies);
    let conditions = conditions(&person.conditions);
    let text = |lines: &Said<Line>| match lines {
        Said::NotAsked => None,
        Said::None => Some("None known".to_owned()),
        Said::These(lines) => {
            Some(lines.iter().map(|line| line.line.as_str()).collect::<Vec<_>>().join("\n"))
        }
    };
    let phone = person.phone.as_ref();
    let no_phone = phone.is_none().then_some("NONE");
    let contact = person.contact.as_ref();
    let cells: [&dyn Cell; 36] = [
        &patient.id,
        &code,
        &person.first,
        &person.last,
        &person.alternate,
        &(if person.is_woman { "FEMALE" } else { "MALE" }),
        &person.born,
        &"DAY",
        &phone.map(|phone| phone.digits.as_str()),
        &phone.and_then(|phone| phone.typed.as_deref()),
        &phone.and_then(|phone| phone.e164.as_deref()),
        &person.is_landline,
        &no_phone,
        &person.email,
        &person.street,
        &person.town,
        &person.state,
        &stage.country.name,
        &person.postal_code,
        &contact.map(|(name, ..)| name.as_str()),
        &contact.map(|(_, relation, _)| *relation),
        &contact.map(|(.., phone)| phone.as_str()),
        &person.blood,
        &person.marital,
        &person.language,
        &text(&allergies),
        &text(&conditions),
        &person.document.as_ref().map(|_| stage.country.document),
        &person.document,
        &person.consents_to_sms,
        &person.consents_to_email,
        &by,
        &by,
        &patient.registered_at,
        &patient.registered_at,
        &true,
    ];
    records.patients.add(&cells);
    chart(records, stage, &mut dice, &patient, "ALLERGY", &allergies);
    chart(records, stage, &mut dice, &patient, "CONDITION", &conditions);
    let at = patient.registered_at;
    for (kind, given) in [("SMS", person.consents_to_sms), ("EMAIL", person.consents_to_email)] {
        if given {
            let id = dice.id(at);
            records.consents.add(&[&id, &patient.id, &kind, &true, &"DESK", &at, &by, &at]);
        }
    }
    let id = dice.id(at);
    records.changes.add(&[&id, &patient.id, &"CREATE", &said(&patient), &by, &at]);
}

/// An entry of a chart, with its line of the record's text.
struct Line {
    line: String,
    text: &'static str,
    code: Option<&'static str>,
    allergy: Option<Allergy>,
    since: Option<i16>,
    is_urgent: bool,
}

/// Urgent ones first, as the text has them.
fn allergies(said: &Said<Allergy>) -> Said<Line> {
    match said {
        Said::NotAsked => Said::NotAsked,
        Said::None => Said::None,
        Said::These(these) => {
            let line = |allergy: &Allergy| Line {
                line: format!(
                    "{} ({}, {})",
                    allergy.substance,
                    allergy.reaction,
                    allergy.severity.to_lowercase()
                ),
                text: allergy.substance,
                code: None,
                allergy: Some(*allergy),
                since: None,
                is_urgent: allergy.criticality == "HIGH" || allergy.severity == "SEVERE",
            };
            let mut lines: Vec<Line> = these.iter().map(line).collect();
            lines.sort_by_key(|line| !line.is_urgent);
            Said::These(lines)
        }
    }
}

fn conditions(said: &Said<(&'static Condition, i16)>) -> Said<Line> {
    match said {
        Said::NotAsked => Said::NotAsked,
        Said::None => Said::None,
        Said::These(these) => Said::These(
            these
                .iter()
                .map(|(condition, since)| Line {
                    line: condition.name.to_owned(),
                    text: condition.name,
                    code: Some(condition.code),
                    allergy: None,
                    since: Some(*since),
                    is_urgent: false,
                })
                .collect(),
        ),
    }
}

fn chart(
    records: &mut Records,
    stage: &Stage,
    dice: &mut Dice,
    patient: &Patient,
    list: &'static str,
    said: &Said<Line>,
) {
    // A nurse asks, some minutes after the desk.
    let at = patient.registered_at + SignedDuration::from_mins(dice.between(3, 30));
    let by = *dice.one(&stage.nurses);
    let answer = match said {
        Said::NotAsked => return,
        Said::None => "NONE_KNOWN",
        Said::These(lines) => {
            for (n, line) in (0_i64..).zip(lines) {
                entry(records, dice, patient.id, list, line, (at + SignedDuration::from_micros(n), by));
            }
            "REVIEWED"
        }
    };
    let id = dice.id(at);
    records.reviews.add(&[&id, &patient.id, &list, &answer, &at, &by, &at]);
}

fn entry(
    records: &mut Records,
    dice: &mut Dice,
    patient: Uuid,
    list: &'static str,
    line: &Line,
    (at, by): (jiff::Timestamp, Uuid),
) {
    let id = dice.id(at);
    records.entries.add(&[&id, &patient, &list, &1_i32, &line.line, &true, &line.is_urgent, &at]);
    let allergy = line.allergy.as_ref();
    let onset = line.since.map(|year| date(year, 1, 1));
    records.versions.add(&[
        &id,
        &1_i32,
        &list,
        &line.text,
        &line.code,
        &line.code.map(|_| ICD10),
        &allergy.map(|allergy| allergy.category),
        &allergy.map(|allergy| allergy.kind),
        &allergy.map(|allergy| allergy.criticality),
        &allergy.map(|allergy| allergy.reaction),
        &allergy.map(|allergy| allergy.severity),
        &allergy.map(|_| "CONFIRMED"),
        &allergy.is_none().then_some("ACTIVE"),
        &onset,
        &onset.map(|_| "YEAR"),
        &"PATIENT",
        &at,
        &by,
        &at,
    ]);
}
