//! SQL of the platform's view of hospitals. Counts come from the platform's own tables: no statement visits a
//! hospital's schema, however many there are.

use tokio_postgres::Row;

use super::model::{Counts, Hospital, Sort, Totals, Wanted};
use crate::access::PlatformTx;
use crate::db::{Platform, Stmt};
use crate::identity::actor::TenantStatus;
use crate::kernel::DbError;
use crate::kernel::ids::TenantId;
use crate::statements;

/// The hospitals that `$chosen` picks, each with its counts. The sub-selects run once for each row that is shown;
/// a join would read the counts of all.
macro_rules! hospitals {
    ($chosen:expr, $order:literal) => {
        concat!(
            "with chosen as (
               select id, name, address, contact_email, contact_phone, license_number, status, suspended_from, time_zone, currency, country,
                      max_users, max_patients, version, created_at, updated_at, schema_name
                 from public.tenants ",
            $chosen,
            ") select id, name, address, contact_email, contact_phone, license_number, status, suspended_from, time_zone, currency, country,
                      max_users, max_patients, version, created_at, updated_at,
                      (select count(*) from public.users u where u.tenant_id = chosen.id and not u.is_deleted) as users,
                      coalesce((select g.patients from public.tenant_usage g where g.schema_name = chosen.schema_name), 0) as patients
                 from chosen ",
            $order
        )
    };
}

/// `$1` is the status, `$2` the text; null is any. The text is folded first and escaped afterwards, because folding
/// turns a full-width `％` into `%`. The expression is that of the index `tenants_search`.
macro_rules! wanted {
    () => {
        r"where ($1::text is null or status = $1)
            and ($2::text is null or extensions.fold(name || ' ' || license_number || ' ' || contact_email) like
                 '%' || replace(replace(replace(extensions.fold($2), '\', '\\'), '%', '\%'), '_', '\_') || '%')"
    };
}

macro_rules! page {
    ($order:literal) => {
        hospitals!(concat!(wanted!(), " ", $order, " limit $3 offset $4"), $order)
    };
}

statements! { Platform;
    BY_NAME(TEXT, TEXT, INT8, INT8) = page!("order by lower(name), id");
    BY_NAME_DOWN(TEXT, TEXT, INT8, INT8) = page!("order by lower(name) desc, id desc");
    BY_CREATED(TEXT, TEXT, INT8, INT8) = page!("order by created_at, id");
    BY_CREATED_DOWN(TEXT, TEXT, INT8, INT8) = page!("order by created_at desc, id desc");
    COUNTS(TEXT, TEXT) =
        concat!("select status, count(*) as hospitals from public.tenants ", wanted!(), " group by status");
    TOTALS() =
        "select (select count(*) from public.users where not is_deleted and not is_super_admin) as users,
                (select coalesce(sum(patients), 0)::bigint from public.tenant_usage) as patients";
    FIND(UUID) = hospitals!("where id = $1", "");
    FIND_BY_LICENSE(TEXT) = hospitals!("where lower(license_number) = lower($1)", "");
    /// People with a session that has not ended.
    SIGNED_IN(UUID, TIMESTAMPTZ) =
        "select count(distinct u.id) as people
           from public.users u join public.sessions s on s.user_id = u.id
          where u.tenant_id = $1 and not u.is_deleted and s.revoked_at is null and s.expires_at > $2";
    /// No row if it is not to be suspended (any more): of two who ask at once, one gets it.
    SUSPEND(UUID, INT8, TIMESTAMPTZ) =
        "update public.tenants
            set status = 'SUSPENDED', suspended_from = status, version = version + 1, updated_at = $3
          where id = $1 and status in ('PENDING', 'VERIFIED', 'ACTIVE') and ($2::bigint is null or version = $2)
          returning suspended_from as was";
    /// From a suspension back to where it was, from anything else to active. No row if the version `$2` is not the
    /// newest: of two who saw it suspended, the second must not lift what the first one's answer left unconfirmed.
    ACTIVATE(UUID, INT4, TIMESTAMPTZ) =
        "update public.tenants
            set status = case when status = 'SUSPENDED' then coalesce(suspended_from, 'ACTIVE') else 'ACTIVE' end,
                suspended_from = null, version = version + 1, updated_at = $3
          where id = $1 and version = $2 and status <> 'ACTIVE'";
}

fn hospital_of(row: &Row) -> Hospital {
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
        max_users: row.get("max_users"),
        max_patients: row.get("max_patients"),
        version: row.get("version"),
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
        users: row.get("users"),
        patients: row.get("patients"),
    }
}

pub(super) async fn page(tx: &PlatformTx, wanted: &Wanted) -> Result<Vec<Hospital>, DbError> {
    let statement: &Stmt<Platform> = match wanted.sort {
        Sort::Name => &BY_NAME,
        Sort::NameDown => &BY_NAME_DOWN,
        Sort::Created => &BY_CREATED,
        Sort::CreatedDown => &BY_CREATED_DOWN,
    };
    let status = wanted.status.map(TenantStatus::code);
    let (limit, offset) = (wanted.page.page_size, wanted.page.offset());
    let rows = tx.rows(statement, &[&status, &wanted.search, &limit, &offset]).await?;
    Ok(rows.iter().map(hospital_of).collect())
}

pub(super) async fn counts(tx: &PlatformTx, search: Option<&str>) -> Result<Counts, DbError> {
    let rows = tx.rows(&COUNTS, &[&None::<&str>, &search]).await?;
    let count = |row: &Row| (TenantStatus::from_code(row.get("status")), row.get("hospitals"));
    Ok(Counts(rows.iter().map(count).collect()))
}

pub(super) async fn totals(tx: &PlatformTx) -> Result<Totals, DbError> {
    let row = tx.row(&TOTALS, &[]).await?;
    Ok(Totals { users: row.get("users"), patients: row.get("patients") })
}

pub(super) async fn find(tx: &PlatformTx, id: TenantId) -> Result<Option<Hospital>, DbError> {
    Ok(tx.row_opt(&FIND, &[&id]).await?.as_ref().map(hospital_of))
}

pub(super) async fn find_by_license(tx: &PlatformTx, license: &str) -> Result<Option<Hospital>, DbError> {
    Ok(tx.row_opt(&FIND_BY_LICENSE, &[&license]).await?.as_ref().map(hospital_of))
}

pub(super) async fn signed_in(tx: &PlatformTx, id: TenantId) -> Result<i64, DbError> {
    Ok(tx.row(&SIGNED_IN, &[&id, &tx.now()]).await?.get("people"))
}

/// Where it stood before, or `None` if nothing was changed.
pub(super) async fn suspend(
    tx: &PlatformTx,
    id: TenantId,
    seen: Option<i64>,
) -> Result<Option<TenantStatus>, DbError> {
    let row = tx.row_opt(&SUSPEND, &[&id, &seen, &tx.now()]).await?;
    Ok(row.map(|row| TenantStatus::from_code(row.get("was"))))
}

/// False if this is not its newest version.
pub(super) async fn activate(tx: &PlatformTx, id: TenantId, version: i32) -> Result<bool, DbError> {
    Ok(tx.execute(&ACTIVATE, &[&id, &version, &tx.now()]).await? == 1)
}
