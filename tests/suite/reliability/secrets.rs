//! R20: fifty secrets in everything the program is given; none in anything it leaves, shows
//! or hands on to whom it is not meant for. What a plan itself spells out is part of the
//! plan, and of the journal: it is not a secret, and is not tested here.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    },
    path::Path,
    process::Command,
};

use super::home::{Gate, Home, files, say, until};

const CANARIES: usize = 50;

/// Names the plan passes on to its program, and no other.
const PASSED: [&str; 6] = [
    "DEPLOY_TOKEN",
    "API_KEY",
    "DB_PASSWORD",
    "BASIC_AUTH",
    "SESSION_COOKIE",
    "APP_SECRET",
];

/// Names something in the program might look at.
const KNOWN: [&str; 14] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "PGPASSWORD",
    "GITHUB_TOKEN",
    "VAULT_TOKEN",
    "KUBECONFIG",
    "DATABASE_URL",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "SSH_AUTH_SOCK",
    "NETRC",
];

/// Somebody who is not root.
const NOBODY: u32 = 65_534;

fn canary(number: usize) -> String {
    format!("cAnArY{number:02}x9f3e7b")
}

/// Every secret, by the name it goes by.
fn secrets() -> BTreeMap<String, String> {
    let mut names: Vec<String> =
        PASSED.iter().chain(&KNOWN).map(|name| (*name).to_owned()).collect();
    for number in names.len()..CANARIES {
        names.push(format!("SECRET_{number}"));
    }
    let value = |(number, name): (usize, String)| {
        let canary = canary(number);
        let value = match name.as_str() {
            "DATABASE_URL" => format!("postgres://user:{canary}@127.0.0.1:9/db"),
            name if name.ends_with("_PROXY") => {
                format!("http://user:{canary}@127.0.0.1:9")
            }
            "BASIC_AUTH" => format!("Basic {canary}"),
            _ => canary,
        };
        (name, value)
    };
    let all: BTreeMap<String, String> =
        names.into_iter().enumerate().map(value).collect();
    assert_eq!(all.len(), CANARIES);
    all
}

/// Which canaries are in `text`.
fn found(text: &[u8]) -> Vec<usize> {
    let text = String::from_utf8_lossy(text);
    (0..CANARIES).filter(|number| text.contains(&canary(*number))).collect()
}

fn assert_none(text: &[u8], what: &str) {
    assert_eq!(found(text), [0; 0], "{what}: {}", String::from_utf8_lossy(text));
}

/// A program that says all it knows, on every line it has, and waits; then one that fails
/// while saying it.
fn home() -> Home {
    let pass = PASSED.map(|name| format!("\"{name}\"")).join(", ");
    let tells = "env; env >&2; echo $DEPLOY_TOKEN and $API_KEY; echo $BASIC_AUTH >&2";
    let run = |script: &str, pass: &str| {
        format!("run = [\"sh\", \"-c\", \"{script}\"]\npass = [{pass}]")
    };
    let waits = "echo here > began; read go < gate";
    Home::new(&[
        ("plain", run(&format!("env; {waits}"), "")),
        ("given", run(&format!("{tells}; {waits}; {tells}"), &pass)),
        ("fails", run(&format!("{tells}; exit 3"), &pass)),
    ])
}

fn with_secrets(mut command: Command) -> Command {
    command.envs(secrets()).env("WARROOM_LOG", "trace").env("RUST_BACKTRACE", "full");
    command
}

/// All processes whose ancestor is `root`, `root` left out.
fn descendants(root: u32) -> Vec<u32> {
    let parent = |pid: u32| -> Option<u32> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()
    };
    let pids: Vec<u32> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_string_lossy().parse().ok())
        .collect();
    let below = |pid: &u32| {
        let mut at = *pid;
        while let Some(up) = parent(at).filter(|up| *up > 1) {
            if up == root {
                return true;
            }
            at = up;
        }
        false
    };
    pids.into_iter().filter(below).collect()
}

/// What the console's children were given: no argument list holds a secret, and the
/// environment of each only what `entitled` names.
fn handed_on(console: u32, entitled: &[&str], step: &str) {
    let all = secrets();
    let meant: Vec<usize> = (0..CANARIES)
        .filter(|number| {
            let holds = |name: &&str| all[*name].contains(&canary(*number));
            entitled.iter().any(holds)
        })
        .collect();
    let children = descendants(console);
    let mut programs = 0;
    for pid in children {
        let read =
            |what: &str| fs::read(format!("/proc/{pid}/{what}")).unwrap_or_default();
        let words = read("cmdline");
        assert_none(&words, &format!("{step}: arguments of a child"));
        let given = found(&read("environ"));
        // A probe's program gets nothing, a step's what its plan says.
        let of_step = String::from_utf8_lossy(&words).contains("began");
        programs += usize::from(of_step);
        let right = given.iter().all(|number| of_step && meant.contains(number));
        assert!(right, "{step}: {given:?} in {:?}", String::from_utf8_lossy(&words));
        assert!(!of_step || given == meant, "{step}: {given:?}, not {meant:?}");
    }
    assert!(programs >= 2, "{step}: the supervisor and its program, not {programs}");
}

/// Everything below `place` is for its owner only, and without a secret.
fn kept(place: &Path) {
    let all = files(place);
    assert!(all.iter().any(|file| file.ends_with("warroom.log")), "{all:?}");
    assert!(all.iter().any(|file| file.to_string_lossy().ends_with(".ended")), "{all:?}");
    for file in all {
        let shown = file.display().to_string();
        assert_none(&fs::read(&file).unwrap(), &shown);
        let mode = fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{shown} has mode {mode:o}");
        let dir = file.parent().unwrap();
        let mode = fs::metadata(dir).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o700, "{} has mode {mode:o}", dir.display());
    }
}

#[test]
fn no_secret_is_left_shown_or_handed_on() {
    let home = home();
    let (began, gate) = (Gate::new(&home, "began"), Gate::new(&home, "gate"));
    // Whatever the person's habits are.
    let mut run = home.run(&["sh", "-c", "umask 0; exec \"$0\" \"$@\""]);
    run.args(["-o", "json"]);
    let mut console = home.start(with_secrets(run));
    for (step, entitled) in [("plain", &[][..]), ("given", &PASSED[..])] {
        began.hear();
        handed_on(console.id(), entitled, step);
        gate.open();
    }
    assert_eq!(console.wait().unwrap().code(), Some(1), "{}", home.read("stderr"));
    for name in ["stdout", "stderr"] {
        assert_none(home.read(name).as_bytes(), name);
    }
    // The program did say them, and that it did is on record, without what it said.
    let shown = home.told(&["incident", "export", "INC-0001"]);
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(text.contains("DEPLOY_TOKEN=***") && text.contains("*** and ***"), "{text}");
    for arguments in [
        &["incident", "show", "INC-0001"][..],
        &["incident", "show", "INC-0001", "-o", "json"],
        &["incident", "export", "INC-0001"],
        &["incident", "list"],
        &["incident", "verify", "INC-0001"],
        &["status", "--plan", "plan.toml", "--runbook", "tell", "--timeout", "3s"],
        &["run", "tell", "--plan", "plan.toml", "--dry-run"],
        &["doctor", "--plan", "plan.toml"],
        &["check", "plan.toml"],
        &["drill", "--headless", "--plan", "plan.toml", "--runbook", "tell"],
        &["run", "tell", "--plan", "nowhere.toml"],
        &["--no-such-flag"],
    ] {
        let output = with_secrets(home.warroom(arguments)).output().unwrap();
        assert_none(&output.stdout, &format!("{arguments:?}"));
        assert_none(&output.stderr, &format!("{arguments:?}"));
    }
    kept(&home.state());
}

/// A request through the proxy of the environment, whose password is in its address.
#[test]
fn a_proxys_password_stays_out_of_what_went_wrong() {
    let url = "http://shop.example.com/x";
    let send = format!("http = {{ method = \"POST\", url = \"{url}\" }}");
    let home = Home::new(&[("send", send)]);
    let output = with_secrets(home.run(&[])).output().unwrap();
    assert_ne!(output.status.code(), Some(0), "{output:?}");
    assert_none(&output.stdout, "stdout");
    assert_none(&output.stderr, "stderr");
    for file in files(&home.state()) {
        assert_none(&fs::read(&file).unwrap(), &file.display().to_string());
    }
}

/// A log in the way of somebody else is not written into.
#[test]
fn the_log_follows_no_link() {
    let home = Home::new(&[("one", "run = [\"test\", \"-d\", \"/\"]".to_owned())]);
    fs::create_dir(home.state()).unwrap();
    fs::set_permissions(home.state(), fs::Permissions::from_mode(0o700)).unwrap();
    let aside = home.path("aside");
    fs::write(&aside, "").unwrap();
    std::os::unix::fs::symlink(&aside, home.state().join("warroom.log")).unwrap();
    assert!(with_secrets(home.run(&[])).output().unwrap().status.success());
    assert_eq!(fs::read_to_string(&aside).unwrap(), "");
}

/// Nobody of the same name looks into the process, and it leaves no core: the system gives
/// such a process' files to root. Shown first on a process that is not so.
#[test]
fn another_process_of_the_same_person_cannot_look_into_it() {
    if !rustix::process::geteuid().is_root() {
        say("not tested, only root can run a program as somebody else");
        return;
    }
    let owner = |pid: u32| fs::metadata(format!("/proc/{pid}/environ")).unwrap().uid();
    let home = home();
    let mode = fs::Permissions::from_mode(0o777);
    fs::set_permissions(home.path(""), mode).unwrap();
    let (began, gate) = (Gate::new(&home, "began"), Gate::new(&home, "gate"));
    std::os::unix::fs::chown(home.path("began"), Some(NOBODY), None).unwrap();
    std::os::unix::fs::chown(home.path("gate"), Some(NOBODY), None).unwrap();
    // A copy it may run, wherever the tree lies.
    fs::copy(env!("CARGO_BIN_EXE_warroom"), home.path("warroom")).unwrap();
    let mut plain = Command::new("cat");
    let plain = plain.uid(NOBODY).stdin(std::process::Stdio::piped());
    let mut plain = plain.stdout(std::process::Stdio::null()).spawn().unwrap();
    until("another program", || owner(plain.id()) == NOBODY);
    plain.kill().unwrap();
    plain.wait().unwrap();
    let run = home.run(&[]);
    let mut command = Command::new(home.path("warroom"));
    command.args(run.get_args()).env_clear().uid(NOBODY).current_dir(home.path(""));
    for (name, value) in run.get_envs() {
        command.env(name, value.unwrap());
    }
    let mut console = home.start(with_secrets(command));
    began.hear();
    assert_eq!(owner(console.id()), 0, "its memory is open to its own person");
    let supervisors = descendants(console.id());
    let supervises = |pid: &&u32| {
        let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&words).contains("supervise")
    };
    let supervisor = supervisors.iter().find(supervises).unwrap();
    assert_eq!(owner(*supervisor), 0, "its supervisor's memory is open");
    console.kill().unwrap();
    console.wait().unwrap();
    // The program lives on, and ends here.
    gate.open();
}
