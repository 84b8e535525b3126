//! What a step does: exactly one of a few keys, each with keys of its own.

use super::{
    step::Scope,
    watch::{command, environment, http},
};
use crate::{
    model::{Action, CommandSpec, Resource, SiteId, Text, VERBS, Verb},
    plan::{
        cx::{Cx, Named},
        keys::{Found, Keys},
        suggest,
    },
};

/// One way to say what a step does.
struct Form {
    key: &'static str,
    read: fn(&mut Cx<'_>, &mut Keys<'_>, &Scope<'_>) -> Option<Action>,
}

const FORMS: &[Form] = &[
    Form { key: "do", read: estate },
    Form { key: "check", read: check },
    Form { key: "manual", read: manual },
    Form { key: "approve", read: approve },
    Form { key: "run", read: run },
    Form { key: "shell", read: shell },
    Form { key: "http", read: request },
    Form { key: "wait", read: wait },
    Form { key: "notify", read: notify },
];

pub(super) fn read(
    cx: &mut Cx<'_>,
    keys: &mut Keys<'_>,
    scope: &Scope<'_>,
) -> Option<Action> {
    let written: Vec<&Form> = FORMS.iter().filter(|form| keys.has(form.key)).collect();
    let Some((first, more)) = written.split_first() else {
        let all: Vec<&str> = FORMS.iter().map(|form| form.key).collect();
        for key in &all {
            keys.know(key);
        }
        cx.error(
            "L24",
            &keys.place,
            "this step does nothing",
            format!("give it one of: {}", all.join(", ")),
        );
        return None;
    };
    for form in more {
        cx.error(
            "P-two-actions",
            &keys.place_of(form.key),
            format!("this step already has `{}`", first.key),
            format!("make `{}` a step of its own", form.key),
        );
        // Its keys are no strangers, only in the wrong step.
        let _ = (form.read)(cx, keys, scope);
    }
    (first.read)(cx, keys, scope)
}

fn estate(cx: &mut Cx<'_>, keys: &mut Keys<'_>, scope: &Scope<'_>) -> Option<Action> {
    let word = keys.raw(cx, "do");
    let id = keys.need_id(cx, "resource", Named::Resource);
    let side = keys.need_id(cx, "side", Named::Site).map(SiteId::new);
    let resource =
        id.and_then(|id| scope.plan.estate.iter().find(|known| known.id.as_str() == id));
    let verb = word.and_then(|word| verb(cx, &word, resource));
    let Some(verb) = verb else {
        for field in VERBS.iter().flat_map(|def| def.verb.args()) {
            keys.know(field.name);
        }
        return None;
    };
    let mut args = keys.params(cx, verb.args());
    if let Some(called) = args.0.remove("called") {
        args.0.insert("name".to_owned(), called);
    }
    if args.number("percent").is_some_and(|percent| percent > 100) {
        cx.error(
            "P-bad-value",
            &keys.place_of("percent"),
            "there are only 100 percent",
            "write 0 to 100",
        );
    }
    let (resource, side) = (resource?, side?);
    if !resource.sides.contains_key(&side) {
        let sides: Vec<&str> = resource.sides.keys().map(SiteId::as_str).collect();
        cx.error(
            "L92",
            &keys.place_of("side"),
            format!("{} has no side in {side}", resource.id),
            suggest::advice(side.as_str(), &sides, "its sides"),
        );
        return None;
    }
    Some(Action::Estate { resource: resource.id.clone(), side, verb, args })
}

/// The verb, if there is one of that name and the resource knows it.
fn verb(
    cx: &mut Cx<'_>,
    word: &Found<&str>,
    resource: Option<&Resource>,
) -> Option<Verb> {
    let spec =
        resource.and_then(|known| cx.kinds.iter().find(|spec| spec.kind == known.kind));
    let fitting: Vec<&str> = match spec {
        Some(spec) => spec.verbs.iter().map(|verb| verb.word()).collect(),
        None => VERBS.iter().map(|def| def.word).collect(),
    };
    let help = suggest::advice(word.value, &fitting, "verbs here");
    let Some(verb) = Verb::parse(word.value) else {
        let what = format!("there is no verb `{}`", word.value);
        cx.error("P-wrong-verb", &word.place, what, help);
        return None;
    };
    let (Some(resource), Some(spec)) = (resource, spec) else { return Some(verb) };
    if verb.def().noun != resource.noun {
        let what = format!(
            "`{verb}` is a verb of {}; {} is {}",
            verb.def().noun,
            resource.id,
            resource.noun
        );
        cx.error("P-wrong-verb", &word.place, what, help);
        return None;
    }
    if !spec.verbs.contains(&verb) {
        let what = format!("kind {} cannot `{verb}`", spec.kind);
        cx.error("P-wrong-verb", &word.place, what, help);
        return None;
    }
    Some(verb)
}

fn check(cx: &mut Cx<'_>, keys: &mut Keys<'_>, _: &Scope<'_>) -> Option<Action> {
    let probe = keys.id_of(cx, "check", Named::Probe)?.into();
    Some(Action::Check { probe })
}

fn manual(cx: &mut Cx<'_>, keys: &mut Keys<'_>, _: &Scope<'_>) -> Option<Action> {
    let text = keys.text(cx, "manual");
    let expect = keys.text(cx, "expect");
    Some(Action::Manual { text: text?, expect })
}

fn approve(cx: &mut Cx<'_>, keys: &mut Keys<'_>, scope: &Scope<'_>) -> Option<Action> {
    let question = keys.text(cx, "approve");
    let named = keys.has("role");
    let role = keys.id_of(cx, "role", Named::Role).map(Into::into);
    if !named && scope.plan.commander.is_none() {
        keys.need(cx, "role", "\"incident-commander\"");
    }
    let role = if named { role } else { scope.plan.commander.clone() };
    Some(Action::Approval { question: question?, role: role? })
}

fn run(cx: &mut Cx<'_>, keys: &mut Keys<'_>, _: &Scope<'_>) -> Option<Action> {
    command(cx, keys, "run").map(Action::Command)
}

/// A script for `sh`, stopped by its first error. No parameter is spliced into it: a shell
/// has its own `${}`, and a value belongs into `env`.
fn shell(cx: &mut Cx<'_>, keys: &mut Keys<'_>, _: &Scope<'_>) -> Option<Action> {
    let script = keys.raw(cx, "shell");
    let spec = environment(cx, keys, Vec::new());
    let argv = ["sh", "-euc", script?.value].map(str::to_owned).to_vec();
    Some(Action::Command(CommandSpec { argv, shell: true, ..spec }))
}

fn request(cx: &mut Cx<'_>, keys: &mut Keys<'_>, _: &Scope<'_>) -> Option<Action> {
    let mut table = keys.table(cx, "http")?;
    let spec = http(cx, &mut table);
    table.finish(cx, "an HTTP request");
    spec.map(Action::Http)
}

fn wait(cx: &mut Cx<'_>, keys: &mut Keys<'_>, _: &Scope<'_>) -> Option<Action> {
    keys.duration(cx, "wait").map(|found| Action::Wait { length: found.value })
}

fn notify(cx: &mut Cx<'_>, keys: &mut Keys<'_>, _: &Scope<'_>) -> Option<Action> {
    let text = keys.text(cx, "notify");
    keys.need(cx, "channel", "\"#incident\"");
    let channel = keys.text(cx, "channel");
    Some(Action::Notify { text: text?, channel: channel? })
}

/// What the screen calls a step whose author gave it no name.
pub(super) fn title(action: &Action, scope: &Scope<'_>) -> Text {
    let named = |found: Option<&Text>, id: &str| {
        found.map_or_else(|| id.to_owned(), ToString::to_string)
    };
    match action {
        Action::Estate { resource, side, verb, .. } => {
            let found = scope.plan.estate.iter().find(|known| known.id == *resource);
            let what = named(found.map(|known| &known.name), resource.as_str());
            Text::clean(format!("{} {what} in {side}", verb.def().phrase))
        }
        Action::Check { probe } => {
            let found = scope.plan.probes.iter().find(|known| known.id == *probe);
            let what = named(found.map(|known| &known.name), probe.as_str());
            Text::clean(format!("Check {what}"))
        }
        Action::Manual { text, .. } | Action::Notify { text, .. } => {
            Text::capped(text.as_str(), 80)
        }
        Action::Approval { question, .. } => Text::capped(question.as_str(), 80),
        Action::Wait { length } => Text::clean(format!("Wait {length}")),
        Action::Command(spec) if spec.shell => Text::from("Run a shell script"),
        Action::Command(spec) => {
            Text::capped(&format!("Run {}", spec.argv.join(" ")), 80)
        }
        Action::Errand(errand) => Text::capped(errand.line().as_str(), 80),
        Action::Http(spec) => Text::capped(&format!("{} {}", spec.method, spec.url), 80),
    }
}
