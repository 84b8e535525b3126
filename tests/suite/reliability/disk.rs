//! R9: a disk that is full, read-only or broken. From the first write that fails on nothing
//! new starts; what ran is on record, and ran once; with space again the rest is run.
//!
//! That the screen says so at once and looking goes on is tested in `room::memory` and
//! `view`; here it is the real program on real refused writes.

use std::{collections::BTreeMap, fs, process::Output};

use super::home::{Home, works};

const STEPS: usize = 12;

/// Many steps, each of which leaves a line.
fn many(steps: usize) -> Home {
    let names: Vec<String> = (0..steps).map(|number| format!("s{number:02}")).collect();
    let deed =
        |name: &String| format!("run = [\"sh\", \"-c\", \"echo {name} >> ledger\"]");
    let steps: Vec<(&str, String)> =
        names.iter().map(|name| (name.as_str(), deed(name))).collect();
    Home::new(&steps)
}

/// What ran, and how often.
fn ran(home: &Home) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in home.read("ledger").lines() {
        *counts.entry(line.to_owned()).or_default() += 1;
    }
    counts
}

/// Everything that ran has its intent on record.
fn only_on_record(home: &Home, what: &str) {
    if !home.state().join("live/journal.sqlite").exists() {
        assert_eq!(home.read("ledger"), "", "{what}: something ran without a journal");
        return;
    }
    for (step, count) in ran(home) {
        assert_eq!((home.count("intended", &step), count), (1, 1), "{what}: {step}");
    }
}

/// Whatever happened before: with a sound disk the run is finished, and nothing runs twice.
fn finished(home: &Home, steps: usize, what: &str) {
    let again = match home.told(&["incident", "show", "INC-0001"]).status.code() {
        Some(0) => home.resume(),
        _ => home.run(&[]),
    };
    let output = { again }.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{what}: {}", told(&output));
    let counts = ran(home);
    assert_eq!(counts.len(), steps, "{what}: {counts:?}");
    assert!(counts.values().all(|count| *count == 1), "{what}: {counts:?}");
    let list = home.told(&["incident", "list", "-o", "json"]);
    let list: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
    for incident in list["incidents"].as_array().unwrap() {
        let verified =
            home.told(&["incident", "verify", incident["id"].as_str().unwrap()]);
        assert!(verified.status.success(), "{what}: {}", told(&verified));
    }
}

fn told(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// Real refused writes wherever there is a shell: a file may not grow beyond so much.
#[test]
fn a_run_on_a_disk_that_fills_stops_and_can_be_finished() {
    let mut stopped = 0;
    for blocks in [40, 90, 130, 170, 210, 260] {
        let home = many(STEPS);
        let limit = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let output = home.run(&["sh", "-c", &limit]).output().unwrap();
        let what = format!("at {blocks} blocks");
        only_on_record(&home, &what);
        if !output.status.success() {
            stopped += 1;
            assert!(ran(&home).len() < STEPS, "{what}: {}", told(&output));
            assert!(told(&output).contains("journal"), "{what}: {}", told(&output));
        }
        finished_or_whole(&home, output.status.success(), &what);
    }
    assert!(stopped >= 3, "only {stopped} of the runs met a full disk");
}

fn finished_or_whole(home: &Home, whole: bool, what: &str) {
    if whole {
        assert_eq!(ran(home).len(), STEPS, "{what}");
    } else {
        finished(home, STEPS, what);
    }
}

/// A disk of its own that is really full, and then is not.
#[test]
fn a_small_disk_refuses_and_goes_on_with_space() {
    let alone = ["unshare", "--mount", "--propagation", "private"];
    let mounts = ["unshare", "--mount", "sh", "-c", "mount -t tmpfs none /mnt && \"$0\""];
    if !works(&mounts) {
        return;
    }
    let home = many(STEPS);
    fs::create_dir(home.state()).unwrap();
    let script = "mount -t tmpfs -o size=1500k,mode=700 none state || exit 70
        head -c 1330000 /dev/zero > state/ballast
        \"$0\" \"$@\"; echo \"full: $?\"
        cp ledger before
        rm state/ballast
        resume() {
            \"$0\" incident resume INC-0001 --headless \"$@\" \
                $(sed -n 's/.*/--confirm &=there/p' steps) > said
        }
        resume
        if grep -q 'IN DOUBT' said; then
            step=$(sed -n 's/.*step `\\(s[0-9]*\\)` is IN DOUBT.*/\\1/p' said)
            if grep -q $step ledger; then rule=done; else rule=not-done; fi
            resume --rule $step=$rule
        fi
        echo \"free: $?\"; cat said
        \"$0\" incident verify INC-0001";
    let names: Vec<String> = (0..STEPS).map(|number| format!("s{number:02}\n")).collect();
    fs::write(home.path("steps"), names.concat()).unwrap();
    let watch = [&alone[..], &["sh", "-c", script]].concat();
    let output = home.run(&watch).output().unwrap();
    let text = told(&output);
    assert!(text.contains("the disk is full"), "{text}");
    assert!(text.contains("full: 2") && text.contains("free: 0"), "{text}");
    let before = home.read("before").lines().count();
    assert!(before > 0 && before < STEPS, "{before} of {STEPS} before the disk was full");
    let counts = ran(&home);
    assert!(
        counts.len() == STEPS && counts.values().all(|count| *count == 1),
        "{counts:?}"
    );
}

#[test]
fn on_a_read_only_disk_nothing_starts_and_it_is_said() {
    let mounts = ["unshare", "--mount", "sh", "-c", "mount --bind /mnt /mnt && \"$0\""];
    if !works(&mounts) {
        return;
    }
    for begun in [false, true] {
        let home = many(2);
        fs::create_dir(home.state()).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        fs::set_permissions(home.state(), mode).unwrap();
        if begun {
            assert!(home.run(&[]).output().unwrap().status.success());
        }
        let before = home.read("ledger");
        let script =
            "mount --bind state state && mount -o remount,bind,ro state || exit 70
            exec \"$0\" \"$@\"";
        let watch =
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", script];
        let output = home.run(&watch).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", told(&output));
        assert!(told(&output).contains("read-only"), "{}", told(&output));
        assert_eq!(home.read("ledger"), before);
    }
}

/// The disk answers with an error: once, and from then on.
#[test]
fn a_sync_that_fails_starts_nothing_it_should_have_made_durable() {
    let tried = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync"];
    if !works(&tried) {
        return;
    }
    let failing = |when: &str| {
        let home = many(3);
        let inject = format!("inject=fdatasync,fsync:error=EIO:when={when}");
        let watch = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &inject];
        let output = home.run(&watch).output().unwrap();
        let what = format!("EIO at {when}");
        only_on_record(&home, &what);
        if when == "1+" {
            assert_eq!(home.read("ledger"), "", "{what}: {}", told(&output));
            assert_eq!(output.status.code(), Some(2), "{what}: {}", told(&output));
        }
        home
    };
    std::thread::scope(|scope| {
        for when in ["1+", "1", "2+", "2", "4+", "4", "7+", "7"] {
            scope.spawn(move || {
                let home = failing(when);
                let told = home.told(&["incident", "export", "INC-0001"]);
                let doubt = String::from_utf8_lossy(&told.stdout).contains("doubted");
                if !doubt {
                    finished(&home, 3, when);
                }
            });
        }
    });
}
