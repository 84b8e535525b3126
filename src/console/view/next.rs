//! The row that says what comes next, who does it and what it waits for: one fixed place
//! on every screen.

use super::sight::Sight;
use crate::{
    console::{
        model::Overlay,
        panel::step::{self, Standing},
        theme::Role,
        widget::{Field, Row, fields},
    },
    engine::{Block, Gate, StepRecord, StepState},
    model::{Action, Step},
};

/// Row 4.
pub(super) fn next(sight: &Sight<'_>, width: usize) -> Row {
    let row = |role, words: String| Row::of(Role::Title, "NEXT > ").with(role, words);
    let only = |role, words: String| row(role, words).fit(width, sight.ascii());
    let incident = &sight.incident;
    if !sight.declared {
        return match sight.powerless() {
            Some(why) => only(Role::Dim, format!("nothing declared; {why}")),
            None => only(Role::Text, ":declare opens an incident with this plan".into()),
        };
    }
    if let Some(summary) = &incident.closed {
        return only(Role::Dim, format!("nothing: closed, {summary}"));
    }
    if let Some((at, reason)) = &incident.aborted {
        let at = at.time_of_day();
        return only(Role::Text, format!("ABORTED {at}: {reason}.  :close ends it"));
    }
    if let Some((step, _)) = incident
        .steps()
        .find(|(_, record)| matches!(record.state, StepState::InDoubt { .. }))
    {
        return in_doubt(sight, step, width);
    }
    if let Some((at, reason)) = &incident.hold {
        let held = Row::of(Role::Warn, format!("HOLD since {}", at.time_of_day()));
        let reason = Row::text(reason.to_string());
        let all = [
            Field::new(9, Row::of(Role::Title, "NEXT > ").then(held)),
            Field::new(1, reason).or_nothing(),
            Field::new(5, Row::text(":resume lifts it")),
        ];
        return fields(&all, width, sight.ascii());
    }
    match incident.next().and_then(|step| incident.step(&step.id)) {
        Some((step, record)) => startable(sight, step, record, width),
        None => waiting(sight, width),
    }
}

fn in_doubt(sight: &Sight<'_>, step: &Step, width: usize) -> Row {
    let (long, short) = if step.action.observable() {
        (
            "looking what became of it; :rule if nobody can tell",
            "looking; :rule if nobody can tell",
        )
    } else {
        (
            "only a person can tell: :rule done, or :rule not-done",
            "only a person can tell: :rule",
        )
    };
    let name = format!("{} {}", step.number, step.name);
    let doubt = Row::of(Role::Doubt, "IN DOUBT");
    let all = [
        Field::new(9, Row::of(Role::Title, format!("NEXT > {name}")))
            .or(Row::of(Role::Title, format!("NEXT > {}", step.number))),
        Field::new(9, doubt),
        Field::new(1, Row::text(long)).or(Row::text(short)).or(Row::text(":rule")),
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
    } else if incident.clocks.verified.is_none()
        && !incident.procedure.services.is_empty()
    {
        let stable = incident.procedure.objective.stable;
        format!("wait until healthy for {}", stable.clock())
    } else {
        ":close ends the incident".to_owned()
    };
    Row::of(Role::Title, "NEXT > ").with(Role::Text, words).fit(width, sight.ascii())
}

fn startable(sight: &Sight<'_>, step: &Step, record: &StepRecord, width: usize) -> Row {
    let gate = sight.gate(step);
    let name = |limit: usize| {
        let name = Row::of(Role::Title, format!("{} {}", step.number, step.name));
        Row::of(Role::Title, "NEXT > ").then(name.cut(limit, sight.ascii()))
    };
    let tier = format!("{} {}", step.tier, step.tier.meaning());
    let again =
        if step::has_failed(record) { Row::of(Role::Crit, "FAILED") } else { Row::new() };
    let all = [
        Field::new(6, name(60)).or(name(40)).or(name(28)).or(name(18)),
        Field::new(9, again),
        Field::new(4, Row::text(tier)).or(Row::text(step.tier.word())),
        Field::new(3, approval(sight, record)).or_nothing(),
        Field::new(2, passed(&gate)).or_nothing(),
        press(sight, step, record, &gate),
    ];
    fields(&all, width, sight.ascii())
}

fn approval(sight: &Sight<'_>, record: &StepRecord) -> Row {
    match &record.approval {
        Some(approval) if approval.until > sight.now() => {
            let valid = (approval.until - sight.now()).clock();
            Row::text(format!("approved by {}, valid {valid}", approval.by))
        }
        Some(_) | None => Row::new(),
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
    match step::standing(sight, gate) {
        Standing::Ready => {}
        Standing::Blocked(status) => {
            return one(Row::text(waits(gate, &status))).or(Row::text(status));
        }
    }
    let key = match &step.action {
        Action::Manual { .. } => return one(Row::of(Role::Key, "press Space when seen")),
        Action::Approval { .. } if record.asked_at.is_some() => {
            return one(Row::text("asked; another person answers with P"))
                .or(Row::text("asked (P)"));
        }
        Action::Approval { .. }
        | Action::Estate { .. }
        | Action::Command(_)
        | Action::Http(_)
        | Action::Check { .. }
        | Action::Wait { .. }
        | Action::Errand(_)
        | Action::Notify { .. } => {
            if step::has_failed(record) {
                "R"
            } else {
                "X"
            }
        }
    };
    if sight.model.armed_for().is_some() {
        one(Row::of(Role::Key, format!("READY, press {key}")))
            .or(Row::of(Role::Key, format!("press {key}")))
    } else {
        one(Row::of(Role::Key, format!("READY, press A then {key}")))
            .or(Row::of(Role::Key, format!("A then {key}")))
    }
}

fn waits(gate: &Gate, status: &str) -> String {
    match gate.blocks.first() {
        Some(Block::NeedsApproval) => "X asks for approval".to_owned(),
        Some(Block::AwaitsApproval) => "asked; another person answers (P)".to_owned(),
        Some(
            Block::Over
            | Block::Aborted
            | Block::Held
            | Block::Done
            | Block::InFlight
            | Block::InDoubt
            | Block::Needs(_)
            | Block::Unset(_)
            | Block::NotRepeatable
            | Block::SoloWait(_),
        ) => status.to_owned(),
        None => {
            let failed = gate.checks.iter().find(|check| check.blocks());
            failed.map_or_else(
                || status.to_owned(),
                |check| format!("{}: {}", check.name, check.value),
            )
        }
    }
}
