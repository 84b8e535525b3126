//! A run for a scenario, by the real program: which runbooks answer it, what the plan says
//! of it, and that another one is run in words only.

use super::commands::Home;

const CORRUPTION: [&str; 5] =
    ["drill", "--plan", "mycomputer", "--scenario", "data-corruption"];

#[test]
fn a_runbook_that_does_not_answer_the_scenario_is_refused_with_those_that_do() {
    let home = Home::new();
    for runbook in ["multi-region-failover", "app-recovery"] {
        let args = [&CORRUPTION[..], &["--runbook", runbook, "--headless"]].concat();
        let (_, error, code) = home.run(&args);
        assert_ne!(code, 0, "{runbook}");
        let told = [
            &format!("`{runbook}` does not answer scenario Corrupted data"),
            "corruption-recovery, assets-version does",
            "Never a failover",
            "--anyway",
        ];
        let flat = error.split_whitespace().collect::<Vec<_>>().join(" ");
        for words in told {
            assert!(flat.contains(words), "{words}\n{error}");
        }
    }
    // Nothing was declared.
    let list = home.told(&["incident", "list"], 0);
    assert!(!list.contains("DRILL-0001"), "{list}");
    // Words of nothing are no words.
    let blank = [&CORRUPTION[..], &["--runbook", "app-recovery", "--anyway", " "]];
    let (_, error, code) = home.run(&blank.concat());
    assert!(code != 0 && error.contains("a reason in words"), "{error}");
}

#[test]
fn another_one_is_run_in_words_that_stay_on_record_with_the_guidance() {
    let home = Home::new();
    let words = "only the app is wrong";
    let anyway = ["--runbook", "app-recovery", "--anyway", words, "--headless"];
    home.told(&[&CORRUPTION[..], &anyway[..]].concat(), 0);
    let page = home.told(&["incident", "show", "DRILL-0001"], 0);
    for line in [
        "scenario       Corrupted data (data-corruption)\n",
        "guidance       Never a failover",
        "SCENARIO data-corruption is answered by corruption-recovery, assets-version, not by \
         app-recovery: only the app is wrong",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
    let told = home.told(&["incident", "export", "DRILL-0001", "--format", "md"], 0);
    assert!(told.contains("for Corrupted data (data-corruption)"), "{told}");
    // The one that answers needs no words, and a runbook may say itself that it does.
    let own = ["drill", "--plan", "mycomputer", "--scenario", "application-failure"];
    home.told(&[&own[..], &["--headless"]].concat(), 0);
    let page = home.told(&["incident", "show", "DRILL-0002"], 0);
    assert!(page.contains("Application broken (application-failure)"), "{page}");
    assert!(!page.contains("is answered by"), "{page}");
}
