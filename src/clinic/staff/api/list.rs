//! `GET /users`: the list, in parts.

use aide::transform::TransformOperation;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::StaffMember;
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::staff::parse::search_text;
use crate::clinic::staff::{Office, Sort, Standing, State as Stands, View, Wanted};
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::openapi::{header, op};
use crate::web::{Query, Reply};

pub(super) fn lists(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("users.list", "List staff")(operation)
        .description(
            "Newest first, without those whose account is inactive. A bare array, in parts of at most 500.",
        )
        .with(header(200, "X-Total-Count", "How many there are in all parts."))
        .with(header(200, "Link", "The next and the previous part, as `rel=\"next\"` and `rel=\"prev\"`."))
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ListStaff {
    /// Part of a name or e-mail address, at most 120 characters; any script, case and accents do not matter.
    search: Option<String>,
    /// Also those whose account is inactive.
    include_inactive: Option<bool>,
    /// Only those who stand so.
    state: Option<Stands>,
    /// Name of a role.
    role: Option<String>,
    /// Name of a department.
    department: Option<String>,
    sort: Option<Sort>,
    /// From 1.
    page: Option<i64>,
    /// 1 to 500; 500 if left out.
    page_size: Option<i64>,
}

impl ListStaff {
    fn wanted(&self) -> Result<Wanted, AppError> {
        let mut errors = FieldErrors::default();
        let search = search_text(self.search.as_deref(), &mut errors);
        let page = PageRequest::parse(self.page, self.page_size, 500, &mut errors);
        let role = text::optional("role", self.role.as_deref(), 100, &mut errors).ok().flatten();
        let department =
            text::optional("department", self.department.as_deref(), 100, &mut errors).ok().flatten();
        errors.finish()?;
        let standing = match (self.state, self.include_inactive) {
            (Some(state), _) => Standing::Only(state),
            (None, Some(true)) => Standing::Everybody,
            (None, _) => Standing::Present,
        };
        Ok(Wanted { search, role, department, standing, sort: self.sort.unwrap_or_default(), page })
    }

    /// The address of another part of the same list.
    fn part(&self, page: PageRequest, number: i64) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let texts = [("search", &self.search), ("role", &self.role), ("department", &self.department)];
        for (name, text) in texts {
            if let Some(text) = text {
                query.append_pair(name, text);
            }
        }
        if self.include_inactive == Some(true) {
            query.append_pair("include_inactive", "true");
        }
        if let Some(state) = self.state {
            query.append_pair("state", state.code());
        }
        if let Some(sort) = self.sort {
            query.append_pair("sort", sort.code());
        }
        query.append_pair("page_size", &page.page_size.to_string()).append_pair("page", &number.to_string());
        format!("/api/v1/users?{}", query.finish())
    }
}

pub(super) async fn list(
    tx: Authorized<View>,
    State(app): State<App>,
    Query(query): Query<ListStaff>,
) -> Result<Reply<Vec<StaffMember>>, AppError> {
    let wanted = query.wanted()?;
    let (hospital, now) = (tx.hospital().clone(), tx.now());
    let mut office = Office::of(&app, tx);
    let found = office.list(&wanted).await?;
    let (page, has_next) = (wanted.page, found.has_next());
    let people: Vec<StaffMember> =
        found.items.into_iter().map(|member| StaffMember::new(member, &hospital, now)).collect();
    let audit = Audit::listed("user", people.len());
    let mut reply = Reply::new(people).total(found.total);
    if has_next {
        reply = reply.link("next", &query.part(page, page.page + 1));
    }
    if page.page > 1 {
        reply = reply.link("prev", &query.part(page, page.page - 1));
    }
    office.commit(audit, reply).await
}
