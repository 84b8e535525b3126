//! How an incident went: achieved RTO and RPO, who did what, what was out of the ordinary.

use serde_json::{Value, json};

use crate::{
    engine::{Event, Incident, Record, StepState},
    model::{Moment, RunbookKind, Span},
};

/// Achieved against promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the runbook brings something back: a backup keeps no RTO.
    pub recovers: bool,
    pub rto: Option<Span>,
    pub rto_target: Span,
    /// Sealed losses; none where a person accepted that it could not be known.
    pub rpo: Vec<(String, Option<Span>)>,
    pub rpo_target: Span,
    pub done: usize,
    pub skipped: usize,
    /// Failed, and left so: the plan goes on without them.
    pub failed: usize,
    pub unsettled: usize,
    pub overrides: usize,
    pub solo: usize,
}

/// Reads the outcome off an incident and its records.
pub fn outcome(incident: &Incident, records: &[Record]) -> Outcome {
    let count = |wanted: fn(&StepState) -> bool| {
        incident.steps().filter(|(_, record)| wanted(&record.state)).count()
    };
    Outcome {
        recovers: recovers(incident.procedure.runbook.kind),
        rto: incident.rto_took(),
        rto_target: incident.procedure.objective.rto,
        rpo: losses(incident),
        rpo_target: incident.procedure.objective.rpo,
        done: count(|state| matches!(state, StepState::Done { .. })),
        skipped: count(|state| matches!(state, StepState::Skipped { .. })),
        failed: incident
            .steps()
            .filter(|(step, record)| record.lets_go(step) && !record.state.is_settled())
            .count(),
        unsettled: incident
            .steps()
            .filter(|(step, record)| !record.lets_go(step))
            .count(),
        overrides: records
            .iter()
            .filter(|record| matches!(record.event, Event::Overridden { .. }))
            .count(),
        solo: records
            .iter()
            .filter(|record| matches!(record.event, Event::Intended { solo: true, .. }))
            .count(),
    }
}

const fn recovers(kind: RunbookKind) -> bool {
    match kind {
        RunbookKind::Failover
        | RunbookKind::Failback
        | RunbookKind::Restore
        | RunbookKind::Response => true,
        RunbookKind::Backup
        | RunbookKind::Maintenance
        | RunbookKind::Validation
        | RunbookKind::Drill => false,
    }
}

/// What each database gave up: as sealed by its newest promotion, since an earlier one was
/// turned away or did nothing.
fn losses(incident: &Incident) -> Vec<(String, Option<Span>)> {
    let mut losses: Vec<(String, Option<Span>)> = Vec::new();
    for seal in &incident.seals {
        let database = seal.database.to_string();
        losses.retain(|(other, _)| *other != database);
        losses.push((database, seal.lost));
    }
    losses
}

impl Outcome {
    /// None before it is over, and where there is nothing to bring back.
    pub fn rto_met(&self) -> Option<bool> {
        self.rto.filter(|_| self.recovers).map(|rto| rto <= self.rto_target)
    }

    /// None when a loss is unknown or nothing was promoted.
    pub fn rpo_met(&self) -> Option<bool> {
        let lost: Option<Vec<Span>> = self.rpo.iter().map(|(_, lost)| *lost).collect();
        lost.filter(|lost| !lost.is_empty())
            .map(|lost| lost.into_iter().all(|lost| lost <= self.rpo_target))
    }

    /// Label and value, a line each.
    pub fn fields(&self) -> Vec<(String, String)> {
        let verdict = |met: Option<bool>| match met {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "not measured",
        };
        let mut fields = vec![self.rto_field(verdict(self.rto_met()))];
        for (database, lost) in &self.rpo {
            let limit = self.rpo_target.clock();
            let met = verdict(lost.map(|lost| lost <= self.rpo_target));
            let lost = lost.map_or_else(|| "UNKNOWN".to_owned(), Span::clock);
            let value = format!("{lost} of {limit} on {database}, {met}");
            fields.push(("RPO achieved".to_owned(), value));
        }
        let Self { done, skipped, failed, unsettled, overrides, solo, .. } = self;
        let left = match failed {
            0 => String::new(),
            failed => format!("{failed} failed and left so, "),
        };
        let steps = format!("{done} done, {skipped} skipped, {left}{unsettled} open");
        let checks = if *overrides == 1 {
            "1 check".to_owned()
        } else {
            format!("{overrides} checks")
        };
        let how = format!("{checks} overridden, {solo} confirmed alone");
        fields.push(("steps".to_owned(), format!("{steps}; {how}")));
        fields
    }

    fn rto_field(&self, verdict: &str) -> (String, String) {
        let (took, target) = (self.rto.map(Span::clock), self.rto_target.clock());
        match (took, self.recovers) {
            (Some(took), true) => {
                ("RTO achieved".to_owned(), format!("{took} of {target}, {verdict}"))
            }
            (None, true) => {
                ("RTO".to_owned(), format!("{target}; services were not seen healthy"))
            }
            (Some(took), false) => (
                "took".to_owned(),
                format!("{took}; it recovers nothing, so no RTO applies"),
            ),
            (None, false) => ("took".to_owned(), "it is not done".to_owned()),
        }
    }

    pub fn text(&self) -> String {
        let line = |(label, value): &(String, String)| match label.as_str() {
            "steps" => format!("steps: {value}\n"),
            label => format!("{label} {value}\n"),
        };
        self.fields().iter().map(line).collect()
    }

    pub fn json(&self) -> Value {
        json!({
            "rto_achieved_s": self.rto.map(Span::as_secs_f64),
            "rto_target_s": self.rto_target.as_secs_f64(),
            "rto_met": self.rto_met(),
            "rpo_achieved_s": self.rpo.iter()
                .map(|(database, lost)| (database.clone(), json!(lost.map(Span::as_secs_f64))))
                .collect::<serde_json::Map<_, _>>(),
            "rpo_target_s": self.rpo_target.as_secs_f64(),
            "rpo_met": self.rpo_met(),
            "steps": {
                "done": self.done,
                "skipped": self.skipped,
                "failed": self.failed,
                "open": self.unsettled,
            },
            "overrides": self.overrides,
            "solo": self.solo,
        })
    }
}

/// The stamped moments, in the order they should come; those only the runbook knows before
/// the end of it.
pub fn milestones(incident: &Incident) -> Vec<(String, Option<Moment>)> {
    let clocks = &incident.clocks;
    let first = [
        ("impact", Some(clocks.impact)),
        ("declared", Some(clocks.declared)),
        ("decided", clocks.decided),
        ("first action", clocks.first_action),
    ];
    let own = incident.own_marks().into_iter();
    let last = [("verified", clocks.verified), ("closed", clocks.closed)];
    let named = |(name, at): (&str, Option<Moment>)| (name.to_owned(), at);
    first
        .map(named)
        .into_iter()
        .chain(own.map(|(mark, at)| (mark.to_string(), at)))
        .chain(last.map(named))
        .collect()
}
