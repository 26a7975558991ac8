//! The stored files of a hospital, into a backup and out of it.
//!
//! A file is written before the row that names it is committed, and removed after the row that forgets it. So what lies
//! there is copied before the snapshot, and what came meanwhile after it: then every file that a row of the snapshot
//! names is in the backup (unless it came and went between the two).

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use super::manifest::{HospitalPart, StoredFile};
use super::rows::Hashing;

/// Is this how our files are named below a hospital's folder? Nothing else is copied, and nothing else is a path.
pub(super) fn is_key(key: &str) -> bool {
    let ours = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.');
    !key.is_empty()
        && key.len() <= 400
        && key.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && part.bytes().all(ours))
}

/// Copy what lies below `from` and is not in `taken` yet.
pub(super) fn take(from: &Path, to: &Path, taken: &mut BTreeMap<String, StoredFile>) -> anyhow::Result<()> {
    let mut folders: Vec<PathBuf> = vec![from.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            entries => entries.with_context(|| format!("{} cannot be read", folder.display()))?,
        };
        for entry in entries {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            let key = path.strip_prefix(from).ok().and_then(Path::to_str).unwrap_or_default().to_owned();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() && is_key(&key) && !taken.contains_key(&key) {
                // Gone meanwhile: a later picture has taken its place.
                let Some(file) = gone_is_fine(File::open(&path))? else { continue };
                let (bytes, sha256) = copy(file, &to.join(&key))?;
                taken.insert(key.clone(), StoredFile { key, bytes, sha256 });
            }
        }
    }
    Ok(())
}

/// Put the files of this hospital below `to`, and check them on the way.
pub(super) fn give(part: &HospitalPart, backup: &Path, to: &Path) -> anyhow::Result<()> {
    for file in &part.files {
        let from = backup.join(part.file_path(&file.key));
        let from = File::open(&from).with_context(|| format!("{} cannot be read", from.display()))?;
        let copied = copy(from, &to.join(&file.key))?;
        ensure!(copied == (file.bytes, file.sha256.clone()), "the file {} is not what was written", file.key);
    }
    Ok(())
}

/// Remove the files of a schema that is no hospital's any more.
pub(super) fn remove(folder: &Path) -> anyhow::Result<()> {
    gone_is_fine(fs::remove_dir_all(folder))
        .with_context(|| format!("{} cannot be removed", folder.display()))
        .map(|_| ())
}

/// Size and SHA-256 of what was copied; it is on disk.
fn copy(from: File, to: &Path) -> anyhow::Result<(u64, String)> {
    let what = || format!("{} cannot be written", to.display());
    let folder = to.parent().expect("a file lies in a folder");
    DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(what)?;
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).with_context(what)?;
    let mut file = Hashing::new(file);
    io::copy(&mut &from, &mut file).with_context(what)?;
    let (file, bytes, sha256) = file.finish();
    file.sync_all().with_context(what)?;
    Ok((bytes, sha256))
}

fn gone_is_fine<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::is_key;

    #[test]
    fn no_key_leads_out_of_its_folder() {
        assert!(is_key("patients/0198/01ab.thumb.jpg"));
        for bad in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "a/./b",
            "a/.hidden",
            "a/b#1",
            "a\\b",
            "a/b\0",
            "A/b",
        ] {
            assert!(!is_key(bad), "{bad}");
        }
    }
}
