//! The storage as a folder of this machine.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::Context as _;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;

const FOLDER: u32 = 0o700;
const FILE: u32 = 0o600;

/// Open the folder; made for HMS alone if it is not there.
pub(super) fn open(root: &Path) -> anyhow::Result<Arc<dyn ObjectStore>> {
    let what = || format!("files cannot be kept in {} (FILE_STORAGE_ROOT)", root.display());
    DirBuilder::new().recursive(true).mode(FOLDER).create(root).with_context(what)?;
    let mode = fs::metadata(root).with_context(what)?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!("FILE_STORAGE_ROOT can be entered by others on this machine: chmod 700 it");
    }
    let store = LocalFileSystem::new_with_prefix(root).with_context(what)?;
    Ok(Arc::new(store.with_fsync(true).with_automatic_cleanup(true)))
}

/// Leave a file and the folders above it to HMS alone, whatever the process's umask.
pub(super) async fn restrict(root: &Path, key: &Key) -> io::Result<()> {
    let file = root.join(key.as_ref());
    let root = root.to_owned();
    blocking(move || {
        for folder in file.ancestors().skip(1).take_while(|folder| *folder != root) {
            fs::set_permissions(folder, Permissions::from_mode(FOLDER))?;
        }
        fs::set_permissions(&file, Permissions::from_mode(FILE))
    })
    .await
}

/// A file is written under its name with `#` and a number, and renamed when it is whole.
pub(super) async fn remove_unfinished(root: &Path, then: SystemTime) -> io::Result<usize> {
    let root = root.to_owned();
    blocking(move || {
        let mut removed = 0;
        let mut folders: Vec<PathBuf> = vec![root];
        while let Some(folder) = folders.pop() {
            for entry in gone_is_fine(fs::read_dir(&folder))?.into_iter().flatten().flatten() {
                let path = entry.path();
                // Of the link itself, if it is one: we make none, and follow none.
                let Some(meta) = gone_is_fine(entry.metadata())? else { continue };
                if meta.is_dir() {
                    folders.push(path);
                } else if meta.is_file() && is_unfinished(&path) && meta.modified()? < then {
                    removed += usize::from(gone_is_fine(fs::remove_file(&path))?.is_some());
                }
            }
        }
        Ok(removed)
    })
    .await
}

fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.rsplit_once('#'));
    name.is_some_and(|(_, n)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Others remove files and folders at the same time.
fn gone_is_fine<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
