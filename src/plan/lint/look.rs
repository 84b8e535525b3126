//! Whether anybody sees that what a step asked for has come about.

use super::{
    Subject,
    act::{effect, names, told},
    deed::texts,
};
use crate::{
    model::{
        Action, Compare, Effect, Errand, Expect, Look, Noun, ProbeId, ProbeKind, Step,
        StepId, errand::Until,
    },
    plan::Plan,
};

/// Whether an expectation compares what it sees with anything.
pub(super) fn compares(expect: &Expect) -> bool {
    match expect {
        Expect::Aws { is, .. } | Expect::Sql { is, .. } | Expect::Part { is, .. } => {
            *is != Compare::Any
        }
        Expect::Dns { site, .. } => site.is_some(),
        Expect::Waiter { .. }
        | Expect::ExitCode(_)
        | Expect::Kubectl(_)
        | Expect::Probe(_)
        | Expect::Answer(_) => true,
    }
}

/// Whether what `step` asked for is seen to have come about: by its own `verify`, or by a
/// later step that waits for it and looks at the same thing. With `until`, before that one.
pub(super) fn seen(
    subject: &Subject<'_>,
    step: &Step,
    of: Noun,
    until: Option<&StepId>,
) -> bool {
    if step.terms.expect.iter().any(compares) {
        return true;
    }
    let asked = Asked { plan: subject.plan, of, told: told(&step.action) };
    // A hold at the end of its phase looks all the while.
    let mut phases = subject.runbook.phases.iter();
    let own = phases.find(|phase| phase.steps.iter().any(|one| one.id == step.id));
    let hold = own.and_then(|phase| phase.terms.hold.as_ref());
    let gate = hold.filter(|_| until.is_none()).map(|hold| hold.gate.as_slice());
    if gate.unwrap_or_default().iter().any(|probe| asked.told_by(probe)) {
        return true;
    }
    subject.runbook.steps().any(|later| {
        subject.is_before(&step.id, &later.id)
            && until.is_none_or(|until| subject.is_before(&later.id, until))
            && asked.looked_at_by(later)
    })
}

/// What a call asked for, and the names it gave.
struct Asked<'p> {
    plan: &'p Plan,
    of: Noun,
    told: Vec<&'p str>,
}

impl Asked<'_> {
    fn names(&self, texts: impl IntoIterator<Item = impl AsRef<str>>) -> bool {
        texts
            .into_iter()
            .any(|text| self.told.iter().any(|name| names(text.as_ref(), name)))
    }

    fn looked_at_by(&self, later: &Step) -> bool {
        let compared = later.terms.expect.iter().any(compares);
        let looks = match &later.action {
            Action::Check { probe } => self.told_by(probe),
            Action::Errand(Errand::Until { until }) => match until {
                Until::Probe(probe) => self.told_by(probe),
                Until::Waiter { params, .. } => self.names(texts(params)),
            },
            Action::Errand(Errand::Kubectl(call)) => {
                let waits = ["rollout", "wait"]
                    .iter()
                    .any(|word| call.args.first().is_some_and(|first| first == word));
                waits
                    && effect(&later.action) == Effect::Read
                    && self.names(told(&later.action))
            }
            Action::Errand(errand) => {
                errand.effect() == Effect::Read
                    && compared
                    && self.names(told(&later.action))
            }
            // A script of smoke tests looks at what users use, not at a database.
            Action::Command(_) => compared && self.of != Noun::Database,
            Action::Estate { .. }
            | Action::Http(_)
            | Action::Manual { .. }
            | Action::Approval { .. }
            | Action::Wait { .. }
            | Action::Notify { .. } => false,
        };
        looks || later.terms.expect.iter().any(|expect| self.met_by(expect))
    }

    fn met_by(&self, expect: &Expect) -> bool {
        match expect {
            Expect::Aws { call, .. } => {
                compares(expect) && self.names(texts(&call.params))
            }
            Expect::Sql { call, .. } => {
                compares(expect) && self.names([call.host.as_str()])
            }
            Expect::Waiter { identifier, .. } => self.names(identifier.as_deref()),
            Expect::Kubectl(call) => self.names(call.args.iter().map(String::as_str)),
            Expect::Dns { site, .. } => self.of == Noun::Traffic && site.is_some(),
            Expect::Probe(probe) => self.told_by(probe),
            Expect::ExitCode(_) | Expect::Answer(_) | Expect::Part { .. } => false,
        }
    }

    /// Whether a probe tells of it: of a database only one that looks at that database, of
    /// where users go only one that asks as users do.
    fn told_by(&self, probe: &ProbeId) -> bool {
        let Some(probe) = self.plan.probes.iter().find(|one| one.id == *probe) else {
            return false;
        };
        match self.of {
            Noun::Compute | Noun::Storage => true,
            Noun::Traffic => probe.site.is_none(),
            Noun::Database => {
                let resource = probe.terms.resource.as_ref();
                let of = resource.and_then(|id| self.plan.resource(id.as_str()));
                let sides = of.into_iter().flat_map(|of| of.sides.values());
                self.names(sides.flat_map(|side| side.params.0.values().flat_map(texts)))
                    || self.names(looked_at(&probe.look))
            }
        }
    }
}

/// The names a probe looks at.
fn looked_at(look: &ProbeKind) -> Vec<&str> {
    let ProbeKind::Look(look) = look else { return Vec::new() };
    match look {
        Look::Aws(call) => texts(&call.params),
        Look::Metric(metric) => metric.dimensions.values().map(String::as_str).collect(),
        Look::Sql(call) => vec![&call.host],
        Look::Ready { host, .. } | Look::Tcp { host, .. } => vec![host],
        Look::Dns { record } => vec![record],
        Look::HealthCheck { id } => vec![id],
        Look::Log { .. } | Look::Files { .. } | Look::Host { .. } => Vec::new(),
    }
}
