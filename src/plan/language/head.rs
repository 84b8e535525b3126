//! Who a plan belongs to, what it promises, the values it leaves open, and where things
//! run.

use super::{
    AllOr, Count, Date, Dur, Filled, Flag, Inner, Listed, MapOf, OneOf, OwnId, Prose,
    Ref, Written, refs,
    words::{Pick, SiteRole, SiteState},
};

tables! {
    /// Who the plan belongs to, and when somebody last read it.
    PlanRow "[plan]" {
        /// The plan's short name: letters, digits, - and _.
        need name: Written = "shop";
        /// The name people use.
        may title: Prose = "The shop";
        /// What the plan is for, in a sentence or two.
        may summary: Prose = "Brings the shop back after its region is lost.";
        /// Who answers for it.
        may owner: Prose = "Platform team";
        /// The plan's own version.
        may version: Prose = "2.1";
        /// A plan that is not `active` runs in drills only.
        may status: Prose = "active";
        /// The day somebody last changed it.
        may updated: Date = "2026-01-31";
        /// The day somebody last read it through.
        may reviewed: Date = "2026-01-31";
        /// The day it must be read again.
        may next_review: Date = "2026-07-31";
        /// Who approved it.
        may approved_by: Prose = "Head of operations";
        /// The day it was approved.
        may approved: Date = "2026-02-01";
        /// The role that decides.
        may commander: Ref<refs::Role> = "incident-commander";
        /// Ways people sign in who do not say otherwise, the usual one first.
        may sign_in: Listed<Ref<refs::Access>> = r#"["sso"]"#;
        /// What must be there before the plan is worth anything; ticked before a run.
        may prerequisites: Listed<Prose> = r#"["A replica in the second region"]"#;
        /// Under which terms the plan may be copied.
        may licence: Prose = "CC BY 4.0";
    }

    /// What recovery is measured by when nothing more particular says so: the plan's own
    /// promise. A mode replaces it; a tier, a service, a scenario and a runbook go before it.
    ObjectivesRow "[objectives]" {
        /// Longest time from the start of the clock until healthy; not zero.
        may rto: Dur = "30m";
        /// Longest stretch of writes that may be lost; zero is a promise like any other.
        may rpo: Dur = "5m";
        /// How long a service must be seen healthy to count as recovered.
        may stable: Dur = "2m";
        /// What starts and what stops the clock.
        may rto_clock: Inner<ClockRow> = r#"{ start = "impact", stop = "verified" }"#;
        /// Why the RTO is what it is.
        may rto_rationale: Prose = "Longest downtime the contracts allow";
        /// Why the RPO is what it is.
        may rpo_rationale: Prose = "What the ledger can be rebuilt from";
        /// Durability that is claimed, as the provider writes it.
        may durability: Prose = "99.999999999 %";
        /// How often recovery is practised.
        may test_every: super::Every = "6 months";
    }

    /// What starts and what stops a clock: a moment every incident has (impact, detected,
    /// declared, decided, started, verified, announced, closed), or one a step `marks`.
    ClockRow "rto_clock" {
        /// From this moment on.
        need start: Written = "impact";
        /// Until this one.
        need stop: Written = "verified";
    }

    /// A value that differs between two uses of the plan. One that is unset stops only the
    /// steps that use it. `${id}` stands for it in any text.
    ParameterRow "[[parameter]]" {
        /// What `${...}` calls it.
        need id: OwnId = "hosted_zone_id";
        /// `env:NAME`, the environment variable NAME; `secret:NAME`, that variable too, but
        /// read only when it is sent, and never written anywhere;
        /// `prompt` (asked when a run begins) or `list:WHAT` (picked from what there is).
        may source: Written = "env:HOSTED_ZONE_ID";
        /// The value when the source has none.
        may default: Written = "Z07551303ABQJ2QWN3DCK";
        /// What is asked, or what it is for.
        may doc: Prose = "The zone the shop's records are in.";
        /// text, id, arn, region, time, date, number, host, port, path or pick; tenant for the
        /// parameter of `[tenancy]`.
        may kind: OneOf<Pick> = "id";
        /// The only values it may have.
        may values: Listed<Written> = r#"["production", "staging"]"#;
        /// What a value must look like, as a regular expression.
        may pattern: Written = "^Z[A-Z0-9]+$";
        /// Whether a run may begin without it; it may unless this says true.
        may required: Flag = "true";
        /// What a value looks like. Never used as one.
        may example: Written = "Z07551303ABQJ2QWN3DCK";
        /// Differs from tenant to tenant: `[[tenant]]` gives the values.
        may per_tenant: Flag = "true";
    }

    /// What there is to pick from when a parameter's source is `list:ID`. Give `aws` or
    /// `run`. What cannot be asked for can still be typed.
    ListRow "[[list]]" {
        /// Its id.
        need id: OwnId = "snapshots";
        /// A call that lists it; one that only looks.
        may aws: Inner<super::AwsStep> = r#"{ service = "rds", operation = "DescribeDBSnapshots", region = "us-west-2" }"#;
        /// A program that prints it.
        may run: Listed<Filled> = r#"["./scripts/list-backups.sh"]"#;
        /// A path into the answer to the list of values; each line is one without it.
        may path: Written = "DBSnapshots[*].DBSnapshotIdentifier";
    }

    /// How a procedure becomes one lane for each tenant. Lanes stand in the order of
    /// `[[tenant]]` and do not wait for one another. A failed step stops only what waits for
    /// it: the rest of its own lane, and shared steps that need it. `lanes` says what people
    /// do about the other lanes then; by itself nothing is stopped.
    TenancyRow "[tenancy]" {
        /// The parameter that tells tenants apart: it stands in the names of their things.
        need parameter: Ref<refs::Parameter> = "customer";
        /// How many a run takes: `many` or `one`.
        may select: OneOf<super::words::Select> = "many";
        /// Which ones when nobody says: `all`, or the ids.
        may default: AllOr<Ref<refs::Tenant>> = "all";
        /// Whether a failing lane leaves the others alone: `independent`, or `together`.
        may lanes: OneOf<super::words::Lanes> = "independent";
    }

    /// One whose environment is its own.
    TenantRow "[[tenant]]" {
        /// Its id: the value of the tenancy's parameter, and the name of its lane.
        need id: OwnId = "acme";
        /// The name people use.
        may name: Prose = "Acme Ltd";
        /// Its own values of parameters.
        may set: MapOf<Filled> = r#"{ distribution_id = "E2QWRUHAPOMQZL" }"#;
    }

    /// A place the estate runs: a region, a data centre.
    SiteRow "[[site]]" {
        /// Its id; keys of `side` tables are site ids.
        need id: OwnId = "us-east-1";
        /// The name people use.
        may name: Prose = "Virginia";
        /// The cloud's own name of the region.
        may region: Filled = "us-east-1";
        /// The profile calls to this site are made with.
        may profile: Filled = "shop-production";
        /// The role calls to this site take on.
        may role_arn: Filled = "arn:aws:iam::111122223333:role/warroom";
        /// What it is for: primary, dr or witness. A hall of one's own that carries a part of
        /// production is `dr` and `active`.
        may role: OneOf<SiteRole> = "primary";
        /// Whether it serves in normal operation: active or standby. Without it a dr or
        /// witness stands by. What is only at a site that stands by is missed by nobody until
        /// that site is needed: `check --lose` tells it as a standby.
        may state: OneOf<SiteState> = "active";
        /// Whose law its data is under.
        may jurisdiction: Prose = "EU";
        /// On what basis data may go there from another jurisdiction.
        may basis: Prose = "Standard contractual clauses of 2026-01-31";
        /// What runs there, in words.
        may hosts: Listed<Prose> = r#"["orders database", "API"]"#;
        /// Share of normal operation's cost, in percent.
        may cost_percent: super::Number = "30";
        /// Its zones, to be read; `check --lose` knows sites and regions.
        may zones: Listed<Filled> = r#"["us-east-1a", "us-east-1b"]"#;
        /// Share of normal operation's capacity that runs there, in percent.
        may capacity_percent: super::Number = "30";
    }

    /// A machine commands run on. Without one, a command runs on the console's own.
    HostRow "[[host]]" {
        /// Its id.
        need id: OwnId = "db1";
        /// The name people use.
        may name: Prose = "Database server";
        /// The site it stands at.
        may site: Ref<refs::Site> = "us-east-1";
        /// The words before a command's own: they carry it there. The command's words are
        /// quoted for the shell at the other end.
        need via: Listed<Filled> = r#"["ssh", "-o", "BatchMode=yes", "db1"]"#;
    }

    /// A way of standing by. The one in force replaces the plan's own promise.
    ModeRow "[[mode]]" {
        /// Its id.
        need id: OwnId = "warm-standby";
        /// The name people use.
        may name: Prose = "Warm standby";
        /// Whether it is the one in force.
        may current: Flag = "true";
        /// Its promise.
        may rto: Dur = "30m";
        /// Its promise.
        may rpo: Dur = "5m";
        /// How much of it runs.
        may capacity: Prose = "minimal";
        /// What it costs of normal operation, in percent.
        may cost_percent: super::Number = "30";
        /// What it is good for.
        may suits: Prose = "Balances cost and speed";
        /// What runs in it, in words.
        may runs: Listed<Prose> = r#"["database replica", "3 nodes"]"#;
    }

    /// How calls to a failing system are held back: after so many failures in a row it is
    /// left alone, then asked once.
    BreakerRow "[circuit_breaker]" {
        /// Failures in a row that open it.
        need failures: Count<1, 1000> = "5";
        /// How long it stays open before one call is let through.
        need timeout: Dur = "60s";
        /// What it does, in words.
        may doc: Prose = "Open after 5 failures; after 60 s one call is let through.";
    }

    /// A finding somebody has accepted, for a while. It stays in sight as a warning, so that
    /// `check` exits with 1 at best. The rules whose line under Rules says `no` cannot be
    /// accepted, nor can those that begin with `P-`.
    WaiverRow "[[waiver]]" {
        /// The rule.
        need lint: Written = "L32";
        /// What it is accepted for: a dotted path as `check` shows it, with all under it.
        need at: Written = "service.payments";
        /// Who accepts it.
        need author: Prose = "Head of payments";
        /// Why.
        need reason: Prose = "Losing seconds of writes is insured until the new store runs.";
        /// The last day it counts; past it is an error.
        need expires: Date = "2026-12-31";
    }
}
