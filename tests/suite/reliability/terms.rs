//! What a plan's terms do in a run without a screen, by the real program: a failure that
//! others do not wait for, conditions, clean-up whatever happened.

use super::home::Home;

const FAILS: &str = "run = [\"sh\", \"-c\", \"exit 3\"]";

fn writes(what: &str, more: &str) -> String {
    format!("run = [\"sh\", \"-c\", \"echo {what} >> ledger\"]\n{more}")
}

/// Runs it to its end; the exit status and what was said.
fn run(home: &Home) -> (i32, String) {
    let output = home.run(&[]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code().unwrap(), said)
}

#[test]
fn clean_up_is_done_past_a_failure_and_the_failure_is_the_end() {
    let home = Home::new(&[
        ("one", writes("one", "")),
        ("two", FAILS.to_owned()),
        ("three", writes("three", "")),
        ("clean", writes("clean", "always = true")),
        ("report", writes("report", "always = true")),
    ]);
    let (code, said) = run(&home);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("stopped at step `two`"), "{said}");
    assert_eq!(home.read("ledger"), "one\nclean\nreport\n");
    // Gone on with, it fails again, and what was cleaned is not cleaned twice.
    let again = home.resume().output().unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(home.read("ledger"), "one\nclean\nreport\n");
}

#[test]
fn clean_up_that_fails_is_told_with_what_it_was_for() {
    let home = Home::new(&[
        ("one", FAILS.to_owned()),
        ("clean", format!("{FAILS}\nalways = true")),
        ("report", writes("report", "always = true")),
    ]);
    let (code, said) = run(&home);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("stopped at step `one`"), "{said}");
    assert_eq!(home.read("ledger"), "report\n");
}

#[test]
fn what_may_fail_is_left_and_what_is_not_needed_is_passed_over() {
    let home = Home::new(&[
        ("one", format!("{FAILS}\non_fail = \"continue\"")),
        ("mend", writes("mend", "when = [{ step = \"one\", is = \"failed\" }]")),
        ("never", writes("never", "when = [{ probe = \"alive\", is = \"failed\" }]")),
        ("last", writes("last", "needs = [\"never\"]\ndelay = \"1s\"")),
    ]);
    let (code, said) = run(&home);
    assert_eq!(code, 0, "{said}");
    assert_eq!(home.read("ledger"), "mend\nlast\n");
    assert!(said.contains("1 failed and left so, 0 open"), "{said}");
    assert_eq!(home.count("passed-over", "never"), 1);
    let shown = home.told(&["incident", "show", "INC-0001"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("is only for when probe alive is not healthy"), "{shown}");
}

/// A run that waits for days says until when, and does not give up for it.
#[test]
fn what_waits_for_its_time_says_when() {
    let home = Home::new(&[
        ("one", writes("one", "")),
        ("two", writes("two", "not_before = \"+3d\"")),
    ]);
    let mut child = home.start(home.run(&[]));
    let told = || home.read("stderr").contains("waiting: step `two` needs not before ");
    super::home::until("it says what it waits for", told);
    assert!(home.read("stderr").contains("Z (in 2d 23h)"), "{}", home.read("stderr"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(home.read("ledger"), "one\n");
}
