//! The row that says what comes next, who does it and what it waits for: one fixed place
//! on every screen.

use super::sight::Sight;
use crate::{
    console::{
        command::{key_of, word_of},
        lane,
        model::Overlay,
        panel::step::{self, Standing},
        theme::Role,
        widget::{Field, Row, clip, fields},
    },
    engine::{Block, Gate, StepRecord, closing, refusal::explain, watch},
    model::{Action, Step, StepId},
};

/// Row 4.
pub(in crate::console) fn next(sight: &Sight<'_>, width: usize) -> Row {
    let row = |role, words: String| Row::of(Role::Title, "NEXT > ").with(role, words);
    let only = |role, words: String| row(role, words).fit(width, sight.ascii());
    let incident = &sight.incident;
    if !sight.declared {
        if let Some(why) = sight.powerless() {
            return only(Role::Dim, format!("nothing declared; {why}"));
        }
        let declare = key_of("declare");
        return only(Role::Text, format!("{declare} opens an incident with this plan"));
    }
    if let Some(summary) = &incident.closed {
        let back = closing::way_back(incident);
        let back = back.map_or_else(String::new, |way| format!("; the way back: {way}"));
        return only(Role::Dim, format!("nothing: closed, {summary}{back}"));
    }
    if let Some((at, reason)) = &incident.aborted
        && incident.next().is_none()
    {
        let at = at.time_of_day();
        let close = key_of("close");
        return only(Role::Text, format!("ABORTED {at}: {reason}.  {close} ends it"));
    }
    if let Some(step) = lane::in_doubt(incident, sight.model.lane()) {
        return in_doubt(sight, step, width);
    }
    if let Some((at, reason)) = &incident.hold {
        let held = Row::of(Role::Warn, format!("HOLD since {}", at.time_of_day()));
        let reason = Row::text(reason.to_string());
        let all = [
            Field::new(9, Row::of(Role::Title, "NEXT > ").then(held)),
            Field::new(1, reason).or_nothing(),
            Field::new(5, Row::text(format!("{} lifts it", key_of("resume")))),
        ];
        return fields(&all, width, sight.ascii());
    }
    match sight.next().and_then(|step| incident.step(&step.id)) {
        Some((step, record)) => startable(sight, step, record, width),
        None => waiting(sight, width),
    }
}

fn in_doubt(sight: &Sight<'_>, step: &Step, width: usize) -> Row {
    let rule = word_of("rule");
    let (long, short) = if step.action.observable() {
        (
            format!("looking what became of it; {rule} if nobody can tell"),
            format!("looking; {rule} if nobody can tell"),
        )
    } else {
        (
            format!("only a person can tell: {rule} done, or {rule} not-done"),
            format!("only a person can tell: {rule}"),
        )
    };
    let name = format!("{} {}", step.number, step.title());
    let doubt = Row::of(Role::Doubt, "IN DOUBT");
    let all = [
        Field::new(9, Row::of(Role::Title, format!("NEXT > {name}")))
            .or(Row::of(Role::Title, format!("NEXT > {}", step.number))),
        Field::new(9, doubt),
        Field::new(1, Row::text(long)).or(Row::text(short)).or(Row::text(rule)),
    ];
    fields(&all, width, sight.ascii())
}

/// Nothing is left to start: steps run, services settle, or it is over.
fn waiting(sight: &Sight<'_>, width: usize) -> Row {
    let incident = &sight.incident;
    let running: Vec<String> =
        incident.in_flight().map(|step| step.number.to_string()).collect();
    let words = if !running.is_empty() {
        format!("wait for step {}", running.join(", "))
    } else if let Some(hold) = watch::present_block(incident, sight.now()) {
        holding(sight, &hold)
    } else if incident.clocks.verified.is_none()
        && !incident.procedure.services.is_empty()
    {
        let stable = incident.procedure.objective.stable;
        format!("wait until healthy for {}", stable.clock())
    } else {
        format!("{} ends the incident", key_of("close"))
    };
    Row::of(Role::Title, "NEXT > ").with(Role::Text, words).fit(width, sight.ascii())
}

/// The hold that is waited for, and the ways out of it.
fn holding(sight: &Sight<'_>, hold: &Block) -> String {
    let mut words = explain(hold);
    let back = watch::present(&sight.incident).map(|(_, hold, _)| hold);
    let back = back.map(|hold| watch::steps_back(&sight.incident, hold));
    let back: Vec<String> =
        back.unwrap_or_default().iter().map(|step| step.number.to_string()).collect();
    if !back.is_empty() {
        words += &format!("; step back: {} at step {}", key_of("undo"), back.join(", "));
    }
    words
}

fn startable(sight: &Sight<'_>, step: &Step, record: &StepRecord, width: usize) -> Row {
    let gate = sight.gate(step);
    let name = |limit: usize| {
        let name = format!("{} {}", step.number, step.title());
        let name = clip(&name, limit, sight.ascii());
        Row::of(Role::Title, format!("NEXT > {name}"))
    };
    // It gives way letter by letter, and only to what says what to do.
    let names = (18..60)
        .rev()
        .fold(Field::new(6, name(60)), |field, limit| field.or(name(limit)));
    let tier = format!("{} {}", step.tier, step.tier.meaning());
    let again = if step::has_failed(record) {
        Row::of(Role::Crit, "FAILED")
    } else if sight.incident.aborted.is_some() {
        Row::of(Role::Warn, "ABORTED, clean-up")
    } else {
        Row::new()
    };
    let (long, short) = approval(sight, record);
    let approved = Field::new(3, long).or(short).or_nothing();
    let all = [
        names,
        Field::new(9, again),
        Field::new(4, Row::text(tier)).or(Row::text(step.tier.word())),
        approved,
        Field::new(7, troubled(sight, step)).or_nothing(),
        Field::new(2, passed(&gate)).or_nothing(),
        press(sight, step, record, &gate),
    ];
    fields(&all, width, sight.ascii())
}

/// The lane that is worst off, when what is next is of another one.
fn troubled(sight: &Sight<'_>, step: &Step) -> Row {
    let others = sight
        .lanes
        .iter()
        .filter(|one| Some(&one.lane.tenant) != step.terms.lane.as_ref());
    let bad = || others.clone().filter(|one| one.state.is_trouble());
    let Some(worst) = bad().min_by_key(|one| one.state) else { return Row::new() };
    let more = bad().count().saturating_sub(1);
    let more = if more > 0 { format!(" +{more}") } else { String::new() };
    let words = format!("{} {}{more}", worst.lane.tenant, worst.state.told());
    Row::of(Role::Crit, words)
}

/// By whom and for how long; then only for how long.
fn approval(sight: &Sight<'_>, record: &StepRecord) -> (Row, Row) {
    match &record.approval {
        Some(approval) if approval.until > sight.now() => {
            let valid = format!("valid {}", (approval.until - sight.now()).clock());
            let long = format!("approved by {}, {valid}", approval.by);
            (Row::text(long), Row::text(format!("approved, {valid}")))
        }
        Some(_) | None => (Row::new(), Row::new()),
    }
}

fn passed(gate: &Gate) -> Row {
    let early = gate.blocks.iter().any(|block| matches!(block, Block::Needs(_)));
    if gate.checks.is_empty() || early {
        return Row::new();
    }
    let passed = gate.checks.iter().filter(|check| !check.blocks()).count();
    let role = if passed < gate.checks.len() { Role::Warn } else { Role::Text };
    Row::of(role, format!("{passed}/{} checks", gate.checks.len()))
}

/// What to press, or what is waited for.
fn press(sight: &Sight<'_>, step: &Step, record: &StepRecord, gate: &Gate) -> Field {
    let one = |row| Field::new(5, row);
    if let Some(why) = sight.powerless() {
        return one(Row::dim(why));
    }
    if let Some(Overlay::Confirm(_)) = &sight.model.overlay {
        return one(Row::text("confirm it below"));
    }
    if let Standing::Blocked(status) = step::standing(sight, gate) {
        return blocked(sight, gate, &status);
    }
    let asked = record.asked_at.is_some();
    let name = match &step.action {
        Action::Manual { .. } => {
            let words = format!("{} when seen", key_of("tick"));
            return one(Row::of(Role::Key, format!("press {words}")))
                .or(Row::of(Role::Key, words));
        }
        Action::Approval { .. } if asked => return answered_by_another(),
        Action::Approval { .. }
        | Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Wait { .. }
        | Action::Notify { .. }
            if step::has_failed(record) =>
        {
            "retry"
        }
        Action::Approval { .. }
        | Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Wait { .. }
        | Action::Errand(_)
        | Action::Notify { .. } => "execute",
    };
    let key = key_of(name);
    if sight.model.armed_for().is_some() {
        return one(Row::of(Role::Key, format!("READY, press {key}")))
            .or(Row::of(Role::Key, format!("press {key}")));
    }
    let arm = key_of("arm");
    one(Row::of(Role::Key, format!("READY, press {arm} then {key}")))
        .or(Row::of(Role::Key, format!("{arm} then {key}")))
}

fn answered_by_another() -> Field {
    let key = key_of("approve");
    Field::new(5, Row::text(format!("asked; another person answers with {key}")))
        .or(Row::text(format!("asked ({key})")))
}

/// What stands before the step, and who or what lifts it.
fn blocked(sight: &Sight<'_>, gate: &Gate, status: &str) -> Field {
    let plain =
        |long: String, short: &str| Field::new(5, Row::text(long)).or(Row::text(short));
    match gate.blocks.first() {
        Some(Block::NeedsApproval) => {
            let execute = key_of("execute");
            let long = format!("{execute} asks for approval");
            if sight.model.armed_for().is_some() {
                return plain(long, "approval");
            }
            let arm = key_of("arm");
            plain(
                format!("{arm} then {long}"),
                &format!("{arm} then {execute}: approval"),
            )
        }
        Some(Block::AwaitsApproval) => answered_by_another(),
        Some(Block::Needs(steps)) => plain(running(sight, steps, status), status),
        Some(hold @ Block::Watched { .. }) => plain(holding(sight, hold), status),
        Some(when @ (Block::NotBefore { .. } | Block::AwaitsMark(_))) => {
            plain(explain(when), status)
        }
        Some(
            Block::Over
            | Block::Aborted
            | Block::Held
            | Block::Done
            | Block::InFlight
            | Block::InDoubt
            | Block::Unset(_)
            | Block::NotRepeatable
            | Block::SoloWait(_),
        ) => plain(status.to_owned(), status),
        None => {
            let failed = gate.checks.iter().find(|check| check.blocks());
            let words = failed.map(|check| format!("{}: {}", check.name, check.value));
            plain(words.unwrap_or_else(|| status.to_owned()), status)
        }
    }
}

/// `waits for 4, running 2:21 of ~6:00`, where that is what it waits for.
fn running(sight: &Sight<'_>, steps: &[StepId], status: &str) -> String {
    let found = steps.iter().filter_map(|id| sight.incident.step(id));
    let mut moving = found.filter(|(_, record)| record.state.is_in_flight());
    let Some((step, record)) = moving.next() else { return status.to_owned() };
    let since = record.intended_at.unwrap_or_else(|| sight.now());
    let (ran, whole) = ((sight.now() - since).clock(), sight.time(step).p50().clock());
    format!("waits for {}, running {ran} of ~{whole}", step.number)
}
