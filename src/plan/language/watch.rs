//! What users would miss, how it is watched, and what may happen to it.

use super::{
    Bound, Count, Dur, Filled, Flag, Inner, Json, Listed, MapOf, Number, OneOf, OrTable,
    OwnId, Prose, Ref, VerifyRow, Written, refs,
    words::{Look, Missing, TierOf},
};

tables! {
    /// A class of services or data with a promise of its own.
    TierRow "[[tier]]" {
        /// Its id.
        need id: OwnId = "critical";
        /// The name people use.
        may name: Prose = "Critical systems";
        /// What it is a class of: systems, data, or priority.
        may kind: OneOf<TierOf> = "systems";
        /// Its place in the order of recovery; 1 is first.
        may order: Count<1, 99> = "1";
        /// What its loss means.
        may impact: Prose = "Complete outage";
        /// Its promise.
        may rto: Dur = "1h";
        /// Its promise.
        may rpo: Dur = "15m";
    }

    /// What users would miss. Its objectives go before its tier's and the plan's.
    ServiceRow "[[service]]" {
        /// Its id.
        need id: OwnId = "orders";
        /// The name people use.
        may name: Prose = "Orders";
        /// The tier it belongs to.
        may tier: Ref<refs::Tier> = "critical";
        /// Longest time users may be without it; not zero.
        may rto: Dur = "30m";
        /// Longest stretch of its writes that may be lost.
        may rpo: Dur = "5m";
        /// How long it must be seen healthy.
        may stable: Dur = "2m";
        /// The availability it promises, in percent.
        may availability: Number = "99.9";
        /// How much the business needs it, in words.
        may criticality: Prose = "high";
        /// Why its objective is stricter than its tier's, when it is.
        may stricter_because: Prose = "Customers cannot sign in without it";
        /// Services it cannot work without.
        may depends_on: Listed<Ref<refs::Service>> = r#"["payments"]"#;
        /// Resources it lives on: databases, compute, traffic, storage, and `[[resource]]`s.
        may uses: Listed<Ref<refs::Resource>> = r#"["orders-db", "api"]"#;
        /// Probes that together say it is healthy.
        may probes: Listed<Ref<refs::Probe>> = r#"["orders-health"]"#;
        /// It keeps nothing of its own: what it `uses` keeps it for others. No copy of it is
        /// asked for, and no loss of data is counted against it.
        may stateless: Flag = "true";
    }

    /// How something is watched. Which of the keys below `kind` count, the kind says. In a
    /// drill a probe is well while its site is there (its `site`, else where users are sent)
    /// and while the service that has it among its `probes` works there; values are not played.
    ProbeRow "[[probe]]" {
        /// Its id.
        need id: OwnId = "orders-health";
        /// The name people use.
        may name: Prose = "Orders API";
        /// How it looks.
        need kind: OneOf<Look> = "http";
        /// The site whose health it tells; it is then asked there, not by a public name. With
        /// none it tells of whatever site users are sent to.
        may site: Ref<refs::Site> = "us-west-2";
        /// The resource it tells of; one of `[[resource]]` is lost with its site, and seen so.
        may resource: Ref<refs::Resource> = "orders-db";
        /// Where it looks from, in words: another region, the console.
        may vantage: Prose = "console";
        /// Where it is shown: regions, replication, backups, checks.
        may panel: Written = "checks";
        /// How often it looks, 1 s or more.
        may every: Dur = "10s";
        /// How long an answer may take.
        may timeout: Dur = "5s";
        /// Bad answers in a row before the verdict turns.
        may fall: Count<1, 100> = "3";
        /// Good answers in a row before it turns back.
        may rise: Count<1, 100> = "2";
        /// What an answer without data means. -1 of a replica's lag is never small.
        may missing: OneOf<Missing> = "unknown";
        /// From here on it is worth a look: `> 150` or `< 2`.
        may warning: Bound = "> 150";
        /// From here on it is bad.
        may critical: Bound = "> 300";
        /// The value that means nothing works: `= -1`.
        may broken: Bound = "= -1";
        /// What must be seen: a status or a range of them for http; a table else.
        may expect: OrTable<Filled, Inner<VerifyRow>> = "200-299";
        /// The event it raises when it turns bad.
        may raises: Written = "backup-too-small";
        /// The event it raises when there is no data.
        may on_missing: Written = "backup-failed";
        /// The script it was taken from.
        may origin: Prose = "monitor-backups.sh";
        /// http: the address, in full.
        may url: Filled = "https://shop.example.com/health";
        /// http: the method.
        may method: OneOf<super::words::Method> = "GET";
        /// http: headers.
        may headers: MapOf<Filled> = r#"{ Accept = "application/json" }"#;
        /// http: the body.
        may body: Filled = "{}";
        /// http: what the answer must contain.
        may contains: Filled = "\"status\":\"UP\"";
        /// http, command: whether asking twice does no harm.
        may repeatable: Flag = "true";
        /// command: program and arguments; no shell reads them.
        may argv: Listed<Filled> = r#"["./scripts/health-check.sh", "us-east-1"]"#;
        /// command: values it gets by environment.
        may env: MapOf<Filled> = r#"{ REGION = "us-east-1" }"#;
        /// command: names of our own variables it may see.
        may pass: Listed<Written> = r#"["AWS_PROFILE"]"#;
        /// command: where it runs.
        may dir: Filled = "/opt/shop";
        /// command, log, files, host: the `[[host]]` it looks at. sql, postgres: the server's
        /// name, `localhost` when left out. tcp: the name it connects to, needed.
        may host: Filled = "db1";
        /// aws: the call, and a path into its answer under `expect`.
        may aws: Inner<super::AwsStep> = r#"{ service = "sts", operation = "GetCallerIdentity", region = "us-east-1" }"#;
        /// cloudwatch: the metric.
        may metric: Inner<CloudwatchRow> = r#"{ namespace = "AWS/RDS", name = "ReplicaLag", region = "us-west-2" }"#;
        /// dns: the name that is resolved.
        may record: Filled = "shop.example.com";
        /// sql, postgres, tcp: the port; 443 for tcp when left out.
        may port: OrTable<Count<1, 65535>, Json> = "5432";
        /// sql, postgres: who asks.
        may user: Filled = "monitor";
        /// sql, postgres: the database.
        may database: Filled = "orders";
        /// sql: the question; its first value counts.
        may sql: Filled = "SELECT COUNT(*) FROM orders;";
        /// log: the file.
        may file: Filled = "/var/log/backup.log";
        /// log: what a line must look like, as a regular expression.
        may pattern: Filled = "^${run.date} .*backup completed";
        /// log: a line as its writer really writes it; the pattern is tried on it.
        may sample: Filled = "2026-01-31 02:00:01 backup completed";
        /// files: which ones.
        may glob: Filled = "/var/backups/postgresql/*${run.date:%Y%m%d}*";
        /// files, host, log: what is measured: total-bytes, newest-age, disk-percent:/,
        /// memory-percent, or words.
        may measure: Filled = "total-bytes";
        /// route53: the health check of the plan it shows.
        may health_check: Written = "primary";
    }

    /// One metric of `CloudWatch`.
    CloudwatchRow "metric" {
        /// Its namespace.
        may namespace: Filled = "AWS/RDS";
        /// Its name.
        may name: Filled = "ReplicaLag";
        /// What it is of.
        may dimensions: MapOf<Filled> = r#"{ DBInstanceIdentifier = "orders-db" }"#;
        /// How values of one period are put together.
        may statistic: Written = "Maximum";
        /// How long a period is.
        may period: Dur = "60s";
        /// Where the metric lives. `AWS/Route53` and `AWS/CloudFront` live in us-east-1 only.
        may region: Filled = "us-west-2";
        /// A fixed beginning: a finding, for it shows the past.
        may from: Filled = "2026-01-31T00:00:00Z";
        /// A fixed end.
        may to: Filled = "2026-01-31T01:00:00Z";
        /// A file of queries beside the plan.
        may queries_file: Filled = "impact-queries.json";
    }

    /// A health check somebody else runs.
    HealthCheckRow "[[health_check]]" {
        /// Its id.
        need id: OwnId = "primary";
        /// `HTTPS`, `HTTP`, `TCP`, `CALCULATED`, `CLOUDWATCH_METRIC`, `RECOVERY_CONTROL`.
        may kind as "type": Written = "HTTPS";
        /// Whom it asks.
        may host: Filled = "us-east-1.shop.example.com";
        /// What it asks for.
        may path: Filled = "/health";
        /// Where.
        may port: Count<1, 65535> = "443";
        /// How often.
        may interval: Dur = "30s";
        /// Failures in a row before it is unhealthy.
        may failures: Count<1, 10> = "3";
        /// Whether it turns the other way: healthy while what it asks for is not there. A
        /// failover record with one is moved by people, who put something there.
        may inverted: Flag = "true";
        /// What there is to know about it.
        may note: Prose = "Asks each region under its own name";
    }

    /// How bad an incident is, and how soon somebody answers.
    SeverityRow "[[severity]]" {
        /// Its id.
        need id: OwnId = "P1";
        /// The name people use.
        may name: Prose = "Critical";
        /// What counts as one.
        may examples: Listed<Prose> = r#"["Complete outage"]"#;
        /// How soon somebody must have acknowledged.
        may respond_within: Dur = "15m";
        /// The runbook that answers it.
        may procedure: Ref<refs::Runbook> = "p1-response";
        /// What is raised: events as `notify:EVENT`, channels by their id.
        may on_raise: Listed<Written> = r#"["notify:oncall", "war-room"]"#;
    }

    /// What a probe raises by itself.
    IncidentTypeRow "[[incident_type]]" {
        /// Its id.
        need id: OwnId = "APPLICATION_DOWN";
        /// How bad it is.
        may severity: Ref<refs::Severity> = "P1";
        /// The probe that raises it.
        may probe: Ref<refs::Probe> = "app-health";
        /// What it says.
        may message: Prose = "Application health check failed";
        /// What is started by itself; a person confirms it.
        may auto_action: Listed<Filled> = r#"["./restart-application.sh"]"#;
    }

    /// What may happen, and which runbooks answer it. Its objectives go before those of
    /// services, tiers and the plan, for a run that answers it.
    ScenarioRow "[[scenario]]" {
        /// Its id.
        need id: OwnId = "region-lost";
        /// The name people use.
        may name: Prose = "A region is lost";
        /// How it is told.
        may trigger: Prose = "The region answers nobody";
        /// What it hits.
        may scope: Prose = "Everything in one region";
        /// The sites that answer nobody when it happens: `check --lose` of one of them names
        /// the runbooks that answer it. When left out it is told by a site's id, region or
        /// name in the scenario's own, or by a failover that leaves the site.
        may loses: Listed<Ref<refs::Site>> = r#"["us-east-1"]"#;
        /// What it means.
        may impact: Prose = "Complete outage";
        /// How likely it is.
        may probability: Prose = "low";
        /// What is done about it.
        may strategy: Prose = "Fail over to the second region";
        /// How bad it is.
        may severity: Ref<refs::Severity> = "P1";
        /// Who must approve before anything is done.
        may approver: Ref<refs::Role> = "security-officer";
        /// The runbooks that answer it, the likeliest first.
        may runbooks: Listed<Ref<refs::Runbook>> = r#"["region-failover"]"#;
        /// What to do when no runbook is the answer.
        may guidance: Prose = "Scale out into the remaining zones; nothing fails over.";
        /// Its promise.
        may rto: Dur = "30m";
        /// Its promise.
        may rpo: Dur = "5m";
    }
}
