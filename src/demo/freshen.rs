//! Making the demo's day today's: everything is moved by as many whole days as have passed since, on the hospital's clock,
//! and what was today or ahead is made anew, because people or the job for missed appointments went on with it.
//!
//! What somebody recorded who is no demo stays where it is; a demo appointment that would come to lie over one of theirs
//! goes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use tokio_postgres::Transaction;
use uuid::Uuid;

use super::book::Book;
use super::doomed::Doomed;
use super::fill;
use super::hospital::Hospital;
use super::progress::Progress;
use super::rows::told;
use super::stage::{Pool, Seen, Stage};
use super::visits::VISITS;
use super::{Made, check, desk, schedule, today};
use crate::app::App;

/// A number that no token has: tokens are moved aside while their days are.
const ASIDE: i32 = 1_000_000;

/// Move the demo of a hospital to today. How many days it was moved.
pub(super) async fn hospital(
    app: &App,
    hospital: &Hospital,
    made: &Made,
    was: Date,
    progress: &Progress,
    part: (u8, u8),
) -> anyhow::Result<i32> {
    let mut client = fill::connect(app, hospital).await?;
    let tx = client.transaction().await.map_err(told("BEGIN"))?;
    let say = |done, what: &str| progress.part(part, done, 4, &format!("{}: {what}", hospital.place.name));
    say(0, "taking away what is over");
    let mut stage = fill::stage(app, &tx, hospital, made).await?;
    let days = (stage.today - was).get_days();
    clear(&tx, &stage, was, days).await?;
    say(1, "moving the days");
    shift(&tx, &stage, days).await?;
    say(2, "today and the days to come");
    stage.gone = gone(&tx, &stage).await?;
    again(&tx, &stage).await?;
    say(3, "looking through it");
    check::all(&tx, stage.now).await?;
    tx.commit().await.map_err(told("COMMIT"))?;
    fill::settle(app, hospital, stage.today, made).await?;
    Ok(days)
}

/// Take away the demo's appointments from its day on, and those that would come to lie over somebody else's.
async fn clear(tx: &Transaction<'_>, stage: &Stage, was: Date, days: i32) -> anyhow::Result<()> {
    let doomed = Doomed::begin(tx).await?;
    let zone = zone_of(stage);
    doomed
        .add(
            tx,
            "appointments",
            "r.is_demo and (r.scheduled_at at time zone $1::text)::date >= $2::date",
            &[&zone, &was],
        )
        .await?;
    doomed
        .add(
            tx,
            "appointments",
            "r.is_demo and r.holds_slot and exists (
                 select from appointments o
                  where o.holds_slot and not o.is_demo
                    and tstzrange(o.scheduled_at, o.ends_at)
                        && tstzrange(((r.scheduled_at at time zone $1::text) + make_interval(days => $2::int4)) at time zone $1::text,
                                     ((r.ends_at at time zone $1::text) + make_interval(days => $2::int4)) at time zone $1::text)
                    and (o.doctor_user_id = r.doctor_user_id or o.patient_id = r.patient_id or o.room_id = r.room_id))",
            &[&zone, &days],
        )
        .await?;
    // What would come to lie in somebody's leave goes as well.
    doomed
        .add(
            tx,
            "appointments",
            "r.is_demo and r.holds_slot and $2::int4 > 0 and exists (
                 select from doctor_leaves l
                  where l.user_id = r.doctor_user_id and l.withdrawn_at is null and l.id <> $3::uuid
                    and tstzrange(l.starts_at, l.ends_at)
                        && tstzrange(((r.scheduled_at at time zone $1::text) + make_interval(days => $2::int4)) at time zone $1::text,
                                     ((r.ends_at at time zone $1::text) + make_interval(days => $2::int4)) at time zone $1::text))",
            &[&zone, &days, &desk::leave_id(stage.hospital)],
        )
        .await?;
    doomed.add(tx, "doctor_exceptions", "r.is_demo", &[]).await?;
    doomed.add(tx, "doctor_leaves", "r.id = $1::uuid", &[&desk::leave_id(stage.hospital)]).await?;
    doomed.add(tx, "print_jobs", "r.is_demo", &[]).await?;
    doomed.remove(tx).await?;
    Ok(())
}

/// The hospital's clock, which may be another one by now.
fn zone_of(stage: &Stage) -> String {
    stage.zone.iana_name().unwrap_or(stage.country.time_zone).to_owned()
}

/// Move the times of what is left. Slots and tokens are let go first and taken again afterwards: no row may meet the old
/// place of another one on the way.
async fn shift(tx: &Transaction<'_>, stage: &Stage, days: i32) -> anyhow::Result<()> {
    if days == 0 {
        return Ok(());
    }
    let zone = zone_of(stage);
    let moved = |column: &str| {
        format!(
            "{column} = (({column} at time zone $1::text) + make_interval(days => $2::int4)) at time zone $1::text"
        )
    };
    let all = |columns: &[&str]| columns.iter().map(|column| moved(column)).collect::<Vec<_>>().join(", ");
    let appointments = all(&[
        "scheduled_at",
        "ends_at",
        "checked_in_at",
        "consultation_started_at",
        "completed_at",
        "no_show_at",
        "cancelled_at",
        "queued_at",
        "queue_turn",
        "called_at",
        "created_at",
        "updated_at",
    ]);
    let of_demo = "exists (select from appointments a where a.is_demo and a.id = t.source_id)";
    let held: Vec<Uuid> = tx
        .query("select id from appointments where is_demo and holds_slot", &[])
        .await
        .map_err(told("reading slots"))?
        .iter()
        .map(|row| row.get(0))
        .collect();
    let steps = [
        format!(
            "update appointments t set holds_slot = false, token_number = token_number + {ASIDE},
                    token_day = token_day + $2::int4, {appointments} where t.is_demo"
        ),
        format!(
            "update appointment_events t set {} where exists (select from appointments a where a.is_demo and a.id = t.appointment_id)",
            all(&["happened_at", "recorded_at", "from_time", "to_time"])
        ),
        format!(
            "update encounters t set {} where t.is_demo",
            all(&["started_at", "ended_at", "created_at", "updated_at"])
        ),
        format!("update notes t set {} where t.is_demo", all(&["saved_at", "created_at", "error_at"])),
        format!(
            "update note_versions t set {} where exists (select from notes n where n.is_demo and n.id = t.note_id)",
            all(&["signed_at"])
        ),
        format!("update diagnoses t set {} where t.is_demo", all(&["recorded_at", "ended_at"])),
        format!(
            "update vitals t set {} where t.is_demo",
            all(&["recorded_at", "entered_at", "next_due_at", "error_at"])
        ),
        format!(
            "update escalations t set {} where t.is_demo",
            all(&["raised_at", "acknowledged_at", "closed_at"])
        ),
        format!(
            "update escalation_steps t set {} where exists (select from escalations e where e.is_demo and e.id = t.escalation_id)",
            all(&["at"])
        ),
        format!(
            "update care_relations t set {} where t.kind = 'APPOINTMENT' and t.until is null and {of_demo}",
            all(&["since", "added_at"])
        ),
    ];
    for step in &steps {
        tx.execute(step, &[&zone, &days]).await.map_err(told("moving times"))?;
    }
    tx.execute("update appointments set holds_slot = true where id = any ($1)", &[&held])
        .await
        .map_err(told("taking slots again"))?;
    tx.execute(
        &format!("update appointments set token_number = token_number - {ASIDE} where is_demo and token_number > {ASIDE}"),
        &[],
    )
    .await
    .map_err(told("taking tokens again"))?;
    Ok(())
}

/// Patients of the demo who are not booked any more: removed, merged into others, deceased.
async fn gone(tx: &Transaction<'_>, stage: &Stage) -> anyhow::Result<BTreeSet<Uuid>> {
    let alive: BTreeSet<Uuid> = tx
        .query("select id from patients where is_demo and not is_deceased and merged_into is null", &[])
        .await
        .map_err(told("looking for patients"))?
        .iter()
        .map(|row| row.get(0))
        .collect();
    let all = (0..stage.patients).map(|number| stage.patient(number).id);
    Ok(all.filter(|id| !alive.contains(id)).collect())
}

/// Today and the days ahead: as many as are missing.
async fn again(tx: &Transaction<'_>, stage: &Stage) -> anyhow::Result<()> {
    let there: i64 = tx
        .query_one("select count(*) from appointments where is_demo", &[])
        .await
        .map_err(told("counting appointments"))?
        .get(0);
    let missing = stage.appointments.saturating_sub(u64::try_from(there).unwrap_or(0));
    let seen = seen(tx, stage).await?;
    let mut book = Book::new();
    let mut of_today = Vec::new();
    for (number, doctor) in stage.doctors.iter().enumerate() {
        let mut pool = Pool::new(stage, number, 0);
        let known: Vec<(usize, (i64, Seen))> = pool
            .patients()
            .iter()
            .enumerate()
            .filter_map(|(place, patient)| Some((place, *seen.get(&patient.id)?)))
            .collect();
        for (place, (day, seen)) in known {
            pool.agree(stage, doctor, (place, day), seen);
        }
        let bookings = today::bookings(stage, &mut pool, number, doctor);
        let share = stage.share(missing, number);
        let ahead = share.saturating_sub(u64::try_from(bookings.len()).unwrap_or(0));
        of_today.extend(bookings);
        for (day, count) in schedule::days(stage, doctor, ahead, true) {
            for (_, booking) in schedule::day(stage, &mut pool, (number, doctor), day, count) {
                book.add(stage, booking);
            }
            book.send(tx, false).await?;
        }
    }
    fill::finish(tx, stage, &mut book, of_today).await
}

/// The last visit of each patient that nobody has booked the next one for: on which day from today, and what it was for.
async fn seen(tx: &Transaction<'_>, stage: &Stage) -> anyhow::Result<BTreeMap<Uuid, (i64, Seen)>> {
    let rows = tx
        .query(
            "select distinct on (a.patient_id) a.patient_id, a.id, a.reason, a.completed_at, a.follow_up_of is not null as is_later,
                    exists (select from appointments f where f.follow_up_of = a.id) as has_next
               from appointments a
              where a.is_demo and a.status = 'COMPLETED' and a.completed_at is not null
              order by a.patient_id, a.scheduled_at desc",
            &[],
        )
        .await
        .map_err(told("reading the last visits"))?;
    Ok(rows
        .iter()
        .filter(|row| !row.get::<_, bool>("has_next"))
        .filter_map(|row| {
            let reason: Option<&str> = row.get("reason");
            let reason = reason.map(|reason| reason.trim_start_matches("Follow-up: "))?;
            let visit = VISITS.iter().position(|visit| visit.reason == reason)?;
            let ended_at: Timestamp = row.get("completed_at");
            let day = (ended_at.to_zoned(stage.zone.clone()).date() - stage.today).get_days();
            let seen = Seen { id: row.get("id"), visit, is_later: row.get("is_later"), ended_at };
            Some((row.get("patient_id"), (i64::from(day), seen)))
        })
        .collect())
}
