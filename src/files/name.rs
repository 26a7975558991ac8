//! Names of files: `patients/<id of the patient>/<id of the file>.jpg`, below the hospital's schema.

use uuid::Uuid;

use crate::kernel::ids::new_uuid;

/// What kind of thing a file belongs to: the first folder of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    Patients,
    /// The hospital's own: its logo.
    Hospital,
    /// Their photos.
    Doctors,
}

impl Area {
    const ALL: [Self; 3] = [Self::Patients, Self::Hospital, Self::Doctors];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Patients => "patients",
            Self::Hospital => "hospital",
            Self::Doctors => "doctors",
        }
    }
}

/// Name of a file within its hospital, as a row holds it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileName(String);

/// The text is not a name of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This is not the name of a file.")]
pub struct InvalidFileName;

impl FileName {
    /// A new name that nothing else has; `ending` is like `jpg`.
    #[must_use]
    pub fn new(area: Area, owner: Uuid, ending: &'static str) -> Self {
        debug_assert!(is_ending(ending), "{ending}");
        Self(format!("{}/{owner}/{}.{ending}", area.as_str(), new_uuid()))
    }

    /// A name as a row or the storage holds it.
    ///
    /// # Errors
    /// When it has another form, so that no row can lead out of its folder.
    pub fn parse(text: &str) -> Result<Self, InvalidFileName> {
        let mut parts = text.split('/');
        let (area, owner, file) = (parts.next(), parts.next(), parts.next());
        let (id, ending) = file.and_then(|file| file.split_once('.')).ok_or(InvalidFileName)?;
        let is_ours = area.is_some_and(|area| Area::ALL.iter().any(|known| known.as_str() == area))
            && owner.is_some_and(is_id)
            && is_id(id)
            && is_ending(ending)
            && parts.next().is_none();
        if is_ours { Ok(Self(text.to_owned())) } else { Err(InvalidFileName) }
    }

    /// The same file in another form, for example a smaller one: `…/<id>.thumb.jpg`.
    #[must_use]
    pub fn with_ending(&self, ending: &'static str) -> Self {
        debug_assert!(is_ending(ending), "{ending}");
        let stem = self.0.split_once('.').map_or(self.0.as_str(), |(stem, _)| stem);
        Self(format!("{stem}.{ending}"))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// As a UUID is written by us: lower case, with hyphens.
fn is_id(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok_and(|id| id.to_string() == text)
}

fn is_ending(text: &str) -> bool {
    text.split('.')
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_our_own_form_are_names() {
        let owner = new_uuid();
        let name = FileName::new(Area::Patients, owner, "jpg");
        assert_eq!(FileName::parse(name.as_str()), Ok(name.clone()));
        let thumb = name.with_ending("thumb.jpg");
        assert_eq!(FileName::parse(thumb.as_str()), Ok(thumb.clone()));
        assert_eq!(thumb.with_ending("jpg"), name);
        let id = owner.to_string();
        for bad in [
            String::new(),
            "/etc/passwd".into(),
            format!("../{id}/{id}.jpg"),
            format!("patients/../{id}.jpg"),
            format!("patients/{id}/../{id}.jpg"),
            format!("patients/{id}/{id}"),
            format!("patients/{id}/{id}."),
            format!("patients/{id}/{id}..jpg"),
            format!("patients/{id}/{id}.jpg/x"),
            format!("patients/{id}/{id}.JPG"),
            format!("patients/{id}/{id}.jpg\0"),
            format!("patients/{id}/%2e%2e.jpg"),
            format!("patients/{}/{id}.jpg", id.to_uppercase()),
            format!("patients/{}/{id}.jpg", id.replace('-', "")),
            format!("staff/{id}/{id}.jpg"),
            format!("t_0123456789abcdef/patients/{id}/{id}.jpg"),
        ] {
            assert_eq!(FileName::parse(&bad), Err(InvalidFileName), "{bad}");
        }
    }
}
