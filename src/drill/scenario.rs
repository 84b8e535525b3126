//! Scenarios: what goes wrong, and when. Values only; `state` makes them happen.

use serde::{Deserialize, Serialize};

use crate::model::{SiteId, Span, Verb};

/// One thing going wrong, or right again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "happens")]
pub enum Happening {
    /// Everything that runs there is gone; its control plane is slow but answers, so that
    /// fencing can still be proved.
    RegionLost { site: SiteId },
    /// It is back as it was: an unfenced writer is a writer again.
    RegionBack { site: SiteId },
    /// The control plane there answers nothing: calls end by their own time limit.
    Unreachable { site: SiteId },
    /// The control plane there answers as usual again.
    Reachable { site: SiteId },
    /// Calls take seconds and some fail; without a site, everywhere.
    Slow { site: Option<SiteId> },
    /// Most calls there are turned away for so long.
    Throttle { site: SiteId, lasting: Span },
    /// The next promotion is refused: the replica is backing up.
    PromoteFailsOnce,
    /// The `nth` effect of `verb` (1 is the first) happens and its answer is lost.
    LoseReply { verb: Verb, nth: u32 },
    /// The `nth` errand (1 is the first) happens and its answer is lost.
    LoseErrand { nth: u32 },
    /// Replication falls behind by `by` over `over`, stays there as long, and catches up.
    LagSpike { by: Span, over: Span },
}

/// A happening with its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// After the start of the drill; negative for what happened before it.
    pub at: Span,
    pub what: Happening,
}

/// A named course of events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scenario {
    pub name: String,
    pub title: String,
    /// One or two sentences for whoever chooses.
    pub summary: String,
    pub faults: Vec<Fault>,
}

/// A scenario that comes with the program.
#[derive(Debug)]
pub struct ScenarioDef {
    pub name: &'static str,
    pub title: &'static str,
    pub summary: &'static str,
    faults: fn(from: &SiteId, to: &SiteId) -> Vec<Fault>,
}

/// The scenarios that come with the program; the first is the default.
pub const SCENARIOS: &[ScenarioDef] = &[
    ScenarioDef {
        name: "region-loss",
        title: "The primary region is lost",
        summary: "Replication falls behind, then everything in the primary region stops. \
                  Its control plane is slow but answers.",
        faults: region_loss,
    },
    ScenarioDef {
        name: "slow-cloud",
        title: "The cloud is slow everywhere",
        summary: "The primary region is lost, every control plane takes seconds, some \
                  calls fail, and the first promotion finds the replica backing up.",
        faults: slow_cloud,
    },
    ScenarioDef {
        name: "lost-reply",
        title: "Answers get lost",
        summary: "The primary region is lost; the fence, the promotion and the traffic \
                  shift happen, and nobody hears that they did.",
        faults: lost_reply,
    },
];

impl Scenario {
    /// The scenario called `name`, for a procedure that leaves `from` and goes to `to`.
    pub fn builtin(name: &str, from: &SiteId, to: &SiteId) -> Option<Self> {
        let def = SCENARIOS.iter().find(|def| def.name == name)?;
        Some(Self {
            name: def.name.to_owned(),
            title: def.title.to_owned(),
            summary: def.summary.to_owned(),
            faults: (def.faults)(from, to),
        })
    }

    /// Nothing goes wrong.
    pub fn quiet() -> Self {
        Self {
            name: "quiet".to_owned(),
            title: "Nothing happens".to_owned(),
            summary: "For planned moves and for tests.".to_owned(),
            faults: Vec::new(),
        }
    }
}

const fn at(secs: i64, what: Happening) -> Fault {
    Fault { at: Span::secs(secs), what }
}

fn region_loss(from: &SiteId, _to: &SiteId) -> Vec<Fault> {
    vec![
        at(-120, Happening::LagSpike { by: Span::secs(38), over: Span::secs(120) }),
        at(0, Happening::RegionLost { site: from.clone() }),
    ]
}

fn slow_cloud(from: &SiteId, to: &SiteId) -> Vec<Fault> {
    let throttle = Happening::Throttle { site: to.clone(), lasting: Span::secs(60) };
    let mut faults = region_loss(from, to);
    faults.extend([
        at(0, Happening::Slow { site: None }),
        at(0, Happening::PromoteFailsOnce),
        at(240, throttle),
    ]);
    faults
}

fn lost_reply(from: &SiteId, to: &SiteId) -> Vec<Fault> {
    let mut faults = region_loss(from, to);
    for verb in [Verb::Fence, Verb::Promote, Verb::Shift] {
        faults.push(at(0, Happening::LoseReply { verb, nth: 1 }));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_loses_the_side_being_left_and_reads_back_from_json() {
        let (from, to) = (SiteId::new("east"), SiteId::new("west"));
        for def in SCENARIOS {
            let scenario = Scenario::builtin(def.name, &from, &to).unwrap();
            let lost = Happening::RegionLost { site: from.clone() };
            assert!(scenario.faults.iter().any(|fault| fault.what == lost));
            let json = serde_json::to_string(&scenario).unwrap();
            assert_eq!(serde_json::from_str::<Scenario>(&json).unwrap(), scenario);
        }
        assert_eq!(Scenario::builtin("no-such", &from, &to), None);
    }
}
