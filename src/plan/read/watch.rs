//! What users would miss, and how it is watched: services and probes.

use super::{id, name, string_map, word};
use crate::{
    model::{CommandSpec, HttpSpec, Probe, ProbeKind, Service, ServiceId, Span},
    plan::{
        Plan,
        cx::{Cx, Named},
        keys::{Found, Keys},
    },
};

pub(super) fn read(cx: &mut Cx<'_>, keys: &mut Keys<'_>, plan: &mut Plan) {
    plan.probes =
        keys.tables(cx, "probe").into_iter().filter_map(|t| probe(cx, t)).collect();
    for table in keys.tables(cx, "service") {
        plan.services.extend(service(cx, table, plan));
    }
    circles(cx, &plan.services);
}

fn service(cx: &mut Cx<'_>, mut keys: Keys<'_>, plan: &Plan) -> Option<Service> {
    let id = id(cx, &mut keys, "orders");
    let service = Service {
        id: id.unwrap_or_default().into(),
        name: name(cx, &mut keys, id),
        objective: super::head::objective(cx, &mut keys, plan.objective),
        depends_on: ids(cx, &mut keys, "depends_on", Named::Service),
        uses: ids(cx, &mut keys, "uses", Named::Resource),
        probes: ids(cx, &mut keys, "probes", Named::Probe),
    };
    if keys.count("probes") == 0 && service.probes.is_empty() {
        cx.error(
            "P-missing-key",
            &keys.place,
            format!("nobody would see whether {} is healthy", service.id),
            "write `probes = [\"...\"]` with at least one [[probe]]",
        );
    }
    keys.finish(cx, "a service");
    id.map(|_| service)
}

fn ids<T: for<'x> From<&'x str>>(
    cx: &mut Cx<'_>,
    keys: &mut Keys<'_>,
    key: &'static str,
    named: Named,
) -> Vec<T> {
    keys.ids(cx, key, named).unwrap_or_default().into_iter().map(T::from).collect()
}

/// Services that wait for one another would never be called recovered.
fn circles(cx: &mut Cx<'_>, services: &[Service]) {
    let edges = services
        .iter()
        .map(|service| (service.id.clone(), service.depends_on.clone()))
        .collect();
    let Some(circle) = super::needs::cycle(&edges) else { return };
    let first: Option<&ServiceId> = circle.first();
    let place = first.and_then(|id| cx.places.get(&format!("service.{id}"))).cloned();
    if let Some(place) = place {
        let path: Vec<&str> = circle.iter().map(ServiceId::as_str).collect();
        cx.error(
            "L92",
            &place,
            format!("services depend on one another in a circle: {}", path.join(" > ")),
            "take one of the `depends_on` away",
        );
    }
}

fn probe(cx: &mut Cx<'_>, mut keys: Keys<'_>) -> Option<Probe> {
    let id = id(cx, &mut keys, "orders-health");
    keys.need(cx, "kind", "\"http\"");
    let kind = keys.raw(cx, "kind");
    let kinds = [("http", true), ("command", false)];
    let is_http = kind.and_then(|kind| word(cx, &kind, "a kind of probe", &kinds));
    let look = match is_http {
        Some(true) => http(cx, &mut keys).map(ProbeKind::Http),
        Some(false) => command(cx, &mut keys, "argv").map(ProbeKind::Command),
        None => None,
    };
    let label = name(cx, &mut keys, id);
    let site = keys.id_of(cx, "site", Named::Site).map(Into::into);
    let every = span(keys.duration(cx, "every"), Span::secs(10));
    let timeout = span(keys.duration(cx, "timeout"), Span::secs(5));
    let fall = count(cx, &mut keys, "fall", 3);
    let rise = count(cx, &mut keys, "rise", 2);
    if is_http.is_some() {
        keys.finish(cx, "this kind of probe");
    }
    let (id, look) = (id?.into(), look?);
    Some(Probe { id, name: label, site, look, every, timeout, fall, rise })
}

fn span(found: Option<Found<Span>>, otherwise: Span) -> Span {
    found.map_or(otherwise, |found| found.value)
}

fn count(cx: &mut Cx<'_>, keys: &mut Keys<'_>, key: &'static str, otherwise: u32) -> u32 {
    let Some(found) = keys.number(cx, key) else { return otherwise };
    if found.value == 0 {
        cx.error(
            "P-bad-value",
            &found.place,
            format!("`{key}` cannot be 0"),
            format!("write how many answers in a row it takes: `{key} = {otherwise}`"),
        );
    }
    found.value
}

/// The keys of an HTTP request.
pub(super) fn http(cx: &mut Cx<'_>, keys: &mut Keys<'_>) -> Option<HttpSpec> {
    keys.need(cx, "url", "\"https://shop.example.com/health\"");
    let url = keys.string(cx, "url");
    let method = keys.raw(cx, "method");
    let methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
    let method = match method {
        Some(found) => word(cx, &found, "an HTTP method", &methods.map(|one| (one, one))),
        None => Some("GET"),
    };
    let headers = string_map(cx, keys, "headers");
    let body = keys.string(cx, "body").map(|found| found.value);
    let contains = keys.string(cx, "contains").map(|found| found.value);
    let status = status(cx, keys);
    let repeatable = keys.flag(cx, "repeatable").unwrap_or(false);
    let url = url?;
    if !is_url(&url.value) {
        cx.error(
            "P-bad-value",
            &url.place,
            format!("`{}` is not an address", url.value),
            "write it in full: \"https://shop.example.com/health\"",
        );
    }
    Some(HttpSpec {
        method: method?.to_owned(),
        url: url.value,
        headers,
        body,
        status,
        contains,
        repeatable,
    })
}

fn is_url(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && url.chars().all(|c| c.is_ascii_graphic())
}

/// `expect = "200"` or `"200-299"`.
fn status(cx: &mut Cx<'_>, keys: &mut Keys<'_>) -> (u16, u16) {
    let Some(found) = keys.raw(cx, "expect") else { return (200, 299) };
    let (low, high) = found.value.split_once('-').unwrap_or((found.value, found.value));
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
        format!("`{}` is no HTTP status", found.value),
        "write one status or a range: \"200\" or \"200-399\"",
    );
    (200, 299)
}

/// The keys of a command whose words stand under `key`.
pub(super) fn command(
    cx: &mut Cx<'_>,
    keys: &mut Keys<'_>,
    key: &'static str,
) -> Option<CommandSpec> {
    keys.need(cx, key, "[\"./scripts/check.sh\"]");
    let argv = keys.strings(cx, key);
    if keys.has(key) && argv.first().is_none_or(String::is_empty) {
        cx.error(
            "P-bad-value",
            &keys.place_of(key),
            "there is no program to run",
            format!("write `{key} = [\"program\", \"argument\"]`"),
        );
    }
    let spec = environment(cx, keys, argv);
    (!spec.argv.is_empty()).then_some(spec)
}

/// What a program gets besides its words.
pub(super) fn environment(
    cx: &mut Cx<'_>,
    keys: &mut Keys<'_>,
    argv: Vec<String>,
) -> CommandSpec {
    let env = string_map(cx, keys, "env");
    let pass = keys.list(cx, "pass").unwrap_or_default();
    CommandSpec {
        argv,
        env,
        pass: pass.iter().map(|name| name.value.to_owned()).collect(),
        dir: keys.string(cx, "dir").map(|found| found.value),
        shell: false,
        repeatable: keys.flag(cx, "repeatable").unwrap_or(false),
    }
}
