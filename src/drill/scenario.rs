//! Scenarios: what goes wrong, and when. Values only; `state` makes them happen.

use serde::{Deserialize, Serialize};

use crate::model::{ResourceId, Runbook, RunbookKind, SiteId, Span, Verb};

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
    /// What runs there is replaced by a release that never becomes healthy.
    BadRelease { resource: ResourceId, site: SiteId },
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
    /// Whether a runbook can be played in it to its end.
    fits: fn(&Setting<'_>) -> bool,
    faults: fn(&Setting<'_>) -> Vec<Fault>,
}

/// What a scenario has to know of the runbook that is played in it.
#[derive(Debug)]
struct Setting<'a> {
    kind: RunbookKind,
    from: &'a SiteId,
    to: &'a SiteId,
    /// Where it deploys something.
    deploys: Vec<(&'a ResourceId, &'a SiteId)>,
}

/// The scenarios that come with the program; the first that fits a runbook is its own.
pub const SCENARIOS: &[ScenarioDef] = &[
    ScenarioDef {
        name: "region-loss",
        title: "The primary region is lost",
        summary: "Replication falls behind, then everything in the primary region stops. \
                  Its control plane is slow but answers.",
        fits: leaves,
        faults: region_loss,
    },
    ScenarioDef {
        name: "broken-release",
        title: "A release does not work",
        summary: "What was deployed last never becomes healthy.",
        fits: |setting| !setting.deploys.is_empty(),
        faults: broken_release,
    },
    ScenarioDef {
        name: "quiet",
        title: "Nothing goes wrong",
        summary: "For planned moves: a failback, a snapshot, a rehearsal by day.",
        fits: |_| true,
        faults: |_| Vec::new(),
    },
    ScenarioDef {
        name: "slow-cloud",
        title: "The cloud is slow everywhere",
        summary: "Every control plane takes seconds, some calls fail, and the first \
                  promotion finds the replica backing up. In a failover the primary \
                  region is lost as well.",
        fits: moves,
        faults: slow_cloud,
    },
    ScenarioDef {
        name: "lost-reply",
        title: "Answers get lost",
        summary: "The fence, the promotion, a rebuild and the traffic shift happen, and \
                  nobody hears that they did. In a failover the primary region is lost as \
                  well.",
        fits: moves,
        faults: lost_reply,
    },
];

impl ScenarioDef {
    fn of(&self, setting: &Setting<'_>) -> Scenario {
        Scenario {
            name: self.name.to_owned(),
            title: self.title.to_owned(),
            summary: self.summary.to_owned(),
            faults: (self.faults)(setting),
        }
    }
}

/// Why no scenario was chosen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("there is no scenario `{name}`; for this runbook there are: {}", fitting.join(", "))]
    Unknown { name: String, fitting: Vec<&'static str> },
    #[error(
        "scenario `{name}` is not for a runbook like this one; there are: {}",
        fitting.join(", ")
    )]
    Unsuited { name: String, fitting: Vec<&'static str> },
}

impl Scenario {
    /// The scenario called `name`, for a failover that leaves `from` and goes to `to`.
    pub fn builtin(name: &str, from: &SiteId, to: &SiteId) -> Option<Self> {
        let def = SCENARIOS.iter().find(|def| def.name == name)?;
        let kind = RunbookKind::Failover;
        Some(def.of(&Setting { kind, from, to, deploys: Vec::new() }))
    }

    /// The scenario `runbook` is played in: the one called `name`, else its own.
    ///
    /// # Errors
    /// [`Unfit`] when there is none of that name, or not for such a runbook.
    pub fn choose(name: Option<&str>, runbook: &Runbook) -> Result<Self, Unfit> {
        let setting = Setting::of(runbook);
        let mut fitting = SCENARIOS.iter().filter(|def| (def.fits)(&setting));
        let Some(name) = name else {
            return Ok(fitting.next().map_or_else(Self::quiet, |def| def.of(&setting)));
        };
        if let Some(def) = fitting.clone().find(|def| def.name == name) {
            return Ok(def.of(&setting));
        }
        let (name, fitting) = (name.to_owned(), fitting.map(|def| def.name).collect());
        Err(if SCENARIOS.iter().any(|def| def.name == name) {
            Unfit::Unsuited { name, fitting }
        } else {
            Unfit::Unknown { name, fitting }
        })
    }

    /// Nothing goes wrong.
    pub fn quiet() -> Self {
        Self {
            name: "quiet".to_owned(),
            title: "Nothing goes wrong".to_owned(),
            summary: String::new(),
            faults: Vec::new(),
        }
    }
}

impl<'a> Setting<'a> {
    fn of(runbook: &'a Runbook) -> Self {
        let deploys = runbook.steps().filter_map(|step| match step.action.estate() {
            Some((resource, side, Verb::Deploy)) => Some((resource, side)),
            Some(_) | None => None,
        });
        Self {
            kind: runbook.kind,
            from: &runbook.from,
            to: &runbook.to,
            deploys: deploys.collect(),
        }
    }
}

const fn at(secs: i64, what: Happening) -> Fault {
    Fault { at: Span::secs(secs), what }
}

/// It leaves a side because that side is lost.
fn leaves(setting: &Setting<'_>) -> bool {
    setting.kind == RunbookKind::Failover
}

/// It goes from one side to the other.
fn moves(setting: &Setting<'_>) -> bool {
    leaves(setting) || setting.kind == RunbookKind::Failback
}

/// Nothing is lost when the way is a planned one.
fn region_loss(setting: &Setting<'_>) -> Vec<Fault> {
    if !leaves(setting) {
        return Vec::new();
    }
    let spike = Happening::LagSpike { by: Span::secs(38), over: Span::secs(120) };
    let lost = Happening::RegionLost { site: setting.from.clone() };
    vec![at(-120, spike), at(0, lost)]
}

fn broken_release(setting: &Setting<'_>) -> Vec<Fault> {
    let broken = setting.deploys.iter().map(|(resource, site)| {
        let (resource, site) = ((*resource).clone(), (*site).clone());
        at(0, Happening::BadRelease { resource, site })
    });
    broken.collect()
}

fn slow_cloud(setting: &Setting<'_>) -> Vec<Fault> {
    let (site, lasting) = (setting.to.clone(), Span::secs(60));
    let mut faults = region_loss(setting);
    faults.extend([
        at(0, Happening::Slow { site: None }),
        at(0, Happening::PromoteFailsOnce),
        at(240, Happening::Throttle { site, lasting }),
    ]);
    faults
}

fn lost_reply(setting: &Setting<'_>) -> Vec<Fault> {
    let mut faults = region_loss(setting);
    for verb in [Verb::Fence, Verb::Promote, Verb::RebuildReplica, Verb::Shift] {
        faults.push(at(0, Happening::LoseReply { verb, nth: 1 }));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runbook(kind: RunbookKind) -> Runbook {
        Runbook {
            id: "r".into(),
            name: "r".into(),
            kind,
            from: "east".into(),
            to: "west".into(),
            phases: Vec::new(),
            terms: crate::model::RunbookTerms::default(),
        }
    }

    #[test]
    fn only_a_failover_loses_the_side_it_leaves() {
        let lost = Happening::RegionLost { site: "east".into() };
        for (kind, wanted) in
            [(RunbookKind::Failover, true), (RunbookKind::Failback, false)]
        {
            for name in ["slow-cloud", "lost-reply"] {
                let scenario = Scenario::choose(Some(name), &runbook(kind)).unwrap();
                let loses = scenario.faults.iter().any(|fault| fault.what == lost);
                assert_eq!(loses, wanted, "{name} for a {kind:?}");
            }
        }
    }

    #[test]
    fn a_runbook_has_a_scenario_of_its_own_and_is_not_played_in_one_it_cannot_end_in() {
        for (kind, own) in [
            (RunbookKind::Failover, "region-loss"),
            (RunbookKind::Failback, "quiet"),
            (RunbookKind::Backup, "quiet"),
            (RunbookKind::Restore, "quiet"),
        ] {
            assert_eq!(Scenario::choose(None, &runbook(kind)).unwrap().name, own);
        }
        let fitting = vec!["quiet", "slow-cloud", "lost-reply"];
        let failback = runbook(RunbookKind::Failback);
        let (name, other) = ("region-loss".to_owned(), "storm".to_owned());
        assert_eq!(
            Scenario::choose(Some("region-loss"), &failback),
            Err(Unfit::Unsuited { name, fitting: fitting.clone() })
        );
        assert_eq!(
            Scenario::choose(Some("storm"), &failback),
            Err(Unfit::Unknown { name: other, fitting })
        );
    }

    #[test]
    fn every_scenario_reads_back_from_json() {
        let (from, to) = (SiteId::new("east"), SiteId::new("west"));
        for def in SCENARIOS {
            let scenario = Scenario::builtin(def.name, &from, &to).unwrap();
            let json = serde_json::to_string(&scenario).unwrap();
            assert_eq!(serde_json::from_str::<Scenario>(&json).unwrap(), scenario);
        }
        assert_eq!(Scenario::builtin("no-such", &from, &to), None);
    }
}
