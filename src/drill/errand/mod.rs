//! Errands in the drill world: nothing is run and nothing is sent; time passes, the estate
//! changes as it would, and the ledger remembers. What goes to a region that is lost, silent
//! or busy fares as it would there.

mod known;
mod means;

pub(super) use {known::traffic, means::works};

use std::collections::BTreeMap;

use serde_json::Value;

use super::{chance, eyes, latency::Timing, state::State, world::World};
use crate::{
    driver::{Answer, Errands, Progress, Recalled},
    model::{
        Action, Call, Compare, Errand, Estimate, Evidenced, Expect, HttpSpec, Moment,
        Order, Preview, Seen, SiteId, Span, Text, Trouble, Unknown, Vigil, answer,
        errand::Until,
    },
};

/// How long a call to a region that does not answer waits.
const HANG: Span = Span::secs(30);

/// Of 100 calls: turned away while throttled, failed while slow; as the estate's own.
const THROTTLED: f64 = 0.7;
const FAILED: f64 = 0.08;

/// What will become of an errand.
enum Fate {
    Answers(Span),
    Throttled(Span),
    Fails(Span),
    Hangs,
    /// Nobody is there to take the connection.
    Alone(Span),
}

impl State {
    /// The site an errand goes to, where its words tell.
    fn addressed(&self, errand: &Errand) -> Option<SiteId> {
        let region = |region: Option<&String>| {
            let region = region?;
            let in_it = |site: &&crate::model::Site| site.region.as_ref() == Some(region);
            self.sites.iter().find(in_it).map(|site| site.id.clone())
        };
        match errand {
            Errand::Aws(call) => region(call.region.as_ref()),
            Errand::Until { until: Until::Waiter { region: name, .. } } => {
                region(name.as_ref())
            }
            Errand::Kubectl(call) => self.side_named(call.context.as_deref()?),
            Errand::Sql(call) => self.side_named(&call.host),
            Errand::Dns(_)
            | Errand::File(_)
            | Errand::Prompt { .. }
            | Errand::Mark { .. }
            | Errand::Until { until: Until::Probe(_) }
            | Errand::Respond { .. }
            | Errand::Call { .. } => None,
        }
    }

    /// The one site where something of the estate has this name.
    fn side_named(&self, name: &str) -> Option<SiteId> {
        let sides = self.estate.iter().flat_map(|resource| &resource.sides);
        let mut found = sides.filter(|(_, side)| {
            side.params.0.values().any(|value| value.as_str() == Some(name))
        });
        let declared = found.next().map(|(site, _)| site.clone());
        declared.or_else(|| known::database_at(self, name).map(|(_, site)| site))
    }

    fn fate(&self, order: &Order, errand: &Errand) -> Fate {
        let line = order.line();
        let parts = [line.as_str()];
        let changes = !order.looks();
        let own = if changes { Timing::Mutate } else { Timing::Describe };
        let site = self.addressed(errand);
        let place = site.and_then(|site| self.places.get(&site));
        let Some(place) = place else { return Fate::Answers(self.takes(own, &parts)) };
        if place.silent.is_some() {
            return Fate::Hangs;
        }
        let there = matches!(errand, Errand::Kubectl(_) | Errand::Sql(_));
        if there && place.lost.is_some() {
            return Fate::Alone(self.takes(Timing::Impaired, &parts));
        }
        let throttled = place.throttled_until.is_some_and(|until| self.now < until);
        if throttled && self.luck(&parts) < THROTTLED {
            return Fate::Throttled(self.takes(Timing::Describe, &parts));
        }
        if self.tricks.slow || place.slow.is_some() {
            let took = self.takes(Timing::Impaired, &parts);
            let fails = self.luck(&parts) < FAILED;
            return if fails { Fate::Fails(took) } else { Fate::Answers(took) };
        }
        Fate::Answers(self.takes(own, &parts))
    }

    /// The answer to an order that is carried out: what the estate shows where it knows,
    /// else what the plan hopes for.
    fn answered(&self, order: &Order) -> Evidenced {
        let line = order.line();
        let known = errand(order).and_then(|errand| known::answer(self, errand));
        let hoped = |path: &str| hoped(&order.wanted.own, path);
        let part = |path: &str| {
            known
                .as_ref()
                .and_then(|known| answer::part(known, path))
                .or_else(|| hoped(path))
        };
        let outputs: BTreeMap<String, Text> = order
            .wanted
            .outputs
            .iter()
            .map(|(name, path)| {
                let made = || chance::name(self.seed, &["output", &line, name]).into();
                (name.clone(), part(path).as_ref().map_or_else(made, answer::told))
            })
            .collect();
        Evidenced {
            summary: Text::clean(format!(
                "{line}: exit status {} (pretended)",
                order.wanted.exit
            )),
            exit: Some(order.wanted.exit),
            answer: part("").as_ref().map(answer::told),
            outputs,
            ..Evidenced::default()
        }
    }

    /// Whether what is expected after an act is there now.
    pub(super) fn expected(&self, vigil: &Vigil) -> Result<Seen, Text> {
        let errand = vigil.expect.errand();
        let site = errand.as_ref().and_then(|errand| self.addressed(errand));
        if let Some(site) = site
            && let Some(place) = self.places.get(&site)
            && (place.silent.is_some()
                || place.lost.is_some()
                    && matches!(errand, Some(Errand::Kubectl(_) | Errand::Sql(_))))
        {
            return Err(Text::clean(format!("no answer from {site}")));
        }
        let last = vigil.last.as_ref().map(Text::as_str);
        if let Some(seen) = known::expected(self, vigil) {
            return Ok(seen);
        }
        let known = errand.as_ref().and_then(|errand| known::answer(self, errand));
        let found = known.and_then(|known| answer::part(&known, vigil.expect.path()));
        if let Some(seen) =
            found.as_ref().and_then(|found| vigil.expect.judge(Some(found), last))
        {
            return Ok(seen);
        }
        let met = self.now >= self.ripe_at(vigil);
        let value = match vigil.expect.compare() {
            Some(is) if met => answer::told(&plausible(is)).to_string(),
            None if met => "as expected".to_owned(),
            Some(_) | None => "not yet".to_owned(),
        };
        let value = Text::clean(format!("{value} (pretended)"));
        Ok(Seen { met, value, ..Seen::default() })
    }

    /// When what nobody here can know of has come about.
    pub(super) fn ripe_at(&self, vigil: &Vigil) -> Moment {
        vigil.since + self.ripe(vigil)
    }

    /// How long that takes: as the plan guesses, and sooner than it is given up.
    fn ripe(&self, vigil: &Vigil) -> Span {
        let Estimate { p50, p95 } = vigil.own.estimate;
        let (step, number) = (&vigil.own.attempt.step, vigil.own.attempt.number);
        let luck =
            chance::fraction(self.seed, &["ripe", step.as_str(), &number.to_string()]);
        let spread =
            (p95 - p50).as_secs_f64().max(0.0) * (luck * 2.0 - 0.5).max(0.0) / 1.5;
        let limit = Span::from_secs_f64(vigil.own.limit.as_secs_f64() * 0.8);
        (p50 + Span::from_secs_f64(spread)).min(limit)
    }
}

fn errand(order: &Order) -> Option<&Errand> {
    if let Action::Errand(errand) = &order.action { Some(errand) } else { None }
}

/// What stands at `path` of an answer that is all that is expected of it; an exit status is
/// told elsewhere.
fn hoped(own: &[Expect], path: &str) -> Option<Value> {
    let here = own.iter().filter(|expect| expect.path() == path);
    let all: Vec<&Compare> = here.filter_map(Expect::compare).collect();
    let parts = all.iter().filter_map(|is| match is {
        Compare::Contains(part) => Some(part.as_str()),
        Compare::Any
        | Compare::Equals(_)
        | Compare::AtLeast(_)
        | Compare::AtMost(_)
        | Compare::NotLess => None,
    });
    let parts: Vec<&str> = parts.collect();
    if parts.len() > 1 && parts.len() == all.len() {
        return Some(Value::from(parts.join(" ")));
    }
    // One that says which value goes before one any value meets.
    let exact = all.iter().find(|is| matches!(is, Compare::Equals(_)));
    exact.or(all.first()).map(|is| plausible(is))
}

/// A value that is as expected.
pub(super) fn plausible(is: &Compare) -> Value {
    match is {
        Compare::Any => Value::from("something"),
        Compare::Equals(value) => value.clone(),
        Compare::AtLeast(number) | Compare::AtMost(number) => Value::from(*number),
        Compare::Contains(part) => Value::from(part.as_str()),
        Compare::NotLess => Value::from(1_000_000_000_u64),
    }
}

impl World {
    async fn pretend(
        &self,
        order: &Order,
        progress: &dyn Progress,
    ) -> Result<Evidenced, Trouble> {
        let line = order.line();
        if line.is_empty() {
            return Err(Trouble::NotSent("no program is named".into()));
        }
        progress.say(Text::clean(format!("pretending to run {line}")));
        let took = match errand(order) {
            Some(errand @ Errand::File(_)) => {
                self.with(|state| state.takes(Timing::Probe, &[errand.word()]))
            }
            Some(errand) => self.reached(order, errand).await?,
            None => self.with(|state| state.takes(Timing::Command, &[&line])),
        };
        // A program acts from its beginning on; when it is cut short it has acted.
        let lost = self.act(order)?;
        self.clock.sleep(took.min(order.limit)).await;
        if took > order.limit {
            let limit = order.limit;
            let why = Text::clean(format!("ended at the limit of {limit}"));
            return Err(Trouble::Unknown(why));
        }
        if lost {
            return Err(Trouble::Unknown("its end was never heard of".into()));
        }
        Ok(self.with(|state| state.answered(order)))
    }

    /// How long the call takes from now on, when it arrives at all.
    async fn reached(&self, order: &Order, errand: &Errand) -> Result<Span, Trouble> {
        let (span, trouble) = match self.with(|state| state.fate(order, errand)) {
            Fate::Answers(span) => return Ok(span),
            Fate::Throttled(span) => {
                (span, Trouble::NotSent("Throttling: rate exceeded".into()))
            }
            Fate::Fails(span) => {
                (span, Trouble::Unknown("503 ServiceUnavailable".into()))
            }
            Fate::Hangs => {
                (HANG.min(order.limit), Trouble::Unknown("no answer within 30 s".into()))
            }
            Fate::Alone(span) => {
                (span, Trouble::NotSent("nobody there takes the connection".into()))
            }
        };
        self.clock.sleep(span).await;
        Err(trouble)
    }

    /// What it does to the estate, and to the ledger. Says whether its answer gets lost.
    fn act(&self, order: &Order) -> Result<bool, Trouble> {
        if order.looks() {
            return Ok(false);
        }
        self.with(|state| {
            means::act(state, order).map_err(Trouble::Refused)?;
            Ok(state.run(order))
        })
    }

    async fn request(
        &self,
        order: &Order,
        spec: &HttpSpec,
    ) -> Result<Evidenced, Trouble> {
        let line = order.line();
        let took = self.with(|state| state.takes(Timing::Probe, &[&line]));
        let lost = self.act(order)?;
        self.clock.sleep(took.min(order.limit)).await;
        if lost {
            return Err(Trouble::Unknown("connection reset before the answer".into()));
        }
        if let Some(why) = self.with(|state| eyes::sick_behind(state, &spec.url)) {
            return Err(Trouble::Refused(why));
        }
        let answered = self.with(|state| state.answered(order));
        let summary = Text::clean(format!("{line}: {} (pretended)", spec.status.0));
        Ok(Evidenced { summary, exit: None, ..answered })
    }

    /// One look at what is expected after an act.
    pub(super) async fn vigil(&self, vigil: &Vigil) -> Result<Seen, Unknown> {
        let took = self.with(|state| {
            state.takes(Timing::Describe, &[vigil.own.attempt.step.as_str()])
        });
        self.clock.sleep(took).await;
        self.with(|state| state.expected(vigil)).map_err(|why| Unknown { why })
    }
}

impl Errands for World {
    fn carry<'a>(
        &'a self,
        order: &'a Order,
        progress: &'a dyn Progress,
    ) -> Answer<'a, Result<Evidenced, Trouble>> {
        Box::pin(async move {
            if let Action::Http(spec) = &order.action {
                self.request(order, spec).await
            } else {
                self.pretend(order, progress).await
            }
        })
    }

    /// Here nobody keeps word of an end: that a person rules is part of what is rehearsed.
    fn recall<'a>(&'a self, _: &'a Order) -> Answer<'a, Recalled> {
        Box::pin(async { Recalled::Lost("nobody kept word of its end".into()) })
    }

    fn preview<'a>(&'a self, order: &'a Order) -> Answer<'a, Result<Preview, Unknown>> {
        Box::pin(async move {
            let line = Text::clean(format!("drill {}", order.line()));
            let (changes, objections) = self.with(|state| means::told(state, order));
            Ok(Preview {
                calls: vec![Call { line }],
                changes,
                objections,
                ..Preview::default()
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer a program that did well would give is one nothing is missed in.
    #[test]
    fn an_answer_is_all_that_is_expected_of_it() {
        let says = |part: &str| Expect::Answer(Compare::Contains(part.into()));
        let part = |path: &str, is| Expect::Part { path: path.to_owned(), is };
        for (own, path, wanted) in [
            (vec![Expect::ExitCode(0), says("done")], "", Some(Value::from("done"))),
            (vec![says("done"), says("0 lost")], "", Some(Value::from("done 0 lost"))),
            (vec![Expect::ExitCode(0)], "", None),
            (
                vec![
                    part("a.b", Compare::Any),
                    part("a.b", Compare::Equals(Value::from("ok"))),
                    part("c", Compare::AtLeast(3.0)),
                ],
                "a.b",
                Some(Value::from("ok")),
            ),
        ] {
            let found = hoped(&own, path);
            assert_eq!(found, wanted, "{own:?}");
            let here = own.iter().filter(|expect| expect.path() == path);
            for expect in here.filter(|expect| expect.compare().is_some()) {
                let seen = expect.judge(found.as_ref(), None);
                assert!(seen.is_some_and(|seen| seen.met), "{expect:?} of {found:?}");
            }
        }
    }
}
