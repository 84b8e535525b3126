//! How an incident went: achieved RTO and RPO, who did what, what was out of the ordinary.

use serde_json::{Value, json};

use crate::{
    engine::{Event, Incident, Record, StepState},
    model::{Moment, Service, Span},
};

/// Achieved against promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the runbook brings something back: a backup keeps no RTO.
    pub recovers: bool,
    pub rto: Option<Span>,
    pub rto_target: Span,
    /// Each service with a promise of its own beside others'.
    pub services: Vec<Recovered>,
    pub rpo: Vec<Loss>,
    pub rpo_target: Span,
    pub done: usize,
    pub skipped: usize,
    /// Failed, and left so: the plan goes on without them.
    pub failed: usize,
    pub unsettled: usize,
    pub overrides: usize,
    pub solo: usize,
}

/// When a service was back, of what it promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    pub service: String,
    /// By the clock of the RTO; none when it was not seen to stay healthy.
    pub took: Option<Span>,
    pub target: Span,
}

/// What a database gave up, of what the services on it allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    pub database: String,
    /// As sealed; none where a person accepted that it could not be known.
    pub lost: Option<Span>,
    pub target: Span,
}

impl Loss {
    fn met(&self) -> Option<bool> {
        Some(self.lost? <= self.target)
    }
}

/// Reads the outcome off an incident and its records.
pub fn outcome(incident: &Incident, records: &[Record]) -> Outcome {
    let count = |wanted: fn(&StepState) -> bool| {
        incident.steps().filter(|(_, record)| wanted(&record.state)).count()
    };
    Outcome {
        recovers: incident.procedure.runbook.kind.recovers(),
        rto: incident.rto_took(),
        rto_target: incident.procedure.objective.rto,
        services: recovered(incident),
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

/// Services are told one by one where they promise different things.
fn recovered(incident: &Incident) -> Vec<Recovered> {
    let services = &incident.procedure.services;
    let mut promised = services.iter().map(|service| service.objective.rto);
    let first = promised.next();
    if promised.all(|rto| Some(rto) == first) {
        return Vec::new();
    }
    let took = |service: &Service| {
        let record = incident.services.get(&service.id)?;
        Some(record.recovered? - incident.rto_began()?)
    };
    let told = services.iter().map(|service| Recovered {
        service: service.name.to_string(),
        took: took(service),
        target: service.objective.rto,
    });
    told.collect()
}

/// What each database gave up: as sealed by its newest promotion, since an earlier one was
/// turned away or did nothing.
fn losses(incident: &Incident) -> Vec<Loss> {
    let mut losses: Vec<Loss> = Vec::new();
    for seal in &incident.seals {
        let database = seal.database.to_string();
        losses.retain(|loss| loss.database != database);
        let target = incident.procedure.rpo_of(&seal.database);
        losses.push(Loss { database, lost: seal.lost, target });
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
        let met: Option<Vec<bool>> = self.rpo.iter().map(Loss::met).collect();
        met.filter(|met| !met.is_empty()).map(|met| met.into_iter().all(|met| met))
    }

    /// Label and value, a line each.
    pub fn fields(&self) -> Vec<(String, String)> {
        let verdict = |met: Option<bool>| match met {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "not measured",
        };
        let mut fields = vec![self.rto_field(verdict(self.rto_met()))];
        for Recovered { service, took, target } in
            self.services.iter().filter(|_| self.recovers)
        {
            let met = verdict(took.map(|took| took <= *target));
            let took = took.map_or_else(|| "not".to_owned(), Span::clock);
            let value = format!("{service}, {took} of {}, {met}", target.clock());
            fields.push(("back".to_owned(), value));
        }
        for loss in &self.rpo {
            let (limit, met) = (loss.target.clock(), verdict(loss.met()));
            let lost = loss.lost.map_or_else(|| "UNKNOWN".to_owned(), Span::clock);
            let value = format!("{lost} of {limit} on {}, {met}", loss.database);
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
            "services": self.services.iter()
                .map(|it| json!({
                    "service": it.service,
                    "took_s": it.took.map(Span::as_secs_f64),
                    "rto_target_s": it.target.as_secs_f64(),
                }))
                .collect::<Vec<_>>(),
            "rpo_achieved_s": self.rpo.iter()
                .map(|it| (it.database.clone(), json!(it.lost.map(Span::as_secs_f64))))
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
