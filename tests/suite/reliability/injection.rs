//! R17 without a screen: whatever a plan, a program, a server, a person, a directory or a
//! journal is called or says, no byte that drives a terminal reaches standard output,
//! standard error or the log. The screen itself is `view::hostile`.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    process::{Command, Output},
};

use proptest::prelude::*;
use rusqlite::{Connection, params};
use warroom::{
    journal::record::link,
    model::{Text, text::is_unsafe},
};

use super::home::{Home, files};
use crate::patience::cases;

/// Controls of both sets, sequences, overrides and what nobody sees.
const ATTACK: &str = "\u{1b}[2J\u{1b}]0;x\u{7}\r\u{9b}31m\u{9d}0;x\u{9c}\u{7f}\u{85}\u{202e}\u{2066}\
     \u{200b}\u{feff}\u{ad}\u{2028}\u{e0041}\u{3164}";

/// As a plan may write it.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

fn named(text: &str) -> String {
    quoted(&format!("{text}{ATTACK}"))
}

/// Only glyphs and line breaks.
fn assert_clean(bytes: &[u8], what: &str) {
    let text = std::str::from_utf8(bytes).unwrap_or_else(|why| panic!("{what}: {why}"));
    let found = text.chars().find(|c| *c != '\n' && is_unsafe(*c));
    assert!(found.is_none(), "{what}: {found:?} in {text:?}");
}

fn assert_said(output: &Output, what: &str) {
    assert_clean(&output.stdout, what);
    assert_clean(&output.stderr, what);
}

/// Answers every request with the attack, until the test ends.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut sent = [0; 4096];
            let read = stream.read(&mut sent).unwrap();
            let asked = String::from_utf8_lossy(&sent[..read]).into_owned();
            let status = if asked.starts_with("POST") { "200 OK" } else { "503 No" };
            let body = format!("body {ATTACK}");
            let length = body.len();
            let answer =
                format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
            // A client that has seen enough may be gone.
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    url
}

/// A plan, programs and a server that attack wherever they may say anything.
fn besieged() -> Home {
    let url = server();
    let octal = |byte: u8| format!("\\{byte:03o}");
    let attack = ATTACK.bytes().map(octal).collect::<Vec<_>>().concat();
    let program = |code: u8| {
        let script = format!(
            "printf 'out {attack}\\n{attack}'; printf '{attack}' >&2; exit {code}"
        );
        format!(
            "run = [\"sh\", \"-c\", {}]\nname = {}\nenv = {{ A = {} }}",
            quoted(&script),
            named("program"),
            named("a")
        )
    };
    let send = format!(
        "http = {{ method = \"POST\", url = \"{url}/x\" }}\nname = {}",
        named("send")
    );
    let home = Home::new(&[
        ("one", program(0)),
        ("send", send),
        ("tell", format!("notify = {}\nchannel = {}", named("tell"), named("#c"))),
        ("fail", program(3)),
    ]);
    let plan = home.read("plan.toml");
    let plan = plan
        .replace("name = \"local\"", &format!("name = \"local\"\ntitle = {}", named("l")))
        .replace("owner = \"Nobody\"", &format!("owner = {}", named("Nobody")))
        .replace("id = \"ada\"", &format!("id = \"ada\"\nname = {}", named("Ada")))
        .replace("id = \"shop\"", &format!("id = \"shop\"\nname = {}", named("Shop")))
        .replace("contact = \"+1 202 555 0101\"", &format!("contact = {}", named("tel")));
    fs::write(home.path("plan.toml"), plan).unwrap();
    home
}

/// Every command that prints, on what the attack has touched.
const TOLD: &[&[&str]] = &[
    &["check", "plan.toml"],
    &["check", "plan.toml", "-o", "json"],
    &["check", "broken.toml"],
    &["check", "broken.toml", "-o", "json"],
    &["status", "--plan", "plan.toml", "--runbook", "tell", "--timeout", "3s"],
    &[
        "status",
        "--plan",
        "plan.toml",
        "--runbook",
        "tell",
        "--timeout",
        "3s",
        "-o",
        "json",
    ],
    &["run", "tell", "--plan", "plan.toml", "--dry-run"],
    &["run", "tell", "--plan", "plan.toml", "--dry-run", "-o", "json"],
    &["run", "tell", "--plan", "broken.toml"],
    &["run", ATTACK, "--plan", "plan.toml"],
    &["incident", "list"],
    &["incident", "list", "-o", "json"],
    &["incident", "show", "INC-0001"],
    &["incident", "show", "INC-0001", "-o", "json"],
    &["incident", "export", "INC-0001"],
    &["incident", "verify", "INC-0001"],
    &["incident", "verify", "INC-0001", "-o", "json"],
    &["incident", "verify", "INC-0001", "--head", ATTACK],
    &["incident", "show", ATTACK],
    &["incident", "approve", "INC-0001", "one", "--words", ATTACK],
    &["doctor", "--plan", "plan.toml"],
    &["doctor", "--plan", ATTACK],
    &["drill", "--headless", "--plan", "plan.toml", "--runbook", "tell"],
    &["drill", "--headless", "--plan", "plan.toml", "--runbook", "tell", "-o", "json"],
    &["drill", "--headless", "--scenario", ATTACK],
    &[ATTACK],
    &["check", ATTACK],
];

fn all_said(home: &Home, change: impl Fn(&mut Command)) {
    for arguments in TOLD {
        let mut command = home.warroom(arguments);
        change(&mut command);
        let output = command.output().unwrap();
        assert_said(&output, &format!("{arguments:?}"));
        if arguments.ends_with(&["-o", "json"]) && !output.stdout.is_empty() {
            serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap();
        }
    }
    for file in files(&home.state()) {
        if file.ends_with("warroom.log") {
            assert_clean(&fs::read(&file).unwrap(), "the log");
        }
    }
}

#[test]
fn no_command_lets_an_attack_through() {
    let home = besieged();
    let broken = format!(
        "schema = {}\n[plan]\nname = {}\n[[{}]]\n",
        named("x"),
        named("y"),
        quoted("z")
    );
    fs::write(home.path("broken.toml"), broken).unwrap();
    let mut run = home.run(&[]);
    run.env("WARROOM_PERSON", format!("ada{ATTACK}"))
        .env("WARROOM_LOG", "trace")
        .env(format!("NAME{ATTACK}"), ATTACK);
    let output = run.output().unwrap();
    assert_said(&output, "run");
    // It got as far as the step that fails, and that was said.
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let shown = home.told(&["incident", "show", "INC-0001"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("REFUSED") && shown.contains('\u{FFFD}'), "{shown}");
    all_said(&home, |command| {
        command.env("WARROOM_LOG", "trace").env("WARROOM_PERSON", ATTACK);
    });
    // Colours are ours, and the only sequences there are.
    let mut check = home.warroom(&["check", "broken.toml"]);
    check.env("FORCE_COLOR", "1");
    let text = String::from_utf8(check.output().unwrap().stdout).unwrap();
    assert!(text.contains("\u{1b}["), "{text}");
    let mut plain = String::new();
    for part in text.split("\u{1b}[") {
        plain +=
            part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';' || c == 'm');
    }
    assert_clean(plain.as_bytes(), "check in colour");
}

/// A journal somebody else wrote: its bytes are whatever they wanted, and its chain is whole.
#[test]
fn a_forged_journal_attacks_nobody_who_reads_it() {
    let home = besieged();
    assert_eq!(home.run(&[]).output().unwrap().status.code(), Some(1));
    let raw = serde_json::to_string(ATTACK).unwrap();
    let raw = raw.trim_matches('"').replace('\u{7f}', "\\u007f");
    let conn = Connection::open(home.state().join("live/journal.sqlite")).unwrap();
    conn.execute_batch("DROP TRIGGER records_stay; DROP TRIGGER records_remain;")
        .unwrap();
    let rows: Vec<(i64, String)> = conn
        .prepare("SELECT seq, body FROM records ORDER BY seq")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut prev = warroom::journal::GENESIS.to_owned();
    for (seq, body) in rows {
        // Ids of every kind, a name, a program and an address.
        let mut body = body;
        for word in
            ["one", "send", "tell", "fail", "here", "there", "shop", "ada", "alive"]
        {
            body = body.replace(&format!("\"{word}\""), &format!("\"{word}{raw}\""));
        }
        body = body.replace("\"sh\"", &format!("\"sh{raw}\""));
        let hash = link(prev.as_bytes(), body.as_bytes());
        let sql = "UPDATE records SET prev = ?1, hash = ?2, body = ?3 WHERE seq = ?4";
        conn.execute(sql, params![prev, hash, body, seq]).unwrap();
        prev = hash;
    }
    conn.execute("UPDATE heads SET hash = ?1", [&prev]).unwrap();
    conn.execute("UPDATE leases SET name = ?1", [ATTACK]).unwrap();
    drop(conn);
    let shown = home.told(&["incident", "show", "INC-0001"]);
    assert_eq!(shown.status.code(), Some(0), "{shown:?}");
    all_said(&home, |command| {
        command.env("WARROOM_LOG", "trace");
    });
    // Nor when it is gone on with.
    let resumed = home.resume().output().unwrap();
    assert_said(&resumed, "resume");
}

/// A directory of that name.
#[test]
fn nor_does_the_name_of_a_place() {
    let home = besieged();
    let state = home.path(&format!("state{ATTACK}"));
    let loose = home.path("loose");
    fs::create_dir(&loose).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    fs::set_permissions(&loose, mode).unwrap();
    for place in [state.clone(), loose, home.path("plan.toml"), state.join("x")] {
        for arguments in
            [&["doctor"][..], &["incident", "list"], &["drill", "--headless"]]
        {
            let mut command = home.warroom(arguments);
            command.env("WARROOM_STATE_DIR", &place).env("USER", ATTACK);
            let output = command.output().unwrap();
            assert_said(&output, &format!("{arguments:?} in {}", place.display()));
        }
    }
}

/// What a panic says is somebody's text too.
#[test]
fn a_panic_says_nothing_raw() {
    const SWITCH: &str = "WARROOM_TEST_PANIC";
    if std::env::var_os(SWITCH).is_some() {
        warroom::cli::install_hooks().unwrap();
        panic!("said by a cloud: {ATTACK}");
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "reliability::injection::a_panic_says_nothing_raw",
            "--nocapture",
        ])
        .env(SWITCH, "1")
        .env("RUST_BACKTRACE", "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("said by a cloud"), "{text}");
    assert_clean(&output.stderr, "a panic");
}

proptest! {
    #![proptest_config(cases(20_000))]

    /// Bytes of anything, as a server, a program or a file sends them. For as long as one
    /// likes: `PROPTEST_CASES=10000000 cargo test --test suite injection::any_bytes`.
    #[test]
    fn any_bytes_become_a_text_that_only_shows(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let raw = String::from_utf8_lossy(&bytes);
        for text in [Text::clean(&raw), Text::capped(&raw, 20)] {
            prop_assert!(!text.as_str().chars().any(is_unsafe), "{text:?}");
            let stored = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(serde_json::from_str::<Text>(&stored).unwrap(), text);
        }
        // And as a journal brings it, uncleaned.
        let stored = serde_json::to_string(&raw).unwrap();
        let read: Text = serde_json::from_str(&stored).unwrap();
        prop_assert!(!read.as_str().chars().any(is_unsafe));
    }
}
