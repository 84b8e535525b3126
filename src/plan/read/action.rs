//! What a step does: exactly one of a few keys, each with keys of its own.

use std::collections::BTreeSet;

use super::{errand, estate::arguments, id, ids, pairs, probe, texts};
use crate::{
    model::{Action, CommandSpec, Errand, Mark, Resource, SiteId, Text, VERBS, Verb},
    plan::{
        Plan,
        cx::{Cx, Named},
        language::{Found, Items, Said, StepRow, Table, words::Method},
        suggest,
    },
};

/// One way to say what a step does.
struct Form {
    key: &'static str,
    /// Keys that say more about it, and mean nothing beside another.
    with: &'static [&'static str],
    /// Where it is written, if it is.
    written: fn(&StepRow) -> bool,
    read: fn(&mut Cx<'_>, &StepRow, &Plan) -> Option<Action>,
}

macro_rules! forms {
    ($($key:literal $field:ident $read:ident [$($with:literal),*];)+) => {
        &[$(Form {
            key: $key,
            with: &[$($with),*],
            written: |row| row.$field.is_some(),
            read: $read,
        }),+]
    };
}

const FORMS: &[Form] = forms![
    "do" verb estate ["resource", "side"];
    "check" check check ["continue_if"];
    "manual" manual manual ["expect", "items"];
    "approve" approve approve ["role"];
    "run" run run ["env", "pass", "dir", "host", "repeatable", "long", "dry_run"];
    "shell" shell shell ["env", "pass", "dir", "host", "repeatable", "strict", "long"];
    "http" http request [];
    "aws" aws aws ["dry_run"];
    "kubectl" kubectl kubectl ["dry_run"];
    "sql" sql sql [];
    "dns_change" dns_change dns [];
    "write" write write [];
    "append" append append [];
    "wait" wait wait [];
    "until" until until [];
    "prompt" prompt prompt [];
    "mark" mark mark [];
    "notify" notify notify ["channel", "event"];
    "event" event event [];
    "call" call call ["inputs"];
    "respond" respond respond [];
];

/// Every key that says what a step does.
pub(in crate::plan) fn keys() -> impl Iterator<Item = &'static str> {
    FORMS.iter().map(|form| form.key)
}

pub(super) fn read(cx: &mut Cx<'_>, row: &StepRow, plan: &Plan) -> Option<Action> {
    let is_there = |form: &&Form| (form.written)(row) || row.unread.contains(&form.key);
    let written: Vec<&Form> = FORMS.iter().filter(is_there).collect();
    // An event beside a text only says which notification the text is.
    let told = |form: &&Form| form.key != "event" || row.notify.is_none();
    let written: Vec<&Form> = written.into_iter().filter(told).collect();
    let Some((first, more)) = written.split_first() else {
        let all: Vec<&str> = keys().collect();
        cx.error(
            "L24",
            &row.place,
            "this step does nothing",
            format!("give it one of: {}", all.join(", ")),
        );
        // The others of its runbook are looked at all the same.
        let text = Text::from("Nobody has written what this step does.");
        return Some(Action::Manual { text, expect: None });
    };
    for form in more {
        let at = format!("{}.{}", row.place.at, form.key);
        let place = cx.place(&at).unwrap_or_else(|| row.place.clone());
        cx.error(
            "P-two-actions",
            &place,
            format!("this step already has `{}`", first.key),
            format!("make `{}` a step of its own", form.key),
        );
    }
    if first.key != "do" && !row.rest.is_empty() {
        let head = format!("a step with `{}`", first.key);
        arguments(cx, &row.rest, &[], (&row.place, &head, &columns()));
    }
    strangers(cx, row, &written);
    (first.read)(cx, row, plan)
}

/// Keys that would say more about something this step does not do.
fn strangers(cx: &mut Cx<'_>, row: &StepRow, written: &[&Form]) {
    let fits = |key: &str| written.iter().any(|form| form.with.contains(&key));
    let bound: BTreeSet<&str> =
        FORMS.iter().flat_map(|form| form.with).copied().collect();
    let is_form = |key: &str| FORMS.iter().any(|form| form.key == key);
    for (key, _) in row.written() {
        if !bound.contains(key) || fits(key) || is_form(key) {
            continue;
        }
        let at = format!("{}.{key}", row.place.at);
        let place = cx.place(&at).unwrap_or_else(|| row.place.clone());
        let first = written.first().map_or("", |form| form.key);
        let of: Vec<&str> = FORMS
            .iter()
            .filter(|form| form.with.contains(&key))
            .map(|form| form.key)
            .collect();
        cx.error(
            "P-unknown-key",
            &place,
            format!("`{key}` is not a key of a step with `{first}`"),
            format!("it belongs to a step with {}", of.join(", ")),
        );
    }
}

fn columns() -> Vec<&'static str> {
    StepRow::DEF.columns.iter().map(|column| column.key).collect()
}

fn estate(cx: &mut Cx<'_>, row: &StepRow, plan: &Plan) -> Option<Action> {
    for (value, key, named) in
        [(&row.resource, "resource", Named::Resource), (&row.side, "side", Named::Site)]
    {
        if value.is_none() && !row.unread.contains(&key) {
            let example =
                cx.names.all(named).first().copied().unwrap_or("...").to_owned();
            cx.error(
                "P-missing-key",
                &row.place,
                format!("`{key}` is missing"),
                format!("write `{key} = \"{example}\"`"),
            );
        }
    }
    let resource = row.resource.get().and_then(|id| plan.resource(id));
    let verb = row.verb.as_ref().and_then(|word| verb(cx, word, resource))?;
    let head = format!("a `{verb}` step");
    let mut args = arguments(cx, &row.rest, verb.args(), (&row.place, &head, &columns()));
    if let Some(called) = args.0.remove("called") {
        args.0.insert("name".to_owned(), called);
    }
    if args.number("percent").is_some_and(|percent| percent > 100) {
        let at = format!("{}.percent", row.place.at);
        let place = cx.place(&at).unwrap_or_else(|| row.place.clone());
        cx.error("P-bad-value", &place, "there are only 100 percent", "write 0 to 100");
    }
    let side: SiteId = id(row.side.as_ref())?;
    let resource = resource?;
    if !resource.sides.contains_key(&side) {
        let sides: Vec<&str> = resource.sides.keys().map(SiteId::as_str).collect();
        let place = row.side.place().unwrap_or(&row.place);
        cx.error(
            "L92",
            place,
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
    word: &Found<String>,
    resource: Option<&Resource>,
) -> Option<Verb> {
    let spec =
        resource.and_then(|known| cx.kinds.iter().find(|spec| spec.kind == known.kind));
    let of_noun = |noun| VERBS.iter().filter(move |def| def.noun == noun);
    let fitting: Vec<&str> = match (spec, resource) {
        (Some(spec), _) => spec.verbs.iter().map(|verb| verb.word()).collect(),
        (None, Some(known)) => of_noun(known.noun).map(|def| def.word).collect(),
        (None, None) => VERBS.iter().map(|def| def.word).collect(),
    };
    let help = suggest::advice(&word.value, &fitting, "verbs here");
    let Some(verb) = Verb::parse(&word.value) else {
        let what = format!("there is no verb `{}`", word.value);
        cx.error("P-wrong-verb", &word.place, what, help);
        return None;
    };
    let Some(resource) = resource else { return Some(verb) };
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
    if let Some(spec) = spec
        && !spec.verbs.contains(&verb)
    {
        let what = format!("kind {} cannot `{verb}`", spec.kind);
        cx.error("P-wrong-verb", &word.place, what, help);
        return None;
    }
    Some(verb)
}

fn check(_: &mut Cx<'_>, row: &StepRow, _: &Plan) -> Option<Action> {
    Some(Action::Check { probe: id(row.check.as_ref())? })
}

fn manual(_: &mut Cx<'_>, row: &StepRow, _: &Plan) -> Option<Action> {
    let mut text = row.manual.get()?.to_string();
    for item in row.items.items() {
        text.push_str(&format!(" [ ] {}", item.value));
    }
    Some(Action::Manual { text: Text::clean(text), expect: row.expect.get().cloned() })
}

fn approve(cx: &mut Cx<'_>, row: &StepRow, plan: &Plan) -> Option<Action> {
    let named = row.role.is_some() || row.unread.contains(&"role");
    if !named && plan.commander.is_none() {
        cx.error(
            "P-missing-key",
            &row.place,
            "`role` is missing",
            "write `role = \"incident-commander\"`",
        );
    }
    let role = if named { id(row.role.as_ref()) } else { plan.commander.clone() };
    Some(Action::Approval { question: row.approve.get()?.clone(), role: role? })
}

fn run(cx: &mut Cx<'_>, row: &StepRow, _: &Plan) -> Option<Action> {
    let list = row.run.as_ref()?;
    let argv = texts(&row.run);
    if argv.first().is_none_or(String::is_empty) {
        cx.error(
            "P-bad-value",
            &list.place,
            "there is no program to run",
            "write `run = [\"program\", \"argument\"]`",
        );
        return None;
    }
    Some(Action::Command(command(row, argv, false)))
}

/// A script for `sh`, stopped by its first error. No parameter is spliced into it: a shell
/// has its own `${}`, and a value belongs into `env`.
fn shell(_: &mut Cx<'_>, row: &StepRow, _: &Plan) -> Option<Action> {
    let script = row.shell.get()?.as_str();
    let pipes = script.contains('|') && row.strict.get() != Some(&false);
    // A pipe's failing part only counts in bash.
    let words: &[&str] =
        if pipes { &["bash", "-euo", "pipefail", "-c"] } else { &["sh", "-euc"] };
    let argv = words.iter().chain(&[script]).map(|word| (*word).to_owned()).collect();
    Some(Action::Command(command(row, argv, true)))
}

fn command(row: &StepRow, argv: Vec<String>, shell: bool) -> CommandSpec {
    CommandSpec {
        argv,
        env: pairs(&row.env),
        pass: texts(&row.pass),
        dir: row.dir.get().cloned(),
        shell,
        repeatable: row.repeatable.get() == Some(&true),
    }
}

fn request(cx: &mut Cx<'_>, row: &StepRow, _: &Plan) -> Option<Action> {
    probe::http(cx, row.http.get()?, Method::Get).map(Action::Http)
}

fn aws(_: &mut Cx<'_>, row: &StepRow, _: &Plan) -> Option<Action> {
    Some(Action::Errand(Errand::Aws(errand::aws(row.aws.get()?))))
}

fn kubectl(_: &mut Cx<'_>, row: &StepRow, _: &Plan) -> Option<Action> {
    Some(Action::Errand(Errand::Kubectl(errand::kubectl(row.kubectl.get()?))))
}

fn sql(_: &mut Cx<'_>, row: &StepRow, _: &Plan) -> Option<Action> {
    Some(Action::Errand(Errand::Sql(errand::sql(row.sql.get()?))))
}

fn dns(cx: &mut Cx<'_>, row: &StepRow, _: &Plan) -> Option<Action> {
    Some(Action::Errand(Errand::Dns(errand::dns(cx, row.dns_change.get()?))))
}

fn write(_: &mut Cx<'_>, row: &StepRow, _: &Plan) -> Option<Action> {
    let file = row.write.get()?;
    let call = errand::file(file.file.get()?, file.text.get()?, false);
    Some(Action::Errand(Errand::File(call)))
}

fn append(_: &mut Cx<'_>, row: &StepRow, _: &Plan) -> Option<Action> {
    let file = row.append.get()?;
    let call = errand::file(file.file.get()?, file.text.get()?, true);
    Some(Action::Errand(Errand::File(call)))
}

fn wait(_: &mut Cx<'_>, row: &StepRow, _: &Plan) -> Option<Action> {
    row.wait.get().map(|length| Action::Wait { length: *length })
}

fn until(cx: &mut Cx<'_>, row: &StepRow, _: &Plan) -> Option<Action> {
    let until = errand::until(cx, row.until.get()?)?;
    Some(Action::Errand(Errand::Until { until }))
}

fn prompt(_: &mut Cx<'_>, row: &StepRow, _: &Plan) -> Option<Action> {
    row.prompt.as_ref()?;
    Some(Action::Errand(Errand::Prompt { parameters: ids(&row.prompt) }))
}

fn mark(_: &mut Cx<'_>, row: &StepRow, _: &Plan) -> Option<Action> {
    Some(Action::Errand(Errand::Mark { mark: Mark::new(row.mark.get()?) }))
}

fn notify(cx: &mut Cx<'_>, row: &StepRow, _: &Plan) -> Option<Action> {
    let text = row.notify.get()?.clone();
    let Some(channel) = &row.channel else {
        if !row.unread.contains(&"channel") {
            cx.error(
                "P-missing-key",
                &row.place,
                "`channel` is missing",
                "write `channel = \"#incident\"`",
            );
        }
        return None;
    };
    if !cx.names.all(Named::Channel).is_empty() {
        cx.refer(Named::Channel, channel.value.as_str(), &channel.place);
    }
    Some(Action::Notify { text, channel: channel.value.clone() })
}

/// An event with its notification's text and first channel.
fn event(cx: &mut Cx<'_>, row: &StepRow, plan: &Plan) -> Option<Action> {
    let event = row.event.as_ref()?;
    let mut routes = plan.file.notification.items().iter();
    let route = routes.find(|route| route.event.get() == Some(&event.value));
    let Some(route) = route else {
        cx.error(
            "L92",
            &event.place,
            format!("nobody is told of `{}`", event.value),
            "write a [[notification]] with this `event`, `to` and `via`",
        );
        return None;
    };
    let text = route.text.get().or(route.title.get()).cloned();
    let via = route.via.items().first();
    Some(Action::Notify {
        text: text.unwrap_or_else(|| Text::clean(&event.value)),
        channel: via
            .map_or_else(|| Text::clean(&event.value), |via| Text::clean(&via.value)),
    })
}

fn call(_: &mut Cx<'_>, row: &StepRow, _: &Plan) -> Option<Action> {
    let runbook = id(row.call.as_ref())?;
    let inputs = pairs(&row.inputs)
        .into_iter()
        .map(|(key, value)| (key.as_str().into(), value))
        .collect();
    Some(Action::Errand(Errand::Call { runbook, inputs, severity: None }))
}

fn respond(_: &mut Cx<'_>, row: &StepRow, _: &Plan) -> Option<Action> {
    row.respond.get().map(|respond| Action::Errand(Errand::Respond { respond: *respond }))
}

/// What the screen calls a step whose author gave it no name.
pub(super) fn title(action: &Action, plan: &Plan) -> Text {
    let named = |found: Option<&Text>, id: &str| {
        found.map_or_else(|| id.to_owned(), ToString::to_string)
    };
    match action {
        Action::Estate { resource, side, verb, .. } => {
            let found = plan.resource(resource.as_str());
            let what = named(found.map(|known| &known.name), resource.as_str());
            Text::clean(format!("{} {what} in {side}", verb.def().phrase))
        }
        Action::Check { probe } => {
            let found = plan.probes.iter().find(|known| known.id == *probe);
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
        Action::Http(spec) => Text::capped(&format!("{} {}", spec.method, spec.url), 80),
        Action::Errand(errand) => Text::capped(errand.line().as_str(), 80),
    }
}
