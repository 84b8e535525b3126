//! Which module may import which. Reads the sources as text: a wrong import is found
//! before anybody has to explain it.

#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Each module with what it may import; `ARCHITECTURE.md` says why.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("plan", &["model"]),
    ("engine", &["model"]),
    ("health", &["model"]),
    ("clock", &["model"]),
    ("config", &["model"]),
    ("journal", &["model", "engine"]),
    ("driver", &["model", "clock"]),
    ("probe", &["model", "clock", "driver"]),
    ("drill", &["model", "engine", "clock", "driver", "probe"]),
    (
        "room",
        &["model", "engine", "health", "clock", "journal", "driver", "probe", "drill"],
    ),
    ("play", &["model", "engine", "clock", "drill", "room"]),
    ("report", &["model", "engine", "room"]),
    ("console", &["model", "engine", "clock", "room"]),
    (
        "cli",
        &[
            "model", "plan", "engine", "health", "clock", "config", "journal", "driver",
            "probe", "drill", "room", "play", "report", "console",
        ],
    ),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// Words that may stand only under these paths.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("aws_sdk_", &["driver/aws"]),
    ("aws_config", &["driver/aws"]),
    ("ratatui", &["console"]),
    ("crossterm", &["console", "cli/doctor.rs"]),
    ("clap::", &["cli"]),
    ("rusqlite", &["journal/sqlite"]),
    ("reqwest", &["driver/errands", "driver/http"]),
    // Hands on the real world are built in one place.
    ("Clients::live", &["driver/aws", "cli/open.rs"]),
    ("LiveErrands::new", &["driver/errands", "probe/live.rs", "cli/open.rs"]),
    ("Reach::live", &["room/reach.rs", "cli/open.rs"]),
];

/// The drill world knows the traits of hands, never a real hand.
const NOT_IN_DRILL: &[&str] = &["DRIVERS", "aws", "LiveErrands", "LiveEyes", "std::net"];

/// What a pure module must not mention.
const PURE: &[&str] = &["model", "engine", "health"];
const IMPURE: &[&str] = &[
    "tokio",
    "std::fs",
    "std::net",
    "std::env",
    "SystemTime::now",
    "Instant::now",
    "rand::",
];

const MAX_LINES: usize = 500;

fn sources(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
}

struct Source {
    name: String,
    top: String,
    text: String,
    /// Without comments.
    code: String,
}

fn all() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files
        .into_iter()
        .map(|file| {
            let name = file.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            let top = name.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&file).unwrap();
            let code = text
                .lines()
                .map(|line| line.split("//").next().unwrap_or_default())
                .collect::<Vec<_>>()
                .join("\n");
            Source { name, top, text, code }
        })
        .collect()
}

fn check(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn modules_import_only_downwards() {
    let mut wrong = Vec::new();
    for source in all() {
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == source.top)
        else {
            wrong.push(format!("{} is in no layer: add it to MAY_IMPORT", source.name));
            continue;
        };
        for name in imports(&source.code) {
            if name != source.top && !allowed.contains(&name.as_str()) {
                wrong.push(format!("{} imports `{name}`", source.name));
            }
        }
    }
    check(&wrong);
}

#[test]
fn files_are_short_and_say_what_they_own() {
    let mut wrong = Vec::new();
    for source in all() {
        let lines = source.text.lines().count();
        let is_test = source.name.ends_with("tests.rs");
        if lines > MAX_LINES && !is_test {
            wrong.push(format!("{} has {lines} lines, over {MAX_LINES}", source.name));
        }
        if !source.text.starts_with("//!") {
            wrong.push(format!("{} does not begin with //!", source.name));
        }
    }
    check(&wrong);
}

#[test]
fn some_words_stand_only_where_they_belong() {
    let mut wrong = Vec::new();
    for source in all() {
        for (word, places) in ONLY_IN {
            let at_home = places.iter().any(|place| source.name.starts_with(place));
            if source.code.contains(word) && !at_home {
                wrong.push(format!("{} mentions `{word}`", source.name));
            }
        }
    }
    check(&wrong);
}

#[test]
fn the_drill_world_knows_no_real_hand() {
    let mut wrong = Vec::new();
    for source in all().into_iter().filter(|source| source.top == "drill") {
        for word in NOT_IN_DRILL {
            let found = source
                .code
                .split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
                .any(|token| {
                    token == *word || token.split("::").any(|part| part == *word)
                });
            if found {
                wrong.push(format!("{} mentions `{word}`", source.name));
            }
        }
    }
    check(&wrong);
}

#[test]
fn pure_modules_are_pure() {
    let mut wrong = Vec::new();
    for source in all().into_iter().filter(|source| PURE.contains(&source.top.as_str())) {
        for word in IMPURE {
            // `rand::` is a word, the end of `Errand::` is none.
            let is_word = |(at, _): (usize, &str)| {
                let before = source.code[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
            };
            if source.code.match_indices(word).any(is_word) {
                wrong.push(format!("{} mentions `{word}`", source.name));
            }
        }
    }
    check(&wrong);
}

/// Every module named after `crate::`, also inside a group.
fn imports(code: &str) -> Vec<String> {
    let tight: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    tight
        .match_indices("crate::")
        .flat_map(|(at, found)| {
            let rest = &tight[at + found.len()..];
            match rest.strip_prefix('{') {
                Some(group) => group_heads(group),
                None => vec![head(rest)],
            }
        })
        .collect()
}

fn head(path: &str) -> String {
    path.split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// First path segment of every entry of `{a::b,c::{d,e}}`, the `{` already eaten.
fn group_heads(group: &str) -> Vec<String> {
    let (mut depth, mut start, mut heads) = (0_usize, 0_usize, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' => {
                heads.push(head(&group[start..at]));
                break;
            }
            ',' if depth == 0 => {
                heads.push(head(&group[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    heads.retain(|name| !name.is_empty());
    heads
}

#[test]
fn the_import_reader_sees_groups_and_paths() {
    let code = "use crate::{a::{x, y}, b, c::z};\nfn f() { crate::d::g() }";
    assert_eq!(imports(code), ["a", "b", "c", "d"]);
}
