//! SQL of the texts to begin with.

use tokio_postgres::Row;

use crate::access::TenantTx;
use crate::clinic::notes::domain::templates::{NewTemplate, Template};
use crate::clinic::notes::model::{TemplateId, Texts};
use crate::kernel::DbError;
use crate::kernel::ids::UserId;
use crate::statements;

macro_rules! templates {
    ($rest:literal) => {
        concat!(
            "select id, name, owner_id, specialisation, subjective, objective, assessment, plan, is_active, version
               from note_templates ",
            $rest
        )
    };
}

statements! { Tenant;
    /// The hospital's and those of `$1`; with `$2` also what was put away.
    hot LIST(UUID, BOOL) = templates!(
        "where (owner_id is null or owner_id = $1) and (is_active or $2)
          order by is_active desc, owner_id is null, lower(name), id limit 400"
    );
    ONE(UUID) = templates!("where id = $1");
    HELD(UUID) = templates!("where id = $1 for update");
    /// Of one person, or of the hospital.
    COUNT(UUID) = "select count(*) as total from note_templates where owner_id is not distinct from $1 and is_active";
    INSERT(UUID, TEXT, UUID, TEXT, TEXT, TEXT, TEXT, TEXT, UUID, TIMESTAMPTZ) =
        "insert into note_templates (id, name, owner_id, specialisation, subjective, objective, assessment, plan,
                                     changed_by_id, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)";
    UPDATE(UUID, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, UUID, TIMESTAMPTZ) =
        "update note_templates set name = $2, specialisation = $3, subjective = $4, objective = $5, assessment = $6,
                plan = $7, changed_by_id = $8, updated_at = $9, version = version + 1
          where id = $1";
    SWITCH(UUID, BOOL, UUID, TIMESTAMPTZ) =
        "update note_templates set is_active = $2, changed_by_id = $3, updated_at = $4, version = version + 1 where id = $1";
}

fn template(row: &Row) -> Template {
    Template {
        id: row.get("id"),
        name: row.get("name"),
        owner: row.get("owner_id"),
        specialisation: row.get("specialisation"),
        texts: Texts {
            subjective: row.get("subjective"),
            objective: row.get("objective"),
            assessment: row.get("assessment"),
            plan: row.get("plan"),
        },
        is_active: row.get("is_active"),
        version: row.get("version"),
    }
}

pub(in crate::clinic::notes) async fn list(
    tx: &TenantTx,
    me: UserId,
    all: bool,
) -> Result<Vec<Template>, DbError> {
    Ok(tx.rows(&LIST, &[&me, &all]).await?.iter().map(template).collect())
}

pub(in crate::clinic::notes) async fn one(
    tx: &TenantTx,
    id: TemplateId,
) -> Result<Option<Template>, DbError> {
    Ok(tx.row_opt(&ONE, &[&id]).await?.as_ref().map(template))
}

pub(in crate::clinic::notes) async fn held(
    tx: &TenantTx,
    id: TemplateId,
) -> Result<Option<Template>, DbError> {
    Ok(tx.row_opt(&HELD, &[&id]).await?.as_ref().map(template))
}

pub(in crate::clinic::notes) async fn count(tx: &TenantTx, owner: Option<UserId>) -> Result<i64, DbError> {
    Ok(tx.row(&COUNT, &[&owner]).await?.get("total"))
}

pub(in crate::clinic::notes) async fn insert(
    tx: &TenantTx,
    id: TemplateId,
    new: &NewTemplate,
    owner: Option<UserId>,
    by: UserId,
) -> Result<(), DbError> {
    let [subjective, objective, assessment, plan] = new.texts.parts();
    let NewTemplate { name, specialisation, .. } = new;
    tx.execute(
        &INSERT,
        &[&id, name, &owner, specialisation, &subjective, &objective, &assessment, &plan, &by, &tx.now()],
    )
    .await
    .map(|_| ())
}

pub(in crate::clinic::notes) async fn update(
    tx: &TenantTx,
    id: TemplateId,
    new: &NewTemplate,
    by: UserId,
) -> Result<(), DbError> {
    let [subjective, objective, assessment, plan] = new.texts.parts();
    let NewTemplate { name, specialisation, .. } = new;
    tx.execute(
        &UPDATE,
        &[&id, name, specialisation, &subjective, &objective, &assessment, &plan, &by, &tx.now()],
    )
    .await
    .map(|_| ())
}

pub(in crate::clinic::notes) async fn switch(
    tx: &TenantTx,
    id: TemplateId,
    is_active: bool,
    by: UserId,
) -> Result<(), DbError> {
    tx.execute(&SWITCH, &[&id, &is_active, &by, &tx.now()]).await.map(|_| ())
}
