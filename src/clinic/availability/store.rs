//! SQL of hours, days that differ, and leave.

use jiff::Timestamp;
use jiff::civil::Date;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::model::{Exception, ExceptionId, Hours, Kind, Leave, LeaveId, LeaveKind, NewLeave};
use crate::access::TenantTx;
use crate::clinic::doctors::RoomId;
use crate::clinic::profile::Weekday;
use crate::kernel::DbError;
use crate::kernel::ids::{UserId, new_uuid};
use crate::statements;

macro_rules! booked {
    ($rest:literal) => {
        concat!(
            "select coalesce(d.slot_minutes, 15::smallint) as slot_minutes, coalesce(d.overbooking, 0::smallint) as overbooking,
                    coalesce(d.accepts_bookings, true) as accepts_bookings, d.room_id,
                    exists (select from doctor_hours h where h.user_id = s.user_id) as has_hours
               from staff s left join doctors d on d.user_id = s.user_id where s.user_id = $1 ",
            $rest
        )
    };
}
macro_rules! hours {
    ($rest:literal) => {
        concat!(
            "select user_id, weekday, starts_minute, ends_minute, slot_minutes, room_id, valid_from, valid_until
               from doctor_hours ",
            $rest
        )
    };
}
macro_rules! exceptions {
    ($rest:literal) => {
        concat!(
            "select id, user_id, on_date, kind, starts_minute, ends_minute, slot_minutes, room_id, note, made_by_id, made_at
               from doctor_exceptions ",
            $rest
        )
    };
}
macro_rules! leaves {
    ($rest:literal) => {
        concat!(
            "select id, user_id, kind, starts_at, ends_at, note, made_by_id, made_at, withdrawn_by_id, withdrawn_at
               from doctor_leaves ",
            $rest
        )
    };
}

statements! { Tenant;
    hot BOOKED(UUID) = booked!("");
    /// Who books holds the doctor's row with others who book; who takes leave holds it alone, so that neither goes unseen.
    hot SHARE(UUID) = booked!("for share of s");
    HOLD(UUID) = "select user_id from staff where user_id = $1 for no key update";
    /// Several at once, in their order, so that two never wait for each other.
    HOLD_ALL(UUID_ARRAY) = "select user_id from staff where user_id = any ($1) order by user_id for no key update";
    SHARE_ALL(UUID_ARRAY) = "select user_id from staff where user_id = any ($1) order by user_id for share";
    /// Hours that hold at some time between two days.
    hot HOURS(UUID_ARRAY, DATE, DATE) = hours!(
        "where user_id = any ($1) and valid_from <= $3 and (valid_until is null or valid_until >= $2)
         order by user_id, weekday, starts_minute");
    hot EXCEPTIONS(UUID_ARRAY, DATE, DATE) = exceptions!(
        "where user_id = any ($1) and on_date between $2 and $3 order by user_id, on_date, starts_minute");
    hot LEAVES(UUID_ARRAY, TIMESTAMPTZ, TIMESTAMPTZ) = leaves!(
        "where user_id = any ($1) and ends_at > $2 and starts_at < $3 and withdrawn_at is null order by user_id, starts_at");
    /// The last to end first, withdrawn ones too.
    LEAVES_OF(UUID, TIMESTAMPTZ, INT8) =
        leaves!("where user_id = $1 and ends_at > $2 order by ends_at desc, id desc limit $3");
    /// Of everybody, the last to end first.
    ALL_LEAVES(TIMESTAMPTZ, INT8, INT8) = leaves!(
        "where ends_at > $1 and withdrawn_at is null order by ends_at desc, id desc limit $2 offset $3");
    COUNT_LEAVES(TIMESTAMPTZ) = "select count(*) as total from doctor_leaves where ends_at > $1 and withdrawn_at is null";
    ONE_LEAVE(UUID) = leaves!("where id = $1");
    INSERT_LEAVE(UUID, UUID, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, TEXT, UUID, TIMESTAMPTZ) =
        "insert into doctor_leaves (id, user_id, kind, starts_at, ends_at, note, made_by_id, made_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)";
    WITHDRAW_LEAVE(UUID, UUID, TIMESTAMPTZ) =
        "update doctor_leaves set withdrawn_by_id = $2, withdrawn_at = $3
          where id = $1 and withdrawn_at is null and ends_at > $3";
    ONE_EXCEPTION(UUID, UUID) = exceptions!("where id = $1 and user_id = $2");
    INSERT_EXCEPTION(UUID, UUID, DATE, TEXT, INT2, INT2, INT2, UUID, TEXT, UUID, TIMESTAMPTZ) =
        "insert into doctor_exceptions (id, user_id, on_date, kind, starts_minute, ends_minute, slot_minutes, room_id, note, made_by_id, made_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    DELETE_EXCEPTION(UUID, UUID) = "delete from doctor_exceptions where id = $1 and user_id = $2";
    /// What begins within the days is replaced; what began before ends the day before them.
    DELETE_HOURS(UUID, DATE, DATE) =
        "delete from doctor_hours
          where user_id = $1 and valid_from >= $2 and ($3::date is null or (valid_until is not null and valid_until <= $3))";
    END_HOURS(UUID, DATE) =
        "update doctor_hours set valid_until = $2::date - 1
          where user_id = $1 and valid_from < $2 and (valid_until is null or valid_until >= $2)";
    /// What begins within the days and goes on behind them begins behind them.
    POSTPONE_HOURS(UUID, DATE, DATE) =
        "update doctor_hours set valid_from = $3::date + 1
          where user_id = $1 and valid_from between $2 and $3 and (valid_until is null or valid_until > $3)";
    INSERT_HOURS(UUID_ARRAY, UUID_ARRAY, INT2_ARRAY, INT2_ARRAY, INT2_ARRAY, INT2_ARRAY, UUID_ARRAY, DATE_ARRAY, DATE_ARRAY, UUID, TIMESTAMPTZ) =
        "insert into doctor_hours (id, user_id, weekday, starts_minute, ends_minute, slot_minutes, room_id, valid_from, valid_until, made_by_id, made_at)
         select id, user_id, weekday, starts, ends, slot, room_id, valid_from, valid_until, $10, $11
           from unnest($1::uuid[], $2::uuid[], $3::int2[], $4::int2[], $5::int2[], $6::int2[], $7::uuid[], $8::date[], $9::date[])
             as n (id, user_id, weekday, starts, ends, slot, room_id, valid_from, valid_until)";
    /// Which of these have hours that hold at a day or later.
    HAVE_HOURS(UUID_ARRAY, DATE) =
        "select distinct user_id from doctor_hours where user_id = any ($1) and (valid_until is null or valid_until >= $2)";
    HAS_HOURS(UUID) = "select exists (select from doctor_hours where user_id = $1) as has_hours";
    /// For the checklist.
    HOURS_TOLD() = "select exists (select from doctor_hours) as done";
}

/// What booking needs to know of a doctor.
pub(super) struct Booked {
    pub slot_minutes: u16,
    pub overbooking: u8,
    pub accepts_bookings: bool,
    pub room_id: Option<RoomId>,
    pub has_hours: bool,
}

/// `hold`: against leave, until the transaction ends.
pub(super) async fn booked(tx: &TenantTx, doctor: UserId, hold: bool) -> Result<Option<Booked>, DbError> {
    let row = tx.row_opt(if hold { &SHARE } else { &BOOKED }, &[&doctor]).await?;
    Ok(row.map(|row| Booked {
        slot_minutes: row.get::<_, i16>("slot_minutes").unsigned_abs(),
        overbooking: u8::try_from(row.get::<_, i16>("overbooking")).unwrap_or_default(),
        accepts_bookings: row.get("accepts_bookings"),
        room_id: row.get("room_id"),
        has_hours: row.get("has_hours"),
    }))
}

/// False if there is nobody of this id.
pub(super) async fn hold(tx: &TenantTx, doctor: UserId) -> Result<bool, DbError> {
    Ok(tx.row_opt(&HOLD, &[&doctor]).await?.is_some())
}

pub(super) async fn hold_all(tx: &TenantTx, doctors: &[UserId]) -> Result<(), DbError> {
    tx.rows(&HOLD_ALL, &[&doctors]).await.map(|_| ())
}

pub(super) async fn hold_together(tx: &TenantTx, doctors: &[UserId]) -> Result<(), DbError> {
    tx.rows(&SHARE_ALL, &[&doctors]).await.map(|_| ())
}

fn hours_of(row: &Row) -> Hours {
    let number = |name: &str| row.get::<_, i16>(name).unsigned_abs();
    Hours {
        doctor: row.get("user_id"),
        weekday: Weekday::from_number(row.get("weekday")),
        starts: number("starts_minute"),
        ends: number("ends_minute"),
        slot_minutes: number("slot_minutes"),
        room_id: row.get("room_id"),
        valid_from: row.get("valid_from"),
        valid_until: row.get("valid_until"),
    }
}

pub(super) async fn hours(
    tx: &TenantTx,
    doctors: &[UserId],
    first: Date,
    last: Date,
) -> Result<Vec<Hours>, DbError> {
    Ok(tx.rows(&HOURS, &[&doctors, &first, &last]).await?.iter().map(hours_of).collect())
}

fn exception(row: &Row) -> Exception {
    let number = |name: &str| row.get::<_, i16>(name).unsigned_abs();
    Exception {
        id: row.get("id"),
        doctor: row.get("user_id"),
        on: row.get("on_date"),
        kind: Kind::from_code(row.get("kind")).unwrap_or(Kind::Closed),
        starts: number("starts_minute"),
        ends: number("ends_minute"),
        slot_minutes: row.get::<_, Option<i16>>("slot_minutes").map(i16::unsigned_abs),
        room_id: row.get("room_id"),
        note: row.get("note"),
        made_by: row.get("made_by_id"),
        made_at: row.get("made_at"),
    }
}

pub(super) async fn exceptions(
    tx: &TenantTx,
    doctors: &[UserId],
    first: Date,
    last: Date,
) -> Result<Vec<Exception>, DbError> {
    Ok(tx.rows(&EXCEPTIONS, &[&doctors, &first, &last]).await?.iter().map(exception).collect())
}

pub(super) async fn one_exception(
    tx: &TenantTx,
    id: ExceptionId,
    doctor: UserId,
) -> Result<Option<Exception>, DbError> {
    Ok(tx.row_opt(&ONE_EXCEPTION, &[&id, &doctor]).await?.as_ref().map(exception))
}

fn small(minutes: u16) -> i16 {
    i16::try_from(minutes).unwrap_or(i16::MAX)
}

pub(super) async fn insert_exception(tx: &TenantTx, day: &Exception) -> Result<(), DbError> {
    let (kind, starts, ends) = (day.kind.code(), small(day.starts), small(day.ends));
    let slot = day.slot_minutes.map(small);
    let params: [&(dyn ToSql + Sync); 11] = [
        &day.id,
        &day.doctor,
        &day.on,
        &kind,
        &starts,
        &ends,
        &slot,
        &day.room_id,
        &day.note,
        &day.made_by,
        &day.made_at,
    ];
    tx.execute(&INSERT_EXCEPTION, &params).await.map(|_| ())
}

/// False if there is none.
pub(super) async fn delete_exception(
    tx: &TenantTx,
    id: ExceptionId,
    doctor: UserId,
) -> Result<bool, DbError> {
    Ok(tx.execute(&DELETE_EXCEPTION, &[&id, &doctor]).await? == 1)
}

fn leave(row: &Row) -> Leave {
    let by: Option<UserId> = row.get("withdrawn_by_id");
    Leave {
        id: row.get("id"),
        doctor: row.get("user_id"),
        kind: LeaveKind::from_code(row.get("kind")).unwrap_or(LeaveKind::Other),
        starts_at: row.get("starts_at"),
        ends_at: row.get("ends_at"),
        note: row.get("note"),
        made_by: row.get("made_by_id"),
        made_at: row.get("made_at"),
        withdrawn: by.zip(row.get("withdrawn_at")),
    }
}

/// Those of some doctors that touch a range, none that was withdrawn.
pub(super) async fn leaves(
    tx: &TenantTx,
    doctors: &[UserId],
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Leave>, DbError> {
    Ok(tx.rows(&LEAVES, &[&doctors, &from, &until]).await?.iter().map(leave).collect())
}

/// One doctor's that end after an instant, withdrawn ones too.
pub(super) async fn leaves_of(
    tx: &TenantTx,
    doctor: UserId,
    after: Timestamp,
    most: i64,
) -> Result<Vec<Leave>, DbError> {
    Ok(tx.rows(&LEAVES_OF, &[&doctor, &after, &most]).await?.iter().map(leave).collect())
}

/// A page of everybody's that end after an instant, and how many there are.
pub(super) async fn all_leaves(
    tx: &TenantTx,
    after: Timestamp,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Leave>, i64), DbError> {
    let total = tx.row(&COUNT_LEAVES, &[&after]).await?.get("total");
    let rows = tx.rows(&ALL_LEAVES, &[&after, &limit, &offset]).await?;
    Ok((rows.iter().map(leave).collect(), total))
}

pub(super) async fn one_leave(tx: &TenantTx, id: LeaveId) -> Result<Option<Leave>, DbError> {
    Ok(tx.row_opt(&ONE_LEAVE, &[&id]).await?.as_ref().map(leave))
}

pub(super) async fn insert_leave(
    tx: &TenantTx,
    id: LeaveId,
    new: &NewLeave,
    by: UserId,
) -> Result<(), DbError> {
    let (kind, at) = (new.kind.code(), tx.now());
    tx.execute(&INSERT_LEAVE, &[&id, &new.doctor, &kind, &new.starts_at, &new.ends_at, &new.note, &by, &at])
        .await
        .map(|_| ())
}

/// False if it is over or was withdrawn.
pub(super) async fn withdraw_leave(tx: &TenantTx, id: LeaveId, by: UserId) -> Result<bool, DbError> {
    Ok(tx.execute(&WITHDRAW_LEAVE, &[&id, &by, &tx.now()]).await? == 1)
}

/// Make room for a doctor's new hours between two days (`None`: from then on). What began before them ends the day before;
/// what goes on behind them goes on.
pub(super) async fn clear_hours(
    tx: &TenantTx,
    doctor: UserId,
    from: Date,
    until: Option<Date>,
    by: UserId,
) -> Result<(), DbError> {
    let over = match until.and_then(|until| until.tomorrow().ok()) {
        Some(after) => {
            let found = hours(tx, &[doctor], from, from).await?;
            let over = found.into_iter().filter(|hours| {
                hours.valid_from < from && hours.valid_until.is_none_or(|until| until >= after)
            });
            over.map(|hours| Hours { valid_from: after, ..hours }).collect()
        }
        None => Vec::new(),
    };
    tx.execute(&END_HOURS, &[&doctor, &from]).await?;
    tx.execute(&DELETE_HOURS, &[&doctor, &from, &until]).await?;
    if let Some(until) = until {
        tx.execute(&POSTPONE_HOURS, &[&doctor, &from, &until]).await?;
    }
    if over.is_empty() { Ok(()) } else { insert_hours(tx, &over, by).await }
}

pub(super) async fn insert_hours(tx: &TenantTx, all: &[Hours], by: UserId) -> Result<(), DbError> {
    let number = |of: fn(&Hours) -> u16| all.iter().map(|one| small(of(one))).collect::<Vec<i16>>();
    let ids: Vec<uuid::Uuid> = all.iter().map(|_| new_uuid()).collect();
    let doctors: Vec<UserId> = all.iter().map(|one| one.doctor).collect();
    let weekdays: Vec<i16> = all.iter().map(|one| one.weekday.number()).collect();
    let starts = number(|one| one.starts);
    let ends = number(|one| one.ends);
    let slots = number(|one| one.slot_minutes);
    let rooms: Vec<Option<RoomId>> = all.iter().map(|one| one.room_id).collect();
    let from: Vec<Date> = all.iter().map(|one| one.valid_from).collect();
    let until: Vec<Option<Date>> = all.iter().map(|one| one.valid_until).collect();
    let at = tx.now();
    let params: [&(dyn ToSql + Sync); 11] =
        [&ids, &doctors, &weekdays, &starts, &ends, &slots, &rooms, &from, &until, &by, &at];
    tx.execute(&INSERT_HOURS, &params).await.map(|_| ())
}

pub(super) async fn have_hours(tx: &TenantTx, doctors: &[UserId], on: Date) -> Result<Vec<UserId>, DbError> {
    Ok(tx.rows(&HAVE_HOURS, &[&doctors, &on]).await?.iter().map(|row| row.get("user_id")).collect())
}

pub(super) async fn has_hours(tx: &TenantTx, doctor: UserId) -> Result<bool, DbError> {
    Ok(tx.row(&HAS_HOURS, &[&doctor]).await?.get("has_hours"))
}
