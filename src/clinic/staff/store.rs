//! SQL of staff: the hospital's side.

pub(super) mod accounts;

use tokio_postgres::Row as SqlRow;

use super::NewPerson;
use super::model::{Profile, Role, Sort, StillOpen, Wanted};
use super::parse::NewMember;
use crate::access::TenantTx;
use crate::clinic::departments::DepartmentId;
use crate::clinic::roles::RoleId;
use crate::db::{Stmt, Tenant};
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::statements;

macro_rules! members {
    ($rest:expr) => {
        concat!(
            "select s.user_id, s.first_name, s.last_name, s.email, s.phone, s.department_id, d.name as department,
                    s.specialization, s.version, s.changed_by_id, s.created_at, s.updated_at
               from staff s join departments d on d.id = s.department_id ",
            $rest
        )
    };
}

/// `$1` is the text, `$2` a role and `$3` a department by name, `$4` who alone may be in it (null: anybody), `$5` who
/// may not. The text is folded first and escaped afterwards, because folding turns a full-width `％` into `%`. The
/// expression is that of the index `staff_search`.
macro_rules! wanted {
    () => {
        r"where ($1::text is null or extensions.fold(s.first_name || ' ' || s.last_name || ' ' || s.email) like
                 '%' || replace(replace(replace(extensions.fold($1), '\', '\\'), '%', '\%'), '_', '\_') || '%')
            and ($2::text is null or exists (select from user_roles ur join roles r on r.id = ur.role_id
                                              where ur.user_id = s.user_id and lower(r.name) = lower($2)))
            and ($3::text is null or lower(d.name) = lower($3))
            and ($4::uuid[] is null or s.user_id = any ($4))
            and not s.user_id = any ($5::uuid[]) "
    };
}

macro_rules! page {
    ($order:literal) => {
        members!(concat!(wanted!(), $order, " limit $6 offset $7"))
    };
}

macro_rules! roles {
    ($rest:literal) => {
        concat!(
            "select r.id, r.name, r.description, coalesce(r.system_key = 'HOSPITAL_ADMIN', false) as is_administrator,
                    coalesce(r.works_as, r.system_key, '') = 'DOCTOR' as is_doctor, r.is_active,
                    array(select p.permission_code from role_permissions p where p.role_id = r.id
                           order by p.permission_code) as codes
               from roles r order by lower(r.name) ",
            $rest
        )
    };
}

statements! { Tenant;
    INSERT(UUID, TEXT, TEXT, TEXT, TEXT, UUID) =
        "insert into staff (user_id, first_name, last_name, email, phone, department_id) values ($1, $2, $3, $4, $5, $6)";
    BY_NAME(TEXT, TEXT, TEXT, UUID_ARRAY, UUID_ARRAY, INT8, INT8) =
        page!("order by lower(s.first_name || ' ' || s.last_name), s.user_id");
    BY_NAME_DOWN(TEXT, TEXT, TEXT, UUID_ARRAY, UUID_ARRAY, INT8, INT8) =
        page!("order by lower(s.first_name || ' ' || s.last_name) desc, s.user_id desc");
    BY_CREATED(TEXT, TEXT, TEXT, UUID_ARRAY, UUID_ARRAY, INT8, INT8) = page!("order by s.created_at, s.user_id");
    BY_CREATED_DOWN(TEXT, TEXT, TEXT, UUID_ARRAY, UUID_ARRAY, INT8, INT8) =
        page!("order by s.created_at desc, s.user_id desc");
    TOTAL(TEXT, TEXT, TEXT, UUID_ARRAY, UUID_ARRAY) =
        concat!("select count(*) as total from staff s join departments d on d.id = s.department_id ", wanted!());
    FIND(UUID) = members!("where s.user_id = $1");
    /// The roles of several people.
    HELD(UUID_ARRAY) =
        "select ur.user_id, r.id, r.name, r.description, coalesce(r.system_key = 'HOSPITAL_ADMIN', false) as is_administrator,
                coalesce(r.works_as, r.system_key, '') = 'DOCTOR' as is_doctor,
                r.is_active, array(select p.permission_code from role_permissions p where p.role_id = r.id
                                    order by p.permission_code) as codes
           from user_roles ur join roles r on r.id = ur.role_id
          where ur.user_id = any ($1) order by lower(r.name)";
    ROLES() = roles!("");
    /// The same, held as they are until the transaction ends.
    ROLES_HELD() = roles!("for share of r");
    DEPARTMENTS() = "select id, name from departments where is_for_staff order by lower(name)";
    /// What a person may do.
    CODES(UUID) =
        "select distinct p.permission_code as code
           from user_roles ur
           join roles r on r.id = ur.role_id and r.is_active
           join role_permissions p on p.role_id = r.id
          where ur.user_id = $1";
    /// Who else holds the role of administrators.
    OTHER_ADMINISTRATORS(UUID) =
        "select ur.user_id from user_roles ur
           join roles r on r.id = ur.role_id and r.is_active and r.system_key = 'HOSPITAL_ADMIN'
          where ur.user_id <> $1";
    /// All at once: an import brings hundreds.
    INSERT_ALL(UUID_ARRAY, TEXT_ARRAY, TEXT_ARRAY, TEXT_ARRAY, TEXT_ARRAY, UUID_ARRAY, TEXT_ARRAY, UUID) =
        "insert into staff (user_id, first_name, last_name, email, phone, department_id, specialization, changed_by_id)
         select id, first_name, last_name, email, nullif(phone, ''), department_id, nullif(specialization, ''), $8
           from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[])
             as n (id, first_name, last_name, email, phone, department_id, specialization)";
    GIVE(UUID_ARRAY, UUID_ARRAY) =
        "insert into user_roles (user_id, role_id)
         select user_id, role_id from unnest($1::uuid[], $2::uuid[]) as g (user_id, role_id) on conflict do nothing";
    TAKE(UUID, UUID_ARRAY) = "delete from user_roles where user_id = $1 and role_id = any ($2)";
    UPDATE(UUID, TEXT, TEXT, TEXT, UUID, TEXT, UUID, TIMESTAMPTZ) =
        "update staff set first_name = $2, last_name = $3, phone = $4, department_id = $5, specialization = $6,
                changed_by_id = $7, updated_at = $8, version = version + 1
          where user_id = $1";
    /// Roles or standing changed.
    TOUCH(UUID, UUID, TIMESTAMPTZ) =
        "update staff set changed_by_id = $2, updated_at = $3, version = version + 1 where user_id = $1";
    SET_EMAIL(UUID, TEXT) = "update staff set email = $2 where user_id = $1";
    /// With their roles. Refused as long as anything else is kept in their name.
    REMOVE(UUID) = "delete from staff where user_id = $1";
    /// Whether the sign-in is in use, for lists that do not look into the platform's tables.
    SET_ACTIVE(UUID, BOOL) = "update staff set is_active = $2 where user_id = $1";
    /// The same for all, by who is not.
    BRING_IN_STEP(UUID_ARRAY) =
        "update staff set is_active = not (user_id = any ($1)) where is_active = (user_id = any ($1))";
    /// A check-in of days ago is nobody who waits.
    STILL_OPEN(UUID, TIMESTAMPTZ) =
        "select (select count(*) from appointments a
                  where a.doctor_user_id = $1 and a.status = 'SCHEDULED' and a.scheduled_at >= $2) as bookings,
                (select count(*) from appointments a
                  where a.doctor_user_id = $1 and a.status = 'CHECKED_IN' and a.scheduled_at >= $2 - interval '1 day') as waiting,
                (select count(*) from encounters e where e.doctor_user_id = $1 and e.status = 'IN_PROGRESS') as consultations,
                (select count(*) from notes n where n.author_id = $1 and n.status = 'DRAFT') as drafts";
    /// For the checklist: somebody besides who signed up.
    OTHERS() = "select exists (select from staff offset 1) as done";
}

pub(super) async fn insert(
    tx: &TenantTx,
    id: UserId,
    new: &NewPerson,
    department: DepartmentId,
) -> Result<(), DbError> {
    tx.execute(&INSERT, &[&id, &new.first_name, &new.last_name, &new.email, &new.phone, &department])
        .await
        .map(|_| ())
}

fn profile(row: &SqlRow) -> Profile {
    Profile {
        id: row.get("user_id"),
        first_name: row.get("first_name"),
        last_name: row.get("last_name"),
        email: row.get("email"),
        phone: row.get("phone"),
        department_id: row.get("department_id"),
        department: row.get("department"),
        specialization: row.get("specialization"),
        version: row.get("version"),
        changed_by: row.get("changed_by_id"),
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
    }
}

fn role(row: &SqlRow) -> Role {
    Role {
        id: row.get("id"),
        name: row.get("name"),
        description: row.get("description"),
        is_administrator: row.get("is_administrator"),
        is_doctor: row.get("is_doctor"),
        is_active: row.get("is_active"),
        codes: row.get("codes"),
    }
}

/// A page of those whom `only` (if it is given) holds and `without` does not, and how many there are in all.
pub(super) async fn page(
    tx: &TenantTx,
    wanted: &Wanted,
    only: Option<&[UserId]>,
    without: &[UserId],
) -> Result<(Vec<Profile>, i64), DbError> {
    let statement: &Stmt<Tenant> = match wanted.sort {
        Sort::Name => &BY_NAME,
        Sort::NameDown => &BY_NAME_DOWN,
        Sort::Created => &BY_CREATED,
        Sort::CreatedDown => &BY_CREATED_DOWN,
    };
    let (search, role, department) = (&wanted.search, &wanted.role, &wanted.department);
    let total = tx.row(&TOTAL, &[search, role, department, &only, &without]).await?.get("total");
    let (limit, offset) = (wanted.page.page_size, wanted.page.offset());
    let rows = tx.rows(statement, &[search, role, department, &only, &without, &limit, &offset]).await?;
    Ok((rows.iter().map(profile).collect(), total))
}

pub(super) async fn find(tx: &TenantTx, id: UserId) -> Result<Option<Profile>, DbError> {
    Ok(tx.row_opt(&FIND, &[&id]).await?.as_ref().map(profile))
}

pub(super) async fn held(tx: &TenantTx, people: &[UserId]) -> Result<Vec<(UserId, Role)>, DbError> {
    let rows = tx.rows(&HELD, &[&people]).await?;
    Ok(rows.iter().map(|row| (row.get("user_id"), role(row))).collect())
}

/// All roles; `hold` keeps them as they are until the transaction ends.
pub(super) async fn roles(tx: &TenantTx, hold: bool) -> Result<Vec<Role>, DbError> {
    let statement: &Stmt<Tenant> = if hold { &ROLES_HELD } else { &ROLES };
    Ok(tx.rows(statement, &[]).await?.iter().map(role).collect())
}

pub(super) async fn departments(tx: &TenantTx) -> Result<Vec<(DepartmentId, String)>, DbError> {
    let rows = tx.rows(&DEPARTMENTS, &[]).await?;
    Ok(rows.iter().map(|row| (row.get("id"), row.get("name"))).collect())
}

pub(super) async fn codes(tx: &TenantTx, id: UserId) -> Result<Vec<String>, DbError> {
    Ok(tx.rows(&CODES, &[&id]).await?.iter().map(|row| row.get("code")).collect())
}

pub(super) async fn other_administrators(tx: &TenantTx, id: UserId) -> Result<Vec<UserId>, DbError> {
    Ok(tx.rows(&OTHER_ADMINISTRATORS, &[&id]).await?.iter().map(|row| row.get("user_id")).collect())
}

/// Somebody new, with the department and the roles that their names mean.
pub(super) struct Joining<'a> {
    pub id: UserId,
    pub new: &'a NewMember,
    pub department: DepartmentId,
    pub roles: Vec<RoleId>,
}

pub(super) async fn insert_all(tx: &TenantTx, all: &[Joining<'_>], by: UserId) -> Result<(), DbError> {
    let text = |of: fn(&NewMember) -> &str| all.iter().map(|one| of(one.new)).collect::<Vec<&str>>();
    let ids: Vec<UserId> = all.iter().map(|one| one.id).collect();
    let departments: Vec<DepartmentId> = all.iter().map(|one| one.department).collect();
    let first = text(|new| &new.first_name);
    let last = text(|new| &new.last_name);
    let email = text(|new| &new.email);
    let phone = text(|new| new.phone.as_deref().unwrap_or_default());
    let specialization = text(|new| new.specialization.as_deref().unwrap_or_default());
    tx.execute(&INSERT_ALL, &[&ids, &first, &last, &email, &phone, &departments, &specialization, &by])
        .await?;
    let (people, roles): (Vec<UserId>, Vec<RoleId>) =
        all.iter().flat_map(|one| one.roles.iter().map(|role| (one.id, *role))).unzip();
    if people.is_empty() {
        return Ok(());
    }
    tx.execute(&GIVE, &[&people, &roles]).await.map(|_| ())
}

pub(super) async fn give(tx: &TenantTx, id: UserId, roles: &[RoleId]) -> Result<(), DbError> {
    let people = vec![id; roles.len()];
    tx.execute(&GIVE, &[&people, &roles]).await.map(|_| ())
}

pub(super) async fn take(tx: &TenantTx, id: UserId, roles: &[RoleId]) -> Result<(), DbError> {
    tx.execute(&TAKE, &[&id, &roles]).await.map(|_| ())
}

pub(super) async fn update(tx: &TenantTx, to: &Profile, by: UserId) -> Result<(), DbError> {
    let (first, last) = (&to.first_name, &to.last_name);
    tx.execute(
        &UPDATE,
        &[&to.id, first, last, &to.phone, &to.department_id, &to.specialization, &by, &tx.now()],
    )
    .await
    .map(|_| ())
}

pub(super) async fn still_open(tx: &TenantTx, id: UserId) -> Result<StillOpen, DbError> {
    let row = tx.row(&STILL_OPEN, &[&id, &tx.now()]).await?;
    Ok(StillOpen {
        bookings: row.get("bookings"),
        waiting: row.get("waiting"),
        consultations: row.get("consultations"),
        drafts: row.get("drafts"),
    })
}

pub(super) async fn set_email(tx: &TenantTx, id: UserId, email: &str) -> Result<(), DbError> {
    tx.execute(&SET_EMAIL, &[&id, &email]).await.map(|_| ())
}

pub(super) async fn remove(tx: &TenantTx, id: UserId) -> Result<(), DbError> {
    tx.execute(&REMOVE, &[&id]).await.map(|_| ())
}

pub(super) async fn set_active(tx: &TenantTx, id: UserId, is_active: bool) -> Result<(), DbError> {
    tx.execute(&SET_ACTIVE, &[&id, &is_active]).await.map(|_| ())
}

pub(super) async fn bring_in_step(tx: &TenantTx, inactive: &[UserId]) -> Result<(), DbError> {
    tx.execute(&BRING_IN_STEP, &[&inactive]).await.map(|_| ())
}

pub(super) async fn touch(tx: &TenantTx, id: UserId, by: UserId) -> Result<(), DbError> {
    tx.execute(&TOUCH, &[&id, &by, &tx.now()]).await.map(|_| ())
}
