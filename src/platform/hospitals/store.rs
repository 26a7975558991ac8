//! SQL of the platform's view of hospitals. Counts come from the platform's own tables: no statement visits a
//! hospital's schema, however many there are.

mod change;
mod limits;
mod measure;
mod people;

pub(super) use change::*;
pub(super) use limits::*;
pub(super) use measure::*;
pub(super) use people::*;

use jiff::Timestamp;
use tokio_postgres::Row;

use super::model::{Counts, Hospital, Restriction, Sort, Storage, Totals, Wanted};
use crate::access::PlatformTx;
use crate::db::{Platform, Stmt, StmtInfo};
use crate::identity::actor::TenantStatus;
use crate::kernel::ids::TenantId;
use crate::kernel::{Ceiling, DbError};
use crate::statements;

/// Of all files of this folder, for the registry.
pub(super) const ALL: &[&[&StmtInfo]] = &[
    STATEMENTS,
    change::STATEMENTS,
    limits::STATEMENTS,
    measure::OF_PLATFORM,
    measure::OF_HOSPITAL,
    people::STATEMENTS,
];

/// The hospitals that `$chosen` picks, each with its counts. The sub-selects run once for each row that is shown;
/// a join would read the counts of all.
macro_rules! hospitals {
    ($chosen:expr, $order:expr) => {
        concat!(
            "with chosen as (
               select id, name, address, contact_email, contact_phone, license_number, status, suspended_from, time_zone, currency, country,
                      max_users, users_raised_to, users_raised_until, max_patients, patients_raised_to, patients_raised_until, restricted_at, restricted_reason, version, created_at, updated_at, schema_name
                 from public.tenants ",
            $chosen,
            ") select id, name, address, contact_email, contact_phone, license_number, status, suspended_from, time_zone, currency, country,
                      max_users, users_raised_to, users_raised_until, max_patients, patients_raised_to, patients_raised_until, restricted_at, restricted_reason, version, created_at, updated_at,
                      (select count(*) from public.users u where u.tenant_id = chosen.id and not u.is_deleted) as users,
                      coalesce((select g.patients from public.tenant_usage g where g.schema_name = chosen.schema_name), 0) as patients,
                      (select a.last_active_at from public.tenant_activity a where a.tenant_id = chosen.id) as last_active_at,
                      (select n.version from public.tenant_schemas n where n.name = chosen.schema_name) as schema_version,
                      (select g.measured_at from public.tenant_usage g where g.schema_name = chosen.schema_name) as measured_at,
                      (select g.data_bytes from public.tenant_usage g where g.schema_name = chosen.schema_name) as data_bytes,
                      coalesce((select g.appointments from public.tenant_usage g where g.schema_name = chosen.schema_name), 0) as appointments,
                      (select g.file_bytes from public.tenant_usage g where g.schema_name = chosen.schema_name) as file_bytes
                 from chosen ",
            $order
        )
    };
}

/// `$1` is the status, `$2` the text, `$5` whether restricted; null is any. The text is folded first and escaped
/// afterwards, because folding turns a full-width `％` into `%`. The expression is that of the index `tenants_search`.
macro_rules! wanted {
    ($restricted:literal) => {
        concat!(
            r"where ($1::text is null or status = $1)
            and ($2::text is null or extensions.fold(name || ' ' || license_number || ' ' || contact_email) like
                 '%' || replace(replace(replace(extensions.fold($2), '\', '\\'), '%', '\%'), '_', '\_') || '%')
            and (", $restricted, "::bool is null or (restricted_at is not null) = ", $restricted, ")"
        )
    };
}

/// `$order` of the rows that are chosen, and `$shown`: the same by the columns that are shown.
macro_rules! page {
    ($order:expr, $shown:literal) => {
        hospitals!(concat!(wanted!("$5"), " order by ", $order, " limit $3 offset $4"), $shown)
    };
    ($order:expr) => {
        hospitals!(
            concat!(wanted!("$5"), " order by ", $order, " limit $3 offset $4"),
            concat!("order by ", $order)
        )
    };
}

macro_rules! accounts {
    () => {
        "(select count(*) from public.users u where u.tenant_id = tenants.id and not u.is_deleted)"
    };
}

macro_rules! patients {
    () => { "coalesce((select g.patients from public.tenant_usage g where g.schema_name = tenants.schema_name), 0)" };
}

macro_rules! last_active {
    () => {
        "(select a.last_active_at from public.tenant_activity a where a.tenant_id = tenants.id)"
    };
}

statements! { Platform;
    BY_NAME(TEXT, TEXT, INT8, INT8, BOOL) = page!("lower(name), id");
    BY_NAME_DOWN(TEXT, TEXT, INT8, INT8, BOOL) = page!("lower(name) desc, id desc");
    BY_CREATED(TEXT, TEXT, INT8, INT8, BOOL) = page!("created_at, id");
    BY_CREATED_DOWN(TEXT, TEXT, INT8, INT8, BOOL) = page!("created_at desc, id desc");
    BY_USERS(TEXT, TEXT, INT8, INT8, BOOL) = page!(concat!(accounts!(), ", id"), "order by users, id");
    BY_USERS_DOWN(TEXT, TEXT, INT8, INT8, BOOL) =
        page!(concat!(accounts!(), " desc, id desc"), "order by users desc, id desc");
    BY_PATIENTS(TEXT, TEXT, INT8, INT8, BOOL) = page!(concat!(patients!(), ", id"), "order by patients, id");
    BY_PATIENTS_DOWN(TEXT, TEXT, INT8, INT8, BOOL) =
        page!(concat!(patients!(), " desc, id desc"), "order by patients desc, id desc");
    /// Those that nobody ever used come before all others.
    BY_ACTIVE(TEXT, TEXT, INT8, INT8, BOOL) =
        page!(concat!(last_active!(), " nulls first, id"), "order by last_active_at nulls first, id");
    BY_ACTIVE_DOWN(TEXT, TEXT, INT8, INT8, BOOL) =
        page!(concat!(last_active!(), " desc nulls last, id desc"), "order by last_active_at desc nulls last, id desc");
    COUNTS(TEXT, TEXT, BOOL) =
        concat!("select status, restricted_at is not null as restricted, count(*) as hospitals from public.tenants ",
                wanted!("$3"), " group by 1, 2");
    TOTALS() =
        "select (select count(*) from public.users where not is_deleted and not is_super_admin) as users,
                (select coalesce(sum(patients), 0)::bigint from public.tenant_usage) as patients,
                (select coalesce(sum(appointments), 0)::bigint from public.tenant_usage) as appointments";
    FIND(UUID) = hospitals!("where id = $1", "");
    FIND_BY_LICENSE(TEXT) = hospitals!("where lower(license_number) = lower($1)", "");
    /// Those that were told that a limit is near, by name.
    NEAR_LIMIT(INT8) =
        hospitals!("where users_told > 0 or patients_told > 0 order by lower(name), id limit $1", "order by lower(name), id");
    NEAR_LIMIT_TOTAL() = "select count(*) as hospitals from public.tenants where users_told > 0 or patients_told > 0";
    PATIENTS_HERE(UUID, TIMESTAMPTZ) = "select public.patients_here($1, $2) as patients";
    /// People with a session that has not ended.
    SIGNED_IN(UUID, TIMESTAMPTZ) =
        "select count(distinct u.id) as people
           from public.users u join public.sessions s on s.user_id = u.id
          where u.tenant_id = $1 and not u.is_deleted and s.revoked_at is null and s.expires_at > $2";
}

fn hospital_of(row: &Row, read_at: Timestamp) -> Hospital {
    let since: Option<Timestamp> = row.get("restricted_at");
    let measured: Option<Timestamp> = row.get("measured_at");
    Hospital {
        id: row.get("id"),
        name: row.get("name"),
        address: row.get("address"),
        contact_email: row.get("contact_email"),
        contact_phone: row.get("contact_phone"),
        license_number: row.get("license_number"),
        status: TenantStatus::from_code(row.get("status")),
        suspended_from: row.get::<_, Option<&str>>("suspended_from").map(TenantStatus::from_code),
        time_zone: row.get("time_zone"),
        currency: row.get("currency"),
        country: row.get("country"),
        max_users: Ceiling::new(
            row.get("max_users"),
            row.get("users_raised_to"),
            row.get("users_raised_until"),
        ),
        max_patients: Ceiling::new(
            row.get("max_patients"),
            row.get("patients_raised_to"),
            row.get("patients_raised_until"),
        ),
        read_at,
        restricted: since.map(|since| Restriction { since, reason: row.get("restricted_reason") }),
        version: row.get("version"),
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
        users: row.get("users"),
        patients: row.get("patients"),
        appointments: row.get("appointments"),
        schema_version: row.get("schema_version"),
        last_active_at: row.get("last_active_at"),
        storage: measured.map(|measured_at| Storage {
            data: row.get::<_, Option<i64>>("data_bytes").unwrap_or(0),
            files: row.get::<_, Option<i64>>("file_bytes").unwrap_or(0),
            measured_at,
        }),
    }
}

pub(super) async fn page(tx: &PlatformTx, wanted: &Wanted) -> Result<Vec<Hospital>, DbError> {
    let statement: &Stmt<Platform> = match wanted.sort {
        Sort::Name => &BY_NAME,
        Sort::NameDown => &BY_NAME_DOWN,
        Sort::Created => &BY_CREATED,
        Sort::CreatedDown => &BY_CREATED_DOWN,
        Sort::Users => &BY_USERS,
        Sort::UsersDown => &BY_USERS_DOWN,
        Sort::Patients => &BY_PATIENTS,
        Sort::PatientsDown => &BY_PATIENTS_DOWN,
        Sort::Active => &BY_ACTIVE,
        Sort::ActiveDown => &BY_ACTIVE_DOWN,
    };
    let status = wanted.status.map(TenantStatus::code);
    let (limit, offset) = (wanted.page.page_size, wanted.page.offset());
    let rows = tx.rows(statement, &[&status, &wanted.search, &limit, &offset, &wanted.restricted]).await?;
    Ok(rows.iter().map(|row| hospital_of(row, tx.now())).collect())
}

pub(super) async fn counts(tx: &PlatformTx, search: Option<&str>) -> Result<Counts, DbError> {
    let rows = tx.rows(&COUNTS, &[&None::<&str>, &search, &None::<bool>]).await?;
    let count = |row: &Row| {
        (TenantStatus::from_code(row.get("status")), row.get::<_, bool>("restricted"), row.get("hospitals"))
    };
    Ok(Counts(rows.iter().map(count).collect()))
}

pub(super) async fn totals(tx: &PlatformTx) -> Result<Totals, DbError> {
    let row = tx.row(&TOTALS, &[]).await?;
    Ok(Totals {
        users: row.get("users"),
        patients: row.get("patients"),
        appointments: row.get("appointments"),
    })
}

pub(super) async fn find(tx: &PlatformTx, id: TenantId) -> Result<Option<Hospital>, DbError> {
    Ok(tx.row_opt(&FIND, &[&id]).await?.map(|row| hospital_of(&row, tx.now())))
}

pub(super) async fn find_by_license(tx: &PlatformTx, license: &str) -> Result<Option<Hospital>, DbError> {
    Ok(tx.row_opt(&FIND_BY_LICENSE, &[&license]).await?.map(|row| hospital_of(&row, tx.now())))
}

pub(super) async fn near_limit(tx: &PlatformTx, at_most: i64) -> Result<(Vec<Hospital>, i64), DbError> {
    let rows = tx.rows(&NEAR_LIMIT, &[&at_most]).await?;
    let total = tx.row(&NEAR_LIMIT_TOTAL, &[]).await?.get("hospitals");
    Ok((rows.iter().map(|row| hospital_of(row, tx.now())).collect(), total))
}

pub(super) async fn patients_here(tx: &PlatformTx, id: TenantId) -> Result<Option<i64>, DbError> {
    Ok(tx.row(&PATIENTS_HERE, &[&id, &tx.now()]).await?.get("patients"))
}

pub(super) async fn signed_in(tx: &PlatformTx, id: TenantId) -> Result<i64, DbError> {
    Ok(tx.row(&SIGNED_IN, &[&id, &tx.now()]).await?.get("people"))
}
