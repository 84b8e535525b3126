//! For whom a run is begun, by the real program: nobody is taken along unasked.

use std::fs;

use super::commands::Home;

/// The shipped plan with tenants, as its files, with `old` in it written otherwise.
fn written(home: &Home, old: &str, new: &str) {
    let (_, files) =
        warroom::plan::EMBEDDED.iter().find(|(name, _)| *name == "lecture").unwrap();
    for (name, text) in *files {
        let path = home.path("mine").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = if *name == "plan.toml" {
            assert!(text.contains(old), "{old}");
            text.replacen(old, new, 1)
        } else {
            (*text).to_owned()
        };
        fs::write(path, text).unwrap();
    }
}

#[test]
fn nobody_is_taken_along_where_the_plan_names_no_default() {
    let home = Home::new();
    written(&home, "default = \"all\"\n", "");
    let drill =
        ["drill", "--plan", "mine", "--runbook", "regional-failover", "--headless"];
    let (out, error, code) = home.run(&drill);
    assert_ne!(code, 0, "{out}");
    let flat = error.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("nobody said for whom"), "{error}");
    assert!(flat.contains("The plan has: alder, birch"), "{error}");
    // Looking and checking take nobody along.
    let shown = home.told(&["plan", "show", "mine"], 0);
    assert!(shown.contains("alder"), "{shown}");
}

#[test]
fn a_value_of_the_tenants_is_not_set_by_hand() {
    let home = Home::new();
    let drill = ["drill", "--plan", "lecture", "--set", "customer=alder", "--headless"];
    let (out, error, code) = home.run(&drill);
    assert_ne!(code, 0, "{out}");
    let flat = error.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("--set customer: every tenant has its own"), "{error}");
    assert!(flat.contains("--tenant: alder, birch"), "{error}");
}
