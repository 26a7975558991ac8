//! What a backup holds, and whether it still does.

use std::fs::{self, File};
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use flate2::bufread::GzDecoder;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rows::{Hashing, RowReader, Rows};
use super::{stored, table};

/// Of this shape; a newer one is not read by this binary.
pub(super) const FORMAT: u32 = 1;
const NAME: &str = "manifest.json";
const SUMS: &str = "SHA256SUMS";

/// Everything in a backup.
#[derive(Debug, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// The version of HMS that wrote it.
    pub hms: String,
    /// The instant that it shows.
    pub as_of: Timestamp,
    /// Of the platform's tables.
    pub platform_version: i32,
    /// For example `17.2`.
    pub postgres: String,
    pub hospitals: Vec<HospitalPart>,
    /// The platform's own rows that belong to no hospital; only in a backup of everything.
    pub platform: Option<Vec<TableFile>>,
}

/// One hospital.
#[derive(Debug, Serialize, Deserialize)]
pub struct HospitalPart {
    pub id: Uuid,
    pub name: String,
    pub license_number: String,
    /// Of its schema's tables.
    pub version: i32,
    /// Its rows in the platform's tables.
    pub platform: Vec<TableFile>,
    /// The tables of its schema, those that others refer to first.
    pub tables: Vec<TableFile>,
    pub files: Vec<StoredFile>,
    /// Files that its rows name and that were not in the storage.
    pub missing_files: Vec<String>,
}

/// One table, in one file of the same name.
#[derive(Debug, Serialize, Deserialize)]
pub struct TableFile {
    pub table: String,
    pub columns: Vec<String>,
    pub rows: u64,
    /// Of the rows, whatever their order: see `rows.rs`.
    pub digest: String,
    /// Of the file as it lies there.
    pub sha256: String,
}

/// One stored file, for example a picture.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StoredFile {
    /// Its name below the hospital's folder.
    pub key: String,
    pub bytes: u64,
    pub sha256: String,
}

/// What was read.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    pub tables: u64,
    pub rows: u64,
    pub files: u64,
    /// On disk.
    pub bytes: u64,
}

#[derive(Deserialize)]
struct Shape {
    format: u32,
    hms: String,
}

impl Manifest {
    /// The manifest in this folder.
    ///
    /// # Errors
    /// When there is none, when it is damaged, or when it is of a newer shape.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(NAME);
        let text = fs::read(&path)
            .with_context(|| format!("{} holds no finished backup: it has no {NAME}", folder.display()))?;
        let shape: Shape = serde_json::from_slice(&text).context("the manifest cannot be read")?;
        ensure!(
            shape.format <= FORMAT,
            "this backup was written by HMS {} in a newer form (format {}; this HMS reads {FORMAT}): update HMS first",
            shape.hms,
            shape.format
        );
        let manifest: Self = serde_json::from_slice(&text).context("the manifest cannot be read")?;
        manifest.names_are_ours()?;
        let sums = fs::read_to_string(folder.join(SUMS))
            .with_context(|| format!("the backup is damaged: it has no {SUMS}"))?;
        let (_, sha256) = hash_of(&path)?;
        ensure!(
            sums.lines().any(|line| line == sum_line(&sha256, NAME)),
            "the backup is damaged: {NAME} is not what was written"
        );
        Ok(manifest)
    }

    /// Names from here become SQL and paths.
    fn names_are_ours(&self) -> anyhow::Result<()> {
        let hospitals = self.hospitals.iter().flat_map(|part| part.platform.iter().chain(&part.tables));
        for file in self.platform.iter().flatten().chain(hospitals) {
            for name in std::iter::once(&file.table).chain(&file.columns) {
                ensure!(table::is_name(name), "the manifest has a name that no table or column of ours has");
            }
        }
        for file in self.hospitals.iter().flat_map(|part| &part.files) {
            ensure!(stored::is_key(&file.key), "the manifest has a name that no file of ours has");
        }
        Ok(())
    }

    /// Write it, and the sums of all files beside it.
    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        table::write_private(&folder.join(NAME), serde_json::to_string_pretty(self)?.as_bytes())?;
        let (_, own) = hash_of(&folder.join(NAME))?;
        let mut sums = sum_line(&own, NAME) + "\n";
        let mut add =
            |path: PathBuf, sha256: &str| sums += &(sum_line(sha256, &path.to_string_lossy()) + "\n");
        for file in self.platform.iter().flatten() {
            add(platform_path(&file.table), &file.sha256);
        }
        for part in &self.hospitals {
            part.platform.iter().for_each(|file| add(part.platform_path(&file.table), &file.sha256));
            part.tables.iter().for_each(|file| add(part.table_path(&file.table), &file.sha256));
            part.files.iter().for_each(|file| add(part.file_path(&file.key), &file.sha256));
        }
        table::write_private(&folder.join(SUMS), sums.as_bytes())
    }

    /// The one hospital with this id or licence number.
    ///
    /// # Errors
    /// When it is not in this backup.
    pub fn hospital(&self, named: &str) -> anyhow::Result<&HospitalPart> {
        let is = |part: &&HospitalPart| {
            part.id.to_string() == named.to_lowercase()
                || part.license_number.to_lowercase() == named.to_lowercase()
        };
        self.hospitals.iter().find(is).with_context(|| format!("the backup holds no hospital {named}"))
    }
}

fn sum_line(sha256: &str, path: &str) -> String {
    format!("{sha256}  {path}")
}

/// Where a table of the platform's own rows lies.
pub(super) fn platform_path(table: &str) -> PathBuf {
    PathBuf::from(format!("platform/{table}.copy.gz"))
}

impl HospitalPart {
    pub(super) fn folder(&self) -> PathBuf {
        PathBuf::from(format!("hospitals/{}", self.id))
    }

    pub(super) fn platform_path(&self, table: &str) -> PathBuf {
        self.folder().join(format!("platform/{table}.copy.gz"))
    }

    pub(super) fn table_path(&self, table: &str) -> PathBuf {
        self.folder().join(format!("tables/{table}.copy.gz"))
    }

    pub(super) fn file_path(&self, key: &str) -> PathBuf {
        self.folder().join("files").join(key)
    }

    /// Number of its rows, here and in the platform's tables.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().chain(&self.platform).map(|table| table.rows).sum()
    }
}

/// Read every file of these hospitals, and of the platform if asked, and compare it with the manifest.
///
/// # Errors
/// The first file that is missing or is not what was written.
pub fn verify<'a>(
    folder: &Path,
    manifest: &Manifest,
    hospitals: impl IntoIterator<Item = &'a HospitalPart>,
    platform: bool,
) -> anyhow::Result<Totals> {
    let mut totals = Totals::default();
    for file in manifest.platform.iter().flatten().filter(|_| platform) {
        table_is_whole(folder, &platform_path(&file.table), file, &mut totals)?;
    }
    for part in hospitals {
        for file in &part.platform {
            table_is_whole(folder, &part.platform_path(&file.table), file, &mut totals)?;
        }
        for file in &part.tables {
            table_is_whole(folder, &part.table_path(&file.table), file, &mut totals)?;
        }
        for file in &part.files {
            let path = part.file_path(&file.key);
            let found = hash_of(&folder.join(&path)).with_context(|| damaged(&path))?;
            ensure!(found == (file.bytes, file.sha256.clone()), damaged(&path));
            totals.files += 1;
            totals.bytes += file.bytes;
        }
    }
    Ok(totals)
}

fn damaged(path: &Path) -> String {
    format!("the backup is damaged: {} is missing or not what was written", path.display())
}

fn table_is_whole(folder: &Path, path: &Path, file: &TableFile, totals: &mut Totals) -> anyhow::Result<()> {
    let (rows, bytes, sha256) = rows_of(&folder.join(path)).with_context(|| damaged(path))?;
    if sha256 != file.sha256 || rows.count != file.rows || rows.digest != file.digest {
        bail!(damaged(path));
    }
    totals.tables += 1;
    totals.rows += rows.count;
    totals.bytes += bytes;
    Ok(())
}

/// Rows, size and SHA-256 of a table's file.
fn rows_of(path: &Path) -> io::Result<(Rows, u64, String)> {
    let mut decoder = GzDecoder::new(BufReader::new(Hashing::new(File::open(path)?)));
    let (mut reader, mut piece) = (RowReader::default(), vec![0; 64 * 1024]);
    loop {
        match decoder.read(&mut piece)? {
            0 => break,
            read => reader.read(&piece[..read]),
        }
    }
    // Whatever lies behind the end of the compressed rows belongs to the file too.
    let mut rest = decoder.into_inner();
    io::copy(&mut rest, &mut io::sink())?;
    let (_, bytes, sha256) = rest.into_inner().finish();
    Ok((reader.finish(), bytes, sha256))
}

/// Size and SHA-256 of a file.
fn hash_of(path: &Path) -> io::Result<(u64, String)> {
    let mut file = Hashing::new(File::open(path)?);
    io::copy(&mut file, &mut io::sink())?;
    let (_, bytes, sha256) = file.finish();
    Ok((bytes, sha256))
}
