//! SQL of the patients of others, as far as somebody whose list is of their own finds them: by the code, or by the whole
//! name.

use tokio_postgres::types::ToSql;

use super::Circle;
use crate::access::TenantTx;
use crate::clinic::patients::filter::Search;
use crate::clinic::patients::model::Patient;
use crate::clinic::patients::rows::patient;
use crate::clinic::patients::sight::Viewer;
use crate::kernel::DbError;
use crate::statements;

/// Somebody else's, for the whole name: every word of `$2` is a word of it, and a single one is all of it.
macro_rules! by_whole_name {
    () => {
        concat!(
            " where merged_into is null and not is_practice and (confidentiality = 'N' or $3)
                and (cardinality($2::text[]) > 1 or strpos(",
            name!(),
            ", ' ') = 0)
                and string_to_array(",
            name!(),
            ", ' ') @> array(select extensions.fold(w.word) from unnest($2::text[]) as w (word))
                and not (",
            own!("$4", "$5", "$6", "$7"),
            ")"
        )
    };
}
macro_rules! name {
    () => {
        "extensions.fold(concat_ws(' ', first_name, middle_name, last_name, name_alternate))"
    };
}

statements! { Tenant;
    BY_CODE(TEXT) = select!("", "where patient_code = upper($1) and merged_into is null and not is_practice");
    /// Those of other people whose whole name this is: more than twenty would tell nobody apart.
    OTHERS_NAMED(TEXT, TEXT_ARRAY, BOOL, UUID_ARRAY, UUID_ARRAY, UUID_ARRAY, TIMESTAMPTZ) =
        select!("", by_whole_name!(), " and search_text like ", holding!("$1"), ordered!(), "limit 20");
    /// The same by the index for one or two letters: names of some scripts are no longer.
    OTHERS_NAMED_SHORT(TEXT, TEXT_ARRAY, BOOL, UUID_ARRAY, UUID_ARRAY, UUID_ARRAY, TIMESTAMPTZ) = concat!(
        "with asked as materialized (select array[left(extensions.fold($1), 2)] as grams)
         select ", columns!(), " from asked join patients on extensions.grams(search_text) @> asked.grams ",
        by_whole_name!(), ordered!(), "limit 20");
}

/// Whose code this is.
pub(in crate::clinic::patients) async fn by_code(
    tx: &TenantTx,
    code: &str,
) -> Result<Option<Patient>, DbError> {
    Ok(tx.row_opt(&BY_CODE, &[&code]).await?.as_ref().map(patient))
}

/// Those outside of the circle whose whole name was searched for, at most 20.
pub(in crate::clinic::patients) async fn others_named(
    tx: &TenantTx,
    search: &Search,
    viewer: Viewer,
    circle: &Circle,
) -> Result<Vec<Patient>, DbError> {
    let words = search.words();
    let is_short = search.first.chars().count() <= 2;
    let statement = if is_short { &OTHERS_NAMED_SHORT } else { &OTHERS_NAMED };
    let Circle { people, departments, teams, now } = circle;
    let params: [&(dyn ToSql + Sync); 7] =
        [&search.first, &words, &viewer.all, people, departments, teams, now];
    Ok(tx.rows(statement, &params).await?.iter().map(patient).collect())
}
