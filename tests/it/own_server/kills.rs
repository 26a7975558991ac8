//! Killed servers.

use super::*;

#[test]
fn what_was_acknowledged_outlives_every_kill() {
    for home in Home::of_each() {
        let mut hms = home.serve();
        hms.wait_until_ready();
        hms.sign_up("first");
        assert_eq!(home.hospitals(), ["first"], "another command joins the running server");

        // The server is killed: started again, by itself.
        let killed = home.kill_server();
        until("it recovers", &hms.log, || home.server().is_some_and(|pid| pid != killed) && hms.ready());
        hms.sign_up("second");
        assert_eq!(home.hospitals(), ["first", "second"]);

        // hms is killed: its server goes, and the next start finds everything.
        hms.kill();
        until("the server goes with it", &hms.log, || home.server().is_none());
        hms = home.serve();
        hms.wait_until_ready();
        assert_eq!(home.hospitals(), ["first", "second"]);

        // Both at once, and no time between that and the next start.
        hms.sign_up("third");
        home.kill_server();
        hms.kill();
        hms = home.serve();
        hms.wait_until_ready();
        assert_eq!(home.hospitals(), ["first", "second", "third"]);

        hms.signal(Signal::TERM);
        let (log, mut ended) = (hms.log.clone(), None);
        until("it stops", &log, || {
            ended = hms.child.try_wait().unwrap();
            ended.is_some()
        });
        assert_eq!(ended.unwrap().code(), Some(0));
        assert!(!home.postgres().join("data/postmaster.pid").exists(), "the server was stopped in order");
    }
}

#[test]
fn a_second_hms_takes_the_server_over_when_the_first_is_killed() {
    let home = Home::new(None);
    let mut first = home.serve();
    first.wait_until_ready();
    let mut second = home.serve();
    second.wait_until_ready();
    second.sign_up("one");
    let server = home.server().unwrap();

    first.kill();

    until("there is another server", &second.log, || home.server().is_some_and(|pid| pid != server));
    second.sign_up("two");
    assert_eq!(home.hospitals(), ["one", "two"]);
}
