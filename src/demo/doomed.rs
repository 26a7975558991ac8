//! Removing rows with everything that hangs on them, however many tables there are: what hangs on what is asked of the
//! database, by its foreign keys, so that a table that comes later is not forgotten.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::ensure;
use tokio_postgres::Transaction;

use super::rows::told;

/// A foreign key.
struct Edge {
    child: String,
    parent: String,
    /// `c.patient_id = p.id`
    holds: String,
}

/// Rows that are to go.
pub(super) struct Doomed {
    edges: Vec<Edge>,
}

impl Doomed {
    /// Nobody changes a row of the hospital's from here on: rows are told apart by where they lie.
    pub(super) async fn begin(tx: &Transaction<'_>) -> anyhow::Result<Self> {
        let edges = edges(tx).await?;
        let all: BTreeSet<&str> =
            edges.iter().flat_map(|edge| [edge.child.as_str(), edge.parent.as_str()]).collect();
        let all: Vec<&str> = all.into_iter().collect();
        tx.execute(&format!("lock table {} in share row exclusive mode", all.join(", ")), &[])
            .await
            .map_err(told("holding the tables"))?;
        tx.execute(
            "create temporary table doomed (of_table text not null, at tid not null, primary key (of_table, at)) on commit drop",
            &[],
        )
        .await
        .map_err(told("making a list"))?;
        Ok(Self { edges })
    }

    /// The rows of `table` for which `condition` holds (its row is called `r`).
    pub(super) async fn add(
        &self,
        tx: &Transaction<'_>,
        table: &str,
        condition: &str,
        params: &[&(dyn tokio_postgres::types::ToSql + Sync)],
    ) -> anyhow::Result<u64> {
        ensure!(is_name(table), "{table} is no name of a table of ours");
        let insert = format!(
            "insert into doomed select '{table}', r.ctid from {table} r where {condition} on conflict do nothing"
        );
        tx.execute(&insert, params).await.map_err(told("listing rows"))
    }

    /// Remove them, and what hangs on them. How many of each table.
    pub(super) async fn remove(self, tx: &Transaction<'_>) -> anyhow::Result<BTreeMap<String, u64>> {
        loop {
            tx.execute("analyze doomed", &[]).await.map_err(told("listing rows"))?;
            let mut more = 0;
            for Edge { child, parent, holds } in &self.edges {
                let insert = format!(
                    "insert into doomed select '{child}', c.ctid from doomed d join {parent} p on p.ctid = d.at
                       join {child} c on {holds} where d.of_table = '{parent}' on conflict do nothing"
                );
                more += tx.execute(&insert, &[]).await.map_err(told("listing what hangs on rows"))?;
            }
            // Not a foreign key, because relations also follow from other things.
            more += tx
                .execute(
                    "insert into doomed select 'care_relations', c.ctid from doomed d join appointments a on a.ctid = d.at
                       join care_relations c on c.source_id = a.id where d.of_table = 'appointments' on conflict do nothing",
                    &[],
                )
                .await
                .map_err(told("listing what hangs on rows"))?;
            if more == 0 {
                break;
            }
        }
        let listed =
            tx.query("select distinct of_table from doomed", &[]).await.map_err(told("reading the list"))?;
        let mut waiting: BTreeSet<String> = listed.iter().map(|row| row.get(0)).collect();
        let mut removed = BTreeMap::new();
        while !waiting.is_empty() {
            // Those that nobody refers to any more.
            let free: Vec<String> = waiting
                .iter()
                .filter(|table| {
                    let refers = |edge: &&Edge| {
                        edge.parent == **table && edge.child != **table && waiting.contains(&edge.child)
                    };
                    !self.edges.iter().any(|edge| refers(&edge))
                })
                .cloned()
                .collect();
            ensure!(!free.is_empty(), "tables refer to each other in a circle");
            for table in free {
                let delete = format!(
                    "delete from {table} where ctid = any (array(select at from doomed where of_table = '{table}'))"
                );
                let gone = tx.execute(&delete, &[]).await.map_err(told("removing rows"))?;
                waiting.remove(&table);
                removed.insert(table, gone);
            }
        }
        tx.execute("drop table doomed", &[]).await.map_err(told("clearing the list"))?;
        Ok(removed)
    }
}

/// Is this how we name tables and columns? Only such names reach SQL text.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Every foreign key of the hospital's schema, but for those of staff and departments, which stay.
async fn edges(tx: &Transaction<'_>) -> anyhow::Result<Vec<Edge>> {
    let columns = |keys: &str, of: &str| {
        format!(
            "array(select a.attname::text from unnest(k.{keys}) with ordinality u (n, i)
                     join pg_attribute a on a.attrelid = k.{of} and a.attnum = u.n order by u.i)"
        )
    };
    let query = format!(
        "select c.relname::text as child, p.relname::text as parent, {} as has, {} as wants
           from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class p on p.oid = k.confrelid
          where k.contype = 'f' and c.relnamespace = (select oid from pg_namespace where nspname = current_schema())",
        columns("conkey", "conrelid"),
        columns("confkey", "confrelid")
    );
    let rows = tx.query(&query, &[]).await.map_err(told("reading foreign keys"))?;
    let mut edges = Vec::new();
    for row in rows {
        let (child, parent): (String, String) = (row.get("child"), row.get("parent"));
        let (has, wants): (Vec<String>, Vec<String>) = (row.get("has"), row.get("wants"));
        ensure!(
            [&child, &parent].into_iter().chain(&has).chain(&wants).all(|name| is_name(name)),
            "{child} has a name that is not one of ours"
        );
        if ["staff", "departments", "roles", "rooms"].contains(&parent.as_str()) {
            continue;
        }
        let pairs: Vec<String> =
            has.iter().zip(&wants).map(|(has, wants)| format!("c.{has} = p.{wants}")).collect();
        edges.push(Edge { child, parent, holds: pairs.join(" and ") });
    }
    Ok(edges)
}
