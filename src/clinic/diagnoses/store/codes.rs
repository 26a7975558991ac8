//! SQL of the codes that are offered.

use tokio_postgres::Row;

use crate::access::TenantTx;
use crate::clinic::diagnoses::model::Icd10;
use crate::kernel::DbError;
use crate::statements;

/// The text holds this word, in any case and with or without accents.
macro_rules! holds {
    ($number:literal) => {
        concat!(
            "search_text like '%' || replace(replace(replace(extensions.fold(",
            $number,
            r"), '\', '\\'), '%', '\%'), '_', '\_') || '%'"
        )
    };
}

statements! { Tenant;
    ONE(TEXT) = "select code, title, edition from icd10_codes where code = $1";
    /// Codes that begin so: `E11%`.
    BY_CODE(TEXT, INT8) = "select code, title, edition from icd10_codes where code like $1 order by code limit $2";
    /// All of these words in any order. Titles that begin with the first come first, shorter ones before longer ones.
    BY_WORDS(TEXT, TEXT, TEXT, INT8) = concat!(
        "select code, title, edition from icd10_codes
          where ",
        holds!("$1"),
        " and ($2::text is null or ",
        holds!("$2"),
        ") and ($3::text is null or ",
        holds!("$3"),
        ") order by starts_with(extensions.fold(title), extensions.fold($1)) desc, char_length(title), code limit $4"
    );
    /// What an edition says, over what was there.
    PUT(TEXT_ARRAY, TEXT_ARRAY, TEXT_ARRAY) =
        "insert into icd10_codes (code, title, edition)
         select l.code, l.title, l.edition from unnest($1::text[], $2::text[], $3::text[]) as l (code, title, edition)
         on conflict on constraint icd10_codes_pkey do update set title = excluded.title, edition = excluded.edition";
    EDITIONS() =
        "select edition, count(*) as codes from icd10_codes group by edition order by count(*) desc, edition limit 20";
}

fn code(row: &Row) -> Icd10 {
    Icd10 { code: row.get("code"), title: row.get("title"), edition: row.get("edition") }
}

pub(in crate::clinic::diagnoses) async fn one(tx: &TenantTx, wanted: &str) -> Result<Option<Icd10>, DbError> {
    Ok(tx.row_opt(&ONE, &[&wanted]).await?.as_ref().map(code))
}

pub(in crate::clinic::diagnoses) async fn by_code(
    tx: &TenantTx,
    beginning: &str,
    most: i64,
) -> Result<Vec<Icd10>, DbError> {
    Ok(tx.rows(&BY_CODE, &[&format!("{beginning}%"), &most]).await?.iter().map(code).collect())
}

/// One to three words.
pub(in crate::clinic::diagnoses) async fn by_words(
    tx: &TenantTx,
    words: &[String],
    most: i64,
) -> Result<Vec<Icd10>, DbError> {
    let Some(first) = words.first() else { return Ok(Vec::new()) };
    let rows = tx.rows(&BY_WORDS, &[first, &words.get(1), &words.get(2), &most]).await?;
    Ok(rows.iter().map(code).collect())
}

pub(in crate::clinic::diagnoses) async fn put(tx: &TenantTx, codes: &[Icd10]) -> Result<(), DbError> {
    let part = |of: fn(&Icd10) -> &str| codes.iter().map(of).collect::<Vec<&str>>();
    let (names, titles, editions) = (part(|c| &c.code), part(|c| &c.title), part(|c| &c.edition));
    tx.execute(&PUT, &[&names, &titles, &editions]).await.map(|_| ())
}

/// Editions, with how many codes are from each.
pub(in crate::clinic::diagnoses) async fn editions(tx: &TenantTx) -> Result<Vec<(String, i64)>, DbError> {
    Ok(tx.rows(&EDITIONS, &[]).await?.iter().map(|row| (row.get("edition"), row.get("codes"))).collect())
}
