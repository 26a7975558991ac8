//! What earlier runs left, and folders that do not fit.

use super::*;

#[test]
fn what_an_earlier_run_left_is_cleared_away_or_repaired() {
    for home in Home::of_each() {
        let owner = home.user;
        let put = |path: PathBuf, content: &str| {
            fs::write(&path, content).unwrap();
            // As the server itself would have left it.
            let of = fs::metadata(home.postgres().join("data")).unwrap();
            use std::os::unix::fs::MetadataExt as _;
            chown(&path, Some(of.uid()), Some(of.gid())).unwrap();
        };
        home.works();
        let (postgres, data) = (home.postgres(), home.postgres().join("data"));
        for pid_file in ["", "garbage\n", "1\n/var/lib\n", "-5\n", "999999999999\n"] {
            put(data.join("postmaster.pid"), pid_file);
            put(postgres.join("run/.s.PGSQL.5432.lock"), pid_file);
            put(postgres.join("run/.s.PGSQL.5432"), "");
            home.works();
        }
        // A making that was cut off, before there was any database: in a home of its own.
        let half = Home::new(owner);
        fs::create_dir_all(half.postgres().join("data.new/base")).unwrap();
        fs::write(half.postgres().join("initdb.password"), "old").unwrap();
        fs::set_permissions(half.postgres(), fs::Permissions::from_mode(0o711)).unwrap();
        if let Some(user) = owner {
            for path in ["", "data.new", "data.new/base", "initdb.password"] {
                chown(half.postgres().join(path), Some(user), Some(user)).unwrap();
            }
        }
        half.works();
        assert!(!half.postgres().join("data.new").exists());
        assert!(!half.postgres().join("initdb.password").exists());

        // Passwords of our logins that were lost, cut off or put back with a line's end.
        let secrets = postgres.join("secrets");
        fs::remove_file(secrets.join("hms_app")).unwrap();
        put(secrets.join("hms_owner"), "");
        home.works();
        let kept = fs::read_to_string(secrets.join("postgres")).unwrap();
        put(secrets.join("postgres"), &format!("{kept}\n"));
        home.works();
        // The superuser's cannot be made anew.
        put(secrets.join("postgres"), "another");
        home.refuses(&["secrets/postgres", "backup"]);
        put(secrets.join("postgres"), "");
        home.refuses(&["secrets/postgres", "backup"]);
        fs::remove_file(secrets.join("postgres")).unwrap();
        home.refuses(&["secrets/postgres", "backup"]);
    }
}

#[test]
fn data_that_this_postgresql_cannot_read_is_left_alone() {
    let home = Home::new(None);
    home.works();
    let version = home.postgres().join("data/PG_VERSION");
    let real = fs::read_to_string(&version).unwrap();
    fs::write(&version, "14\n").unwrap();
    home.refuses(&["was made by PostgreSQL 14", "install PostgreSQL 14", "pg_upgrade"]);
    for damaged in ["", "\0\0"] {
        fs::write(&version, damaged).unwrap();
        home.refuses(&["PG_VERSION", "backup"]);
    }
    fs::remove_file(&version).unwrap();
    home.refuses(&["PG_VERSION", "backup"]);
    fs::write(&version, real).unwrap();
    let control = home.postgres().join("data/global/pg_control");
    let (moved, was) = (home.path.join("control"), fs::metadata(&control).unwrap());
    fs::rename(&control, &moved).unwrap();
    let ran = home.status();
    let said = text(&ran.stderr);
    assert!(ran.status.code() == Some(1) && said.contains("PostgreSQL did not start"), "{said}");
    assert!(
        said.contains("pg_control") || said.contains("database system"),
        "in the server's own words: {said}"
    );
    fs::rename(&moved, &control).unwrap();
    assert_eq!(fs::metadata(&control).unwrap().len(), was.len());
    home.works();
}

#[test]
fn folders_and_users_that_do_not_fit_are_named_with_what_to_do() {
    let place = Home::new(None);
    let at = |path: &str, user: Option<u32>, more: &[(&str, &str)]| {
        let home = Home { path: place.path.join(path), user };
        let ran = home.command(&["migrate", "--status"]).envs(more.iter().copied()).output().unwrap();
        // Not ours to remove: the place goes as a whole.
        std::mem::forget(home);
        ran
    };
    fs::write(place.path.join("file"), "").unwrap();
    one_line(&at("file/home", None, &[]), &["file/home", "HMS_HOME"]);
    one_line(
        &at("a", None, &[("HMS_PG_BIN", "/nowhere")]),
        &["HMS_PG_BIN is /nowhere", "correct it or unset it"],
    );

    // What root may do anywhere is refused to an ordinary user.
    let ordinary = geteuid().is_root().then_some(ORDINARY);
    let folder = |name: &str, mode: u32, owner: Option<u32>| {
        let path = place.path.join(name);
        fs::create_dir_all(&path).unwrap();
        chown(&path, owner, owner).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    };
    folder("read-only", 0o555, None);
    one_line(&at("read-only/home", ordinary, &[]), &["read-only/home", "Permission denied", "HMS_HOME"]);
    folder("own", 0o555, ordinary);
    one_line(&at("own", ordinary, &[]), &["own/postgres", "Permission denied", "HMS_HOME"]);
    if !geteuid().is_root() {
        return;
    }
    folder("closed", 0o700, None);
    one_line(&at("closed/home", None, &[]), &["may not enter", "/closed:", "chmod o+x"]);
    one_line(&at("b", None, &[("HMS_PG_USER", "nobody-at-all")]), &["no user nobody-at-all", "HMS_PG_USER"]);
    folder("unknown", 0o755, Some(54_321));
    one_line(&at("unknown", Some(54_321), &[]), &["user id 54321", "/etc/passwd", "useradd"]);
    // What root made belongs to root and its server's user, and to nobody else.
    assert!(at("roots", None, &[]).status.success());
    one_line(&at("roots", ordinary, &[]), &["belongs to user id", "the user who ran it first"]);
    // Root may use what an ordinary user made: the server goes on as that user.
    folder("theirs", 0o755, ordinary);
    assert!(at("theirs", ordinary, &[]).status.success());
    assert!(at("theirs", None, &[]).status.success());
    assert!(at("theirs", ordinary, &[]).status.success(), "and leaves nothing there that closes it to them");
}
