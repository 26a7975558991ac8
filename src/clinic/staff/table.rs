//! A table of people as spreadsheets give it: a first line that names the columns in any order, cells parted by comma,
//! semicolon or tab.
//!
//! Columns that are not ours are passed over, so that nothing can be set by naming it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::parse::{FORMULA_SIGNS, InviteStaff};

/// People in one table.
pub const MAX_LINES: usize = 500;
/// Bytes of one table.
pub const MAX_BYTES: usize = 256 * 1024;
/// Columns that are passed over, as far as they are told.
const MAX_TOLD: usize = 20;

/// One person of a table, as a program sends it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[schemars(rename = "StaffLine")]
pub struct StaffLine {
    #[schemars(required)]
    pub email: Option<String>,
    #[schemars(required)]
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// Name of a department.
    #[schemars(required)]
    pub department: Option<String>,
    /// Names of roles; needs `users:assign_roles`.
    pub roles: Option<Vec<String>>,
    pub phone: Option<String>,
    pub specialization: Option<String>,
}

/// A line with a person, not looked at yet.
#[derive(Debug, Clone)]
pub struct RawLine {
    /// Where it stands, from 1: the line of a text, the place in a list.
    pub number: u64,
    pub person: InviteStaff,
    /// It has more cells than the first line has names.
    pub has_more_cells: bool,
}

/// A table that was read.
#[derive(Debug, Clone, Default)]
pub struct Table {
    pub lines: Vec<RawLine>,
    /// Names of columns that were passed over.
    pub ignored: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Email,
    FirstName,
    LastName,
    Department,
    Roles,
    Phone,
    Specialization,
}

/// Names by which people call the columns, without case, blanks and signs.
const NAMES: &[(Column, &[&str])] = &[
    (Column::Email, &["email", "mail", "emailaddress", "emailid"]),
    (Column::FirstName, &["firstname", "first", "givenname", "forename", "name"]),
    (Column::LastName, &["lastname", "last", "surname", "familyname"]),
    (Column::Department, &["department", "dept"]),
    (Column::Roles, &["roles", "role"]),
    (Column::Phone, &["phone", "phonenumber", "mobile", "mobilenumber", "telephone", "tel"]),
    (Column::Specialization, &["specialization", "specialisation", "specialty", "speciality"]),
];

/// What the first line must name.
const NEEDED: [(Column, &str); 3] =
    [(Column::Email, "e-mail"), (Column::FirstName, "first name"), (Column::Department, "department")];

impl Table {
    /// Read a text.
    ///
    /// # Errors
    /// A sentence for people, if it is no such table at all.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.len() > MAX_BYTES {
            return Err(format!("The list is larger than {} kB. Send it in parts.", MAX_BYTES / 1024));
        }
        let text = text.trim_start_matches('\u{feff}');
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter(text))
            .from_reader(text.as_bytes());
        let mut table = Self::default();
        let mut columns: Option<Vec<Option<Column>>> = None;
        let mut lines = Lines { text, at: 0, line: 1 };
        for record in reader.records() {
            let record = record.map_err(|_| "The list cannot be read as a table.".to_owned())?;
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            let Some(columns) = &columns else {
                columns = Some(table.heads(&record)?);
                continue;
            };
            if table.lines.len() == MAX_LINES {
                return Err(format!("At most {MAX_LINES} people are taken at once. Send the list in parts."));
            }
            let number = lines.of(record.position().map_or(0, csv::Position::byte));
            let has_more_cells = record.iter().skip(columns.len()).any(|cell| !cell.trim().is_empty());
            table.lines.push(RawLine { number, person: person(columns, &record), has_more_cells });
        }
        if table.lines.is_empty() {
            return Err("There is nobody below the first line, which names the columns.".to_owned());
        }
        Ok(table)
    }

    /// A list that a program sent.
    ///
    /// # Errors
    /// A sentence for people, if it is blank or too long.
    pub fn of(people: Vec<StaffLine>) -> Result<Self, String> {
        if people.is_empty() {
            return Err("Send at least one person.".to_owned());
        }
        if people.len() > MAX_LINES {
            return Err(format!("At most {MAX_LINES} people are taken at once. Send the list in parts."));
        }
        let lines = people.into_iter().zip(1..).map(|(line, number)| RawLine {
            number,
            person: InviteStaff {
                email: line.email,
                first_name: line.first_name,
                last_name: line.last_name,
                department: line.department,
                phone: line.phone,
                specialization: line.specialization,
                roles: line.roles,
                ..InviteStaff::default()
            },
            has_more_cells: false,
        });
        Ok(Self { lines: lines.collect(), ignored: Vec::new() })
    }

    /// What each cell of the first line means.
    fn heads(&mut self, record: &csv::StringRecord) -> Result<Vec<Option<Column>>, String> {
        let mut columns = Vec::new();
        for head in record {
            let plain: String = head.chars().filter(|c| c.is_alphanumeric()).collect();
            let plain = plain.to_lowercase();
            let found =
                NAMES.iter().find(|(_, names)| names.contains(&plain.as_str())).map(|(column, _)| *column);
            if found.is_some() && columns.contains(&found) {
                return Err("Two columns of the first line mean the same. Remove one.".to_owned());
            }
            if found.is_none() && !plain.is_empty() && self.ignored.len() < MAX_TOLD {
                self.ignored.push(head.trim().chars().take(40).collect());
            }
            columns.push(found);
        }
        for (column, name) in NEEDED {
            if !columns.contains(&Some(column)) {
                return Err(format!(
                    "The first line must name the columns, and there is none for the {name}. For example: e-mail, first \
                     name, last name, department, roles, phone, specialization."
                ));
            }
        }
        Ok(columns)
    }
}

/// Counts the lines of a text on the way through it.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the record that begins at this byte, or after the blank lines there.
    fn of(&mut self, byte: u64) -> u64 {
        let all = self.text.as_bytes();
        let mut to = usize::try_from(byte).unwrap_or(usize::MAX).clamp(self.at, all.len());
        to += all[to..].iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        let passed = all[self.at..to].iter().filter(|byte| **byte == b'\n').count();
        self.line += u64::try_from(passed).unwrap_or(u64::MAX);
        self.at = to;
        self.line
    }
}

/// What parts the cells of the first line: the most frequent of the three.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |sign: u8| first.bytes().filter(|byte| *byte == sign).count();
    let mut best = b',';
    for sign in [b';', b'\t'] {
        if count(sign) > count(best) {
            best = sign;
        }
    }
    best
}

fn person(columns: &[Option<Column>], record: &csv::StringRecord) -> InviteStaff {
    let mut person = InviteStaff::default();
    for (column, cell) in columns.iter().zip(record) {
        let text = Some(as_typed(cell).to_owned());
        match column {
            None => {}
            Some(Column::Email) => person.email = text,
            Some(Column::FirstName) => person.first_name = text,
            Some(Column::LastName) => person.last_name = text,
            Some(Column::Department) => person.department = text,
            Some(Column::Phone) => person.phone = text,
            Some(Column::Specialization) => person.specialization = text,
            Some(Column::Roles) => {
                let roles = cell.split([';', '|']).map(str::trim).filter(|role| !role.is_empty());
                person.roles = Some(roles.map(str::to_owned).collect());
            }
        }
    }
    person
}

/// Our own files put an apostrophe before what a spreadsheet would calculate, such as `'+4685550142`.
fn as_typed(cell: &str) -> &str {
    let cell = cell.trim();
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(FORMULA_SIGNS) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_in_any_order_and_spreadsheets_part_them_as_they_like() {
        for text in [
            "Phone,E-mail,First name,Roles,Department,Last name\n'+91 98220 12345,a@x.org,Asha,\"NURSE; DOCTOR\",Cardiology,Rao\n",
            "\u{feff}phone;EMAIL;first_name;role;dept;surname\r\n+91 98220 12345;a@x.org;Asha;NURSE|DOCTOR;Cardiology;Rao\r\n",
            "\n\nPhone\tMail\tFirst\tRoles\tDepartment\tLast\n+91 98220 12345\ta@x.org\tAsha\tNURSE;DOCTOR\tCardiology\tRao",
        ] {
            let table = Table::read(text).unwrap();
            let [line] = table.lines.as_slice() else { unreachable!("{table:?}") };
            let person = &line.person;
            assert_eq!(person.phone.as_deref(), Some("+91 98220 12345"));
            assert_eq!(
                (person.email.as_deref(), person.last_name.as_deref()),
                (Some("a@x.org"), Some("Rao"))
            );
            assert_eq!(person.roles.as_deref().unwrap(), ["NURSE", "DOCTOR"]);
        }
    }

    #[test]
    fn lines_are_told_by_where_they_stand_and_strange_columns_are_passed_over() {
        let text = "email,first name,department,tenant_id,is_super_admin,password\n\na@x.org,Asha,Cardiology,x,true,y\n\
                    b@x.org,Bina,Rao, Cardiology,too,many,cells\n";
        let table = Table::read(text).unwrap();
        assert_eq!(table.ignored, ["tenant_id", "is_super_admin", "password"]);
        let numbers: Vec<(u64, bool)> =
            table.lines.iter().map(|line| (line.number, line.has_more_cells)).collect();
        assert_eq!(numbers, [(3, false), (4, true)]);
        assert!(table.lines[0].person.password.is_none() && table.lines[0].person.tenant_id.is_none());
    }

    #[test]
    fn what_is_no_table_is_told_in_a_sentence() {
        let long =
            format!("email,first name,department\n{}", "a@x.org,Asha,Cardiology\n".repeat(MAX_LINES + 1));
        for (text, word) in [
            ("", "nobody"),
            ("a@x.org,Asha,Cardiology", "none for the e-mail"),
            ("email,first name\na@x.org,Asha", "none for the department"),
            ("email,mail,first name,department\n", "mean the same"),
            ("email,first name,department\n", "nobody"),
            (&long, "500 people"),
            (&"x".repeat(MAX_BYTES + 1), "256 kB"),
        ] {
            let fault = Table::read(text).unwrap_err();
            assert!(fault.contains(word) && fault.ends_with('.'), "{fault}");
        }
        assert!(Table::of(Vec::new()).is_err());
        assert!(Table::of(vec![StaffLine::default(); MAX_LINES + 1]).is_err());
    }
}
