//! What the dialog says, section by section. Every section is lines that fit; none is cut.

use crate::{
    console::{
        command::key_of,
        model::{Confirm, ConfirmStage, PreviewState},
        panel::{card, step},
        theme::Role,
        view::sight::Sight,
        widget::{Row, wrap},
    },
    engine::{Check, Exposure, StepRecord, gate::wants_second, undo::plan_action},
    model::{Action, Preview, ResourceId, Span, Step, Text, Tier, Undo, Verb},
};

/// What is told about.
pub(super) struct Told<'a> {
    pub sight: &'a Sight<'a>,
    pub confirm: &'a Confirm,
    pub step: &'a Step,
    pub record: &'a StepRecord,
}

/// Lines of a remark below the typing line.
pub(super) const REMARK: usize = 2;

/// Columns of the label at the left.
const LABEL: usize = 11;

type Section = Vec<Row>;

/// All sections, in the order of the anatomy.
pub(super) fn full(told: &Told<'_>, width: usize) -> Vec<Section> {
    let sections = vec![
        refused(told, width),
        what(told, width),
        [runs(told, width), changes(told, width)].concat(),
        [loses(told, width), hits(told, width), time(told, width)].concat(),
        [blocks(told, width), checks(told, width), approval(told, width)].concat(),
        long_notice(told, width),
    ];
    sections.into_iter().filter(|section| !section.is_empty()).collect()
}

/// The few lines of a reversible step.
pub(super) fn short(told: &Told<'_>, width: usize) -> Vec<Section> {
    let sections = vec![
        refused(told, width),
        what(told, width),
        runs(told, width),
        changes(told, width),
        time(told, width),
        blocks(told, width),
        checks(told, width),
        notice(told, width),
    ];
    sections.into_iter().filter(|section| !section.is_empty()).collect()
}

/// `LABEL      words`, further lines below the words.
fn labelled(label: &str, role: Role, words: &str, width: usize) -> Section {
    let room = width.saturating_sub(LABEL).max(1);
    wrap(words, room)
        .into_iter()
        .enumerate()
        .map(|(at, line)| {
            let label = if at == 0 { label } else { "" };
            Row::of(Role::Title, format!("{label:<LABEL$}")).with(role, line)
        })
        .collect()
}

fn plain(role: Role, words: &str, width: usize) -> Section {
    wrap(words, width).into_iter().map(|line| Row::of(role, line)).collect()
}

fn refused(told: &Told<'_>, width: usize) -> Section {
    match &told.confirm.stage {
        ConfirmStage::Refused { why } => {
            let words = format!("{why}. Nothing was sent.");
            labelled("REFUSED", Role::Crit, &words, width)
        }
        ConfirmStage::Typing
        | ConfirmStage::AbortWindow { .. }
        | ConfirmStage::Asked { .. } => Section::new(),
    }
}

/// Verb and object, and what cannot be taken back.
fn what(told: &Told<'_>, width: usize) -> Section {
    let deed = step::deed(told.sight, told.step);
    let before = told.record.evidence.as_ref().and_then(|seen| seen.before.as_ref());
    let sentence = match (told.confirm.undo, before) {
        (false, _) => deed,
        (true, Some(before)) => {
            format!("Put back what was before: {before}. Undoes: {deed}")
        }
        (true, None) => format!("Put back what was before. Undoes: {deed}"),
    };
    let own = plan_action(told.step).filter(|_| told.confirm.undo);
    let sentence = own.map_or(sentence, |action| {
        let way = match action {
            Action::Manual { text, .. } => format!("By hand: {text}"),
            Action::Estate { .. }
            | Action::Command(_)
            | Action::Http(_)
            | Action::Check { .. }
            | Action::Approval { .. }
            | Action::Wait { .. }
            | Action::Notify { .. }
            | Action::Errand(_) => "Run what the plan says takes it back".to_owned(),
        };
        format!("{way}. Undoes: {}", step::deed(told.sight, told.step))
    });
    let mut lines = plain(Role::Title, &sentence, width);
    lines.extend(plain(Role::Text, &way_back(told), width));
    lines
}

fn way_back(told: &Told<'_>) -> String {
    if let PreviewState::Ready(Preview { irreversible: Some(words), .. }) =
        &told.confirm.preview
    {
        return words.to_string();
    }
    let undo = told.step.action.can_undo();
    match &told.step.terms.undo {
        Undo::None(why) if !why.is_empty() => {
            return format!("Cannot be undone: {why}.");
        }
        Undo::None(_) => return "Cannot be undone.".to_owned(),
        Undo::Action(_) if !told.confirm.undo => {
            let key = key_of("undo");
            return format!("The plan says how to take it back: {key}.");
        }
        Undo::Action(_) | Undo::ByNature | Undo::Recorded(_) => {}
    }
    match told.step.tier {
        Tier::T4 => "Cannot be undone.".to_owned(),
        _ if undo => "Can be put back: the value before is recorded.".to_owned(),
        Tier::T3 => "Disruptive, and nothing here puts it back.".to_owned(),
        Tier::T0 | Tier::T1 | Tier::T2 => "Reversible.".to_owned(),
    }
}

fn runs(told: &Told<'_>, width: usize) -> Section {
    let preview = match &told.confirm.preview {
        PreviewState::Waiting => {
            let words = "asking what would be sent; nothing is sent by asking";
            return labelled("WILL RUN", Role::Dim, words, width);
        }
        PreviewState::Failed(why) => {
            let words = format!("UNKNOWN, the present state could not be read: {why}");
            let unknown = labelled("WILL RUN", Role::Unknown, &words, width);
            return [unknown, way_out(told, width)].concat();
        }
        PreviewState::Ready(preview) => preview,
    };
    let mut lines = Section::new();
    if preview.already {
        let words = "nothing: it is already as wanted";
        lines.extend(labelled("WILL RUN", Role::Text, words, width));
    }
    for (at, call) in preview.calls.iter().enumerate() {
        let label = if at == 0 && !preview.already { "WILL RUN" } else { "" };
        lines.extend(labelled(label, Role::Text, call.line.as_str(), width));
    }
    for (at, objection) in preview.objections.iter().enumerate() {
        let label = if at == 0 { "OBJECTION" } else { "" };
        lines.extend(labelled(label, Role::Warn, objection.as_str(), width));
    }
    lines
}

/// A place that is lost answers nobody: how to go on without an answer.
fn way_out(told: &Told<'_>, width: usize) -> Section {
    if told.confirm.undo || told.step.tier < Tier::T3 {
        return Section::new();
    }
    let (back, skip) = (key_of("back"), key_of("skip"));
    let estate = told.step.action.estate();
    let fence = estate.filter(|(_, _, verb)| *verb == Verb::Fence);
    let by_hand = match fence {
        Some(_) => "fence it another way (network, account)",
        None => "do it another way",
    };
    let mut words = format!(
        "v looks again. If nothing there answers: {by_hand}, then {back}, and {skip} \
         skips this step with what you saw."
    );
    if let Some(later) = fence.and_then(|(resource, ..)| promotion(told, resource)) {
        let accept = key_of("override");
        words += &format!(" Step {later} will then want {accept}.");
    }
    labelled("WAY OUT", Role::Text, &words, width)
}

/// The step that makes a writer of the other side, which asks whether this one is fenced.
fn promotion(told: &Told<'_>, resource: &ResourceId) -> Option<u32> {
    let runbook = &told.sight.incident.procedure.runbook;
    let mut later = runbook.steps().filter(|step| step.number > told.step.number);
    let promotes = |step: &&Step| {
        let estate = step.action.estate();
        estate.is_some_and(|(of, _, verb)| verb == Verb::Promote && of == resource)
    };
    later.find(promotes).map(|step| step.number)
}

fn changes(told: &Told<'_>, width: usize) -> Section {
    let PreviewState::Ready(preview) = &told.confirm.preview else {
        return Section::new();
    };
    let line = |(at, (what, now, after)): (usize, &(Text, Text, Text))| {
        let label = if at == 0 { "CHANGES" } else { "" };
        labelled(label, Role::Text, &format!("{what}: {now} > {after}"), width)
    };
    preview.changes.iter().enumerate().flat_map(line).collect()
}

fn loses(told: &Told<'_>, width: usize) -> Section {
    let Some((resource, _, verb)) = told.step.action.estate() else {
        return Section::new();
    };
    if !matches!(verb, Verb::Promote | Verb::Restore) {
        return Section::new();
    }
    let found = told.sight.exposures.iter().find(|cost| cost.database == *resource);
    let Some(cost) = found else { return Section::new() };
    let (role, words) = lost(cost);
    labelled("WILL LOSE", role, &words, width)
}

fn lost(cost: &Exposure) -> (Role, String) {
    let limit = cost.limit.clock();
    let Some(lost) = cost.lost else {
        let words = format!("UNKNOWN: lag was never measured; limit {limit}");
        return (Role::Unknown, words);
    };
    let sample = cost.sampled_at.map(|at| format!("; sampled {}Z", at.time_of_day()));
    let sample = sample.unwrap_or_default();
    let words = format!("at most {} of writes, limit {limit}{sample}", lost.clock());
    let role = if lost > cost.limit { Role::Crit } else { Role::Text };
    (role, words)
}

fn hits(told: &Told<'_>, width: usize) -> Section {
    let Some((resource, ..)) = told.step.action.estate() else {
        return Section::new();
    };
    let services: Vec<String> = told
        .sight
        .incident
        .procedure
        .services
        .iter()
        .filter(|service| service.uses.contains(resource))
        .map(|service| service.name.to_string())
        .collect();
    let words = match services.len() {
        0 => return Section::new(),
        1 => format!("1 service: {}", services.join(", ")),
        count => format!("{count} services: {}", services.join(", ")),
    };
    labelled("WILL HIT", Role::Text, &words, width)
}

fn time(told: &Told<'_>, width: usize) -> Section {
    let time = told.sight.time(told.step);
    let margin = told.sight.forecast.margin;
    let role = if margin.is_negative() { Role::ClockOver } else { Role::Text };
    let words = format!(
        "est {} (p95 {}, {}); margin at the end {}",
        time.estimate.p50.clock(),
        time.estimate.p95.clock(),
        time.from(),
        margin.signed()
    );
    labelled("TIME", role, &words, width)
}

fn blocks(told: &Told<'_>, width: usize) -> Section {
    if told.confirm.undo {
        return Section::new();
    }
    let gate = told.sight.gate(told.step);
    let reasons: Vec<String> = gate
        .blocks
        .iter()
        .filter(|_| !gate.wants_approval())
        .map(|block| step::why(told.sight, block))
        .collect();
    if reasons.is_empty() {
        return Section::new();
    }
    labelled("BLOCKED", Role::Warn, &reasons.join("; "), width)
}

fn checks(told: &Told<'_>, width: usize) -> Section {
    if told.confirm.undo {
        return Section::new();
    }
    let gate = told.sight.gate(told.step);
    let rows = gate.checks.iter().enumerate();
    rows.flat_map(|(at, check)| {
        let label = if at == 0 { "CHECKS" } else { "" };
        checked(label, check, told, width)
    })
    .collect()
}

fn checked(label: &str, check: &Check, told: &Told<'_>, width: usize) -> Section {
    let (mark, role) = card::verdict(check.class);
    let age =
        check.age.map_or_else(|| "never".to_owned(), |age| format!("{} ago", age.age()));
    let overridden = told.record.overrides.get(&check.name);
    let why = overridden.map(|(reason, by)| format!("; accepted by {by}: {reason}"));
    let words = format!("{}: {}{}", check.name, check.value, why.unwrap_or_default());
    let room = width.saturating_sub(LABEL + 4 + age.len() + 1).max(1);
    let lines = wrap(&words, room).into_iter().enumerate();
    lines
        .map(|(at, line)| {
            let (label, mark) = if at == 0 { (label, mark) } else { ("", "") };
            let row = Row::of(Role::Title, format!("{label:<LABEL$}"))
                .with(role, mark)
                .with(Role::Text, " ".repeat(4 - mark.len()))
                .with(Role::Text, line);
            if at == 0 { row.against(Row::dim(age.clone()), width, true) } else { row }
        })
        .collect()
}

/// Who said yes, when, in which words, and for how long it holds.
fn approval(told: &Told<'_>, width: usize) -> Section {
    let question = matches!(told.step.action, Action::Approval { .. });
    if told.confirm.undo || !(wants_second(told.step) || question) {
        return Section::new();
    }
    let now = told.sight.now();
    let (role, words) =
        match (&told.record.approval, &told.record.solo, &told.record.asked_at) {
            (Some(yes), ..) if yes.until > now => {
                let left = (yes.until - now).clock();
                let at = yes.at.time_of_day();
                (
                    Role::Text,
                    format!("[x] {} {at} \"{}\" valid {left}", yes.by, yes.words),
                )
            }
            (_, Some((since, by, reason)), _) => {
                let left = crate::engine::gate::SOLO_WAIT - (now - *since);
                let wait = if left > Span::ZERO {
                    format!("{} to wait", left.clock())
                } else {
                    "the wait is over".to_owned()
                };
                (Role::Warn, format!("[o] alone by {by}, {wait}: {reason}"))
            }
            (Some(yes), None, _) => {
                (Role::Warn, format!("[ ] the yes of {} has expired: ask again", yes.by))
            }
            (None, None, Some((at, by))) => {
                let at = at.time_of_day();
                (Role::Warn, format!("[ ] asked by {by} {at}, no answer yet"))
            }
            (None, None, None) => {
                (Role::Warn, format!("[ ] not asked yet: {}", key_of("ask")))
            }
        };
    labelled("APPROVAL", role, &words, width)
}

/// A remark the foot has no room for: it is said whole, here.
fn long_notice(told: &Told<'_>, width: usize) -> Section {
    let lines = notice(told, width);
    if lines.len() > REMARK { lines } else { Section::new() }
}

fn notice(told: &Told<'_>, width: usize) -> Section {
    match &told.confirm.notice {
        Some(notice) => plain(Role::Warn, notice.as_str(), width),
        None => Section::new(),
    }
}
