//! Mistakes people make in a plan: each is named with its place and its line, and with what
//! to write instead.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use warroom::{
    config::Env,
    driver,
    plan::{self, EMBEDDED},
};

const OUT: &str = "runbooks/region-failover.toml";
const PLAN: &str = "plan.toml";

/// One slip in the shipped E-commerce plan, and what has to be said of it.
struct Slip {
    what: &'static str,
    file: &'static str,
    right: &'static str,
    wrong: &'static str,
    /// Of the line that is shown.
    line: &'static str,
    says: &'static str,
    help: &'static str,
}

const SLIPS: &[Slip] = &[
    Slip {
        what: "a key with two letters swapped",
        file: OUT,
        right: "estimate_p95 = \"3m\"",
        wrong: "estimate_p59 = \"3m\"",
        line: "estimate_p59 = \"3m\"",
        says: "`estimate_p59` is not a key of a step with `manual`",
        help: "did you mean `estimate_p95`?",
    },
    Slip {
        what: "the same in a key that must be there",
        file: PLAN,
        right: "kind = \"rds-replica\"",
        wrong: "knid = \"rds-replica\"",
        line: "knid = \"rds-replica\"",
        says: "`kind` is missing, and `knid` means nothing here",
        help: "did you mean `kind`?",
    },
    Slip {
        what: "a region nobody declared",
        file: OUT,
        right: "side = \"us-west-2\"",
        wrong: "side = \"us-west-1\"",
        line: "side = \"us-west-1\"",
        says: "there is no site `us-west-1`",
        help: "did you mean `us-west-2`?",
    },
    Slip {
        what: "a region with a slip in it",
        file: PLAN,
        right: "region = \"us-east-1\"",
        wrong: "region = \"us-east1\"",
        line: "region = \"us-east1\"",
        says: "site `us-east-1` lies in region `us-east1`",
        help: "did you mean `us-east-1`?",
    },
    Slip {
        what: "a closing quote forgotten",
        file: OUT,
        right: "name = \"Confirm that us-east-1 is down\"",
        wrong: "name = \"Confirm that us-east-1 is down",
        line: "name = \"Confirm that us-east-1 is down",
        says: "the text on this line has no closing \"",
        help: "put the whole value in quotes: `key = \"value\"`",
    },
    Slip {
        what: "an opening quote forgotten",
        file: OUT,
        right: "name = \"Confirm that us-east-1 is down\"",
        wrong: "name = Confirm that us-east-1 is down\"",
        line: "name = Confirm that us-east-1 is down\"",
        says: "this text has no opening \"",
        help: "put the whole value in quotes: `key = \"value\"`",
    },
    Slip {
        what: "an id given twice",
        file: OUT,
        right: "id = \"grow-orders\"",
        wrong: "id = \"grow-nodes\"",
        line: "id = \"grow-nodes\"",
        says: "there are two of the step `grow-nodes`; this is the second",
        help: "give each its own id",
    },
    Slip {
        what: "steps that wait for one another",
        file: OUT,
        right: "needs = [\"go\"]",
        wrong: "needs = [\"shift\"]",
        line: "[[step]]",
        says: "these steps wait for one another: shift > flows > smoke > ",
        help: "take one of the `needs` away; `a > b` reads: a waits for b",
    },
    Slip {
        what: "a duration in words",
        file: PLAN,
        right: "rto = \"30m\"",
        wrong: "rto = \"15 minutes\"",
        line: "rto = \"15 minutes\"",
        says: "`15 minutes` is not a duration",
        help: "write `rto = \"15m\"`",
    },
    Slip {
        what: "a duration without a unit",
        file: OUT,
        right: "budget = \"4m\"",
        wrong: "budget = 4",
        line: "budget = 4",
        says: "this is a whole number, not a duration in quotes",
        help: "write a duration in quotes, as in \"90s\" or \"1h30m\"",
    },
    Slip {
        what: "a value nobody filled in",
        file: PLAN,
        right: "contact = \"+1 202 555 0110\"",
        wrong: "contact = \"TODO\"",
        line: "contact = \"TODO\"",
        says: "`TODO` looks like a value nobody filled in",
        help: "write the real value, or make it a [[parameter]] and write `${id}`",
    },
    Slip {
        what: "a verb with a letter missing",
        file: OUT,
        right: "do = \"promote\"",
        wrong: "do = \"promot\"",
        line: "do = \"promot\"",
        says: "there is no verb `promot`",
        help: "did you mean `promote`?",
    },
    Slip {
        what: "a number in quotes",
        file: OUT,
        right: "percent = 100",
        wrong: "percent = \"100%\"",
        line: "percent = \"100%\"",
        says: "this is text, not a whole number from 0",
        help: "write a whole number from 0, without quotes",
    },
];

/// The shipped plan in `dir`, changed by `change`, as `warroom check` prints it.
fn printed(dir: &Path, change: impl Fn(&str, String) -> Option<String>) -> String {
    let (_, files) = EMBEDDED.iter().find(|(name, _)| *name == "ecommerce").unwrap();
    for (name, text) in *files {
        if let Some(text) = change(name, (*text).to_owned()) {
            let file = dir.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            let is_script = text.starts_with("#!");
            fs::write(&file, text).unwrap();
            if is_script {
                fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
            }
        }
    }
    let values = [("HOSTED_ZONE_ID".to_owned(), "Z0000000000001".to_owned())];
    let env = Env::from(std::collections::BTreeMap::from(values));
    let loaded = plan::load(dir, &driver::vocabulary(), env.all());
    plan::human(&loaded.problems, &loaded.sources, false)
}

#[test]
fn each_slip_is_named_shown_and_answered() {
    for slip in SLIPS {
        let dir = tempfile::tempdir().unwrap();
        let text = printed(dir.path(), |name, text| {
            if name != slip.file {
                return Some(text);
            }
            assert!(text.contains(slip.right), "{}: no {}", slip.what, slip.right);
            Some(text.replacen(slip.right, slip.wrong, 1))
        });
        // The block that says it holds everything a person needs to mend it.
        let block = text.split("\n\n").find(|block| block.contains(slip.says));
        let block = block.unwrap_or_else(|| panic!("{}:\n{text}", slip.what));
        let place = format!("--> {}/{}:", dir.path().display(), slip.file);
        assert!(block.contains(&place), "{}: no place in\n{block}", slip.what);
        assert!(block.contains(&format!("| {}", slip.line)), "{}:\n{block}", slip.what);
        let help = format!("= help: {}", slip.help);
        assert!(block.contains(&help), "{}: not {help} in\n{block}", slip.what);
    }
}

#[test]
fn a_runbook_file_that_is_missing_is_one_problem_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let gone = "runbooks/planned-failback.toml";
    let text = printed(dir.path(), |name, text| (name != gone).then_some(text));
    assert!(text.contains("there is no runbook `planned-failback`"), "{text}");
    assert!(text.contains(&format!("= help: write {gone}, or use one of: ")), "{text}");
    // It is said wherever somebody needs it, and nothing else is.
    let mut errors = text.lines().filter(|line| line.starts_with("error"));
    assert!(errors.all(|line| line.contains("no runbook `planned-failback`")), "{text}");
}

#[test]
fn a_duplicated_id_does_not_accuse_a_circle() {
    let dir = tempfile::tempdir().unwrap();
    let text = printed(dir.path(), |name, text| {
        let twice = text.replacen("id = \"grow-orders\"", "id = \"grow-nodes\"", 1);
        Some(if name == OUT { twice } else { text })
    });
    assert!(!text.contains("wait for one another"), "{text}");
}
