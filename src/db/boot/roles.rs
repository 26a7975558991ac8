//! The roles that every hospital's role and every transaction rest on: made, handed on, and had only by taking them.

use tokio_postgres::Client;

use super::exists;
use crate::db::schemas::ROLE_LOCK;
use crate::db::target::{OWNER_ROLE, Target};

/// `hms_platform`, `hms_tenant`, the owner, and who may take them.
pub(super) async fn make(admin: &Client, target: &Target, version: i32) -> anyhow::Result<()> {
    let app = target.app_login();
    let grant = |role: &str, to: &str| {
        if version >= 160_000 {
            format!("grant {role} to \"{to}\" with inherit false, set true;")
        } else {
            format!("grant {role} to \"{to}\";")
        }
    };
    let mut ddl = String::new();
    for role in ["hms_platform", "hms_tenant"] {
        if !exists(admin, "select from pg_roles where rolname = $1", role).await? {
            ddl.push_str(&format!("create role {role} nologin;"));
        }
    }
    if !target.two_logins && !exists(admin, "select from pg_roles where rolname = $1", OWNER_ROLE).await? {
        ddl.push_str(&format!("create role {OWNER_ROLE} nologin createrole;"));
    }
    let member = "select from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member
                   where u.rolname = $1 and r.rolname = ";
    // A member may be one only to hand the role on.
    let taking = if version >= 160_000 { "and m.set_option" } else { "" };
    if !exists(admin, &format!("{member} 'hms_platform' {taking}"), app).await? {
        ddl.push_str(&grant("hms_platform", app));
    }
    if !target.two_logins && !exists(admin, &format!("{member} '{OWNER_ROLE}' {taking}"), app).await? {
        ddl.push_str(&grant(OWNER_ROLE, app));
    }
    // The owner hands hms_tenant to each new hospital's role.
    let owner = if target.two_logins { target.owner.get_user().unwrap_or(OWNER_ROLE) } else { OWNER_ROLE };
    let may_grant = "select from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member
                      where u.rolname = $1 and r.rolname = 'hms_tenant' and m.admin_option";
    // Since 16 whoever makes a role may hand it on, and must not be told so again.
    let makes_it: bool = admin.query_one("select current_user = $1::text", &[&owner]).await?.get(0);
    if version >= 160_000 && !makes_it && !exists(admin, may_grant, owner).await? {
        ddl.push_str(&format!("grant hms_tenant to \"{owner}\" with admin option;"));
    }
    if !ddl.is_empty() {
        admin.batch_execute(&format!("begin; {ROLE_LOCK}; {ddl} commit;")).await?;
    }
    Ok(())
}

/// From PostgreSQL 16 on a role that is there already can be handed on only by who has it with admin option: another
/// HMS on this server may have made it.
pub(super) async fn may_hand_on(admin: &Client, target: &Target) -> anyhow::Result<bool> {
    let owner = if target.two_logins { "" } else { OWNER_ROLE };
    let blocked = admin
        .query_one(
            "select exists (
               select from pg_roles r
                where r.rolname in ('hms_tenant', 'hms_platform', $1)
                  and not pg_has_role(current_user, r.oid, 'MEMBER WITH ADMIN OPTION')
                  and (r.rolname = 'hms_tenant' or not exists (
                        select from pg_auth_members m join pg_roles u on u.oid = m.member
                         where m.roleid = r.oid and m.set_option and u.rolname = $2)))",
            &[&owner, &target.app_login()],
        )
        .await?;
    Ok(!blocked.get::<_, bool>(0))
}

/// A right of a role is had by taking the role, not by being its member. Before PostgreSQL 16 it is the login that says
/// so, from then on each grant (see [`crate::db::schemas::reserve`]).
pub(super) async fn inherit_nothing(
    admin: &Client,
    target: &Target,
    version: i32,
) -> anyhow::Result<Result<String, String>> {
    let app = target.app_login();
    let inherits = if version < 160_000 {
        "select from pg_roles where rolname = $1 and rolinherit"
    } else {
        "select from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member
          where u.rolname = $1 and m.inherit_option
            and (r.rolname in ('hms_platform', 'hms_tenant', 'hms_owner') or r.rolname ~ '^t_[a-z0-9]{16}$') limit 1"
    };
    if version < 160_000 && exists(admin, inherits, app).await? {
        let alter = format!("begin; {ROLE_LOCK}; alter role \"{app}\" noinherit; commit");
        if admin.batch_execute(&alter).await.is_err() {
            admin.batch_execute("rollback").await?;
        }
    }
    Ok(match exists(admin, inherits, app).await? {
        false => Ok("each transaction takes the hospital's role".into()),
        true if version < 160_000 => {
            Err(format!("{app} has every hospital's rights at all times: alter role {app} noinherit"))
        }
        true => Err(format!(
            "{app} has rights of hospitals at all times: grant it their roles with inherit false"
        )),
    })
}
