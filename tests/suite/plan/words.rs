//! Keys that procedures of other people needed: what each comes to, and what it changes.

use warroom::{
    driver::vocabulary,
    model::{Action, StepId, Undo},
    plan::{self, Env, Loaded},
};

use super::{commands::Home, read};

/// The small plan, changed in some places.
fn shop(edits: &[(&str, &str)], append: &str) -> Loaded {
    let mut text = read("tests/plans/good/shop.toml");
    for (from, to) in edits {
        assert!(text.contains(from), "`{from}` is not there");
        text = text.replacen(from, to, 1);
    }
    text += append;
    plan::load_embedded("shop", &[("plan.toml", &text)], &vocabulary(), &Env::new())
}

fn told(loaded: &Loaded) -> String {
    plan::human(&loaded.problems, &loaded.sources, false)
}

#[test]
fn a_count_may_be_a_parameter_that_is_known() {
    let by = [("count = 9", "count = \"${replicas}\"")];
    let parameter = |keys: &str| format!("\n[[parameter]]\nid = \"replicas\"\n{keys}\n");
    let given = shop(&by, &parameter("default = \"12\""));
    let plan = given.plan.as_ref().unwrap_or_else(|| panic!("{}", told(&given)));
    let step = plan.runbooks[0].step(&StepId::new("scale")).unwrap();
    let Action::Estate { args, .. } = &step.action else { panic!("{step:?}") };
    assert_eq!(args.number("count"), Some(12));
    // The environment of the plan's user goes before what is written.
    let env = Env::from([("SHOP_REPLICAS".to_owned(), "3".to_owned())]);
    let text = read("tests/plans/good/shop.toml").replacen(by[0].0, by[0].1, 1)
        + &parameter("source = \"env:SHOP_REPLICAS\"\ndefault = \"12\"");
    let files = [("plan.toml", text.as_str())];
    let plan = plan::load_embedded("shop", &files, &vocabulary(), &env).plan.unwrap();
    let step = plan.runbooks[0].step(&StepId::new("scale")).unwrap();
    let Action::Estate { args, .. } = &step.action else { panic!("{step:?}") };
    assert_eq!(args.number("count"), Some(3));
    // No number, and one nobody knows.
    for keys in ["default = \"many\"", "source = \"env:SHOP_REPLICAS\""] {
        let said = told(&shop(&by, &parameter(keys)));
        assert!(said.contains("known when the plan is read"), "{keys}: {said}");
    }
    // A number in quotes is text, as ever.
    let said = told(&shop(&[("count = 9", "count = \"9\"")], ""));
    assert!(said.contains("this is text, not a whole number"), "{said}");
}

#[test]
fn a_request_takes_a_request_back() {
    let step = |undo: &str| {
        format!(
            "id = \"public\"\nhttp = {{ url = \"https://flags.example.com/x\", method = \"PUT\", \
             body = \"off\", repeatable = true }}\nundo = {{ http = {{ {undo} }} }}\n"
        )
    };
    let old = "id = \"public\"\ncheck = \"public\"\n";
    let new =
        step("url = \"https://flags.example.com/x\", method = \"PUT\", body = \"on\"");
    let loaded = shop(&[(old, &new)], "");
    let plan = loaded.seen().unwrap_or_else(|| panic!("{}", told(&loaded)));
    let found = plan.runbooks[0].step(&StepId::new("public")).unwrap();
    let Undo::Action(undo) = &found.terms.undo else { panic!("{:?}", found.terms.undo) };
    let Action::Http(spec) = undo.as_ref() else { panic!("{undo:?}") };
    assert_eq!((spec.method.as_str(), spec.body.as_deref()), ("PUT", Some("on")));
    let said = told(&shop(&[(old, &step("url = \"flags\""))], ""));
    assert!(said.contains("`flags` is not an address"), "{said}");
}

#[test]
fn what_keeps_nothing_needs_no_copy() {
    let service = "\n[[service]]\nid = \"scores\"\nuses = [\"app\"]\nrpo = \"1m\"\n";
    let plain = told(&shop(&[], service));
    assert!(plain.contains("L33") && plain.contains("scores"), "{plain}");
    let said = told(&shop(&[], &format!("{service}stateless = true\n")));
    assert!(!said.contains("L33"), "{said}");
}

#[test]
fn a_rule_of_law_is_in_time_or_not() {
    let home = Home::new();
    let law = |within: &str| {
        let text = read("tests/plans/good/shop.toml")
            + "\n[[runbook]]\nid = \"tell\"\nkind = \"response\"\n\n[[runbook.step]]\n\
               id = \"file\"\nmanual = \"File it.\"\nestimate = \"1h\"\nestimate_p95 = \"2h\"\n"
            + &format!(
                "\n[[compliance]]\nid = \"dora\"\nrunbook = \"tell\"\nwithin = \"{within}\"\n"
            );
        std::fs::write(home.path("law.toml"), text).unwrap();
        let (out, error, code) = home.run(&["plan", "estimate", "law.toml", "tell"]);
        assert!(out.contains("COMPLIANCE") || out.contains("compliance"), "{out}{error}");
        (out, code)
    };
    for (within, word, code) in
        [("4h", "met", 0), ("90m", "PERHAPS", 1), ("30m", "MISSED", 2)]
    {
        let (out, status) = law(within);
        let line = out.lines().find(|line| line.contains("dora")).unwrap();
        assert!(line.contains(word), "{line}");
        assert_eq!(status, code, "{out}");
    }
}

#[test]
fn an_error_of_another_runbook_stops_no_drill_and_a_runbook_is_checked_with_its_plan() {
    let home = Home::new();
    let new = ["plan", "new", "mine", "--organisation", "The Shop", "--regions"];
    let who = ["eu-west-1,eu-central-1", "--people", "A. Okafor, +44 20 7946 0101"];
    home.told(&[&new[..], &who[..], &["B. Lind, +44 20 7946 0102"]].concat(), 0);
    let bad =
        "id = \"bad\"\nkind = \"restore\"\n\n[[step]]\nid = \"one\"\ndo = \"restroe\"\n";
    std::fs::write(home.path("mine/runbooks/bad.toml"), bad).unwrap();
    let (out, error, code) = home.run(&["check", "mine/runbooks/failover.toml"]);
    assert_eq!(code, 2, "{out}");
    assert!(error.contains("is a runbook of the plan mine"), "{error}");
    assert!(out.contains("bad.toml") && !out.contains("is not a key of"), "{out}");
    let drill = |runbook: &str| {
        home.run(&["drill", "--plan", "mine", "--runbook", runbook, "--headless"])
    };
    let (out, error, code) = drill("failover");
    assert_eq!(code, 0, "{out}{error}");
    assert!(error.contains("passed over") && error.contains("runbook.bad"), "{error}");
    let (_, error, code) = drill("bad");
    assert_eq!(code, 2);
    assert!(error.contains("has errors and is not run"), "{error}");
    // Nothing of it runs live.
    let (_, error, _) = home.run(&["run", "--plan", "mine", "failover"]);
    assert!(error.contains("has errors and is not run"), "{error}");
}

#[test]
fn the_doctor_names_files_hands_eyes_and_what_is_ticked() {
    let home = Home::new();
    let text = read("tests/plans/good/shop.toml").replacen(
        "owner =",
        "prerequisites = [\"A spare key\"]\nowner =",
        1,
    ) + "\n[[probe]]\nid = \"lag\"\nkind = \"sql\"\nhost = \"db\"\nsql = \"SELECT 1;\"\n\
           \n[[notification]]\nevent = \"declared\"\nscript = \"tell.sh\"\n\
           \n[[notification]]\nevent = \"closed\"\nscript = \"gone.sh\"\n\
           \n[[document]]\nid = \"bia\"\npath = \"bia.md\"\n";
    std::fs::write(home.path("shop.toml"), text).unwrap();
    std::fs::write(home.path("tell.sh"), "echo\n").unwrap();
    let (out, _, code) = home.run(&["doctor", "--plan", "shop.toml"]);
    assert_eq!(code, 1, "a file is missing: {out}");
    for line in [
        // The hash of `echo` and a line break.
        "ok   file             tell.sh: present, sha256 86b0c5a, 0 h old",
        "FAIL file             gone.sh: absent",
        "note file             bia.md: absent",
        "ask  prerequisite     tick by hand: A spare key",
        "note eyes             1 of 3 probes cannot be looked at live, and are unknown \
         there: sql 1",
        "FAIL hands            kinds only the drill world has: kubernetes-deployment (app). \
         These runbooks act on them and do not run live: failover",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
    let blind = "id = \"ready\"\ncheck = \"west\"";
    let text = std::fs::read_to_string(home.path("shop.toml")).unwrap();
    let text = text.replacen(blind, "id = \"ready\"\ncheck = \"lag\"", 1);
    std::fs::write(home.path("shop.toml"), text).unwrap();
    let (out, ..) = home.run(&["doctor", "--plan", "shop.toml"]);
    assert!(out.contains("FAIL eyes") && out.contains("failover/ready"), "{out}");
}
