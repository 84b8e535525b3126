//! One probe: how it looks, and what its values mean.

use super::{id, name, pairs, terms, texts};
use crate::{
    model::{
        Bound, CommandSpec, HttpSpec, Look, Metric, NoData, Probe, ProbeKind, ProbeTerms,
        Span, SqlCall, Text,
    },
    plan::{
        cx::Cx,
        language::{
            Closed, CloudwatchRow, Either, Found, HttpCall, Limit, ProbeRow, Said, words,
        },
    },
};

pub(super) fn read(cx: &mut Cx<'_>, row: &ProbeRow) -> Option<Probe> {
    let kind = row.kind.get().copied();
    let look = kind.and_then(|kind| look(cx, row, kind));
    for key in [&row.every, &row.timeout].into_iter().flatten() {
        if key.value == Span::ZERO {
            let what = key.place.at.rsplit('.').next().unwrap_or_default();
            cx.error(
                "P-bad-value",
                &key.place,
                format!("`{what}` cannot be zero"),
                format!("write `{what} = \"10s\"`"),
            );
        }
    }
    let own = row.id.get()?;
    Some(Probe {
        id: own.as_str().into(),
        name: name(row.name.as_ref(), own),
        site: id(row.site.as_ref()),
        look: look?,
        every: row.every.get().copied().unwrap_or(Span::secs(10)),
        timeout: row.timeout.get().copied().unwrap_or(Span::secs(5)),
        fall: small(row.fall.get(), 3),
        rise: small(row.rise.get(), 2),
        terms: meaning(cx, row),
    })
}

fn small(value: Option<&u64>, otherwise: u32) -> u32 {
    value.and_then(|value| u32::try_from(*value).ok()).unwrap_or(otherwise)
}

fn look(cx: &mut Cx<'_>, row: &ProbeRow, kind: words::Look) -> Option<ProbeKind> {
    let text = |value: &Option<Found<String>>| value.get().cloned();
    let look = match kind {
        words::Look::Http => return web(cx, row).map(ProbeKind::Http),
        words::Look::Command => return program(cx, row).map(ProbeKind::Command),
        words::Look::Aws => {
            Look::Aws(super::errand::aws(needed(cx, row, &row.aws, "aws")?))
        }
        words::Look::Cloudwatch => {
            Look::Metric(metric(needed(cx, row, &row.metric, "metric")?))
        }
        words::Look::Dns => {
            Look::Dns { record: needed(cx, row, &row.record, "record")?.clone() }
        }
        words::Look::Sql => Look::Sql(SqlCall {
            host: text(&row.host).unwrap_or_else(|| "localhost".to_owned()),
            port: port(row),
            user: text(&row.user),
            database: text(&row.database),
            text: needed(cx, row, &row.sql, "sql")?.clone(),
            save_as: None,
        }),
        words::Look::Postgres => Look::Ready {
            host: text(&row.host).unwrap_or_else(|| "localhost".to_owned()),
            port: port(row),
            user: text(&row.user),
            database: text(&row.database),
        },
        words::Look::Log => Look::Log {
            file: needed(cx, row, &row.file, "file")?.clone(),
            pattern: text(&row.pattern),
            measure: text(&row.measure),
        },
        words::Look::Files => Look::Files {
            glob: needed(cx, row, &row.glob, "glob")?.clone(),
            measure: text(&row.measure),
        },
        words::Look::Host => {
            Look::Host { measure: needed(cx, row, &row.measure, "measure")?.clone() }
        }
        words::Look::Route53 => Look::HealthCheck {
            id: needed(cx, row, &row.health_check, "health_check")?.clone(),
        },
        words::Look::Tcp => Look::Tcp {
            host: needed(cx, row, &row.host, "host")?.clone(),
            port: port(row).unwrap_or(443),
        },
    };
    Some(ProbeKind::Look(look))
}

/// The value this kind of probe cannot do without.
fn needed<'r, T>(
    cx: &mut Cx<'_>,
    row: &ProbeRow,
    value: &'r Option<Found<T>>,
    key: &'static str,
) -> Option<&'r T> {
    if value.is_none() && !row.unread.contains(&key) {
        let kind = row.kind.get().map_or("", |kind| kind.word_of());
        cx.error(
            "P-missing-key",
            &row.place,
            format!("`{key}` is missing: a probe of kind {kind} needs it"),
            format!("see `{key}` in the plan reference"),
        );
    }
    value.get()
}

fn port(row: &ProbeRow) -> Option<u16> {
    match row.port.get()? {
        Either::Short(port) => u16::try_from(*port).ok(),
        Either::Table(_) => None,
    }
}

fn web(cx: &mut Cx<'_>, row: &ProbeRow) -> Option<HttpSpec> {
    let call = HttpCall {
        place: row.place.clone(),
        url: row.url.clone(),
        method: row.method.clone(),
        headers: row.headers.clone(),
        body: row.body.clone(),
        contains: row.contains.clone(),
        expect: status(row),
        repeatable: row.repeatable.clone(),
        unread: Vec::new(),
        rest: Vec::new(),
    };
    if call.url.is_none() {
        needed(cx, row, &row.url, "url");
    }
    http(cx, &call, words::Method::Get)
}

/// A status that was written as one; a table says it in words of its own.
fn status(row: &ProbeRow) -> Option<Found<String>> {
    let found = row.expect.as_ref()?;
    let value = match &found.value {
        Either::Short(text) => text.clone(),
        Either::Table(table) => {
            let below = table.status_below.get()?;
            format!("200-{}", below.saturating_sub(1))
        }
    };
    Some(Found { value, place: found.place.clone() })
}

/// An HTTP request, checked.
pub(super) fn http(
    cx: &mut Cx<'_>,
    call: &HttpCall,
    usual: words::Method,
) -> Option<HttpSpec> {
    let status = range(cx, call.expect.as_ref());
    let url = call.url.as_ref()?;
    if !is_url(&url.value) {
        cx.error(
            "P-bad-value",
            &url.place,
            format!("`{}` is not an address", url.value),
            "write it in full: \"https://shop.example.com/health\"",
        );
    }
    Some(HttpSpec {
        method: call.method.get().copied().unwrap_or(usual).word_of().to_owned(),
        url: url.value.clone(),
        headers: pairs(&call.headers),
        body: call.body.get().cloned(),
        status,
        contains: call.contains.get().cloned(),
        repeatable: call.repeatable.get() == Some(&true),
    })
}

fn is_url(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && url.chars().all(|c| c.is_ascii_graphic())
}

/// `expect = "200"` or `"200-299"`.
fn range(cx: &mut Cx<'_>, found: Option<&Found<String>>) -> (u16, u16) {
    let Some(found) = found else { return (200, 299) };
    let text = found.value.as_str();
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    let code = |text: &str| {
        text.trim().parse::<u16>().ok().filter(|code| (100..600).contains(code))
    };
    if let (Some(low), Some(high)) = (code(low), code(high))
        && low <= high
    {
        return (low, high);
    }
    cx.error(
        "P-bad-value",
        &found.place,
        format!("`{text}` is no HTTP status"),
        "write one status or a range: \"200\" or \"200-399\"",
    );
    (200, 299)
}

fn program(cx: &mut Cx<'_>, row: &ProbeRow) -> Option<CommandSpec> {
    let argv = texts(&row.argv);
    match &row.argv {
        Some(list) if argv.first().is_none_or(String::is_empty) => {
            cx.error(
                "P-bad-value",
                &list.place,
                "there is no program to run",
                "write `argv = [\"program\", \"argument\"]`",
            );
            return None;
        }
        Some(_) => {}
        None => {
            needed(cx, row, &row.argv, "argv")?;
        }
    }
    Some(CommandSpec {
        argv,
        env: pairs(&row.env),
        pass: texts(&row.pass),
        dir: row.dir.get().cloned(),
        shell: false,
        repeatable: row.repeatable.get() == Some(&true),
    })
}

fn metric(row: &CloudwatchRow) -> Metric {
    Metric {
        namespace: row.namespace.get().cloned(),
        name: row.name.get().cloned(),
        dimensions: pairs(&row.dimensions),
        statistic: row.statistic.get().cloned(),
        period: row.period.get().copied(),
        region: row.region.get().cloned(),
        queries_file: row.queries_file.get().cloned(),
    }
}

fn meaning(cx: &mut Cx<'_>, row: &ProbeRow) -> ProbeTerms {
    let bound = |limit: &Option<Found<Limit>>| {
        let limit = limit.get()?;
        Some(Bound { sign: limit.sign.to_owned(), value: limit.value })
    };
    let event = |written: &Option<Found<String>>| written.get().map(Text::clean);
    let expect = match row.expect.get() {
        Some(Either::Table(table)) => terms::expect(cx, table),
        Some(Either::Short(_)) | None => None,
    };
    ProbeTerms {
        resource: id(row.resource.as_ref()),
        panel: event(&row.panel),
        vantage: row.vantage.get().cloned(),
        host: row.host.get().cloned(),
        missing: match row.missing.get() {
            Some(words::Missing::Critical) => NoData::Critical,
            Some(words::Missing::Warning) => NoData::Warning,
            Some(words::Missing::Ok) => NoData::Ok,
            Some(words::Missing::Unknown) | None => NoData::Unknown,
        },
        warning: bound(&row.warning),
        critical: bound(&row.critical),
        broken: bound(&row.broken),
        expect,
        raises: event(&row.raises),
        on_missing: event(&row.on_missing),
    }
}
