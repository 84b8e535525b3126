//! What a metric is about: the facts known of it, and the things of the estate it names.
//! Rules about alarms and probes ask it; nothing here finds anything.

use crate::{
    model::{Noun, Resource, Span},
    plan::{
        Plan,
        data::{self, data},
        language::{AlarmRow, Found, Items, ProbeRow, Said},
    },
};

/// One metric, as an alarm or a probe names it.
#[derive(Clone, Debug)]
pub(super) struct Metric<'p> {
    pub namespace: Option<&'p str>,
    pub name: Option<&'p str>,
    /// Values of its dimensions.
    pub of: Vec<&'p str>,
    pub fact: Option<&'static data::Metric>,
}

type Dimensions = Option<Found<Vec<(String, Found<String>)>>>;

impl<'p> Metric<'p> {
    pub(super) fn of_alarm(row: &'p AlarmRow) -> Self {
        Self::new(row.namespace.get(), row.metric.get(), &row.dimensions)
    }

    /// None when the probe looks at no metric.
    pub(super) fn of_probe(row: &'p ProbeRow) -> Option<Self> {
        let metric = row.metric.get()?;
        Some(Self::new(metric.namespace.get(), metric.name.get(), &metric.dimensions))
    }

    fn new(
        namespace: Option<&'p String>,
        name: Option<&'p String>,
        dimensions: &'p Dimensions,
    ) -> Self {
        let (namespace, name) = (namespace.map(String::as_str), name.map(String::as_str));
        let of = dimensions.items().iter().map(|(_, value)| value.value.as_str());
        Self { namespace, name, of: of.collect(), fact: fact(namespace, name) }
    }

    /// Whether it measures how far a copy is behind, as a length of time.
    pub(super) fn is_lag(&self) -> bool {
        self.fact.is_some_and(|fact| {
            fact.tells.iter().any(|one| one == "replica-lag")
                && second(&fact.unit).is_some()
        })
    }

    /// What a bound of `value` comes to, when the bound is said to be in `unit`.
    pub(super) fn lag(&self, value: f64, unit: Option<&str>) -> Option<Span> {
        if !self.is_lag() {
            return None;
        }
        let unit = unit.or(self.fact.map(|fact| fact.unit.as_str()))?;
        Some(Span::from_secs_f64(value * second(unit)?))
    }

    /// What it is of: what its dimensions name, else everything of its noun.
    pub(super) fn resources(
        &self,
        plan: &'p Plan,
        named: &Named<'p>,
    ) -> Vec<&'p Resource> {
        let found: Vec<&Resource> =
            self.of.iter().flat_map(|name| named.called(name)).collect();
        if !found.is_empty() {
            return found;
        }
        let noun: Option<Noun> = self.fact.and_then(|fact| fact.noun);
        plan.estate.iter().filter(|one| Some(one.noun) == noun).collect()
    }
}

/// What is called how.
#[derive(Debug)]
pub(super) struct Named<'p>(&'p Plan);

impl<'p> Named<'p> {
    pub(super) const fn of(plan: &'p Plan) -> Self {
        Self(plan)
    }

    /// Everything a side of which, or that itself, is called so.
    pub(super) fn called(&self, name: &str) -> Vec<&'p Resource> {
        self.0.called(name)
    }
}

/// Whether a resource, or one of its sides, is called so.
pub(super) fn names(resource: &Resource, value: &str) -> bool {
    let sides = resource.sides.values().map(|side| &side.params);
    let mut params = sides.chain([&resource.params]);
    params.any(|params| params.0.values().any(|own| own.as_str() == Some(value)))
}

/// How long one of a unit is, in seconds.
fn second(unit: &str) -> Option<f64> {
    match unit.to_lowercase().as_str() {
        "seconds" | "second" | "s" => Some(1.0),
        "milliseconds" | "millisecond" | "ms" => Some(0.001),
        "minutes" | "minute" | "min" => Some(60.0),
        _ => None,
    }
}

/// What is known of a metric; of one in a namespace nobody knows it in, what its name says.
fn fact(namespace: Option<&str>, name: Option<&str>) -> Option<&'static data::Metric> {
    let name = name?;
    let known = || data().metrics.metric.iter().filter(|fact| fact.name == name);
    let exact = known().find(|fact| {
        let own = fact.namespace.as_deref();
        own.is_none() || namespace.is_none() || own == namespace
    });
    exact.or_else(|| known().next())
}
