//! The list of staff. Filters, order and page stand in the address; the search text is posted, as everywhere.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::extract::State;
use jiff::Zoned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{LIST, SEARCH, badge, here, href, last_sign_in, role_word, role_words};
use crate::access::{Audit, Authorized, Frame};
use crate::app::App;
use crate::clinic::staff::parse::search_text;
use crate::clinic::staff::{Member, Office, Sort, Standing, State as Stands, View, Wanted};
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::layout::*;
use crate::web::{Either, Form, Page, Query, words};

const PAGE_SIZE: i64 = 25;
/// The filter's word for those whose account is inactive too.
const EVERYBODY: &str = "ALL";

/// One person.
struct Row {
    href: String,
    name: Name,
    email: String,
    roles: String,
    department: String,
    last_sign_in: Result<When, &'static str>,
    joined: When,
    state: Badge,
}

impl Row {
    fn new(member: &Member, now: &Zoned) -> Self {
        Self {
            href: href(member),
            name: Name::new(member.name()),
            email: member.profile.email.clone(),
            roles: role_words(member),
            department: member.profile.department.clone(),
            last_sign_in: last_sign_in(member, now),
            joined: When::day(&member.profile.created_at.to_zoned(now.time_zone().clone()), now.date()),
            state: badge(member, now.timestamp()),
        }
    }
}

/// The rows with their pager; the part that htmx swaps (`#rows`).
#[derive(Template)]
#[template(path = "clinic/staff/pages/_rows.html")]
pub(super) struct StaffRows {
    rows: Vec<Row>,
    pager: Pager,
    chips: Chips,
    search: String,
    narrowed: bool,
    may_invite: bool,
    by_name: SortHead,
    by_joined: SortHead,
}

impl HtmlSafe for StaffRows {}

/// `GET /staff` and `POST /staff/search`.
#[derive(Template)]
#[template(path = "clinic/staff/pages/list.html")]
pub(super) struct StaffListPage {
    shell: Shell,
    form: FormState,
    facts: String,
    roles: Vec<Choice>,
    departments: Vec<Choice>,
    states: Vec<Choice>,
    may_invite: bool,
    list: StaffRows,
}

/// What the list is narrowed by; all of it but the text stands in the address.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Narrowing {
    /// Name of a role.
    role: String,
    /// Name of a department.
    department: String,
    /// Where they stand; any other word means all but the inactive.
    state: String,
    /// `name`, `-name`, `created`; any other word means the newest first.
    sort: String,
    /// From 1; what is no number is the first.
    page: String,
}

/// The posted search: a text, and the filters as they stand.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct SearchForm {
    search: String,
    role: String,
    department: String,
    state: String,
    sort: String,
    page: String,
}

impl Narrowing {
    fn standing(&self) -> Standing {
        match Stands::from_code(&self.state) {
            Some(state) => Standing::Only(state),
            None if self.state == EVERYBODY => Standing::Everybody,
            None => Standing::Present,
        }
    }

    fn sort(&self) -> Sort {
        let all = [Sort::Name, Sort::NameDown, Sort::Created, Sort::CreatedDown];
        all.into_iter().find(|sort| sort.code() == self.sort).unwrap_or_default()
    }

    fn is_narrow(&self) -> bool {
        !self.role.is_empty() || !self.department.is_empty() || self.standing() != Standing::Present
    }

    /// Where this part of the list lives: only what differs from the plain list is said.
    fn href(&self, page: i64) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("role", &self.role), ("department", &self.department)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if self.standing() != Standing::Present {
            query.append_pair("state", &self.state);
        }
        if self.sort() != Sort::default() {
            query.append_pair("sort", self.sort().code());
        }
        if page > 1 {
            query.append_pair("page", &page.to_string());
        }
        let query = query.finish();
        if query.is_empty() { LIST.to_owned() } else { format!("{LIST}?{query}") }
    }

    fn wanted(&self, search: Option<String>) -> Result<Wanted, AppError> {
        let mut errors = FieldErrors::default();
        let number = self.page.parse().unwrap_or(1_i64).clamp(1, 10_000);
        let page = PageRequest::parse(Some(number), Some(PAGE_SIZE), PAGE_SIZE, &mut errors);
        let role = text::optional("role", Some(&self.role), 100, &mut errors).ok().flatten();
        let department =
            text::optional("department", Some(&self.department), 100, &mut errors).ok().flatten();
        errors.finish()?;
        // Whoever is searched for is read by name.
        let sort = if search.is_some() { Sort::Name } else { self.sort() };
        Ok(Wanted { search, role, department, standing: self.standing(), sort, page })
    }

    /// One chip for each filter that is active, the text among them.
    fn chips(&self, typed: &str) -> Chips {
        let searching = !typed.is_empty();
        let mut chips = Vec::new();
        if searching {
            let without = Without::Link(self.href(1));
            chips.push(Chip { label: "Search", value: typed.to_owned(), without });
        }
        let without = |rest: Self| match searching {
            false => Without::Link(rest.href(1)),
            true => Without::Post {
                action: SEARCH,
                fields: vec![
                    ("search", typed.to_owned()),
                    ("role", rest.role),
                    ("department", rest.department),
                    ("state", rest.state),
                ],
            },
        };
        if !self.role.is_empty() {
            let rest = Self { role: String::new(), ..self.clone() };
            chips.push(Chip { label: "Role", value: role_word(&self.role), without: without(rest) });
        }
        if !self.department.is_empty() {
            let rest = Self { department: String::new(), ..self.clone() };
            chips.push(Chip { label: "Department", value: self.department.clone(), without: without(rest) });
        }
        if let Some(choice) = states().into_iter().find(|c| !c.value.is_empty() && c.value == self.state) {
            let rest = Self { state: String::new(), ..self.clone() };
            chips.push(Chip { label: "State", value: choice.label.to_lowercase(), without: without(rest) });
        }
        Chips { chips, clear: LIST }
    }
}

fn states() -> Vec<Choice> {
    [
        ("", "All but the inactive"),
        (Stands::Active.code(), "Active"),
        (Stands::Invited.code(), "Invited"),
        (Stands::Locked.code(), "Locked"),
        (Stands::Inactive.code(), "Inactive"),
        (EVERYBODY, "Everybody"),
    ]
    .map(|(value, label)| Choice::new(value, label))
    .into()
}

fn heads(sort: Sort, turn: impl Fn(Sort) -> Turn) -> [SortHead; 2] {
    let name = match sort {
        Sort::Name => (Sorted::Up, Sort::NameDown),
        Sort::NameDown => (Sorted::Down, Sort::Name),
        _ => (Sorted::No, Sort::Name),
    };
    // Dates start with the newest.
    let created = match sort {
        Sort::Created => (Sorted::Up, Sort::CreatedDown),
        Sort::CreatedDown => (Sorted::Down, Sort::Created),
        _ => (Sorted::No, Sort::CreatedDown),
    };
    [("Name", "w-name", name), ("Joined", "col-3", created)].map(|(label, class, (sorted, next))| SortHead {
        label,
        class,
        sorted,
        turn: turn(next),
    })
}

pub(super) type Listed = Either<Page<StaffRows>, Page<StaffListPage>>;

/// `GET /staff`
pub(super) async fn list(
    tx: Authorized<View>,
    frame: Frame,
    State(app): State<App>,
    Query(narrowing): Query<Narrowing>,
) -> Result<Listed, AppError> {
    show(tx, &app, &frame, narrowing, None).await
}

/// `POST /staff/search`
pub(super) async fn search(
    tx: Authorized<View>,
    frame: Frame,
    State(app): State<App>,
    Form(form): Form<SearchForm>,
) -> Result<Listed, AppError> {
    let mut errors = FieldErrors::default();
    let search = search_text(Some(&form.search), &mut errors);
    errors.finish()?;
    let SearchForm { role, department, state, sort, page, .. } = form;
    show(tx, &app, &frame, Narrowing { role, department, state, sort, page }, search).await
}

async fn show(
    tx: Authorized<View>,
    app: &App,
    frame: &Frame,
    narrowing: Narrowing,
    search: Option<String>,
) -> Result<Listed, AppError> {
    let wanted = narrowing.wanted(search)?;
    let now = here(tx.now(), tx.hospital());
    let (shell, may_invite) = (frame.shell(tx.actor()), tx.actor().holds("users:create"));
    let mut office = Office::of(app, tx);
    let found = office.list(&wanted).await?;
    let searching = wanted.search.is_some();
    let [by_name, by_joined] = heads(wanted.sort, |sort| match searching {
        true => Turn::Off,
        false => Turn::Link(Narrowing { sort: sort.code().to_owned(), ..narrowing.clone() }.href(1)),
    });
    let pager = Pager::new(&found, |page| match searching {
        true => Turn::Submit { form: "filters", action: SEARCH, name: "page", value: page.to_string() },
        false => Turn::Link(narrowing.href(page)),
    });
    let typed = wanted.search.clone().unwrap_or_default();
    let rows = StaffRows {
        rows: found.items.iter().map(|member| Row::new(member, &now)).collect(),
        pager,
        chips: narrowing.chips(&typed),
        search: typed.clone(),
        narrowed: searching || narrowing.is_narrow(),
        may_invite,
        by_name,
        by_joined,
    };
    let audit = Audit::listed("user", found.items.len());
    if frame.htmx {
        return office.commit(audit, Either::This(Page(rows))).await;
    }
    let any = |label: &str| std::iter::once(Choice::new("", label));
    let roles = office.roles().await?;
    let departments = office.departments().await?;
    let page = StaffListPage {
        shell,
        form: FormState::new()
            .with("search", typed)
            .with("role", narrowing.role.clone())
            .with("department", narrowing.department.clone())
            .with("state", narrowing.state.clone()),
        facts: words::counted(found.total, "person", "people"),
        roles: any("Any role")
            .chain(roles.iter().map(|r| Choice::new(&*r.name, role_word(&r.name))))
            .collect(),
        departments: any("Any department")
            .chain(departments.iter().map(|(_, d)| Choice::new(&**d, &**d)))
            .collect(),
        states: states(),
        may_invite,
        list: rows,
    };
    office.commit(audit, Either::That(Page(page))).await
}
