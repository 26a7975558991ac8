//! Mails as files below `HMS_HOME/mail`: nothing leaves the machine.
//!
//! Each mail is `<id>.eml` for a mail program and `<id>.json` for the development page. Both are
//! readable by the owner only, because links that sign people in lie in them.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use futures_util::future::BoxFuture;

use super::{MailError, Message, Transport, mime};
use crate::kernel::ids::MailId;

/// Mails that [`FileTransport::list`] returns.
const LIST_LIMIT: usize = 200;

/// Writes mails into a folder.
#[derive(Debug, Clone)]
pub struct FileTransport {
    folder: PathBuf,
}

impl FileTransport {
    /// The folder is made when the first mail comes.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The newest mails, newest first, at most 200. A folder that is not there yet has none.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub async fn list(&self) -> io::Result<Vec<Message>> {
        let folder = self.folder.clone();
        blocking(move || {
            let entries = match fs::read_dir(&folder) {
                Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
                entries => entries?,
            };
            let mut ids: Vec<MailId> = entries
                .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".json")?.parse().ok())
                .collect();
            // Ids are ordered by time.
            ids.sort_unstable_by(|a, b| b.cmp(a));
            Ok(ids.into_iter().take(LIST_LIMIT).filter_map(|id| read(&folder, id).ok().flatten()).collect())
        })
        .await
    }

    /// One mail. The id is typed, so no path can be made of it.
    ///
    /// # Errors
    /// The file is there but cannot be read.
    pub async fn read(&self, id: MailId) -> io::Result<Option<Message>> {
        let folder = self.folder.clone();
        blocking(move || read(&folder, id)).await
    }
}

impl Transport for FileTransport {
    fn name(&self) -> &'static str {
        "file"
    }

    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), MailError>> {
        Box::pin(async move {
            let eml = mime::build(message)?.formatted();
            let json = serde_json::to_vec_pretty(message).map_err(|e| MailError::Permanent(e.to_string()))?;
            let (folder, id) = (self.folder.clone(), message.id);
            let written = blocking(move || {
                fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
                write(&folder, &format!("{id}.eml"), &eml)?;
                write(&folder, &format!("{id}.json"), &json)
            });
            written.await.map_err(|e| {
                MailError::Temporary(format!("the mail folder cannot be written ({})", e.kind()))
            })
        })
    }
}

/// Whole or not at all: a reader never sees half a mail.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let draft = folder.join(format!("{name}.part"));
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(bytes)?;
    fs::rename(draft, folder.join(name))
}

fn read(folder: &Path, id: MailId) -> io::Result<Option<Message>> {
    match fs::read(folder.join(format!("{id}.json"))) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(io::Error::from),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
