//! What becomes of a runbook whose steps fail, hang or are done twice.

use super::super::{Check, Findings, LintDef, Subject, act};
use crate::{
    model::{
        Action, Condition, Errand, OnFail, Service, Step, StepEnd,
        errand::Until,
        template::{Part, Slot, parts},
    },
    plan::{Level, language::Said},
};

pub(super) const CONTINUES: LintDef = LintDef {
    id: "L21",
    name: "continues-after-failure",
    level: Level::Warning,
    doc: "Steps go on after one they need has failed, or success is told whatever became of it.",
    mend: "Leave `on_fail` at stop, and let a message of success wait for every check.",
    check: Check::Runbook(continues),
};

pub(super) const UNBOUNDED_WAIT: LintDef = LintDef {
    id: "L22",
    name: "unbounded-wait",
    level: Level::Warning,
    doc: "A step waits, and the plan does not say for how long at most.",
    mend: "Give every wait a `timeout`, and look with something that ends.",
    check: Check::Runbook(unbounded_wait),
};

pub(super) const NOT_IDEMPOTENT: LintDef = LintDef {
    id: "L23",
    name: "non-idempotent-step",
    level: Level::Warning,
    doc: "Doing a step a second time does harm or fails, and nothing forbids it.",
    mend: "Write `retry = false`, or make a second time harmless.",
    check: Check::Runbook(not_idempotent),
};

fn continues(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for step in subject.runbook.steps() {
        let at = subject.at(&step.id);
        if let Some(next) = goes_on(subject, step) {
            findings.add(
                &at,
                format!("when `{}` fails, `{}` goes on all the same", step.id, next.id),
                "take `on_fail = \"continue\"` away, or write when = [{ step = \"...\", is = \
                 \"done\" }] in what comes after",
            );
        }
        if let Some(why) = premature(subject, step) {
            findings.add(
                &at,
                format!("success is told {why}"),
                "let it wait for every check, without `always`; what failed is told with \
                 `tell_failed`",
            );
        }
        if let Some(script) = careless(subject, step) {
            findings.add(
                &at,
                format!("{script} goes on after a command that failed, and ends as if it had not"),
                format!("write `set -euo pipefail` on the first lines of {script}"),
            );
        }
    }
}

fn acts(step: &Step) -> bool {
    act::changes(&step.action) || looks(step)
}

fn looks(step: &Step) -> bool {
    matches!(&step.action, Action::Check { .. } | Action::Errand(Errand::Until { .. }))
}

/// The step that goes on although this one, which it needs, has failed.
fn goes_on<'p>(subject: &Subject<'p>, step: &Step) -> Option<&'p Step> {
    if step.terms.on_fail != OnFail::Continue || !acts(step) {
        return None;
    }
    let asks = |later: &Step| {
        later.terms.when.iter().any(|condition| {
            matches!(condition, Condition::Step { step: of, is } if *of == step.id
                && matches!(is, StepEnd::Done | StepEnd::Failed))
        })
    };
    subject.runbook.steps().find(|later| {
        later.needs.contains(&step.id) && !later.terms.always && !asks(later)
    })
}

/// Words people tell success with.
const SUCCESS: &[&str] = &[
    "completed",
    "complete",
    "success",
    "successful",
    "successfully",
    "recovered",
    "restored",
    "verified",
    "healthy",
    "done",
];

/// Words that take them back.
const NOT_YET: &[&str] =
    &["fail", "not ", "being", "until", "when ", "will ", "prepar", "begun", "start"];

/// Why a message of success comes too early.
fn premature(subject: &Subject<'_>, step: &Step) -> Option<String> {
    let Action::Notify { text, .. } = &step.action else { return None };
    let text = text.as_str().to_lowercase();
    let says = SUCCESS.iter().any(|word| act::names(&text, word))
        && !NOT_YET.iter().any(|word| text.contains(word));
    if !says {
        return None;
    }
    if step.terms.always {
        return Some("whatever became of the steps before it".to_owned());
    }
    let steps = || subject.runbook.steps();
    let careless = steps().find(|one| {
        one.terms.on_fail == OnFail::Continue
            && acts(one)
            && subject.is_before(&one.id, &step.id)
    });
    if let Some(careless) = careless {
        return Some(format!("also when `{}` has failed", careless.id));
    }
    let beside = steps().find(|one| {
        looks(one)
            && concerns(subject, &text, one)
            && !subject.is_before(&one.id, &step.id)
            && !subject.is_before(&step.id, &one.id)
    });
    beside.map(|one| format!("without waiting for `{}`", one.id))
}

/// Whether a look tells of what a message is about: of the services it names, or of all.
fn concerns(subject: &Subject<'_>, text: &str, look: &Step) -> bool {
    let named = |service: &&Service| {
        let name = service.name.as_str().to_lowercase();
        act::names(text, service.id.as_str()) || act::names(text, &name)
    };
    let services: Vec<&Service> = subject.plan.services.iter().filter(named).collect();
    let (Action::Check { probe }
    | Action::Errand(Errand::Until { until: Until::Probe(probe) })) = &look.action
    else {
        return true;
    };
    services.is_empty() || services.iter().any(|service| service.probes.contains(probe))
}

/// A script beside the plan that does not stop at its first error.
fn careless<'p>(subject: &Subject<'p>, step: &Step) -> Option<&'p str> {
    let words = act::words(&step.action);
    let (name, text) = words.iter().find_map(|word| {
        let (name, beside) =
            subject.plan.beside.get_key_value(word.trim_start_matches("./"))?;
        Some((name, beside.text.as_ref()?))
    })?;
    let first = text.lines().next().unwrap_or_default();
    let ending = std::path::Path::new(name).extension();
    let shell = ending.is_some_and(|ending| ending == "sh")
        || first.starts_with("#!") && first.ends_with("sh");
    let stops = first.contains(" -e")
        || text.lines().any(|line| {
            let line = line.trim();
            line.starts_with("set -e")
                || line.starts_with("set -o errexit")
                || line.starts_with("set -ue")
        });
    let commands = text.lines().filter(|line| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#')
    });
    (shell && !stops && commands.count() > 1).then_some(name)
}

fn unbounded_wait(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for step in subject.runbook.steps() {
        let told = subject.step_row(&step.id).is_some_and(|row| row.timeout.is_some());
        if let Some((message, help)) = endless(step).or_else(|| untold(step, told)) {
            findings.add(&subject.at(&step.id), message, help);
        }
        given_up(subject, step, findings);
    }
}

/// A wait that is given up before it is done half, or one in twenty, of the time.
fn given_up(subject: &Subject<'_>, step: &Step, findings: &mut Findings<'_>) {
    let Some(row) = subject.step_row(&step.id) else { return };
    let longest = row.estimate_p95.get().or(row.estimate.get());
    let (Some(timeout), Some(longest)) = (&row.timeout, longest) else { return };
    if timeout.value < *longest {
        findings.at(
            &timeout.place,
            format!(
                "`{}` may take {longest}, and is given up after {}: it fails while it works",
                step.id, timeout.value
            ),
            format!("write a `timeout` of more than {longest}"),
        );
    }
}

type Words = (String, String);

/// A command that only ends when somebody stops it.
fn endless(step: &Step) -> Option<Words> {
    let (words, kubectl) = if let Action::Errand(Errand::Kubectl(call)) = &step.action {
        (call.args.iter().map(String::as_str).collect(), true)
    } else {
        (act::words(&step.action), false)
    };
    let has = |any: &[&str]| any.iter().any(|word| words.contains(word));
    let watches = (kubectl || has(&["kubectl"]))
        && has(&["-w", "--watch", "--watch=true", "--watch-only"]);
    let follows = has(&["tail", "journalctl", "logs"]) && has(&["-f", "-F", "--follow"]);
    let program = words.first() == Some(&"watch");
    if !(watches || follows || program) {
        return None;
    }
    let help = if watches {
        "wait for something that ends: kubectl = { args = [\"rollout\", \"status\", \
         \"deployment/...\", \"--timeout=10m\"] }, or until = { probe = \"...\" } with a \
         `timeout`"
    } else {
        "wait for something that ends: until = { probe = \"...\" } with a `timeout`"
    };
    let shown = words.join(" ");
    Some((
        format!(
            "`{shown}` never ends by itself: this step can only time out or be stopped"
        ),
        help.to_owned(),
    ))
}

/// A wait whose longest time nobody has written.
fn untold(step: &Step, told: bool) -> Option<Words> {
    if told {
        return None;
    }
    let usual = step.verify.timeout;
    let help =
        "write `timeout = \"...\"`: the longest this runbook can afford".to_owned();
    if let Action::Errand(Errand::Until { until: Until::Probe(probe) }) = &step.action {
        let message = format!(
            "nobody says how long to wait for {probe}; the console gives up after its own \
             {usual}, in the middle of a recovery that only takes longer"
        );
        return Some((message, help));
    }
    let words = act::words(&step.action);
    let has = |word: &str| words.contains(&word);
    if (has("while") || has("until")) && has("do") && !has("timeout") {
        let message = format!(
            "this loop has no end of its own; the console stops it after {usual}, whatever \
             it waits for"
        );
        return Some((message, help));
    }
    step.terms.long.then(|| {
        let message =
            format!("it goes on for long, and the console stops it after {usual}");
        (message, help)
    })
}

fn not_idempotent(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for step in subject.runbook.steps().filter(|step| !step.terms.once) {
        let found = inserted(step).or_else(|| taken(subject, step));
        if let Some((message, help)) = found {
            findings.add(&subject.at(&step.id), message, help);
        }
    }
}

/// Words of a statement that may be run again.
const SAFE: &[&str] = &["on conflict", "on duplicate key", "not exists", "insert ignore"];

/// A statement that adds the same rows again.
fn inserted(step: &Step) -> Option<Words> {
    let Action::Errand(Errand::Sql(call)) = &step.action else { return None };
    let text = call.text.to_lowercase();
    let table = text.split("insert into ").nth(1)?.split([' ', '(']).next()?;
    let safe = SAFE.iter().any(|word| text.contains(word));
    (!safe).then(|| {
        (
            format!("run a second time, it adds the same rows to {table} again"),
            "write `retry = false`, or add ON CONFLICT DO NOTHING to the statement"
                .to_owned(),
        )
    })
}

/// Something made under a name that is taken the second time.
fn taken(subject: &Subject<'_>, step: &Step) -> Option<Words> {
    let Action::Errand(Errand::Aws(call)) = &step.action else { return None };
    let made = act::by_call(call).filter(|_| call.ok_if.is_none())?;
    let ended = subject
        .runbook
        .steps()
        .any(|end| end.id != step.id && end.terms.always && act::ends(end, made.name));
    // What a side is called it must be called.
    let declared = super::follow::is_declared(subject.plan, made.name);
    (is_fixed(subject, made.name) && !ended && !declared).then(|| {
        (
            format!(
                "{} is made under the same name each time: the next run fails, because it \
                 is there",
                made.name
            ),
            format!(
                "write a name of its own for each run, \"{}-${{run.time:%Y%m%d-%H%M}}\", or \
                 `retry = false`",
                made.name
            ),
        )
    })
}

/// Whether nothing in a name differs from one run to the next.
fn is_fixed(subject: &Subject<'_>, name: &str) -> bool {
    let tenancy = subject.plan.file.tenancy.get();
    let tenant = tenancy.and_then(|tenancy| tenancy.parameter.get());
    parts(name).iter().all(|part| match part {
        Part::Slot(Slot::Parameter(id), _) => {
            let parameters = &subject.plan.parameters;
            tenant == Some(id)
                || parameters.iter().any(|one| one.id == *id && one.per_tenant)
        }
        Part::Slot(..) => false,
        Part::Text(_) | Part::Bad(_) | Part::Open => true,
    })
}
