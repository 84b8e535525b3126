//! The record afterwards: what a drill left is useful to whoever was asleep, in every
//! format, on a narrow terminal, and on another machine.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::LazyLock,
};

use warroom::{
    engine::{Event, Incident, NoteKind, Record},
    model::{Actor, IncidentId},
    report::{
        csv, markdown,
        summary::summary,
        timeline::{self, rows},
    },
};

use super::laws::{Played, whole};

const BINARY: &str = env!("CARGO_BIN_EXE_warroom");

/// A home of its own, and the program in it.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// With one drill played: the shortest there is.
    fn played() -> Self {
        let home = Self::new();
        let drill =
            ["drill", "--plan", "mycomputer", "--runbook", "app-recovery", "--headless"];
        let output = home.run(&drill);
        assert!(output.status.success(), "{output:?}");
        home
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.env_clear().env("HOME", self.0.path()).env("USER", "shah");
        command.env("WARROOM_STATE_DIR", self.state()).args(args);
        command
    }

    fn state(&self) -> PathBuf {
        self.0.path().join("state")
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).stdin(Stdio::null()).output().unwrap()
    }

    fn told(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What it complained of, and the exit status.
    fn complaint(&self, args: &[&str]) -> (String, i32) {
        let output = self.run(args);
        let text = String::from_utf8(output.stderr).unwrap();
        (text, output.status.code().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

#[test]
fn an_export_is_checked_wherever_it_goes() {
    let home = Home::played();
    let lines = home.told(&["incident", "export", "drill-1"]);
    let first: serde_json::Value =
        serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first["event"]["event"], "declared");
    let elsewhere = Home::new();
    let kept = elsewhere.write("kept.jsonl", &lines);
    let here = home.told(&["incident", "verify", "DRILL-0001"]);
    let there = elsewhere.told(&["incident", "verify", &kept]);
    // The same chain, head and words; only the advice differs.
    let chain = |text: &str| text.lines().take(2).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(chain(&here), chain(&there));
    assert!(there.contains("cut off at its end"), "{there}");
    let cases = [
        (lines.replacen("broken-release", "broken_release", 1), "record 1: "),
        (lines.lines().skip(1).collect::<Vec<_>>().join("\n"), "record 1: it is missing"),
        (format!("hello\n{lines}"), "line 1 is not a line of an export"),
        (String::new(), "it holds no records"),
    ];
    for (text, fault) in cases {
        let path = elsewhere.write("changed.jsonl", &text);
        let output = elsewhere.run(&["incident", "verify", &path]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(fault), "{said} does not say: {fault}");
    }
}

#[test]
fn an_export_is_checked_in_a_pipe() {
    let home = Home::played();
    let lines = home.told(&["incident", "export", "DRILL-0001", "--format", "jsonl"]);
    let mut verify = home.command(&["incident", "verify", "-"]);
    let mut verify = verify.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    verify.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = verify.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn every_format_tells_the_same_records() {
    let home = Home::played();
    let export =
        |format| home.told(&["incident", "export", "DRILL-0001", "--format", format]);
    let count = export("jsonl").lines().count();
    let json: serde_json::Value = serde_json::from_str(&export("json")).unwrap();
    assert_eq!(json["timeline"].as_array().unwrap().len(), count);
    assert_eq!(json["summary"]["records"], count);
    assert_eq!(json["summary"]["type"], "drill");
    assert_eq!(json["summary"]["outcome"]["rto_met"], true);
    let who = json["summary"]["executed"][0]["who"].as_str().unwrap();
    assert!(who.starts_with("shah (no terminal on "), "{who}");
    assert_eq!(export("csv").lines().count(), count + 1);
    let table = export("md");
    assert_eq!(table.lines().filter(|line| line.starts_with("| ")).count(), {
        // Head rows of the two tables, the fields of page one, and a row a record.
        let fields = table.split("## Timeline").next().unwrap();
        fields.lines().filter(|line| line.starts_with("| ")).count() + 1 + count
    });
    assert!(table.contains("| RTO achieved |"), "{table}");
}

/// The longest drill there is: days, leaps, approvals, shares.
static STORY: LazyLock<(Incident, Vec<Record>)> = LazyLock::new(|| {
    let left = whole(&Played::new("ecommerce", "planned-failback", Some("slow-cloud")));
    let id = IncidentId::from("DRILL-0001");
    (Incident::fold(&id, &left.records).unwrap(), left.records)
});

#[test]
fn page_one_answers_what_an_auditor_asks_first() {
    let (incident, records) = &*STORY;
    let page = summary(incident, records);
    let text = page.text(None);
    for label in [
        "type           drill in a simulated world, closed\n",
        "runbook        Planned failback to us-east-1 (planned-failback)\n",
        "scope          us-west-2 > us-east-1: Database, Orders, Customers, Products, Invoices and exports\n",
        "impact         2026-",
        "declared       2026-",
        "decided        2026-",
        "verified       2026-",
        "RTO achieved   12",
        "of 168:00:00, met\n",
        "of 0:30 on main, met\n",
        "commanded by   M.Okafor (scripted) from ",
        "executed by    P.Shah (test): steps 1-3, 5-16, 18-28, 30, 32-44\n",
        "approved by    M.Okafor (scripted): steps 4, 6, 17, 19, 29, 31, 36\n",
        // The first promotion finds the replica backing up, and is tried again.
        "system: REFUSED 19 Promote ecommerce-db in us-east-1 was refused",
        "P.Shah: EXEC 19 Promote ecommerce-db in us-east-1, attempt 2",
    ] {
        assert!(text.contains(label), "no {label:?} in\n{text}");
    }
    assert_eq!(page.records, records.len() as u64);
    assert_eq!(page.head, records.last().unwrap().hash);
    // Nothing that failed or was done again is left out.
    let failed = records.iter().filter(|record| {
        matches!(
            record.event,
            Event::Failed { .. } | Event::Refused { .. } | Event::Doubted { .. }
        )
    });
    assert_eq!(page.failures.len(), failed.count());
}

#[test]
fn what_was_closed_with_steps_undone_says_so() {
    let (_, records) = &*STORY;
    let last = records.last().unwrap().clone();
    let cut: Vec<Record> =
        [records[..20].to_vec(), vec![Record { seq: 21, ..last }]].concat();
    let incident = Incident::fold(&"DRILL-0001".into(), &cut).unwrap();
    let open = incident.steps().filter(|(_, step)| !step.state.is_settled()).count();
    let page = summary(&incident, &cut);
    assert_eq!(
        page.deviations.last().unwrap().what,
        format!("CLOSE with {open} steps not done")
    );
    assert!(
        page.text(None)
            .contains("RTO            168:00:00; services were not seen healthy")
    );
}

#[test]
fn nothing_is_wider_than_the_terminal_and_every_day_is_named() {
    let (incident, records) = &*STORY;
    for width in [60, 80, 120] {
        let page = summary(incident, records).text(Some(width));
        let story = timeline::text(&rows(incident, records), Some(width));
        for line in page.lines().chain(story.lines()) {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
    let piped = timeline::text(&rows(incident, records), None);
    let days = piped.lines().filter(|line| line.ends_with(" UTC")).count();
    assert!(days >= 4, "a failback of three days and more");
    assert_eq!(piped.lines().count(), days + records.len(), "one line a record");
}

#[test]
fn words_of_people_stay_words_in_every_format() {
    let (incident, records) = &*STORY;
    let mut records = records.clone();
    let last = records.last().unwrap().clone();
    let text = "=cmd|'/C calc'!A1 \"x\", <img src=x onerror=y> | [a](javascript:b)";
    records.push(Record {
        seq: last.seq + 1,
        actor: Actor::Person { name: "=1+1".into(), from: "tty".into() },
        event: Event::Noted {
            kind: NoteKind::Note,
            text: text.into(),
            pressed_at: last.at,
        },
        ..last
    });
    let rows = rows(incident, &records);
    let table = csv::text(&rows);
    let row = table.lines().last().unwrap();
    assert!(row.contains(",\"'=1+1\",") && row.contains(",\"'=cmd|"), "{row}");
    assert!(row.contains("\"\"x\"\""), "{row}");
    let document = markdown::text(&summary(incident, &records), &rows);
    let row = document.lines().last().unwrap();
    assert!(row.contains("\\<img") && row.contains("\\[a\\]"), "{row}");
    // Seven bars of its own, and those in the text behind a backslash.
    let bars = row.replace("\\|", "").matches('|').count();
    assert_eq!(bars, 7, "{row}");
}

#[test]
fn a_wrong_id_is_answered_with_the_right_one() {
    let empty = Home::new();
    assert!(empty.told(&["incident", "list"]).starts_with("no incidents yet: "));
    let (said, code) = empty.complaint(&["incident", "show", "DRILL-0001"]);
    assert!(said.contains("no incidents yet") && code == 2, "{said}");
    let home = Home::played();
    for word in ["DRILL-0010", "INC-0001", "last", "1"] {
        for task in ["show", "resume", "verify", "export"] {
            let (said, code) = home.complaint(&["incident", task, word]);
            let wanted = format!("there is no `{word}`; did you mean DRILL-0001?");
            assert!(said.contains(&wanted) && code == 2, "{said}");
        }
    }
    let (said, _) = home.complaint(&["incident", "resume", "drill-1"]);
    assert!(said.contains("DRILL-0001 is closed"), "{said}");
}

#[test]
fn a_journal_that_cannot_be_looked_for_is_not_taken_for_none() {
    let home = Home::new();
    home.write("state", "a file where a directory should be");
    for task in [&["incident", "list"][..], &["incident", "show", "DRILL-0001"]] {
        let (said, code) = home.complaint(task);
        assert!(said.contains("is not a directory") && code == 2, "{said}");
    }
    let fit = home.run(&["doctor"]);
    assert_eq!(fit.status.code(), Some(1), "{fit:?}");
}

#[test]
fn status_without_an_answer_is_unknown_and_not_critical() {
    let home = Home::new();
    for plan in ["nowhere", plans("ecommerce").to_str().unwrap()] {
        let output = home.run(&["status", "--plan", plan]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.starts_with("DR UNKNOWN: "), "{said}");
        assert_eq!(output.status.code(), Some(3));
    }
}

fn plans(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/plans").join(name)
}

#[test]
fn every_subcommand_has_help_with_an_example() {
    let home = Home::new();
    let commands = |of: &[&str]| -> Vec<String> {
        let help = home.told(&[of, &["--help"]].concat());
        let list = help.split("Commands:\n").nth(1).unwrap_or_default();
        let names = list.lines().take_while(|line| !line.is_empty());
        // Wrapped lines are indented further than names.
        let names =
            names.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        let names = names.filter_map(|line| line.split_whitespace().next());
        names.filter(|name| *name != "help").map(str::to_owned).collect()
    };
    let top = commands(&[]);
    assert!(top.len() >= 8, "{top:?}");
    for name in &top {
        let below = commands(&[name]);
        let leaves: Vec<Vec<&str>> = if below.is_empty() {
            vec![vec![name]]
        } else {
            below.iter().map(|leaf| vec![name.as_str(), leaf]).collect()
        };
        for leaf in leaves {
            let help = home.told(&[&leaf[..], &["--help"]].concat());
            let example = format!("warroom {}", leaf.join(" "));
            let after = help.split("Example").nth(1).unwrap_or_default();
            assert!(after.contains(&example), "{leaf:?}:\n{help}");
        }
    }
}

#[test]
fn completions_load_in_a_real_bash() {
    let home = Home::new();
    let script = home.write("completions", &home.told(&["completions", "bash"]));
    let ask = "source \"$1\" && complete -p warroom && COMP_WORDS=(warroom incident ex) \
               COMP_CWORD=2 && _warroom warroom ex incident && echo \"${COMPREPLY[@]}\"";
    let bash = ["--norc", "--noprofile", "-c", ask, "bash", &script];
    let output = Command::new("bash").args(bash).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    assert_eq!(said.lines().last(), Some("export"), "{said}");
    for shell in ["zsh", "fish"] {
        assert!(home.told(&["completions", shell]).contains("warroom"), "{shell}");
    }
}
