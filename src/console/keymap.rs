//! From a key to a command. The map is a fold over the table; the rules that keep fingers
//! safe are tests here.

use super::{
    command::{COMMANDS, Command},
    msg::Key,
};

/// The command a key runs on the screens. Overlays read their keys themselves.
pub fn command(key: Key) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.keys.contains(&key))
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeSet,
        fs,
        path::{Path, PathBuf},
    };

    use super::*;
    use crate::console::command::{Reach, named};

    /// What editors, shells and multiplexers mean by them; pressing one by habit must do
    /// nothing. Ctrl-C and Ctrl-Z keep the meaning terminals gave them.
    const TAKEN: &str = "absqkw\\dhuxvr";

    #[test]
    fn no_plain_key_changes_the_world() {
        for command in COMMANDS.iter().filter(|command| command.world_changing()) {
            for key in command.keys {
                assert!(
                    matches!(key, Key::Char('A'..='Z')),
                    "{} would change the world by {key:?}",
                    command.name
                );
            }
        }
    }

    #[test]
    fn capitals_lead_or_change_the_world_and_nothing_else_does() {
        for command in COMMANDS {
            for key in command.keys {
                let capital = matches!(key, Key::Char('A'..='Z'));
                let strong = matches!(command.reach, Reach::World | Reach::Lead);
                // `G` is the end of a list in every pager; `J` and `K` move beside `j`
                // and `k`.
                if !matches!(key, Key::Char('G' | 'J' | 'K')) {
                    assert_eq!(capital, strong, "{} by {key:?}", command.name);
                }
            }
        }
    }

    #[test]
    fn no_chord_and_no_editing_key_of_other_programs_is_bound() {
        for command in COMMANDS {
            for key in command.keys {
                let bad = match key {
                    Key::Ctrl(c) => TAKEN.contains(*c),
                    Key::Backspace => true,
                    Key::Char(_)
                    | Key::Enter
                    | Key::Esc
                    | Key::Tab
                    | Key::BackTab
                    | Key::Up
                    | Key::Down
                    | Key::Left
                    | Key::Right
                    | Key::PageUp
                    | Key::PageDown
                    | Key::Home
                    | Key::End
                    | Key::F1 => false,
                };
                assert!(!bad, "{} is bound to {key:?}", command.name);
            }
        }
    }

    #[test]
    fn enter_and_esc_only_look_and_held_keys_only_move() {
        for key in [Key::Enter, Key::Esc] {
            assert_eq!(command(key).map(|row| row.reach), Some(Reach::Look));
        }
        for command in COMMANDS.iter().filter(|command| command.repeats) {
            assert_eq!(command.reach, Reach::Look, "{}", command.name);
        }
    }

    fn sources(dir: &Path, out: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { sources(&path, out) } else { out.push(path) }
        }
    }

    /// Words that tell people what to press come from the table, by a command's name.
    #[test]
    fn every_name_the_screen_derives_a_key_from_is_a_command() {
        let mut files = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/console"), &mut files);
        let mut names = BTreeSet::new();
        for file in files.iter().filter(|file| !file.ends_with("keymap.rs")) {
            let text = fs::read_to_string(file).unwrap();
            let calls =
                text.split("key_of(\"").skip(1).chain(text.split("word_of(\"").skip(1));
            names.extend(calls.map(|rest| rest.split('"').next().unwrap().to_owned()));
        }
        assert!(names.len() > 10, "{names:?}");
        for name in names {
            assert!(named(&name).is_some(), "{name}");
        }
    }

    #[test]
    fn names_and_keys_are_unique_and_shown() {
        let (mut names, mut keys) = (BTreeSet::new(), Vec::new());
        for command in COMMANDS {
            assert!(names.insert(command.name), "{} twice", command.name);
            assert_eq!(command.key.is_empty(), command.keys.is_empty());
            for key in command.keys {
                assert!(!keys.contains(key), "{key:?} twice");
                keys.push(*key);
            }
        }
    }
}
