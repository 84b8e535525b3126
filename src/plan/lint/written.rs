//! What steps do, in the words they were written in and with the place of each: calls of a
//! cloud, of a cluster, commands and scripts. Rules about a technology ask here; rules
//! about what is done to the estate ask `deed`.

use serde_json::Value;

use super::shell::{Command, Pipe, pipes};
use crate::{
    model::{Resource, SiteId},
    plan::{
        Place, Plan,
        language::{
            AwsStep, BackupRow, Either, Found, Items, KubectlStep, RunbookRow, Said,
            StepRow, UndoStep,
        },
    },
};

/// A step and the runbook it is in.
#[derive(Clone, Copy, Debug)]
pub(in crate::plan::lint) struct Written<'p> {
    pub runbook: &'p RunbookRow,
    pub step: &'p StepRow,
}

/// What something in a step is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::plan::lint) enum For {
    Doing,
    Seeing,
    Undoing,
}

/// Something that is in a step, with its place.
#[derive(Clone, Copy, Debug)]
pub(in crate::plan::lint) struct Part<'p, T: ?Sized> {
    pub of: Written<'p>,
    pub row: &'p T,
    pub place: &'p Place,
    pub used: For,
}

pub(in crate::plan::lint) fn steps(plan: &Plan) -> impl Iterator<Item = Written<'_>> {
    plan.file.runbook.items().iter().flat_map(|runbook| {
        let steps = runbook.step.items().iter();
        steps.map(move |step| Written { runbook, step })
    })
}

/// Every call of an AWS service: what steps do, look at and take back.
pub(in crate::plan::lint) fn calls(
    plan: &Plan,
) -> impl Iterator<Item = Part<'_, AwsStep>> {
    steps(plan).flat_map(Written::calls)
}

/// A script beside the plan, and where the plan names it first.
#[derive(Clone, Copy, Debug)]
pub(in crate::plan::lint) struct Script<'p> {
    pub name: &'p str,
    pub text: &'p str,
    pub place: &'p Place,
}

/// Every script of a shell that lies beside the plan.
pub(in crate::plan::lint) fn scripts(plan: &Plan) -> impl Iterator<Item = Script<'_>> {
    plan.beside.iter().filter_map(|(name, file)| {
        let (text, place) = (file.text.as_deref()?, file.places.first()?);
        let first = text.lines().next().unwrap_or_default();
        let shell = first.starts_with("#!") && first.trim_end().ends_with("sh");
        shell.then_some(Script { name, text, place })
    })
}

impl<'p> Written<'p> {
    pub(in crate::plan::lint) fn calls(self) -> Vec<Part<'p, AwsStep>> {
        let seen = self.step.verify.items().iter().map(|row| row.aws.as_ref());
        let undone = self.undo().and_then(|undo| undo.aws.as_ref());
        self.parts(self.step.aws.as_ref(), seen, undone)
    }

    pub(in crate::plan::lint) fn clusters(self) -> Vec<Part<'p, KubectlStep>> {
        let seen = self.step.verify.items().iter().map(|row| row.kubectl.as_ref());
        let undone = self.undo().and_then(|undo| undo.kubectl.as_ref());
        self.parts(self.step.kubectl.as_ref(), seen, undone)
    }

    /// What the step itself calls.
    pub(in crate::plan::lint) fn call(self) -> Option<Part<'p, AwsStep>> {
        self.calls().into_iter().find(|call| call.used == For::Doing)
    }

    fn parts<T>(
        self,
        done: Option<&'p Found<T>>,
        seen: impl Iterator<Item = Option<&'p Found<T>>>,
        undone: Option<&'p Found<T>>,
    ) -> Vec<Part<'p, T>> {
        let done = std::iter::once((done, For::Doing));
        let seen = seen.map(|one| (one, For::Seeing));
        let undone = std::iter::once((undone, For::Undoing));
        let all = done.chain(seen).chain(undone);
        all.filter_map(|(found, used)| {
            let Found { value, place } = found?;
            Some(Part { of: self, row: value, place, used })
        })
        .collect()
    }

    fn undo(self) -> Option<&'p UndoStep> {
        match self.step.undo.get() {
            Some(Either::Table(undo)) => Some(undo),
            Some(Either::Short(_)) | None => None,
        }
    }

    /// Scripts a shell reads.
    pub(in crate::plan::lint) fn scripts(self) -> Vec<Part<'p, str>> {
        let undo = self.undo();
        let whole = [
            (self.step.shell.as_ref(), For::Doing),
            (undo.and_then(|undo| undo.shell.as_ref()), For::Undoing),
        ];
        let mut found: Vec<Part<'p, str>> = whole
            .into_iter()
            .filter_map(|(script, used)| {
                let Found { value, place } = script?;
                Some(Part { of: self, row: value.as_str(), place, used })
            })
            .collect();
        for (words, used) in self.lists() {
            if let Some(script) = after_dash_c(words) {
                let row = script.value.as_str();
                found.push(Part { of: self, row, place: &script.place, used });
            }
        }
        found
    }

    fn lists(self) -> impl Iterator<Item = (&'p [Found<String>], For)> {
        let undone = self.undo().map(|undo| (undo.run.items(), For::Undoing));
        std::iter::once((self.step.run.items(), For::Doing)).chain(undone)
    }

    /// Commands it starts, those of its scripts included, as they run into one another.
    pub(in crate::plan::lint) fn pipes(self) -> Vec<(Pipe, &'p Place)> {
        let plain = self.lists().filter(|(words, _)| after_dash_c(words).is_none());
        let plain = plain.filter_map(|(words, _)| {
            let place = &words.first()?.place;
            let words = words.iter().map(|word| word.value.clone()).collect();
            Some((vec![Command { words, env: Vec::new() }], place))
        });
        let scripts = self.scripts().into_iter();
        let scripts = scripts.flat_map(|script| {
            pipes(script.row).into_iter().map(move |pipe| (pipe, script.place))
        });
        plain.chain(scripts).collect()
    }

    /// Every command it starts.
    pub(in crate::plan::lint) fn commands(
        self,
    ) -> impl Iterator<Item = (Command, &'p Place)> {
        let pipes = self.pipes().into_iter();
        pipes.flat_map(|(pipe, place)| {
            pipe.into_iter().map(move |command| (command, place))
        })
    }

    /// Everything it hands to a program or writes to a file.
    pub(in crate::plan::lint) fn texts(self) -> Vec<(&'p str, &'p Place)> {
        let mut found: Vec<(&str, &Place)> = Vec::new();
        for (words, _) in self.lists() {
            found.extend(words.iter().map(|word| (word.value.as_str(), &word.place)));
        }
        for script in self.scripts().into_iter().filter(|_| self.step.run.is_none()) {
            found.push((script.row, script.place));
        }
        let files = self.step.write.get().map(|file| [&file.file, &file.text]);
        let lines = self.step.append.get().map(|file| [&file.file, &file.text]);
        let statement = self.step.sql.get().map(|sql| &sql.text);
        let files = files.into_iter().chain(lines).flatten();
        for found_text in files.chain(statement).flatten() {
            found.push((found_text.value.as_str(), &found_text.place));
        }
        found
    }

    /// `runbook.failover.promote`.
    pub(in crate::plan::lint) fn at(self) -> &'p str {
        &self.step.place.at
    }

    /// What people call it: the name it was given, else its id.
    pub(in crate::plan::lint) fn title(self) -> String {
        let name = self.step.name.get().map(ToString::to_string);
        name.or_else(|| self.step.id.get().cloned()).unwrap_or_default()
    }
}

/// The script of `sh -c SCRIPT`.
fn after_dash_c(words: &[Found<String>]) -> Option<&Found<String>> {
    let (first, rest) = words.split_first()?;
    let shell = ["sh", "bash", "/bin/sh", "/bin/bash", "zsh", "dash"];
    if !shell.contains(&first.value.as_str()) {
        return None;
    }
    let dash_c = |word: &Found<String>| {
        word.value.starts_with('-')
            && !word.value.starts_with("--")
            && word.value.ends_with('c')
    };
    rest.get(rest.iter().position(dash_c)? + 1)
}

impl AwsStep {
    pub(in crate::plan::lint) fn is(&self, operation: &str) -> bool {
        self.operation.get().is_some_and(|own| own == operation)
    }

    pub(in crate::plan::lint) fn named(&self) -> &str {
        self.operation.get().map_or("", String::as_str)
    }

    /// A parameter, whatever it is.
    pub(in crate::plan::lint) fn param(&self, key: &str) -> Option<&Value> {
        self.params.get()?.get(key)
    }

    /// A parameter that is text.
    pub(in crate::plan::lint) fn text(&self, key: &str) -> Option<&str> {
        self.param(key)?.as_str()
    }

    /// Every text anywhere in its parameters.
    pub(in crate::plan::lint) fn texts(&self) -> Vec<&str> {
        self.params.get().map(super::deed::texts).unwrap_or_default()
    }
}

/// The side of a resource most of whose own names are among `names`; an ARN that ends with
/// a name is that name.
pub(in crate::plan::lint) fn side_named<'p>(
    plan: &'p Plan,
    names: &[&str],
) -> Option<(&'p Resource, &'p SiteId)> {
    // What names its surroundings tells no side from another.
    const AROUND: &[&str] = &["context", "namespace", "region", "zone"];
    let is = |own: &str| {
        names.iter().any(|name| {
            *name == own
                || name.starts_with("arn:") && name.rsplit([':', '/']).next() == Some(own)
        })
    };
    let mut best = None;
    let mut most = 0;
    for resource in &plan.estate {
        for (site, side) in &resource.sides {
            let own = side.params.0.iter();
            let own = own.filter(|(key, _)| !AROUND.contains(&key.as_str()));
            let hits = own.filter_map(|(_, value)| value.as_str()).filter(|own| is(own));
            let hits = hits.count();
            if hits > most {
                (best, most) = (Some((resource, site)), hits);
            }
        }
    }
    best
}

/// The cloud's name of a site's region; without one, the site's own.
pub(in crate::plan::lint) fn region<'p>(plan: &'p Plan, site: &'p str) -> &'p str {
    let found = plan.sites.iter().find(|known| known.id.as_str() == site);
    found.and_then(|known| known.region.as_deref()).unwrap_or(site)
}

/// Where a call of this step most likely belongs: the region of what it names, else the
/// region its runbook goes to.
pub(in crate::plan::lint) fn likely_region<'p>(
    plan: &'p Plan,
    runbook: &'p RunbookRow,
    names: &[&str],
) -> Option<&'p str> {
    if let Some((_, site)) = side_named(plan, names) {
        return Some(region(plan, site.as_str()));
    }
    let site = runbook.to.get().or_else(|| runbook.site.get());
    let first = || plan.file.site.items().iter().find_map(|site| site.id.get());
    site.or_else(first).map(|site| region(plan, site))
}

/// Whether a backup is of a resource, named itself or by a service that uses it.
pub(in crate::plan::lint) fn covers(plan: &Plan, backup: &BackupRow, id: &str) -> bool {
    backup.covers.items().iter().any(|one| {
        let of_service = |service: &crate::model::Service| {
            service.id.as_str() == one.value
                && service.uses.iter().any(|used| used.as_str() == id)
        };
        one.value == id || plan.services.iter().any(of_service)
    })
}
