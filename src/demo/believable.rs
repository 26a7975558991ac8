//! What a clinician must be able to believe of what the demo wrote: looked through when it is filled, and by `hms demo check`.
//!
//! Only its own rows count, as it wrote them: what visitors write, amend, merge or move breaks none of these rules.

use anyhow::bail;
use tokio_postgres::GenericClient;

use super::rows::told;
use super::visits::VISITS;
use super::{check, illnesses, medicines};

/// A rule, and how many rows break it.
const RULES: &[(&str, &str)] = &[
    (
        "What a note quotes was measured at that visit.",
        "select count(*) from (
             select v.objective, concat_ws(' ', v.objective, v.plan) as text, e.appointment_id
               from notes n join note_versions v on v.note_id = n.id and v.version = 1 join encounters e on e.id = n.encounter_id
              where n.is_demo and n.status = 'SIGNED' and n.signed_version = 1 and n.version = 2) as q
          where q.objective ~ 'Temperature [0-9]'
            and not exists (select from vitals m where m.appointment_id = q.appointment_id
                               and strpos(q.objective, 'Temperature ' || trim(to_char(m.temperature_tenths / 10.0, '990.0')) || ' °C') > 0)
             or q.text ~ '[0-9] kg'
            and not exists (select from vitals m where m.appointment_id = q.appointment_id
                               and strpos(q.text, trim(to_char(m.weight_grams / 1000.0, '9990.0')) || ' kg') > 0)
             or q.objective ~ '[0-9]/[0-9]'
            and not exists (select from vitals m where m.appointment_id = q.appointment_id
                               and strpos(q.objective, m.systolic_bp || '/' || m.diastolic_bp) > 0)",
    ),
    (
        "Children do not shrink, and infants gain weight.",
        "select count(*) from (
             select v.height_mm < max(v.height_mm) over w
                    or p.dob > v.recorded_at - interval '1 year' and v.weight_grams < max(v.weight_grams) over w as is_less
               from vitals v join patients p on p.id = v.patient_id
              where v.is_demo and p.is_demo and p.updated_at = p.created_at and p.dob > v.recorded_at - interval '14 years'
                and not exists (select from patients m where m.merged_into = p.id)
             window w as (partition by v.patient_id order by v.recorded_at, v.id rows between unbounded preceding and 1 preceding)) as sizes
          where is_less",
    ),
];

/// Look through it. The first rule that is broken is named.
///
/// # Errors
/// The rule, and how many rows break it.
pub(super) async fn all(tx: &impl GenericClient) -> anyhow::Result<()> {
    for (rule, query) in RULES {
        check::holds(tx, rule, query).await?;
    }
    follow_ups(tx).await?;
    treatments(tx).await
}

/// Days between a visit and the next one are those of its plan, two more or less.
async fn follow_ups(tx: &impl GenericClient) -> anyhow::Result<()> {
    let moved = "exists (select from appointment_events e where e.appointment_id in (a.id, f.id) and e.kind = 'RESCHEDULED')";
    let query = format!(
        "select a.reason, a.kind = 'FOLLOW_UP' as is_later,
                extract(epoch from f.scheduled_at - a.scheduled_at)::int8 / 3600 as hours, count(*) as many
           from appointments f join appointments a on a.id = f.follow_up_of
          where f.is_demo and a.is_demo and not {moved} group by 1, 2, 3"
    );
    let rows = tx.query(&query, &[]).await.map_err(told("reading follow-ups"))?;
    let mut wrong = 0;
    for row in &rows {
        let reason: Option<&str> = row.get("reason");
        let reason = reason.unwrap_or_default().trim_start_matches("Follow-up: ");
        let Some(visit) = VISITS.iter().position(|visit| visit.reason == reason) else { continue };
        let (is_later, hours): (bool, i64) = (row.get("is_later"), row.get("hours"));
        // Two days, and the hours of a day.
        let fits = illnesses::again_days(visit, is_later).is_some_and(|days| (days * 24 - hours).abs() < 72);
        wrong += if fits { 0 } else { row.get::<_, i64>("many") };
    }
    if wrong > 0 {
        bail!("Whoever is asked back comes when the plan says. This is not so for {wrong} of them.");
    }
    Ok(())
}

/// No note gives what the chart forbids that was there before it: allergies and conditions that the record began with.
async fn treatments(tx: &impl GenericClient) -> anyhow::Result<()> {
    const QUERY: &str = "select n.id, concat_ws(E'\\n', v.subjective, v.plan) as text,
                array(select c.line from chart_entries c join patients p on p.id = c.patient_id
                       where c.patient_id = n.patient_id and c.version = 1 and c.created_at <= p.created_at + interval '1 hour') as chart
           from notes n join note_versions v on v.note_id = n.id and v.version = 1
          where n.is_demo and n.status = 'SIGNED' and n.signed_version = 1 and n.version = 2 and n.id > $1
            and not exists (select from patients m where m.merged_into = n.patient_id)
          order by n.id limit 5000";
    let mut last = uuid::Uuid::nil();
    let mut wrong = 0;
    loop {
        let rows = tx.query(QUERY, &[&last]).await.map_err(told("reading notes"))?;
        let Some(end) = rows.last() else { break };
        last = end.get("id");
        let is_wrong = |row: &&tokio_postgres::Row| {
            let chart: Vec<&str> = row.get("chart");
            !medicines::against(row.get("text"), chart).is_empty()
        };
        wrong += rows.iter().filter(is_wrong).count();
    }
    if wrong > 0 {
        bail!(
            "No note gives a medicine against a recorded allergy or condition. This is not so for {wrong} of them."
        );
    }
    Ok(())
}
