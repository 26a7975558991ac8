//! The disk is full. Twice: tables that cannot grow while the log still can (a library between the server and its
//! system says so, which works everywhere), and a small disk without a byte left, where this machine lets us mount one.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::load::Load;
use super::shim::Shim;
use super::stage::{Hms, Setting, Stage, place};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_that_cannot_grow_refuse_writes_cleanly_until_there_is_room() {
    let shim = Shim::new();
    let stage = Stage::set(Setting { bin: Some(shim.postgres().await), ..Setting::default() }).await;
    let hms = Hms::start(&stage.environment(), &[]).await;
    let load = Load::start(&[hms.admin().await]);
    load.goes_on(10).await;
    shim.fill_disk(true);
    load.is_held_up(15).await;
    shim.fill_disk(false);
    load.goes_on(10).await;
    let totals = load.finish().await.reconcile(&stage, 0).await;
    assert!(totals.refused >= 10 && totals.unknown == 0, "a refusal leaves no doubt: {totals:?}");
    assert!(hms.log().contains("53100"), "the log says that the disk is full:\n{}", hms.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_disk_that_is_full_to_the_last_byte_loses_nothing_that_was_acknowledged() {
    let disk = match SmallDisk::mount() {
        Ok(disk) => disk,
        Err(why) => {
            println!("no small disk here ({why}): a full one is shown by tables_that_cannot_grow… only");
            return;
        }
    };
    // The log comes in pieces of 16 MB; kept few, so that it needs a new one soon.
    let settings = vec![("max_wal_size", "32MB"), ("min_wal_size", "32MB"), ("wal_recycle", "off")];
    let stage =
        Stage::set(Setting { home: Some(disk.0.join("stage")), settings, ..Setting::default() }).await;
    let hms = Hms::start(&stage.environment(), &[]).await;
    let load = Load::start(&[hms.admin().await]);
    load.goes_on(10).await;
    let filler = disk.fill();
    load.is_held_up(15).await;
    fs::remove_file(filler).unwrap();
    // The server may have given up meanwhile: it is started again, ever more slowly.
    load.goes_on(10).await;
    let totals = load.finish().await.reconcile(&stage, 0).await;
    assert!(totals.refused > 0 && totals.made_after_all > 0, "{totals:?}");
    drop((hms, stage));
}

/// A file system in memory, as large as a small disk.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount() -> Result<Self, String> {
        let place = place("disk");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=400m,mode=755", "tmpfs"]).arg(&place);
        let done = mount.output().map_err(|error| error.to_string())?;
        if !done.status.success() {
            return Err(String::from_utf8_lossy(&done.stderr).trim().to_owned());
        }
        fs::create_dir(place.join("stage")).unwrap();
        super::stage::open_to_all(&place.join("stage"));
        Ok(Self(place))
    }

    /// A file that takes all the room that is left.
    fn fill(&self) -> PathBuf {
        let path = self.0.join("filler");
        let mut file = fs::File::create(&path).unwrap();
        for size in [1 << 20, 4096] {
            let piece = vec![0; size];
            while file.write_all(&piece).is_ok() {}
        }
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        unmount(&self.0);
        let _ = fs::remove_dir(&self.0);
    }
}

fn unmount(place: &Path) {
    // Lazily: a server that still ends keeps it until then.
    let _ = Command::new("umount").arg("--lazy").arg(place).status();
}
