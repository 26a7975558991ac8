//! What must be true of a hospital's records, whoever wrote them: looked through after everything that the demo writes, and
//! by `hms demo check`. Each rule is a sentence, and a query that finds what breaks it.

use std::collections::BTreeMap;

use anyhow::bail;
use jiff::Timestamp;
use tokio_postgres::{GenericClient, Row};

use super::measures;
use super::rows::told;
use crate::clinic::vitals::{Absence, Consciousness, Measure, Tables, Taken, score};

/// A rule, and how many rows break it; `{now}` stands for this moment.
const RULES: &[(&str, &str)] = &[
    (
        "No doctor has two appointments in one place of a slot.",
        "select count(*) from (
             select scheduled_at < max(ends_at) over (partition by doctor_user_id, seat order by scheduled_at, id
                                                      rows between unbounded preceding and 1 preceding) as meets
               from appointments where holds_slot) as slots
          where meets",
    ),
    (
        "No patient is in two places at a time.",
        "select count(*) from (
             select scheduled_at < max(ends_at) over (partition by patient_id order by scheduled_at, id
                                                      rows between unbounded preceding and 1 preceding) as meets
               from appointments where holds_slot) as slots
          where meets",
    ),
    (
        "Every appointment has the times that belong to its status, and no others.",
        "select count(*) from appointments
          where status = 'SCHEDULED' and num_nonnulls(checked_in_at, consultation_started_at, completed_at, cancelled_at) > 0
             or status = 'CHECKED_IN' and (checked_in_at is null or num_nonnulls(consultation_started_at, completed_at, cancelled_at) > 0)
             or status = 'IN_CONSULTATION' and (consultation_started_at is null or num_nonnulls(completed_at, cancelled_at) > 0)
             or status = 'COMPLETED' and (completed_at is null or cancelled_at is not null)
             or status = 'NO_SHOW' and (no_show_at is null or num_nonnulls(checked_in_at, completed_at, cancelled_at) > 0)
             or status = 'CANCELLED' and (cancelled_at is null or completed_at is not null)",
    ),
    (
        "Nothing is seen before it begins, and nothing ends before it is seen.",
        "select count(*) from appointments
          where checked_in_at > consultation_started_at or consultation_started_at > completed_at or created_at > updated_at",
    ),
    (
        "What has happened to an appointment lies not in the future.",
        "select count(*) from appointments
          where greatest(checked_in_at, consultation_started_at, completed_at, no_show_at, cancelled_at, created_at) > {now} + interval '5 minutes'",
    ),
    (
        // Who came early may have been seen early.
        "No appointment of the demo that lies far ahead is over.",
        "select count(*) from appointments
          where is_demo and status in ('COMPLETED', 'NO_SHOW') and scheduled_at > {now} + interval '1 hour'",
    ),
    (
        "A token is given once in a department's day, and none is above its counter.",
        "select count(*) from (
             select token_day, department_id, token_number from appointments where token_number is not null
              group by 1, 2, 3 having count(*) > 1
             union all
             select a.token_day, a.department_id, max(a.token_number) from appointments a
               left join token_counters c on c.department_id = a.department_id and c.on_day = a.token_day
              where a.token_number is not null and a.token_day >= ({now})::date - 2
              group by 1, 2, c.value having max(a.token_number) > coalesce(c.value, 0)) as wrong",
    ),
    (
        "Every appointment's history begins with its booking.",
        "select count(*) from appointments a
          where a.is_demo and not exists (select from appointment_events e where e.appointment_id = a.id and e.kind = 'BOOKED')",
    ),
    (
        "Vital signs, encounters and follow-ups belong to the same patient as their appointment.",
        "select (select count(*) from vitals v join appointments a on a.id = v.appointment_id where a.patient_id <> v.patient_id)
              + (select count(*) from encounters e join appointments a on a.id = e.appointment_id where a.patient_id <> e.patient_id)
              + (select count(*) from appointments f join appointments a on a.id = f.follow_up_of where a.patient_id <> f.patient_id)",
    ),
    (
        "Notes and diagnoses belong to the same patient as their encounter.",
        "select (select count(*) from notes n join encounters e on e.id = n.encounter_id where e.patient_id <> n.patient_id)
              + (select count(*) from diagnoses d join encounters e on e.id = d.encounter_id where e.patient_id <> d.patient_id)",
    ),
    (
        "An encounter is of its appointment's doctor, and its times are those of the consultation.",
        "select count(*) from encounters e join appointments a on a.id = e.appointment_id
          where e.is_demo and a.is_demo and e.status = 'FINISHED'
            and (e.doctor_user_id <> a.doctor_user_id or e.ended_at is distinct from a.completed_at)",
    ),
    (
        "Every signed note has the text that was signed.",
        "select count(*) from notes n
          where n.status = 'SIGNED'
            and not exists (select from note_versions v where v.note_id = n.id and v.version = n.signed_version)",
    ),
    (
        "The texts of allergies and conditions say what the charts say.",
        "select count(*) from (
             select p.id from patients p
               left join lateral (select string_agg(e.line, E'\\n' order by e.is_urgent desc, e.created_at, e.id) as text
                                    from chart_entries e where e.patient_id = p.id and e.list = 'ALLERGY' and e.is_active) a on true
               left join lateral (select string_agg(e.line, E'\\n' order by e.is_urgent desc, e.created_at, e.id) as text
                                    from chart_entries e where e.patient_id = p.id and e.list = 'CONDITION' and e.is_active) c on true
              where p.is_demo and p.merged_into is null
                and (a.text is not null and a.text is distinct from p.known_allergies
                     or c.text is not null and c.text is distinct from p.chronic_conditions)) as wrong",
    ),
    (
        "Every appointment's doctor stands in its patient's care team.",
        "select count(*) from appointments a
          where a.is_demo
            and not exists (select from care_relations c
                             where c.kind = 'APPOINTMENT' and c.source_id = a.id and c.user_id = a.doctor_user_id)",
    ),
    (
        "Nobody is seen before their record was made.",
        "select count(*) from appointments a join patients p on p.id = a.patient_id
          where a.is_demo and p.is_demo and a.created_at < p.created_at",
    ),
    (
        // Leave that was taken after the days ahead were last made is settled by whoever took it.
        "Nobody is booked with a doctor who is on leave.",
        "select count(*) from appointments a
           join doctor_leaves l on l.user_id = a.doctor_user_id and l.withdrawn_at is null
                               and tstzrange(l.starts_at, l.ends_at) && tstzrange(a.scheduled_at, a.ends_at)
          where a.is_demo and a.status = 'SCHEDULED' and a.scheduled_at > {now}
            and l.made_at < (select max(t.started_at) from public.demo_tasks t
                              where t.status = 'RUNNING' or t.status = 'COMPLETED' and t.task_type = 'DEMO_FRESHEN')",
    ),
    (
        "The numbers of patients that are kept are the numbers of patients.",
        "select count(*) from counters
          where name = 'patients' and value <> (select count(*) from patients where merged_into is null and not is_practice)
             or name = 'patient_code'
                and value < (select coalesce(max(substr(patient_code, 3)::int8), 0) from patients where patient_code ~ '^P-[0-9]{5,15}$')",
    ),
];

/// Look through everything. The first rule that is broken is named.
///
/// # Errors
/// The rule, and how many rows break it.
pub(super) async fn all(tx: &impl GenericClient, now: Timestamp) -> anyhow::Result<()> {
    let now = format!("timestamptz '{now}'");
    for (rule, query) in RULES {
        holds(tx, rule, &query.replace("{now}", &now)).await?;
    }
    scores(tx).await
}

/// Does nothing break a rule?
///
/// # Errors
/// The rule, and how many rows break it.
pub(super) async fn holds(tx: &impl GenericClient, rule: &str, query: &str) -> anyhow::Result<()> {
    let broken: i64 = tx.query_one(query, &[]).await.map_err(told("looking through the records"))?.get(0);
    if broken > 0 {
        bail!("{rule} This is not so for {broken} of them.");
    }
    Ok(())
}

/// Scores are what the present function makes of what was measured, where the table is the present one.
async fn scores(tx: &impl GenericClient) -> anyhow::Result<()> {
    let tables = Tables::built_in();
    let mut last = uuid::Uuid::nil();
    let mut wrong = 0;
    loop {
        let rows = tx
            .query(
                "select v.id, p.dob, v.recorded_at, v.systolic_bp, v.heart_rate, v.respiratory_rate, v.temperature_tenths,
                        v.spo2, v.oxygen_given, v.consciousness, v.news2_state, v.news2_total, v.news2_single_red,
                        v.news2_scale, v.news2_table, v.is_pregnant
                   from vitals v join patients p on p.id = v.patient_id
                  where v.is_demo and v.id > $1 order by v.id limit 5000",
                &[&last],
            )
            .await
            .map_err(told("reading scores"))?;
        let Some(end) = rows.last() else { break };
        last = end.get("id");
        wrong += rows.iter().filter(|row| !is_right(row, tables)).count();
    }
    if wrong > 0 {
        bail!("Every early-warning score is what its values come to. This is not so for {wrong} of them.");
    }
    Ok(())
}

fn is_right(row: &Row, tables: &Tables) -> bool {
    let taken = taken(row);
    let at: Timestamp = row.get("recorded_at");
    let born: Option<jiff::civil::Date> = row.get("dob");
    // A day more or less where the clocks of two zones differ: nobody is told apart by it but on a birthday.
    let age = born.map(|born| measures::age(born, at.to_zoned(jiff::tz::TimeZone::UTC).date()));
    let scale =
        row.get::<_, Option<i16>>("news2_scale").and_then(|scale| u8::try_from(scale).ok()).unwrap_or(1);
    let scored = score(&taken, age, scale, tables);
    if row.get::<_, Option<&str>>("news2_table") != Some(scored.table.as_str()) {
        return true;
    }
    let (state, _, total) = measures::standing(&scored);
    row.get::<_, &str>("news2_state") == state
        && row.get::<_, Option<i16>>("news2_total") == total
        && row.get::<_, bool>("news2_single_red") == scored.single_red
}

fn taken(row: &Row) -> Taken {
    let measured = [
        (Measure::Systolic, "systolic_bp"),
        (Measure::HeartRate, "heart_rate"),
        (Measure::RespiratoryRate, "respiratory_rate"),
        (Measure::Temperature, "temperature_tenths"),
        (Measure::Spo2, "spo2"),
    ];
    let values = measured
        .into_iter()
        .filter_map(|(measure, column)| Some((measure, i32::from(row.get::<_, Option<i16>>(column)?))));
    Taken {
        values: values.collect(),
        oxygen: row.get("oxygen_given"),
        consciousness: row.get::<_, Option<&str>>("consciousness").and_then(Consciousness::from_code),
        pregnant: row.get("is_pregnant"),
        absent: BTreeMap::<Measure, Absence>::new(),
        ..Taken::default()
    }
}
