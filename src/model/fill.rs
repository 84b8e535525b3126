//! Slots of a step and of what it does, and filling them. A script for a shell is no text
//! with slots: the shell has a `${}` of its own, and what is spliced into it is run. It gets
//! values by its environment, and only so. Pure.

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Action, CommandSpec, Expect, Step, Undo,
    errand::FileCall,
    template::{self, Slot},
};
use crate::model::Errand;

/// Says what a slot is worth; none: it stays as it is written.
pub type Worth<'w> = &'w mut dyn FnMut(&Slot) -> Option<String>;

/// What may hold scripts.
trait Scripted: Clone {
    fn scripts(&mut self) -> Vec<&mut Vec<String>>;
}

impl Scripted for Action {
    fn scripts(&mut self) -> Vec<&mut Vec<String>> {
        match self {
            Self::Command(spec) if spec.shell => vec![&mut spec.argv],
            Self::Command(_)
            | Self::Estate { .. }
            | Self::Http(_)
            | Self::Check { .. }
            | Self::Manual { .. }
            | Self::Approval { .. }
            | Self::Wait { .. }
            | Self::Notify { .. }
            | Self::Errand(_) => Vec::new(),
        }
    }
}

impl Scripted for Step {
    fn scripts(&mut self) -> Vec<&mut Vec<String>> {
        let mut found = self.action.scripts();
        if let Undo::Action(action) = &mut self.terms.undo {
            found.extend(action.scripts());
        }
        found
    }
}

/// `thing` with its scripts out of the way.
fn apart<T: Scripted>(thing: &T) -> (T, Vec<Vec<String>>) {
    let mut bare = thing.clone();
    let taken = bare.scripts().into_iter().map(std::mem::take).collect();
    (bare, taken)
}

fn filled<T>(thing: &T, worth: Worth<'_>) -> T
where
    T: Scripted + Serialize + DeserializeOwned,
{
    let (bare, scripts) = apart(thing);
    let mut new = template::fill_all(&bare, worth);
    for (place, script) in new.scripts().into_iter().zip(scripts) {
        *place = script;
    }
    new
}

impl Step {
    /// The same step with every slot replaced that `worth` knows.
    #[must_use]
    pub fn filled(&self, worth: Worth<'_>) -> Self {
        filled(self, worth)
    }

    /// What must be filled before it is run: in what it does, and in what must be seen.
    pub fn slots(&self) -> Vec<(Slot, String)> {
        let mut found = self.action.slots();
        for slot in self.terms.expect.iter().flat_map(Expect::slots) {
            if !found.contains(&slot) {
                found.push(slot);
            }
        }
        found
    }
}

impl Expect {
    fn slots(&self) -> Vec<(Slot, String)> {
        template::slots(self)
    }
}

impl Action {
    /// The same with every slot replaced that `worth` knows.
    #[must_use]
    pub fn filled(&self, worth: Worth<'_>) -> Self {
        filled(self, worth)
    }

    /// Its slots, each once.
    pub fn slots(&self) -> Vec<(Slot, String)> {
        template::slots(&apart(self).0)
    }

    /// Slots that would stand where others can read them: on a command line, in a query.
    /// A value of the environment, a request and the text of a file are for their receiver
    /// alone. `elsewhere`: it is carried to another machine, environment and all.
    pub fn exposed(&self, elsewhere: bool) -> Vec<(Slot, String)> {
        let (mut bare, _) = apart(self);
        match &mut bare {
            Self::Command(spec) if !elsewhere => spec.env.clear(),
            Self::Http(spec) => {
                spec.headers.clear();
                spec.url.clear();
                spec.body = None;
            }
            Self::Errand(Errand::File(FileCall { text, .. })) => text.clear(),
            Self::Command(_)
            | Self::Errand(_)
            | Self::Estate { .. }
            | Self::Check { .. }
            | Self::Manual { .. }
            | Self::Approval { .. }
            | Self::Wait { .. }
            | Self::Notify { .. } => {}
        }
        template::slots(&bare)
    }
}

impl CommandSpec {
    /// As it is started here when it runs on another machine: `via`, then all of it as one
    /// word for the shell at the other end, each of its own words quoted. The same when
    /// `via` is empty.
    #[must_use]
    pub fn carried(self, via: &[String]) -> Self {
        if via.is_empty() {
            return self;
        }
        let mut line = String::new();
        if let Some(dir) = &self.dir {
            line.push_str(&format!("cd {} && ", quoted(dir)));
        }
        if !self.env.is_empty() {
            line.push_str("env ");
            for (name, value) in &self.env {
                line.push_str(&format!("{} ", quoted(&format!("{name}={value}"))));
            }
        }
        let words: Vec<String> = self.argv.iter().map(|word| quoted(word)).collect();
        line.push_str(&words.join(" "));
        let argv = via.iter().cloned().chain([line]).collect();
        // Nothing of it is a script for a shell of ours.
        Self {
            argv,
            env: std::collections::BTreeMap::new(),
            dir: None,
            shell: false,
            ..self
        }
    }
}

/// A word no shell reads anything into.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AwsCall, SqlCall};

    fn command(shell: bool) -> Action {
        Action::Command(CommandSpec {
            argv: vec!["echo ${FILE} ${zone}".to_owned()],
            env: [("FILE".to_owned(), "${zone}".to_owned())].into(),
            pass: Vec::new(),
            dir: None,
            shell,
            repeatable: false,
        })
    }

    fn zone(slot: &Slot) -> Option<String> {
        (*slot == Slot::Parameter("zone".into())).then(|| "Z'1; rm -rf /".to_owned())
    }

    #[test]
    fn nothing_is_spliced_into_a_script() {
        for shell in [true, false] {
            let Action::Command(spec) = command(shell).filled(&mut zone) else { return };
            assert_eq!(spec.env["FILE"], "Z'1; rm -rf /");
            let word = if shell { "${zone}" } else { "Z'1; rm -rf /" };
            assert_eq!(spec.argv, [format!("echo ${{FILE}} {word}")]);
        }
        let named = |action: &Action| -> Vec<String> {
            action.slots().into_iter().map(|(_, written)| written).collect()
        };
        assert_eq!(named(&command(true)), ["${zone}"]);
        assert_eq!(named(&command(false)), ["${FILE}", "${zone}"]);
    }

    #[test]
    fn a_value_stays_one_word_on_another_machine() {
        let Action::Command(spec) = command(true).filled(&mut zone) else { return };
        let via = ["ssh", "db1"].map(str::to_owned);
        let carried = spec.clone().carried(&via);
        let want = r"env 'FILE=Z'\''1; rm -rf /' 'echo ${FILE} ${zone}'";
        assert_eq!(carried.argv, ["ssh", "db1", want]);
        assert!(!carried.shell && carried.env.is_empty());
        assert_eq!(spec.clone().carried(&[]), spec);
    }

    #[test]
    fn what_others_can_read_is_told_from_what_they_cannot() {
        let exposed = |action: &Action, elsewhere| !action.exposed(elsewhere).is_empty();
        assert!(!exposed(&command(true), false), "the environment is its own");
        assert!(exposed(&command(true), true), "the environment is on ssh's line");
        assert!(exposed(&command(false), false), "an argument is on the line");
        let text = "alter user a password '${zone}'".to_owned();
        let sql = Errand::Sql(SqlCall { text, ..SqlCall::default() });
        assert!(exposed(&Action::Errand(sql), false));
        let params = serde_json::json!({ "MasterUserPassword": "${zone}" });
        let aws = Errand::Aws(AwsCall { params, ..AwsCall::default() });
        assert!(exposed(&Action::Errand(aws), false));
    }
}
