//! Many people at once: each line by itself, good lines go whatever becomes of the others.
//!
//! Nobody gets a password here: each person chooses one by a link, so that hundreds of lines cost no hashing. An address
//! that somebody takes in the same moment leaves out that line alone (`on conflict do nothing`).

use std::collections::{BTreeMap, BTreeSet};

use super::office::Office;
use crate::clinic::departments::DepartmentId;
use crate::clinic::roles::RoleId;
use crate::clinic::staff::model::{Role, StaffError};
use crate::clinic::staff::parse::{NewMember, Pick};
use crate::clinic::staff::store::{self, Joining, accounts};
use crate::clinic::staff::table::{RawLine, Table};
use crate::kernel::ids::UserId;
use crate::kernel::problem::FieldError;
use crate::kernel::{AppError, text};

/// What became of a table.
#[derive(Debug)]
pub struct Imported {
    /// In the order of the table.
    pub lines: Vec<Line>,
    /// Names of columns that were passed over.
    pub ignored: Vec<String>,
}

/// What became of one line.
#[derive(Debug)]
pub struct Line {
    pub number: u64,
    /// As it was written.
    pub email: String,
    pub name: String,
    pub outcome: Outcome,
}

#[derive(Debug)]
pub enum Outcome {
    /// Would be invited.
    Ready,
    Invited(UserId),
    Refused(Vec<FieldError>),
}

impl Imported {
    /// Who was invited.
    #[must_use]
    pub fn invited(&self) -> Vec<UserId> {
        let id = |line: &Line| if let Outcome::Invited(id) = line.outcome { Some(id) } else { None };
        self.lines.iter().filter_map(id).collect()
    }

    /// How many lines were not taken.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.lines.iter().filter(|line| matches!(line.outcome, Outcome::Refused(_))).count()
    }
}

/// A line without a fault.
struct Good {
    /// Its place in the table.
    place: usize,
    id: UserId,
    new: NewMember,
    department: DepartmentId,
    roles: Vec<RoleId>,
}

/// What lines are compared with.
struct Known {
    roles: Vec<Role>,
    departments: BTreeMap<String, DepartmentId>,
    /// Addresses that have an account, and whether it is one of this hospital.
    taken: BTreeMap<String, bool>,
}

impl Office {
    /// Invite everybody whose line is good; with `check_only` nothing is kept, and the good lines are ready.
    ///
    /// Whether an address has an account elsewhere is told last, and only where the answer for one that has none is an
    /// invitation: a look tells nothing of other hospitals.
    ///
    /// # Errors
    /// Whatever PostgreSQL answers; what is wrong with a line is its outcome.
    pub async fn import(&mut self, table: Table, check_only: bool) -> Result<Imported, AppError> {
        let max_users = self.lock().await?;
        let (me, hospital) = (self.me, self.facts.id);
        let addresses: Vec<String> = table.lines.iter().map(|line| address(line).to_lowercase()).collect();
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        let known = Known {
            taken: accounts::taken(self.platform(), hospital, &addresses).await?,
            roles: store::roles(self.tenant(), true).await?,
            departments: self
                .departments()
                .await?
                .into_iter()
                .map(|(id, name)| (name.to_lowercase(), id))
                .collect(),
        };
        let made = accounts::count(self.platform(), hospital).await?;
        let mut places = max_users.map(|most| (i64::from(most) - made, most));
        let (mut lines, mut good, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (place, raw) in table.lines.into_iter().enumerate() {
            let (number, name) = (raw.number, named(&raw));
            let email = address(&raw).chars().take(254).collect();
            let outcome = match self.looked_at(raw, &known, &mut seen) {
                Err(faults) => Outcome::Refused(faults),
                Ok((new, department, roles)) => match places {
                    Some((..=0, most)) => {
                        Outcome::Refused(vec![fault("email", StaffError::LimitReached(most).to_string())])
                    }
                    _ if !check_only && known.taken.contains_key(&new.email) => {
                        Outcome::Refused(vec![fault("email", StaffError::EmailTaken.to_string())])
                    }
                    _ => {
                        places = places.map(|(left, most)| (left - 1, most));
                        good.push(Good { place, id: UserId::new(), new, department, roles });
                        Outcome::Ready
                    }
                },
            };
            lines.push(Line { number, email, name, outcome });
        }
        if !check_only {
            self.keep(&good, &mut lines, me).await?;
        }
        Ok(Imported { lines, ignored: table.ignored })
    }

    /// The person of a line, with the department and the roles that are meant, or all that is wrong with it.
    fn looked_at(
        &self,
        raw: RawLine,
        known: &Known,
        seen: &mut BTreeSet<String>,
    ) -> Result<(NewMember, DepartmentId, Vec<RoleId>), Vec<FieldError>> {
        let mut faults = Vec::new();
        if raw.has_more_cells {
            let sentence =
                "The line has more cells than the first line. Put a text with a comma into quotation marks.";
            faults.push(fault("line", sentence.to_owned()));
        }
        let name = text::tidy(raw.person.department.as_deref().unwrap_or_default());
        let department = known.departments.get(&name.to_lowercase()).copied();
        if department.is_none() && !name.is_empty() {
            faults.push(fault("department", StaffError::DepartmentUnknown.to_string()));
        }
        let named = raw.person.roles.iter().flatten().map(|name| Pick::Name(text::tidy(name)));
        let picks: Vec<Pick> = named.collect();
        let mut ids = Vec::new();
        if !picks.is_empty() && !self.codes.contains("users:assign_roles") {
            let sentence = "You can invite people but not give roles. Leave them out, or ask for the right “Assign roles”.";
            faults.push(fault("roles", sentence.to_owned()));
        } else {
            match self.meant(&known.roles, &picks, &[]) {
                Ok(roles) => ids = roles.iter().map(|role| role.id).collect(),
                Err(error) => faults.push(fault("roles", error.to_string())),
            }
        }
        let new = match NewMember::parse(raw.person, self.facts.id) {
            Ok(new) => new,
            Err(AppError::Problem(problem)) => {
                faults.extend(problem.errors);
                return Err(faults);
            }
            Err(_) => return Err(vec![fault("line", "This line cannot be read.".to_owned())]),
        };
        if known.taken.get(&new.email) == Some(&true) {
            faults.push(fault("email", StaffError::EmailTaken.to_string()));
        } else if !seen.insert(new.email.clone()) {
            faults.push(fault("email", "This e-mail address stands in an earlier line.".to_owned()));
        }
        match department {
            Some(department) if faults.is_empty() => Ok((new, department, ids)),
            _ => Err(faults),
        }
    }

    /// Make the accounts of all good lines, and send their links.
    async fn keep(&mut self, good: &[Good], lines: &mut [Line], by: UserId) -> Result<(), AppError> {
        if good.is_empty() {
            return Ok(());
        }
        let people: Vec<(UserId, &str)> = good.iter().map(|one| (one.id, one.new.email.as_str())).collect();
        let hospital = self.facts.id;
        let made = accounts::insert_all(self.platform(), hospital, &people).await?;
        let made: BTreeSet<UserId> = made.into_iter().collect();
        let joining = good.iter().filter(|one| made.contains(&one.id)).map(|one| Joining {
            id: one.id,
            new: &one.new,
            department: one.department,
            roles: one.roles.clone(),
        });
        let joining: Vec<Joining<'_>> = joining.collect();
        store::insert_all(self.tenant(), &joining, by).await?;
        for one in good {
            lines[one.place].outcome = if made.contains(&one.id) {
                self.send_link(one.id, &one.new.email).await?;
                Outcome::Invited(one.id)
            } else {
                Outcome::Refused(vec![fault("email", StaffError::EmailTaken.to_string())])
            };
        }
        Ok(())
    }
}

fn fault(field: &str, message: String) -> FieldError {
    FieldError { field: field.to_owned(), message }
}

fn address(line: &RawLine) -> &str {
    line.person.email.as_deref().unwrap_or_default().trim()
}

fn named(line: &RawLine) -> String {
    let part = |text: &Option<String>| text.as_deref().unwrap_or_default().trim().to_owned();
    format!("{} {}", part(&line.person.first_name), part(&line.person.last_name))
        .trim()
        .chars()
        .take(120)
        .collect()
}
