//! Filling one hospital: its people's places, its patients, and its appointments, in one transaction that is looked
//! through by the checker before it is kept.

use anyhow::Context as _;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};
use tokio_postgres::{Client, Row, Transaction};
use uuid::Uuid;

use super::book::{Book, Booking};
use super::dice::Dice;
use super::hospital::Hospital;
use super::patients;
use super::people::at_minute;
use super::progress::Progress;
use super::rows::told;
use super::stage::{Away, Booked, Doctor, HOURS, Patient, Pool, Seen, Stage};
use super::{Made, believable, check, desk, schedule, today};
use crate::app::App;
use crate::platform::{demo, hospitals};

/// Streams of throws for what is made with the hospital.
const DESK: u64 = 6;
/// Tables that the planner should know of once they are full.
const FILLED: &str = "patients, chart_entries, chart_versions, chart_reviews, consents, patient_changes, appointments, \
                      appointment_events, encounters, notes, note_versions, diagnoses, vitals, care_relations";

/// A connection of its own, in the hospital's schema.
pub(super) async fn connect(app: &App, hospital: &Hospital) -> anyhow::Result<Client> {
    let path = format!("{},extensions", hospital.facts.schema);
    let config = app.db.target.owner_with_path(&path, app.db.isolation());
    app.db.target.connect(&config).await.map_err(told("connecting"))
}

/// Fill a hospital that holds nothing of the demo yet. False if it does.
pub(super) async fn seed(
    app: &App,
    hospital: &Hospital,
    made: &Made,
    progress: &Progress,
    part: (u8, u8),
) -> anyhow::Result<bool> {
    let mut client = connect(app, hospital).await?;
    let tx = client.transaction().await.map_err(told("BEGIN"))?;
    let there = tx
        .query_one("select exists (select from patients where is_demo)", &[])
        .await
        .map_err(told("looking for the demo's patients"))?;
    if there.get(0) {
        return Ok(false);
    }
    let stage = stage(app, &tx, hospital, made).await?;
    let bar = |done, total, what: &str| {
        progress.part(part, done, total, &format!("{}: {what}", hospital.place.name))
    };
    let total = stage.patients + stage.appointments;
    patients::write(&tx, &stage, |done| bar(done, total, "patients")).await?;
    let mut book = Book::new();
    let mut of_today = Vec::new();
    for (number, doctor) in stage.doctors.iter().enumerate() {
        let mut pool = Pool::new(&stage, number, schedule::FIRST);
        let share = stage.share(stage.appointments, number);
        let days = schedule::days(&stage, doctor, share, false);
        for (day, count) in days.iter().filter(|(day, _)| *day < 0) {
            write_day(&mut book, &stage, &mut pool, (number, doctor), *day, *count);
            book.send(&tx, false).await?;
        }
        of_today.extend(today::bookings(&stage, &mut pool, number, doctor));
        for (day, count) in days.iter().filter(|(day, _)| *day > 0) {
            write_day(&mut book, &stage, &mut pool, (number, doctor), *day, *count);
            book.send(&tx, false).await?;
        }
        bar(stage.patients + book.written(), total, "appointments");
    }
    finish(&tx, &stage, &mut book, of_today).await?;
    progress.at(part.1, format!("{}: looking through it", hospital.place.name));
    tx.execute(&format!("analyze {FILLED}"), &[]).await.map_err(told("analyze"))?;
    check::all(&tx, stage.now).await?;
    believable::all(&tx).await?;
    tx.commit().await.map_err(told("COMMIT"))?;
    settle(app, hospital, stage.today, made).await?;
    Ok(true)
}

/// Today's bookings with their tokens, and what follows from all of them.
pub(super) async fn finish(
    tx: &Transaction<'_>,
    stage: &Stage,
    book: &mut Book,
    mut of_today: Vec<Booking>,
) -> anyhow::Result<()> {
    today::open(tx, stage).await?;
    let last = today::last_token(tx, stage.department, stage.today).await?;
    let last = today::number(&mut of_today, last);
    today::keep_token(tx, stage.department, stage.today, last).await?;
    let mut written = Vec::new();
    for booking in of_today {
        written.push(book.add(stage, booking));
    }
    let slips = desk::slips(&written);
    book.send(tx, true).await?;
    desk::write_leave(tx, stage).await?;
    desk::write_slips(tx, stage, &slips).await?;
    tx.execute(
        "update patients p set last_visited_at = v.at
           from (select patient_id, max(checked_in_at) as at from appointments group by patient_id) v
          where p.id = v.patient_id and p.is_demo and p.last_visited_at is distinct from v.at",
        &[],
    )
    .await
    .map_err(told("noting the last visits"))?;
    Ok(())
}

/// After COMMIT: the platform knows of the patients and of the day.
pub(super) async fn settle(
    app: &App,
    hospital: &Hospital,
    today: jiff::civil::Date,
    made: &Made,
) -> anyhow::Result<()> {
    hospitals::recount(app, &hospital.facts).await?;
    demo::note_day(app, hospital.facts.id, Some((today, &made.json()))).await?;
    Ok(())
}

fn write_day(book: &mut Book, stage: &Stage, pool: &mut Pool, who: (usize, &Doctor), day: i64, count: u64) {
    for (place, booking) in schedule::day(stage, pool, who, day, count) {
        let (id, booking) = book.add(stage, booking);
        if let Some(ended_at) = booking.completed_at {
            let seen = Seen { id, visit: booking.visit, is_later: booking.is_later(), ended_at };
            pool.agree(stage, who.1, (place, day), seen);
        }
    }
}

/// What the rows are made from; who works there gets their places on the way.
pub(super) async fn stage(
    app: &App,
    tx: &Transaction<'_>,
    hospital: &Hospital,
    made: &Made,
) -> anyhow::Result<Stage> {
    let zone = hospital.facts.zone.clone();
    let now = app.clock.now();
    let ward = tx
        .query_opt(
            "select id, coalesce(token_prefix, upper(left(name, 1))) as prefix from departments where lower(name) = lower($1)",
            &[&super::hospital::WARD],
        )
        .await
        .map_err(told("looking for the ward"))?
        .with_context(|| format!("{} has no department {} any more", hospital.place.name, super::hospital::WARD))?;
    let people = tx
        .query(
            "select user_id, lower(email) as email from staff where lower(email) like '%@' || $1::text",
            &[&hospital.place.domain],
        )
        .await
        .map_err(told("looking for the demo's people"))?;
    let mut people: Vec<(String, Uuid)> = people
        .iter()
        .filter_map(|row| {
            Some((row.get::<_, String>("email").split_once('@')?.0.to_owned(), row.get("user_id")))
        })
        .collect();
    people.sort();
    let of = |kind: &str| -> Vec<Uuid> {
        let mut these: Vec<(u64, Uuid)> = people
            .iter()
            .filter_map(|(key, id)| Some((key.strip_prefix(kind)?.parse().ok()?, *id)))
            .collect();
        these.sort_unstable();
        these.into_iter().map(|(_, id)| id).collect()
    };
    let wanted = usize::try_from(made.doctors()).unwrap_or(2);
    let ids: Vec<Uuid> = of("doctor").into_iter().take(wanted).collect();
    let (nurses, desk) = (of("nurse"), of("receptionist"));
    anyhow::ensure!(
        ids.len() == wanted && !nurses.is_empty() && !desk.is_empty(),
        "people of {} are missing: seed the demo again",
        hospital.place.name
    );
    let codes = tx
        .query("select code, title, edition from icd10_codes", &[])
        .await
        .map_err(told("reading codes"))?
        .iter()
        .map(|row| (row.get("code"), (row.get("title"), row.get("edition"))))
        .collect();
    let mut stage = Stage {
        seed: made.seed,
        hospital: hospital.number,
        country: hospital.country,
        made_on: made.day,
        today: now.to_zoned(zone.clone()).date(),
        zone,
        now,
        department: ward.get("id"),
        prefix: ward.get("prefix"),
        doctors: Vec::new(),
        nurses,
        desk,
        patients: made.patients(),
        appointments: made.appointments(),
        patience: i64::from(app.config.outpatient.no_show_after_minutes),
        grace: i64::from(app.config.outpatient.check_in_grace_minutes),
        gone: std::collections::BTreeSet::new(),
        booked: Vec::new(),
        away: Vec::new(),
        leave: None,
        codes,
    };
    stage.doctors = places(tx, &stage, &ids).await?;
    tx.execute(
        "update staff set is_demo = true, is_active = true,
                specialization = coalesce(specialization, case when user_id = any ($2::uuid[]) then $3::text end)
          where lower(email) = any ($1::text[]) and not (is_demo and is_active)",
        &[&super::hospital::addresses(&hospital.place, made.doctors()), &ids, &super::hospital::WARD],
    )
    .await
    .map_err(told("marking the demo's people"))?;
    stage.booked = others(tx, &stage).await?;
    stage.away = away(tx, &stage).await?;
    stage.leave = desk::leave(&stage);
    stage.away.extend(stage.leave.clone());
    Ok(stage)
}

/// A room, a profile and weekly hours for each doctor who has none.
async fn places(tx: &Transaction<'_>, stage: &Stage, ids: &[Uuid]) -> anyhow::Result<Vec<Doctor>> {
    let mut dice = Dice::of(stage.seed, &[DESK, stage.hospital]);
    let from = stage.day(schedule::FIRST - 30);
    for (n, id) in ids.iter().enumerate() {
        let room = dice.id(at_minute(from, 0, &stage.zone));
        let name = format!("Room {}", n + 1);
        let qualified = *dice.one(stage.country.qualifications);
        let registered = format!("{}-{}", stage.country.council, 400_100 + n * 37);
        let since = stage.made_on.year() - i16::try_from(dice.between(4, 28))?;
        let languages: Vec<&str> = stage.country.spoken.iter().take(2 + n % 2).copied().collect();
        let made = tx
            .execute(
                "with room as (
                     insert into rooms (id, name, department_id, created_at, is_demo) values ($1, $2, $3, $4::timestamptz, true)
                     on conflict (lower(name)) do nothing returning id
                 )
                 insert into doctors (user_id, qualifications, registration_number, practising_since, languages, fee_minor,
                                      room_id, changed_by_id, updated_at)
                 select $5::uuid, $6::text, $7::text, $8::int2, $9::text[], $10::int8, (select id from room), $5::uuid, $4::timestamptz
                  where not exists (select from doctors where user_id = $5::uuid)",
                &[
                    &room,
                    &name,
                    &stage.department,
                    &stage.now,
                    id,
                    &qualified,
                    &registered,
                    &since,
                    &languages,
                    &stage.country.fee_minor,
                ],
            )
            .await
            .map_err(told("making a doctor's place"))?;
        if made == 0 {
            continue;
        }
        for weekday in 1..=6_i16 {
            for (opens, closes) in HOURS {
                tx.execute(
                    "insert into doctor_hours (id, user_id, weekday, starts_minute, ends_minute, slot_minutes, room_id,
                                               valid_from, made_by_id, made_at)
                     values ($1, $2, $3, $4, $5, 15, (select room_id from doctors where user_id = $2), $6, $2, $7)
                     on conflict do nothing",
                    &[
                        &dice.id(stage.now),
                        id,
                        &weekday,
                        &i16::try_from(opens)?,
                        &i16::try_from(closes)?,
                        &from,
                        &stage.now,
                    ],
                )
                .await
                .map_err(told("writing a doctor's hours"))?;
            }
        }
    }
    let rows = tx
        .query("select user_id, room_id from doctors where user_id = any ($1::uuid[]) order by array_position($1::uuid[], user_id)", &[&ids])
        .await
        .map_err(told("reading the doctors"))?;
    let mut rooms = std::collections::BTreeSet::new();
    Ok(rows
        .iter()
        .map(|row| {
            // Two doctors do not share one at a time.
            let room = row.get::<_, Option<Uuid>>("room_id").filter(|room| rooms.insert(*room));
            Doctor { id: row.get("user_id"), room }
        })
        .collect())
}

/// What was booked from today on by whoever is no demo.
async fn others(tx: &Transaction<'_>, stage: &Stage) -> anyhow::Result<Vec<Booked>> {
    let from = stage.at(stage.today, 0) - SignedDuration::from_hours(12);
    let rows = tx
        .query(
            "select doctor_user_id, patient_id, room_id, scheduled_at, ends_at from appointments
              where holds_slot and not is_demo and ends_at > $1",
            &[&from],
        )
        .await
        .map_err(told("looking for bookings"))?;
    Ok(rows
        .iter()
        .map(|row| Booked {
            doctor: row.get("doctor_user_id"),
            patient: row.get("patient_id"),
            room: row.get("room_id"),
            from: row.get("scheduled_at"),
            until: row.get("ends_at"),
        })
        .collect())
}

/// When doctors are on leave from today on, or have closed their hours.
async fn away(tx: &Transaction<'_>, stage: &Stage) -> anyhow::Result<Vec<Away>> {
    let from = stage.at(stage.today, 0) - SignedDuration::from_hours(12);
    let zone = stage.zone.iana_name().unwrap_or(stage.country.time_zone);
    let rows = tx
        .query(
            "select user_id, starts_at, ends_at from doctor_leaves where withdrawn_at is null and ends_at > $1 and id <> $2
             union all
             select user_id, (on_date + make_interval(mins => starts_minute)) at time zone $3::text,
                    (on_date + make_interval(mins => ends_minute)) at time zone $3::text
               from doctor_exceptions where kind = 'CLOSED' and on_date >= $4",
            &[&from, &desk::leave_id(stage.hospital), &zone, &stage.today],
        )
        .await
        .map_err(told("looking for leaves"))?;
    let away = |row: &Row| Away {
        doctor: row.get("user_id"),
        from: row.get("starts_at"),
        until: row.get("ends_at"),
    };
    Ok(rows.iter().map(away).collect())
}

/// What the history says of a new record: the fields that were filled in.
pub(super) fn said(patient: &Patient) -> Value {
    let person = &patient.person;
    let mut said = Map::new();
    said.insert("first_name".to_owned(), json!(person.first));
    said.insert("last_name".to_owned(), json!(person.last));
    said.insert("gender".to_owned(), json!(if person.is_woman { "FEMALE" } else { "MALE" }));
    if let Some(phone) = &person.phone {
        said.insert("phone_primary".to_owned(), json!(phone.digits));
    }
    said.insert("city".to_owned(), json!(person.town));
    Value::Object(said)
}
