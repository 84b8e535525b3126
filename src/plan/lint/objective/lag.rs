//! Whether whoever watches replication speaks before the RPO is gone.

use super::super::{
    Check, Findings, LintDef,
    promise::{Living, services, tightest_rpo},
    watched::{Metric, Named},
};
use crate::{
    model::{Resource, Span},
    plan::{
        Level, Place, Plan,
        language::{
            AlarmRow, BackupRow, Found, Items, Limit, ProbeRow, Said, StorageRow,
        },
        read::UNPROMISED,
    },
};

pub(super) const THRESHOLD_VS_RPO: LintDef = LintDef {
    id: "L31",
    name: "lag-threshold-vs-rpo",
    level: Level::Error,
    doc: "Whoever watches replication speaks only when more than the RPO is lost, or replication is promised no sooner.",
    mend: "Warn at half of the RPO and call it critical at the RPO, the time of the evaluations counted in.",
    check: Check::Plan(threshold_vs_rpo),
};

fn threshold_vs_rpo(plan: &Plan, findings: &mut Findings<'_>) {
    let asked = Asked { plan, living: Living::of(plan), named: Named::of(plan) };
    for row in plan.file.alarm.items() {
        alarm(&asked, row, findings);
    }
    for row in plan.file.probe.items() {
        probe(&asked, row, findings);
    }
    for row in plan.file.storage.items() {
        replication(&asked, row, findings);
    }
    for row in plan.file.backup.items() {
        age(&asked, row, findings);
    }
}

/// The plan, and what is asked of it again and again.
struct Asked<'p> {
    plan: &'p Plan,
    living: Living<'p>,
    named: Named<'p>,
}

/// The RPO that counts for some of the estate.
struct Kept {
    rpo: Span,
    /// Who promises it, as a sentence's second half.
    who: String,
    /// Whether the plan says that it counts for these.
    said: bool,
}

fn rpo(asked: &Asked<'_>, resources: &[&Resource]) -> Option<Kept> {
    let plan = asked.plan;
    let ids: Vec<_> = resources.iter().map(|one| &one.id).collect();
    let living = asked.living.on(&ids);
    if let Some((rpo, id)) = tightest_rpo(&living) {
        return Some(Kept { rpo, who: format!("{id} may lose {rpo}"), said: true });
    }
    // Who lives on it may be just what could not be read.
    let mut rows = plan.file.service.items().iter();
    if rows.any(|row| row.unread.contains(&"uses")) {
        return None;
    }
    let whole = plan.objective.rpo;
    if whole != UNPROMISED.rpo && whole > Span::ZERO {
        return Some(Kept {
            rpo: whole,
            who: format!("the plan's RPO is {whole}"),
            said: true,
        });
    }
    let all: Vec<_> = services(plan).collect();
    let (rpo, id) = tightest_rpo(&all)?;
    let names: Vec<&str> = resources.iter().map(|one| one.id.as_str()).collect();
    let who = format!(
        "no service says that it lives on {}; {id} may lose {rpo}",
        names.join(", ")
    );
    Some(Kept { rpo, who, said: false })
}

/// When an alarm speaks: how far behind the copy is by then.
struct Told {
    at: Span,
    /// Of that, how long the evaluations take.
    wait: Span,
}

impl Told {
    fn whole(&self) -> Span {
        self.at + self.wait
    }

    fn words(&self) -> String {
        if self.wait == Span::ZERO {
            return format!("at {}", self.at);
        }
        format!(
            "{} after the copy falls behind ({} of lag and {} of evaluations)",
            self.whole(),
            self.at,
            self.wait
        )
    }
}

fn told(row: &AlarmRow) -> Option<Told> {
    let metric = Metric::of_alarm(row);
    let at = metric.lag(*row.threshold.get()?, row.unit.get().map(String::as_str))?;
    let below = row.comparison.get().is_some_and(|how| how.starts_with("Less"));
    let times = i64::try_from(row.evaluations.get().copied().unwrap_or(1)).ok()?;
    let period = row.period.get().copied().unwrap_or_default();
    let wait = Span::millis(period.as_millis().saturating_mul(times));
    (!below).then_some(Told { at, wait })
}

fn alarm(asked: &Asked<'_>, row: &AlarmRow, findings: &mut Findings<'_>) {
    let (Some(told_at), Some(threshold)) = (told(row), &row.threshold) else { return };
    let metric = Metric::of_alarm(row);
    let Some(Kept { rpo, who, said }) =
        rpo(asked, &metric.resources(asked.plan, &asked.named))
    else {
        return;
    };
    if told_at.whole() < rpo {
        return;
    }
    // Another alarm of the same metric may have spoken in time.
    let sooner = asked.plan.file.alarm.items().iter().any(|other| {
        let theirs = Metric::of_alarm(other);
        theirs.name == metric.name
            && theirs.namespace == metric.namespace
            && theirs.of == metric.of
            && told(other).is_some_and(|other| other.whole() < rpo)
    });
    if sooner {
        return;
    }
    let id = row.id.get().map_or("", String::as_str);
    let what = format!("{id} speaks {}, and {who}", told_at.words());
    judge(told_at.whole(), rpo, said, &threshold.place, (what, advice(rpo)), findings);
}

fn advice(rpo: Span) -> String {
    let half = Span::millis(rpo.as_millis() / 2);
    format!("speak at {half} or before, the evaluations counted in, and again at {rpo}")
}

/// Just at the RPO is a warning: it leaves nobody any time.
fn judge(
    at: Span,
    rpo: Span,
    said: bool,
    place: &Place,
    (what, help): (String, String),
    findings: &mut Findings<'_>,
) {
    if at > rpo && said {
        findings.at(place, what, help);
    } else if at >= rpo {
        findings.warn(&place.at, what, help);
    }
}

/// A bound from above, as a length of lag.
fn bound(asked: &Asked<'_>, row: &ProbeRow, limit: &Limit) -> Option<(Span, Kept)> {
    if !limit.sign.starts_with('>') {
        return None;
    }
    if let Some(metric) = Metric::of_probe(row) {
        let at = metric.lag(limit.value, None)?;
        return Some((at, rpo(asked, &metric.resources(asked.plan, &asked.named))?));
    }
    let asks = row.sql.get().map(|sql| sql.to_lowercase())?;
    let seconds = asks.contains("replay_timestamp") && asks.contains("epoch")
        || asks.contains("seconds_behind")
        || asks.contains("lag_in_msec") && asks.contains("1000");
    let millis = asks.contains("lag_in_msec") && !asks.contains("1000");
    // The age of what a primary writes for this, on a panel of replication.
    let replication = row.panel.get().is_some_and(|panel| panel == "replication");
    let seconds =
        seconds || replication && asks.contains("epoch") && asks.contains("now()");
    let value = if millis { limit.value / 1000.0 } else { limit.value };
    let seconds = seconds || millis;
    let of: Vec<&Resource> = asked
        .plan
        .estate
        .iter()
        .filter(|one| row.resource.get().is_some_and(|id| id == one.id.as_str()))
        .collect();
    seconds.then(|| Some((Span::from_secs_f64(value), rpo(asked, &of)?)))?
}

fn probe(asked: &Asked<'_>, row: &ProbeRow, findings: &mut Findings<'_>) {
    let id = row.id.get().map_or("", String::as_str);
    let said = |limit: &Found<Limit>| {
        let (at, kept) = bound(asked, row, &limit.value)?;
        Some((at, kept, limit.place.clone()))
    };
    let warning = row.warning.as_ref().and_then(said);
    let critical = row.critical.as_ref().and_then(said);
    if let (Some((warned, ..)), Some((at, Kept { rpo, who, .. }, place))) =
        (&warning, &critical)
        && warned < rpo
        && at > rpo
    {
        let what = format!("{who}, and {id} calls it critical only at {at}");
        findings.warn(&place.at, what, advice(*rpo));
    }
    let first = [warning, critical].into_iter().flatten().min_by_key(|(at, ..)| *at);
    if let Some((at, Kept { rpo, who, said }, place)) = first {
        let what = format!("{id} says nothing before {at}, and {who}");
        judge(at, rpo, said, &place, (what, advice(rpo)), findings);
    }
}

/// A copy made often enough for the RPO, and its probe that is content with an older one.
fn age(asked: &Asked<'_>, row: &BackupRow, findings: &mut Findings<'_>) {
    let (Some(check), Some(interval)) = (row.check.get(), row.interval.get()) else {
        return;
    };
    let Some((rpo, who)) = tightest_rpo(&asked.living.covered(row)) else { return };
    let mut probes = asked.plan.file.probe.items().iter();
    let probe = probes.find(|probe| probe.id.get() == Some(check));
    // Where the next copy is due only at the RPO, its probe has to wait for it.
    let Some(probe) = probe.filter(|_| doubled(*interval) <= rpo) else { return };
    let ages = probe.measure.get().is_some_and(|what| what == "newest-age");
    let Some(critical) = probe.critical.as_ref().filter(|_| ages) else { return };
    let at = Span::from_secs_f64(critical.value.value);
    if critical.value.sign.starts_with('>') && at > rpo {
        findings.warn_at(
            &critical.place,
            format!(
                "{check} calls the newest copy bad only when it is {at} old; it is made \
                 every {interval} because {who} may lose {rpo}, and by then that is passed"
            ),
            format!(
                "call it critical at {rpo} or before: one run missed is {}",
                doubled(*interval)
            ),
        );
    }
}

const fn doubled(span: Span) -> Span {
    Span::millis(span.as_millis().saturating_mul(2))
}

/// Buckets that are promised to follow, only not soon enough.
fn replication(asked: &Asked<'_>, row: &StorageRow, findings: &mut Findings<'_>) {
    let (Some(how), Some(id)) = (row.replication.get(), row.id.get()) else { return };
    let resources: Vec<&Resource> =
        asked.plan.estate.iter().filter(|one| one.id.as_str() == id).collect();
    let Some(Kept { rpo, who, said }) = rpo(asked, &resources) else { return };
    let promised = [&how.rtc, &how.metrics_threshold].into_iter().flatten();
    let Some(late) = promised.into_iter().find(|found| found.value > rpo) else { return };
    let what = format!("{id} is promised to follow within {}, and {who}", late.value);
    let help = format!(
        "keep what must not be lost where it follows within {rpo} (S3 promises nothing \
         below 15m), or promise {} for it",
        late.value
    );
    judge(late.value, rpo, said, &late.place, (what, help), findings);
}
