//! Files beside the database: where they lie, what they are called, who may read them.
//!
//! Invariants: a file lies below its hospital's schema name, which comes from the gate and never from a row or a client;
//! its [`FileName`] has an id of its own, so no name is ever used twice and nothing is overwritten; a file is durable
//! on disk when [`Files::put`] returns. Folders are for HMS alone (0700), files too (0600).
//!
//! A row names a file, the file does not know of the row. So a file is written before the transaction that names it and
//! removed after the one that forgets it; what a crash leaves behind is found by its age ([`Files::older`]) and removed
//! by its capability's housekeeping. Today the store is a folder; everything but `local` speaks to `object_store`'s trait.

mod local;
mod name;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use futures_util::stream::{self, BoxStream, StreamExt as _};
use jiff::Timestamp;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt as _};

pub use name::{Area, FileName, InvalidFileName};

use crate::db::SchemaName;
use crate::kernel::{AppError, Problem};

/// All files of all hospitals.
#[derive(Debug)]
pub struct Files {
    root: PathBuf,
    /// Opened when it is first needed: most commands need no files.
    store: OnceLock<Arc<dyn ObjectStore>>,
}

impl Files {
    /// In this folder, which is made when the first file comes.
    #[must_use]
    pub fn at(root: PathBuf) -> Self {
        Self { root, store: OnceLock::new() }
    }

    /// See that files can be kept here, so that an operator hears of it at the start.
    ///
    /// # Errors
    /// When the folder cannot be made or opened.
    pub fn check(&self) -> anyhow::Result<()> {
        self.store().map(|_| ())
    }

    fn store(&self) -> anyhow::Result<&Arc<dyn ObjectStore>> {
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        let opened = local::open(&self.root)?;
        Ok(self.store.get_or_init(|| opened))
    }

    fn ready(&self) -> Result<&Arc<dyn ObjectStore>, AppError> {
        self.store().map_err(|error| unavailable(&format_args!("{error:#}")))
    }

    /// Keep a file. It is on disk when this returns.
    ///
    /// # Errors
    /// 503 when it cannot be kept.
    pub async fn put(&self, schema: &SchemaName, name: &FileName, bytes: Vec<u8>) -> Result<(), AppError> {
        let key = key(schema, name.as_str());
        self.ready()?.put(&key, bytes.into()).await.map_err(|error| unavailable(&error))?;
        local::restrict(&self.root, &key).await.map_err(|error| unavailable(&error))
    }

    /// A file's bytes; `None` if it is not there.
    ///
    /// # Errors
    /// 503 when the storage cannot be read.
    pub async fn get(
        &self,
        schema: &SchemaName,
        name: &FileName,
    ) -> Result<Option<axum::body::Bytes>, AppError> {
        let found = match self.ready()?.get(&key(schema, name.as_str())).await {
            Ok(found) => found,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(unavailable(&error)),
        };
        found.bytes().await.map(Some).map_err(|error| unavailable(&error))
    }

    /// Remove files; those that are gone already count as removed. Returns how many could not be removed: they are found
    /// by their age later.
    pub async fn remove(&self, schema: &SchemaName, names: &[FileName]) -> usize {
        let Ok(store) = self.ready() else { return names.len() };
        let keys: Vec<_> = names.iter().map(|name| Ok(key(schema, name.as_str()))).collect();
        let mut results = store.delete_stream(stream::iter(keys).boxed());
        let mut kept = 0;
        while let Some(result) = results.next().await {
            match result {
                Ok(_) | Err(Error::NotFound { .. }) => {}
                Err(error) => {
                    tracing::warn!(%error, "a file could not be removed");
                    kept += 1;
                }
            }
        }
        kept
    }

    /// Names of a hospital's files in this area that were written before `then`. What is not named like one of ours is
    /// left out.
    ///
    /// # Errors
    /// 503 when the storage cannot be read.
    pub fn older(
        &self,
        schema: &SchemaName,
        area: Area,
        then: Timestamp,
    ) -> Result<BoxStream<'static, Result<FileName, AppError>>, AppError> {
        let prefix = key(schema, area.as_str());
        let schema = Path::from(schema.as_str());
        let found = self.ready()?.list(Some(&prefix)).filter_map(move |file| {
            let name = match file {
                Ok(file) if file.last_modified.timestamp() < then.as_second() => {
                    let parts = file.location.prefix_match(&schema);
                    let name = parts.map(|parts| parts.map(|p| p.as_ref().to_owned()).collect::<Vec<_>>());
                    name.and_then(|parts| FileName::parse(&parts.join("/")).ok()).map(Ok)
                }
                Ok(_) => None,
                Err(error) => Some(Err(unavailable(&error))),
            };
            std::future::ready(name)
        });
        Ok(found.boxed())
    }

    /// Bytes of all files of a hospital.
    ///
    /// # Errors
    /// 503 when the storage cannot be read.
    pub async fn bytes(&self, schema: &SchemaName) -> Result<u64, AppError> {
        let mut found = self.ready()?.list(Some(&Path::from(schema.as_str())));
        let mut bytes = 0;
        while let Some(file) = found.next().await {
            bytes += file.map_err(|error| unavailable(&error))?.size;
        }
        Ok(bytes)
    }

    /// Remove what was being written before `then` and never finished.
    ///
    /// # Errors
    /// 503 when the storage cannot be read.
    pub async fn remove_unfinished(&self, then: Timestamp) -> Result<usize, AppError> {
        self.ready()?;
        local::remove_unfinished(&self.root, SystemTime::from(then))
            .await
            .map_err(|error| unavailable(&error))
    }
}

fn key(schema: &SchemaName, rest: &str) -> Path {
    Path::from(format!("{schema}/{rest}"))
}

/// The operator reads why, the caller that nothing is lost. Names of files hold ids only.
fn unavailable(why: &dyn std::fmt::Display) -> AppError {
    tracing::error!(%why, "the file storage (FILE_STORAGE_ROOT) does not serve");
    Problem::unavailable(
        "Files cannot be read or kept at the moment. Nothing was changed. Try again shortly.",
        10,
    )
    .into()
}
