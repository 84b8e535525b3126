//! On what terms a step runs: conditions, what must be seen, what takes it back.

use super::{errand, id, pairs, texts};
use crate::{
    model::{
        Action, CommandSpec, Compare, Condition, Errand, Expect, Meaning, RunbookKind,
        StepEnd, Tell, Terms, Text, Undo,
    },
    plan::{
        cx::Cx,
        language::{
            Either, Found, Items, Said, StepRow, UndoStep, VerifyRow, WhenRow,
            words::{self, Is},
        },
    },
};

pub(super) fn read(cx: &mut Cx<'_>, row: &StepRow) -> Terms {
    let word = |written: &Option<Found<String>>| written.get().map(Text::clean);
    let flag = |written: &Option<Found<bool>>| written.get() == Some(&true);
    let limit = row
        .limit
        .get()
        .map(|limit| (*limit, row.over_limit.get().map(Text::clean).unwrap_or_default()));
    Terms {
        lane: None,
        shared: flag(&row.shared),
        within: Vec::new(),
        when: row.when.items().iter().filter_map(|row| condition(cx, row)).collect(),
        wants_failure: matches!(row.continue_if.get(), Some(Is::Failed | Is::Unhealthy)),
        each: texts(&row.for_each),
        always: flag(&row.always),
        not_before: row.not_before.get().copied(),
        delay: row.delay.get().copied(),
        on_fail: row.on_fail.get().copied().unwrap_or_default(),
        tell: Tell { failed: word(&row.tell_failed), done: word(&row.tell_done) },
        once: row.retry.get() == Some(&false),
        undo: undo(cx, row),
        expect: row.verify.items().iter().filter_map(|row| expect(cx, row)).collect(),
        outputs: pairs(&row.outputs),
        marks: row.marks.get().map(|mark| crate::model::Mark::new(mark)),
        meaning: meaning(row),
        script: word(&row.script),
        group: row.group.get().cloned(),
        dry_run: texts(&row.dry_run),
        limit,
        host: row.host.get().cloned(),
        long: flag(&row.long),
    }
}

fn meaning(row: &StepRow) -> Meaning {
    let names = |list: &Option<Found<Vec<Found<String>>>>| {
        texts(list).into_iter().map(Text::clean).collect()
    };
    Meaning {
        restores: super::ids(&row.restores),
        fences: super::ids(&row.fences),
        promotes: super::ids(&row.promotes),
        moves: super::ids(&row.moves),
        repoints: super::ids(&row.repoints),
        scales: super::ids(&row.scales),
        creates: names(&row.creates),
        destroys: names(&row.destroys),
        site: id(row.at.as_ref()).or_else(|| id(row.side.as_ref())),
    }
}

fn condition(cx: &mut Cx<'_>, row: &WhenRow) -> Option<Condition> {
    let is = row.is.get().copied();
    if let Some(step) = row.step.get() {
        let is = match is {
            Some(Is::Failed | Is::Unhealthy) => StepEnd::Failed,
            Some(Is::Skipped) => StepEnd::Skipped,
            Some(Is::Done | Is::Healthy) | None => StepEnd::Done,
        };
        return Some(Condition::Step { step: step.as_str().into(), is });
    }
    if let Some(probe) = row.probe.get() {
        let healthy = !matches!(is, Some(Is::Failed | Is::Unhealthy));
        return Some(Condition::Probe { probe: probe.as_str().into(), healthy });
    }
    if let Some(parameter) = row.parameter.get() {
        // Filled in like any other text, also by calls, lanes and people.
        let given = Text::clean(cx.fill(&format!("${{{parameter}}}"), &row.place));
        let (equals, value) = match (row.equals.get(), row.not.get()) {
            (Some(value), _) => (true, value.clone()),
            (None, Some(value)) => (false, value.clone()),
            (None, None) => {
                cx.error(
                    "P-missing-key",
                    &row.place,
                    "a condition on a parameter compares it with something",
                    "write `equals = \"...\"` or `not = \"...\"`",
                );
                return None;
            }
        };
        let parameter = parameter.as_str().into();
        return Some(Condition::Parameter { parameter, equals, value, given });
    }
    if let Some(severity) = id(row.severity.as_ref()) {
        return Some(Condition::Severity(severity));
    }
    if let Some(scenario) = id(row.scenario.as_ref()) {
        return Some(Condition::Scenario(scenario));
    }
    if let Some(drill) = row.drill.get() {
        return Some(Condition::Drill(*drill));
    }
    if !row.unread.is_empty() {
        return None;
    }
    cx.error(
        "P-missing-key",
        &row.place,
        "this condition asks nothing",
        "write one of: step, probe, parameter, severity, scenario, drill",
    );
    None
}

/// What must be seen.
pub(super) fn expect(cx: &mut Cx<'_>, row: &VerifyRow) -> Option<Expect> {
    let is = compare(row);
    if let Some(call) = row.aws.get() {
        let call = errand::aws(call);
        return Some(Expect::Aws { call, path: row.path.get().cloned(), is });
    }
    if let Some(waiter) = row.waiter.get() {
        return Some(Expect::Waiter {
            waiter: waiter.clone(),
            identifier: row.identifier.get().cloned(),
            region: row.region.get().cloned(),
        });
    }
    if let Some(code) = row.exit_code.get() {
        return i32::try_from(*code).ok().map(Expect::ExitCode);
    }
    if let Some(name) = row.record.get() {
        return Some(Expect::Dns { name: name.clone(), site: id(row.site.as_ref()) });
    }
    if let Some(call) = row.sql.get() {
        return Some(Expect::Sql { call: errand::sql(call), is });
    }
    if let Some(call) = row.kubectl.get() {
        return Some(Expect::Kubectl(errand::kubectl(call)));
    }
    if let Some(probe) = id(row.probe.as_ref()) {
        return Some(Expect::Probe(probe));
    }
    let part = |path: &str, is: Compare| Some(Expect::Part { path: path.to_owned(), is });
    if let Some(within) = row.within.get() {
        return part("@took", Compare::AtMost(within.as_secs_f64()));
    }
    if let Some(below) = row.status_below.get() {
        let most = u32::try_from(*below).unwrap_or(u32::MAX).saturating_sub(1);
        return part("@status", Compare::AtMost(most.into()));
    }
    if let Some(path) = row.path.get() {
        return part(path, is);
    }
    if is == Compare::Any && row.ready.is_none() {
        // What was written and could not be read was reported as that.
        if !row.unread.is_empty() {
            return None;
        }
        cx.error(
            "P-missing-key",
            &row.place,
            "this looks at nothing and expects nothing",
            "write what must be seen: `equals`, `at_least`, `probe`, `exit_code` ...",
        );
        return None;
    }
    Some(Expect::Answer(is))
}

fn compare(row: &VerifyRow) -> Compare {
    if let Some(value) = row.equals.get() {
        Compare::Equals(value.clone())
    } else if let Some(least) = row.at_least.get() {
        Compare::AtLeast(*least)
    } else if let Some(most) = row.at_most.get() {
        Compare::AtMost(*most)
    } else if let Some(part) = row.contains.get() {
        Compare::Contains(part.clone())
    } else if row.not_less.get() == Some(&true) {
        Compare::NotLess
    } else {
        Compare::Any
    }
}

fn undo(cx: &mut Cx<'_>, row: &StepRow) -> Undo {
    let Some(found) = &row.undo else { return Undo::ByNature };
    match &found.value {
        Either::Short(word) if word == "recorded" => Undo::Recorded(None),
        Either::Short(word) if word == "none" => Undo::None(Text::default()),
        Either::Short(word) => {
            cx.error(
                "P-bad-value",
                &found.place,
                format!("`{word}` is no way to take a step back"),
                "write \"recorded\", \"none\", or a table: undo = { run = [\"...\"] }",
            );
            Undo::ByNature
        }
        Either::Table(table) => undo_table(cx, table),
    }
}

fn undo_table(cx: &mut Cx<'_>, row: &UndoStep) -> Undo {
    if let Some(field) = row.recorded.get() {
        return Undo::Recorded(Some(field.clone()));
    }
    if let Some(why) = row.none.get() {
        return Undo::None(why.clone());
    }
    let plain = |argv: Vec<String>, shell: bool| {
        Action::Command(CommandSpec {
            argv,
            env: pairs(&row.env),
            pass: Vec::new(),
            dir: None,
            shell,
            repeatable: false,
        })
    };
    let action = if row.run.is_some() {
        plain(texts(&row.run), false)
    } else if let Some(script) = row.shell.get() {
        plain(["sh", "-euc", script].map(str::to_owned).to_vec(), true)
    } else if let Some(call) = row.aws.get() {
        Action::Errand(Errand::Aws(errand::aws(call)))
    } else if let Some(call) = row.kubectl.get() {
        Action::Errand(Errand::Kubectl(errand::kubectl(call)))
    } else if let Some(call) = row.http.get() {
        match super::probe::http(cx, call, words::Method::Post) {
            Some(spec) => Action::Http(spec),
            None => return Undo::ByNature,
        }
    } else if let Some(call) = row.dns_change.get() {
        Action::Errand(Errand::Dns(errand::dns(cx, call)))
    } else if let Some(text) = row.manual.get() {
        Action::Manual { text: text.clone(), expect: None }
    } else {
        cx.error(
            "P-missing-key",
            &row.place,
            "this takes nothing back",
            "write one of: recorded, none, run, shell, aws, kubectl, http, dns_change, manual",
        );
        return Undo::ByNature;
    };
    Undo::Action(Box::new(action))
}

/// Kinds of runbook that go from one side to another.
pub(super) const fn moves(kind: RunbookKind) -> bool {
    match kind {
        RunbookKind::Failover | RunbookKind::Failback => true,
        RunbookKind::Restore
        | RunbookKind::Backup
        | RunbookKind::Response
        | RunbookKind::Maintenance
        | RunbookKind::Validation
        | RunbookKind::Drill => false,
    }
}
