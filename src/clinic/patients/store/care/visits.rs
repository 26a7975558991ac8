//! SQL of lists narrowed to who visits a department or a doctor. They are asked by the visits, so they are statements of
//! their own: with the circle of somebody who is shown their own patients alone, and without.

use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::Circle;
use crate::access::TenantTx;
use crate::clinic::patients::filter::{PatientFilter, Search};
use crate::clinic::patients::model::{Gender, Patient, PatientId};
use crate::clinic::patients::rows::patient;
use crate::clinic::patients::sight::Viewer;
use crate::db::{Stmt, Tenant};
use crate::kernel::DbError;
use crate::kernel::paging::PageRequest;
use crate::statements;

/// `$1` to `$5`: registered, sex, last visit; `$6`, `$7`: `sight::Viewer`; `$8`: words; `$9`, `$10`: department and doctor of
/// one visit. Planned for its values. Where a restricted record has been is withheld, so it is not found by it.
macro_rules! visited {
    () => {
        concat!(
            "where merged_into is null and not is_practice
               and ($1::timestamptz is null or created_at >= $1) and ($2::timestamptz is null or created_at < $2)
               and ($3::text is null or gender = $3)
               and ($4::timestamptz is null or last_visited_at >= $4) and ($5::timestamptz is null or last_visited_at < $5)
               and (confidentiality = 'N' or $6 or created_by_id = $7)
               and ($8::text[] = '{}' or search_text like all (array(
                        select ", holding!("word"), " from unnest($8::text[]) as words (word))))
               and id in (",
            visits!("($9::uuid is null or v.department_id = $9) and ($10::uuid is null or v.doctor_user_id = $10)"),
            ")"
        )
    };
}
/// The same, of a circle's patients: `$11` to `$14`.
macro_rules! own_visited {
    () => {
        concat!(visited!(), " and ", own!("$11", "$12", "$13", "$14"))
    };
}

statements! { Tenant;
    VISITED_PAGE(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID, TEXT_ARRAY, UUID, UUID, INT8, INT8) =
        page_of!(visited!(), "limit $11 offset $12");
    VISITED_TOTAL(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID, TEXT_ARRAY, UUID, UUID) =
        concat!("select count(*) as total from patients ", visited!());
    /// A stretch in the order of ids, for reading all of them; `$11` is the last id of the one before.
    VISITED_BATCH(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID, TEXT_ARRAY, UUID, UUID, UUID, INT8) =
        select!("", visited!(), " and id > $11 order by id limit $12");
    OWN_VISITED_PAGE(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID, TEXT_ARRAY, UUID, UUID, UUID_ARRAY, UUID_ARRAY, UUID_ARRAY, TIMESTAMPTZ, INT8, INT8) =
        page_of!(own_visited!(), "limit $15 offset $16");
    OWN_VISITED_TOTAL(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID, TEXT_ARRAY, UUID, UUID, UUID_ARRAY, UUID_ARRAY, UUID_ARRAY, TIMESTAMPTZ) =
        concat!("select count(*) as total from patients ", own_visited!());
    OWN_VISITED_BATCH(TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, BOOL, UUID, TEXT_ARRAY, UUID, UUID, UUID_ARRAY, UUID_ARRAY, UUID_ARRAY, TIMESTAMPTZ, UUID, INT8) =
        select!("", own_visited!(), " and id > $15 order by id limit $16");
}

/// Who asks, for what, and of whose patients: the circle's, or all.
pub(in crate::clinic::patients) struct Asked<'a> {
    filter: &'a PatientFilter,
    gender: Option<&'static str>,
    words: Vec<&'a str>,
    department: Option<Uuid>,
    doctor: Option<Uuid>,
    viewer: Viewer,
    circle: Option<&'a Circle>,
}

impl<'a> Asked<'a> {
    pub(in crate::clinic::patients) fn new(
        filter: &'a PatientFilter,
        viewer: Viewer,
        circle: Option<&'a Circle>,
    ) -> Self {
        Self {
            filter,
            gender: filter.gender.map(Gender::code),
            words: filter.search.as_ref().map(Search::words).unwrap_or_default(),
            department: filter.visits.department,
            doctor: filter.visits.doctor,
            viewer,
            circle,
        }
    }

    /// The statement for all patients, or for the circle's.
    fn of_whom(&self, all: &'static Stmt<Tenant>, own: &'static Stmt<Tenant>) -> &'static Stmt<Tenant> {
        if self.circle.is_some() { own } else { all }
    }

    fn params(&'a self, more: &[&'a (dyn ToSql + Sync)]) -> Vec<&'a (dyn ToSql + Sync)> {
        let PatientFilter { registered, last_visit, .. } = self.filter;
        let mut params: Vec<&(dyn ToSql + Sync)> = vec![
            &registered.from,
            &registered.until,
            &self.gender,
            &last_visit.from,
            &last_visit.until,
            &self.viewer.all,
            &self.viewer.user,
            &self.words,
            &self.department,
            &self.doctor,
        ];
        params.extend(self.circle.into_iter().flat_map(Circle::params));
        params.extend_from_slice(more);
        params
    }

    /// One page, and how many there are.
    pub(in crate::clinic::patients) async fn page(
        &self,
        tx: &TenantTx,
        page: PageRequest,
    ) -> Result<(Vec<Patient>, i64), DbError> {
        let (limit, offset) = (page.page_size, page.offset());
        let statement = self.of_whom(&VISITED_PAGE, &OWN_VISITED_PAGE);
        let rows = tx.rows(statement, &self.params(&[&limit, &offset])).await?;
        let total = match rows.first() {
            Some(row) => row.get("total"),
            None if offset > 0 => self.total(tx).await?,
            None => 0,
        };
        Ok((rows.iter().map(patient).collect(), total))
    }

    /// How many there are.
    pub(in crate::clinic::patients) async fn total(&self, tx: &TenantTx) -> Result<i64, DbError> {
        let statement = self.of_whom(&VISITED_TOTAL, &OWN_VISITED_TOTAL);
        Ok(tx.row(statement, &self.params(&[])).await?.get("total"))
    }

    /// At most `limit` of them with ids after `after`, in the order of ids.
    pub(in crate::clinic::patients) async fn batch(
        &self,
        tx: &TenantTx,
        (after, limit): (PatientId, i64),
    ) -> Result<Vec<Patient>, DbError> {
        let statement = self.of_whom(&VISITED_BATCH, &OWN_VISITED_BATCH);
        Ok(tx.rows(statement, &self.params(&[&after, &limit])).await?.iter().map(patient).collect())
    }
}
