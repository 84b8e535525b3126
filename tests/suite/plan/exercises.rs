//! When drills are due, by the real program: from what the plan says and what was played.

use serde_json::Value;

use super::commands::Home;

fn drills(home: &Home) -> Vec<Value> {
    let (out, error, _) =
        home.run(&["status", "--plan", "mine", "--timeout", "1s", "--output", "json"]);
    let told: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{error}"));
    told["drills"].as_array().unwrap_or_else(|| panic!("{told}")).clone()
}

#[test]
fn a_drill_is_due_from_the_day_it_was_held_and_only_a_live_run_counts_for_a_live_one() {
    let home = Home::new();
    home.told(
        &[
            "plan",
            "new",
            "mine",
            "--organisation",
            "The Shop",
            "--regions",
            "eu-west-1,eu-central-1",
            "--people",
            "A. Okafor, +44 20 7946 0101",
            "B. Lind, +44 20 7946 0102",
        ],
        0,
    );
    let path = home.path("mine/plan.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let rows: String = [
        ("game", "simulated", ""),
        ("real", "live", ""),
        ("old", "live", "last = \"2020-01-31\"\n"),
    ]
    .map(|(id, mode, last)| {
        format!(
            "\n[[drill]]\nid = \"{id}\"\nevery = \"1 month\"\nmode = \"{mode}\"\n\
                 runbook = \"failover\"\n{last}"
        )
    })
    .concat();
    std::fs::write(&path, text + &rows).unwrap();
    let of = |all: &[Value], name: &str| -> Value {
        all.iter().find(|one| one["name"] == name).unwrap().clone()
    };
    let before = drills(&home);
    assert_eq!(of(&before, "game")["due"], Value::Null, "{before:?}");
    assert_eq!(of(&before, "old")["due"], "2020-02-29", "{before:?}");
    assert!(of(&before, "old")["days"].as_i64().unwrap() < -2000, "{before:?}");
    home.told(&["drill", "--plan", "mine", "--headless"], 0);
    let after = drills(&home);
    let left = of(&after, "game")["days"].as_i64().unwrap();
    assert!((28..=31).contains(&left), "{after:?}");
    assert_eq!(of(&after, "real")["due"], Value::Null, "a game is no live drill");
    let (told, ..) = home.run(&["status", "--plan", "mine", "--timeout", "1s"]);
    assert!(told.contains("real: NEVER HELD"), "{told}");
    assert!(told.contains("old: OVERDUE by "), "{told}");
}
