//! The one way a plan is written: never another meaning, never a comment less, and the
//! second time nothing to do.

use std::{fs, path::Path};

use proptest::prelude::*;
use warroom::plan::{FileKind, format};

/// What every formatted text keeps; returns it.
fn law(text: &str, kind: FileKind) -> String {
    let out = format(text, kind).unwrap_or_else(|why| panic!("{why}\n{text}"));
    let meaning = |text: &str| toml::from_str::<toml::Table>(text).unwrap();
    assert_eq!(meaning(text), meaning(&out), "\n{text}\n---\n{out}");
    assert_eq!(format(&out, kind).as_ref(), Ok(&out), "a second time\n{text}");
    out
}

/// Lines that are a comment and nothing else, in an order of their own.
fn remarks(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| line.starts_with('#'));
    let mut all: Vec<String> = lines.map(str::to_owned).collect();
    all.sort();
    all
}

fn toml_files(dir: &Path, out: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            toml_files(&path, out);
        } else if path.extension().is_some_and(|ext| ext == "toml") {
            out.push(path);
        }
    }
}

#[test]
fn every_plan_there_is_keeps_its_meaning_and_its_comments() {
    let mut files = Vec::new();
    toml_files(Path::new("assets/plans"), &mut files);
    toml_files(Path::new("tests/plans/good"), &mut files);
    toml_files(Path::new("tests/plans/as-written"), &mut files);
    assert!(files.len() > 10);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let runbook = file.parent().is_some_and(|dir| dir.ends_with("runbooks"));
        let kind = if runbook { FileKind::Runbook } else { FileKind::Plan };
        let out = law(&text, kind);
        assert_eq!(remarks(&text), remarks(&out), "{}", file.display());
        assert!(!out.contains("\n\n\n") && !out.starts_with('\n'), "{}", file.display());
        assert!(out.lines().all(|line| line == line.trim_end()), "{}", file.display());
    }
}

fn becomes(text: &str, wanted: &str) {
    assert_eq!(law(text, FileKind::Plan), wanted, "\n{text}");
}

#[test]
fn keys_stand_in_their_order_and_comments_stay_with_them() {
    becomes(
        "[[service]]\nrto=\"30m\"\n# Its name.\nid = 'orders'   # short\nrpo =  \"5m\"\n",
        "[[service]]\n# Its name.\nid = 'orders' # short\nrto = \"30m\"\nrpo = \"5m\"\n",
    );
    // A blank line keeps groups apart.
    becomes(
        "[[service]]\nrto = \"30m\"\nid = \"a\"\n\n\n# Why.\n\nuses = []\nname = \"A\"\n# End.\n",
        "[[service]]\nid = \"a\"\nrto = \"30m\"\n\n# Why.\n\nname = \"A\"\nuses = []\n# End.\n",
    );
    // What a table is open to stands where one looks for it; notes of one's own last.
    becomes(
        "[[runbook.step]]\nx_ticket = 1\ncount = 9\nside = \"w\"\nresource = \"n\"\nowner = \"o\"\ndo = \"scale\"\nid = \"g\"\n",
        "[[runbook.step]]\nid = \"g\"\nowner = \"o\"\ndo = \"scale\"\nresource = \"n\"\nside = \"w\"\ncount = 9\nx_ticket = 1\n",
    );
    becomes(
        "[[database]]\nside.b.instance = \"y\"\nengine = \"postgres\"\nside.a.instance = \"x\"\nkind = \"k\"\n",
        "[[database]]\nkind = \"k\"\nengine = \"postgres\"\nside.b.instance = \"y\"\nside.a.instance = \"x\"\n",
    );
    // A table of a table knows its own order.
    becomes(
        "[database.side.east]\ninstance = 1\nnote = \"n\"\n[objectives]\nrpo=\"1m\"\nrto=\"2m\"\n",
        "[database.side.east]\ninstance = 1\nnote = \"n\"\n\n[objectives]\nrto = \"2m\"\nrpo = \"1m\"\n",
    );
}

#[test]
fn values_are_written_one_way_and_stay_what_they_are() {
    becomes(
        "schema=1\n[plan]\nname = \"a\" #why\n",
        "schema = 1\n\n[plan]\nname = \"a\" #why\n",
    );
    becomes("x_a = [1,2 ,3]\n", "x_a = [1, 2, 3]\n");
    becomes("x_a = {b=1,c = {d=\"}\"}}\n", "x_a = { b = 1, c = { d = \"}\" } }\n");
    becomes(
        "x_a = [ # first\n'1', # one\n # two\n[2,\n3]\n # last\n]\n",
        "x_a = [\n  # first\n  '1', # one\n  # two\n  [\n    2,\n    3,\n  ],\n  # last\n]\n",
    );
    becomes("x_a = []\nx_b = {}\nx_c = [\n]\n", "x_a = []\nx_b = {}\nx_c = []\n");
    // Nothing of a text is touched: not its blanks, not what looks like TOML in it.
    let text =
        "x_a = \"\"\"\n  # no comment\n[no.head]\n\\\"\"\"\"\"\nx_b = '''\n\n\n='''\n";
    becomes(text, text);
    becomes("x_a = 2026-01-31  \r\nx_b = 1\r\n", "x_a = 2026-01-31\nx_b = 1\n");
    becomes("[ a . \"b c\" ]\n\"x y\" . z = 1\n", "[a.\"b c\"]\n\"x y\".z = 1\n");
    becomes("", "");
    becomes("# only\n\n\n# comments", "# only\n\n# comments\n");
}

#[test]
fn what_is_no_toml_is_left_alone() {
    for text in ["a = ", "[a\n", "a = \"x\nb = 1\n", "a = [1, 2\n", "= 1\n"] {
        assert!(format(text, FileKind::Plan).is_err(), "{text}");
    }
}

/// Values as people and machines write them, with traps in them.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("1".to_owned()),
        Just("-0.5e3".to_owned()),
        Just("true".to_owned()),
        Just("2026-01-31T07:32:00Z".to_owned()),
        Just("\"a # b\"".to_owned()),
        Just("'[x] = \"'".to_owned()),
        Just("\"\\\"]}\"".to_owned()),
        Just("\"\"\"\n# not a comment\n[x]\n\"\" \\\"\\\"\\\" \"\"\"\"".to_owned()),
        Just("'''\n\\'' \n'''".to_owned()),
        Just("\"\"".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let pads = ["", " ", "\n", "\n # why]\n  ", " , "];
        prop_oneof![
            (prop::collection::vec((inner.clone(), 0..4_usize), 0..4)).prop_map(
                move |items| {
                    let parts: Vec<String> = items
                        .into_iter()
                        .map(|(item, pad)| format!("{}{item}", pads[pad]))
                        .collect();
                    format!("[{}]", parts.join(","))
                }
            ),
            prop::collection::vec(inner, 0..3).prop_map(|items| {
                let parts: Vec<String> = items
                    .into_iter()
                    .enumerate()
                    .map(|(at, item)| format!("k{at}={item}"))
                    .collect();
                format!("{{{}}}", parts.join(" ,"))
            }),
        ]
    })
}

/// A file of tables the language knows and others, with keys in any order.
fn file() -> impl Strategy<Value = String> {
    let keys = ["id", "name", "rto", "x_1", "zz", "\"q d\"", "kind", "side.a.b", "count"];
    let entry =
        (0..keys.len(), value(), 0..6_usize).prop_map(move |(key, value, trivia)| {
            let above = ["", "\n", "# a\n", "\n# b\n\n", "\t# c \n", ""][trivia];
            let behind = ["", " # d", "   ", "", "#e", ""][trivia];
            (keys[key], format!("{above}{}={value}{behind}\n", keys[key]))
        });
    let heads =
        ["", "[plan]", "[[service]]", "[[ runbook.step ]] # f", "[x.y]", "[[database]]"];
    let table = (0..heads.len(), prop::collection::vec(entry, 0..6));
    prop::collection::vec(table, 0..5).prop_map(move |tables| {
        let mut text = String::new();
        let mut singles = Vec::new();
        for (at, (head, entries)) in tables.into_iter().enumerate() {
            // A table of which there is one stands once, and the first has no heading.
            let head = if at == 0 { "" } else { heads[head] };
            if (at > 0 && head.is_empty()) || singles.contains(&head) {
                continue;
            }
            if !head.starts_with("[[") {
                singles.push(head);
            }
            text += &format!("{head}\n");
            let mut seen = Vec::new();
            for (key, entry) in entries {
                if !seen.contains(&key) {
                    seen.push(key);
                    text += &entry;
                }
            }
        }
        text
    })
}

proptest! {
    #[test]
    fn no_file_changes_its_meaning(text in file()) {
        // What is no TOML by accident says nothing.
        if toml::from_str::<toml::Table>(&text).is_ok() {
            law(&text, FileKind::Plan);
            law(&text, FileKind::Runbook);
        }
    }

    #[test]
    fn no_text_whatever_makes_it_fall_over(text in any::<String>()) {
        if format(&text, FileKind::Plan).is_ok() {
            law(&text, FileKind::Plan);
        }
    }
}
