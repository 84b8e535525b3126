//! The world as a driver of every kind: looks, previews, acts and reconciles as slowly and
//! as unreliably as the scenario says. It speaks nouns only.

use super::{
    latency::Timing,
    state::State,
    thing::{Standing, irreversible},
    world::World,
};
use crate::{
    driver::{Answer, Driver, Progress, Subject},
    model::{
        Call, Evidenced, Noun, Observation, Preview, Reconciled, SiteId, Span, Text,
        Trouble, Unknown, Verb, Work,
    },
};

/// How long a look may take, and a change.
const LOOK_LIMIT: Span = Span::secs(15);
const CHANGE_LIMIT: Span = Span::secs(30);

/// How long after its intent a promotion may be accepted and not show: the longest status
/// lag, and the longest call before it.
const PROMOTION_HIDDEN: Span = Span::secs(90 + 30);

/// Of 100 calls: turned away while throttled, failed while slow.
const THROTTLED: f64 = 0.7;
const FAILED: f64 = 0.08;

/// What will become of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Answers(Span),
    Throttled(Span),
    /// An error of the service itself: whether it acted, it does not say.
    Fails(Span),
    Hangs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Look,
    Change,
}

impl Way {
    const fn word(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Change => "change",
        }
    }
}

/// What will become of a call made now.
fn fate(state: &State, subject: Subject<'_>, way: Way) -> Fate {
    let parts = [subject.resource.id.as_str(), subject.side.as_str(), way.word()];
    let took = |timing| state.takes(timing, &parts);
    // Who decides where users go lives in no region.
    let regional = subject.resource.noun != Noun::Traffic;
    let place = state.places.get(subject.side).filter(|_| regional);
    if place.is_some_and(|place| place.silent.is_some()) {
        return Fate::Hangs;
    }
    let throttled = place.and_then(|place| place.throttled_until);
    if throttled.is_some_and(|until| state.now < until) && state.luck(&parts) < THROTTLED
    {
        return Fate::Throttled(took(Timing::Describe));
    }
    if state.tricks.slow || place.is_some_and(|place| place.slow.is_some()) {
        let took = took(Timing::Impaired);
        let fails = state.luck(&parts) < FAILED;
        return if fails { Fate::Fails(took) } else { Fate::Answers(took) };
    }
    match way {
        Way::Look => Fate::Answers(took(Timing::Describe)),
        Way::Change => Fate::Answers(took(Timing::Mutate)),
    }
}

impl World {
    /// One round trip of a read.
    ///
    /// # Errors
    /// Why there was no answer.
    async fn look(&self, subject: Subject<'_>) -> Result<(), Text> {
        let (span, problem) = match self.with(|state| fate(state, subject, Way::Look)) {
            Fate::Answers(span) => (span, None),
            Fate::Throttled(span) => (span, Some("Throttling: rate exceeded")),
            Fate::Fails(span) => (span, Some("503 ServiceUnavailable")),
            Fate::Hangs => (LOOK_LIMIT, Some("no answer within 15 s")),
        };
        self.clock.sleep(span).await;
        problem.map_or(Ok(()), |why| Err(Text::clean(why)))
    }

    async fn seen(&self, subject: Subject<'_>) -> Result<Observation, Unknown> {
        self.look(subject).await.map_err(|why| Unknown { why })?;
        let Subject { resource, side, work, .. } = subject;
        self.with(|state| state.observe(&resource.id, side, work))
    }

    /// The changing request itself: sent once.
    async fn send(&self, work: &Work) -> Result<Evidenced, Trouble> {
        let subject = Subject::of(work);
        let span = match self.with(|state| fate(state, subject, Way::Change)) {
            Fate::Answers(span) => span,
            Fate::Throttled(span) => {
                self.clock.sleep(span).await;
                return Err(Trouble::NotSent("Throttling: rate exceeded".into()));
            }
            Fate::Fails(span) => {
                self.clock.sleep(span).await;
                return Err(Trouble::Unknown("503 ServiceUnavailable".into()));
            }
            Fate::Hangs => {
                self.clock.sleep(CHANGE_LIMIT).await;
                return Err(Trouble::Unknown("no answer within 30 s".into()));
            }
        };
        // It arrives half way; who is gone by then learns nothing of what it did.
        let there = Span::millis(span.as_millis() / 2);
        self.clock.sleep(there).await;
        let receipt = self.with(|state| state.receive(work)).map_err(Trouble::Refused)?;
        self.clock.sleep(span - there).await;
        if receipt.lost {
            return Err(Trouble::Unknown("connection reset before the answer".into()));
        }
        Ok(receipt.evidence)
    }
}

impl Driver for World {
    fn observe<'a>(
        &'a self,
        of: Subject<'a>,
    ) -> Answer<'a, Result<Observation, Unknown>> {
        Box::pin(self.seen(of))
    }

    fn preview<'a>(&'a self, work: &'a Work) -> Answer<'a, Result<Preview, Unknown>> {
        Box::pin(async move {
            self.seen(Subject::of(work)).await?;
            Ok(self.with(|state| preview(state, work)))
        })
    }

    fn execute<'a>(
        &'a self,
        work: &'a Work,
        progress: &'a dyn Progress,
    ) -> Answer<'a, Result<Evidenced, Trouble>> {
        Box::pin(async move {
            progress.say("looking at what is there".into());
            self.look(Subject::of(work)).await.map_err(|why| {
                Trouble::NotSent(Text::clean(format!("could not look first: {why}")))
            })?;
            let (standing, value) =
                self.with(|state| (state.standing(work), state.values(work)));
            if let Standing::Met(seen) | Standing::Underway(seen) = standing {
                return Ok(Evidenced {
                    summary: Text::clean(format!("already: {seen}")),
                    before: value.map(|(before, _)| before),
                    raw: Vec::new(),
                    ..Evidenced::default()
                });
            }
            progress.say(line(work).into());
            let answer = self.send(work).await;
            if let Ok(evidence) = &answer {
                progress.say(evidence.summary.clone());
            }
            answer
        })
    }

    fn reconcile<'a>(&'a self, work: &'a Work) -> Answer<'a, Reconciled> {
        Box::pin(async move {
            if let Err(why) = self.look(Subject::of(work)).await {
                return Reconciled::CannotTell(why);
            }
            self.with(|state| verdict(state, work))
        })
    }
}

/// What looking says about an attempt whose answer was lost.
fn verdict(state: &State, work: &Work) -> Reconciled {
    let since = state.now - work.intended_at;
    match state.standing(work) {
        Standing::Met(seen) => Reconciled::Done(Evidenced {
            summary: Text::clean(format!("found done: {seen}")),
            before: None,
            raw: Vec::new(),
            ..Evidenced::default()
        }),
        Standing::Underway(seen) => Reconciled::Underway(Text::clean(seen)),
        Standing::Not(seen) if work.verb == Verb::Promote && since < PROMOTION_HIDDEN => {
            Reconciled::CannotTell(Text::clean(format!(
                "{seen}; an accepted promotion may not show for {PROMOTION_HIDDEN}"
            )))
        }
        Standing::Not(seen) => Reconciled::NotDone(Text::clean(seen)),
    }
}

fn preview(state: &State, work: &Work) -> Preview {
    let already = !matches!(state.standing(work), Standing::Not(_));
    let change = state.values(work).filter(|(before, after)| before != after);
    let name = Text::clean(format!("{} in {}", work.resource.id, work.side));
    let objections = if already { None } else { state.refusal(work) };
    Preview {
        calls: if already { Vec::new() } else { vec![Call { line: line(work).into() }] },
        changes: change
            .map(|(before, after)| (name, before, after))
            .into_iter()
            .collect(),
        irreversible: irreversible(work.verb)
            .filter(|_| work.undo_to.is_none())
            .map(Text::clean),
        objections: objections.into_iter().collect(),
        already,
    }
}

/// The call in the notation of a command line; `drill` says that it is none.
fn line(work: &Work) -> String {
    let (resource, side): (_, &SiteId) = (&work.resource, &work.side);
    let args = work.args.0.iter().map(|(key, value)| match value.as_str() {
        Some(text) => format!(" --{key} {text}"),
        None => format!(" --{key} {value}"),
    });
    let args: String = args.collect();
    let undo = work.undo_to.as_ref().map(|to| format!(" --back-to {to}"));
    format!(
        "drill {} {} {} --side {side}{args}{}",
        resource.kind,
        work.verb,
        resource.id,
        undo.unwrap_or_default()
    )
}
