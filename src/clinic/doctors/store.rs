//! SQL of doctors' profiles and of rooms.

use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::model::{Doctor, Facts, Room, RoomFacts, RoomId, Wanted};
use crate::access::TenantTx;
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::kernel::paging::PageRequest;
use crate::statements;

/// Who works as a doctor by an active role, the system's or one made from it, and has an account in use.
macro_rules! is_doctor {
    () => {
        "s.is_active and exists (select from user_roles u join roles o on o.id = u.role_id and o.is_active
                                  where u.user_id = s.user_id and coalesce(o.works_as, o.system_key) = 'DOCTOR')"
    };
}
macro_rules! doctors {
    ($($rest:expr),+) => {
        concat!(
            "select s.user_id, trim(s.first_name || ' ' || s.last_name) as name, s.department_id, d.name as department,
                    s.specialization, p.qualifications, p.registration_number, p.practising_since,
                    coalesce(p.languages, '{}') as languages, p.fee_minor, p.about, p.photo, p.room_id, r.name as room,
                    coalesce(p.slot_minutes, 15::smallint) as slot_minutes, coalesce(p.overbooking, 0::smallint) as overbooking,
                    coalesce(p.accepts_bookings, true) as accepts_bookings, coalesce(p.is_listed, false) as is_listed,
                    coalesce(p.version, 0) as version, p.changed_by_id, p.updated_at
               from staff s join departments d on d.id = s.department_id left join doctors p on p.user_id = s.user_id
               left join rooms r on r.id = p.room_id where ",
            is_doctor!(), $($rest),+
        )
    };
}
/// `$1` a part of the name, `$2` a department, `$3` a specialisation, `$4` whether they accept bookings; null is any. The
/// text is folded first and escaped afterwards, because folding turns a full-width `％` into `%`.
macro_rules! wanted {
    () => {
        r" and ($1::text is null or extensions.fold(s.first_name || ' ' || s.last_name || ' ' || s.email) like
                 '%' || replace(replace(replace(extensions.fold($1), '\', '\\'), '%', '\%'), '_', '\_') || '%')
           and ($2::uuid is null or s.department_id = $2)
           and ($3::text is null or lower(s.specialization) = lower($3))
           and ($4::bool is null or coalesce(p.accepts_bookings, true) = $4) "
    };
}
macro_rules! rooms {
    ($rest:literal) => {
        concat!(
            "select r.id, r.name, r.department_id, d.name as department, r.is_active, r.version, r.created_at
               from rooms r left join departments d on d.id = r.department_id ",
            $rest
        )
    };
}

statements! { Tenant;
    /// By name.
    PAGE(TEXT, UUID, TEXT, BOOL, INT8, INT8) =
        doctors!(wanted!(), "order by lower(s.first_name || ' ' || s.last_name), s.user_id limit $5 offset $6");
    TOTAL(TEXT, UUID, TEXT, BOOL) = concat!(
        "select count(*) as total from staff s left join doctors p on p.user_id = s.user_id where ", is_doctor!(), wanted!());
    hot NAMED(UUID) = doctors!(" and s.user_id = $1");
    /// These, by name.
    SOME(UUID_ARRAY) = doctors!(" and s.user_id = any ($1) order by lower(s.first_name || ' ' || s.last_name), s.user_id");
    SPECIALIZATIONS() = concat!(
        "select min(s.specialization) as specialization, count(*) as doctors from staff s
          where s.specialization is not null and ", is_doctor!(),
        " group by lower(s.specialization) order by lower(s.specialization) limit 500");
    /// One that is there keeps its photo.
    WRITE(UUID, TEXT, TEXT, INT2, TEXT_ARRAY, INT8, TEXT, UUID, INT2, INT2, BOOL, BOOL, UUID, TIMESTAMPTZ) =
        "insert into doctors as p (user_id, qualifications, registration_number, practising_since, languages, fee_minor, about, room_id,
                                   slot_minutes, overbooking, accepts_bookings, is_listed, changed_by_id, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         on conflict (user_id) do update
            set qualifications = $2, registration_number = $3, practising_since = $4, languages = $5, fee_minor = $6, about = $7,
                room_id = $8, slot_minutes = $9, overbooking = $10, accepts_bookings = $11, is_listed = $12,
                changed_by_id = $13, updated_at = $14, version = p.version + 1";
    /// Held until the transaction ends, so that of two who change a profile, one after the other does.
    HOLD(UUID) = "select user_id from staff where user_id = $1 for no key update";
    /// The name of the file, or none; makes the profile where there is none yet.
    SET_PHOTO(UUID, TEXT, UUID, TIMESTAMPTZ) =
        "insert into doctors as p (user_id, photo, changed_by_id, updated_at) values ($1, $2, $3, $4)
         on conflict (user_id) do update set photo = $2, changed_by_id = $3, updated_at = $4, version = p.version + 1";
    /// Every file that a row names: asked by a backup.
    PHOTOS() = "select photo as name from doctors where photo is not null";
    /// Those of the names that no row names.
    UNNEEDED(TEXT_ARRAY) =
        "select f.name from unnest($1::text[]) as f (name) where not exists (select from doctors where photo = f.name)";
    ROOMS(BOOL, INT8) = rooms!("where not $1 or r.is_active order by lower(r.name), r.id limit $2");
    ROOM(UUID) = rooms!("where r.id = $1");
    HOLD_ROOM(UUID) = rooms!("where r.id = $1 for no key update of r");
    INSERT_ROOM(UUID, TEXT, UUID, BOOL, TIMESTAMPTZ) =
        "insert into rooms (id, name, department_id, is_active, created_at) values ($1, $2, $3, $4, $5)";
    UPDATE_ROOM(UUID, TEXT, UUID, BOOL) =
        "update rooms set name = $2, department_id = $3, is_active = $4, version = version + 1 where id = $1";
}

fn doctor(row: &Row) -> Doctor {
    let number = |name: &str| row.get::<_, i16>(name);
    Doctor {
        user_id: row.get("user_id"),
        name: row.get("name"),
        department_id: row.get("department_id"),
        department: row.get("department"),
        specialization: row.get("specialization"),
        facts: Facts {
            qualifications: row.get("qualifications"),
            registration_number: row.get("registration_number"),
            practising_since: row.get("practising_since"),
            languages: row.get("languages"),
            fee_minor: row.get("fee_minor"),
            about: row.get("about"),
            room_id: row.get("room_id"),
            slot_minutes: number("slot_minutes").unsigned_abs(),
            overbooking: u8::try_from(number("overbooking")).unwrap_or_default(),
            accepts_bookings: row.get("accepts_bookings"),
            is_listed: row.get("is_listed"),
        },
        room: row.get("room"),
        photo: row.get("photo"),
        version: row.get("version"),
        changed_by: row.get("changed_by_id"),
        updated_at: row.get("updated_at"),
    }
}

pub(super) async fn page(
    tx: &TenantTx,
    wanted: &Wanted,
    page: PageRequest,
) -> Result<(Vec<Doctor>, i64), DbError> {
    let Wanted { search, department, specialization, accepts_bookings } = wanted;
    let total = tx.row(&TOTAL, &[search, department, specialization, accepts_bookings]).await?.get("total");
    let (limit, offset) = (page.page_size, page.offset());
    let rows =
        tx.rows(&PAGE, &[search, department, specialization, accepts_bookings, &limit, &offset]).await?;
    Ok((rows.iter().map(doctor).collect(), total))
}

pub(super) async fn named(tx: &TenantTx, id: UserId) -> Result<Option<Doctor>, DbError> {
    Ok(tx.row_opt(&NAMED, &[&id]).await?.as_ref().map(doctor))
}

pub(super) async fn some(tx: &TenantTx, ids: &[UserId]) -> Result<Vec<Doctor>, DbError> {
    Ok(tx.rows(&SOME, &[&ids]).await?.iter().map(doctor).collect())
}

/// Each specialisation and how many doctors have it.
pub(super) async fn specializations(tx: &TenantTx) -> Result<Vec<(String, i64)>, DbError> {
    let rows = tx.rows(&SPECIALIZATIONS, &[]).await?;
    Ok(rows.iter().map(|row| (row.get("specialization"), row.get("doctors"))).collect())
}

/// False if there is nobody of this id.
pub(super) async fn hold(tx: &TenantTx, id: UserId) -> Result<bool, DbError> {
    Ok(tx.row_opt(&HOLD, &[&id]).await?.is_some())
}

/// In place of the profile that is there, if there is one.
pub(super) async fn write(tx: &TenantTx, id: UserId, facts: &Facts, by: UserId) -> Result<(), DbError> {
    let slot = i16::try_from(facts.slot_minutes).unwrap_or(i16::MAX);
    let overbooking = i16::from(facts.overbooking);
    let at = tx.now();
    let params: [&(dyn ToSql + Sync); 14] = [
        &id,
        &facts.qualifications,
        &facts.registration_number,
        &facts.practising_since,
        &facts.languages,
        &facts.fee_minor,
        &facts.about,
        &facts.room_id,
        &slot,
        &overbooking,
        &facts.accepts_bookings,
        &facts.is_listed,
        &by,
        &at,
    ];
    tx.execute(&WRITE, &params).await.map(|_| ())
}

pub(super) async fn set_photo(
    tx: &TenantTx,
    id: UserId,
    photo: Option<&str>,
    by: UserId,
) -> Result<(), DbError> {
    tx.execute(&SET_PHOTO, &[&id, &photo, &by, &tx.now()]).await.map(|_| ())
}

fn room(row: &Row) -> Room {
    Room {
        id: row.get("id"),
        name: row.get("name"),
        department_id: row.get("department_id"),
        department: row.get("department"),
        is_active: row.get("is_active"),
        version: row.get("version"),
        created_at: row.get("created_at"),
    }
}

pub(super) async fn rooms(tx: &TenantTx, only_active: bool, most: i64) -> Result<Vec<Room>, DbError> {
    Ok(tx.rows(&ROOMS, &[&only_active, &most]).await?.iter().map(room).collect())
}

pub(super) async fn room_of(tx: &TenantTx, id: RoomId) -> Result<Option<Room>, DbError> {
    Ok(tx.row_opt(&ROOM, &[&id]).await?.as_ref().map(room))
}

/// The same, held until the end.
pub(super) async fn hold_room(tx: &TenantTx, id: RoomId) -> Result<Option<Room>, DbError> {
    Ok(tx.row_opt(&HOLD_ROOM, &[&id]).await?.as_ref().map(room))
}

pub(super) async fn insert_room(tx: &TenantTx, id: RoomId, facts: &RoomFacts) -> Result<(), DbError> {
    let RoomFacts { name, department_id, is_active } = facts;
    tx.execute(&INSERT_ROOM, &[&id, name, department_id, is_active, &tx.now()]).await.map(|_| ())
}

pub(super) async fn update_room(tx: &TenantTx, id: RoomId, facts: &RoomFacts) -> Result<(), DbError> {
    let RoomFacts { name, department_id, is_active } = facts;
    tx.execute(&UPDATE_ROOM, &[&id, name, department_id, is_active]).await.map(|_| ())
}
