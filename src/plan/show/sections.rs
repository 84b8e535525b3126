//! In which order a plan is shown, and which keys of each table stand in columns. A key
//! that has no column stands below its row; a table that has no line here is shown last.

/// One table of the language, as a part of the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section {
    /// The plan's key it stands under.
    pub key: &'static str,
    pub title: &'static str,
    /// Keys that stand in columns; none for a table of which there is one.
    pub columns: &'static [&'static str],
}

const fn section(
    key: &'static str,
    title: &'static str,
    columns: &'static [&'static str],
) -> Section {
    Section { key, title, columns }
}

/// Columns of a resource of any noun.
const RESOURCE: &[&str] = &["id", "name", "kind", "primary"];

pub(super) const SECTIONS: &[Section] = &[
    section("objectives", "objectives", &[]),
    section("mode", "ways of standing by", &["id", "name", "current", "rto", "rpo"]),
    section("tier", "tiers", &["id", "name", "kind", "order", "rto", "rpo"]),
    section("service", "services", &["tier", "id", "rto", "rpo", "stable", "name"]),
    section("site", "sites", &["id", "name", "region", "role", "state"]),
    section("database", "databases", RESOURCE),
    section("compute", "compute", RESOURCE),
    section("traffic", "traffic", RESOURCE),
    section("storage", "storage", RESOURCE),
    section("resource", "other resources", &["id", "name", "kind", "region", "site"]),
    section("host", "machines", &["id", "name", "site", "via"]),
    section("role", "roles", &["id", "title", "primary", "backup", "contact"]),
    section("person", "people", &["id", "name", "roles", "contact", "phone"]),
    section(
        "access",
        "ways to sign in",
        &["id", "name", "kind", "site", "region", "needs"],
    ),
    section("contact", "outside parties", &["id", "name", "kind", "contact", "phone"]),
    section("escalation", "escalation", &["order", "from", "to", "after", "when"]),
    section("audience", "audiences", &["id", "name", "members"]),
    section("channel", "channels", &["id", "kind", "address", "purpose", "fallback_for"]),
    section("notification", "who is told", &["event", "to", "via", "title"]),
    section("status_page", "status page", &[]),
    section("severity", "severities", &["id", "name", "respond_within", "procedure"]),
    section("incident_type", "incident types", &["id", "severity", "probe", "message"]),
    section("scenario", "scenarios", &["id", "name", "severity", "runbooks"]),
    section("probe", "probes", &["id", "kind", "site", "every", "name"]),
    section(
        "health_check",
        "health checks",
        &["id", "type", "host", "path", "interval", "failures"],
    ),
    section(
        "alarm",
        "alarms",
        &["id", "purpose", "metric", "threshold", "unit", "region"],
    ),
    section("backup", "backups", &["id", "kind", "schedule", "interval", "retention"]),
    section("checklist", "checklists", &["id", "name", "when", "lead"]),
    section(
        "drill",
        "drill calendar",
        &["id", "name", "every", "mode", "runbook", "last"],
    ),
    section(
        "drill_metric",
        "what drills measure",
        &["id", "name", "phase", "target", "last", "status"],
    ),
    section("review", "reviews", &["id", "name", "after", "within"]),
    section("report", "reports", &["id", "name", "every", "trigger"]),
    section("kpi", "figures over time", &["id", "name", "target", "definition"]),
    section("audit", "audit", &[]),
    section("compliance", "compliance", &["id", "name", "applies", "requires"]),
    section("document", "documents", &["id", "name", "path", "review_every", "owner"]),
    section("waiver", "accepted findings", &["lint", "at", "author", "expires"]),
    section("circuit_breaker", "circuit breaker", &[]),
    section("parameter", "values left open", &["id", "kind", "source", "default"]),
    section("tenancy", "tenancy", &[]),
    section("tenant", "tenants", &["id", "name", "set"]),
];
