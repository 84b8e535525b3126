//! Who acts, who is told, and how they are reached.

use super::{
    Count, Date, Dur, Filled, Listed, MapOf, Number, OneOf, OwnId, Prose, Ref, Written,
    refs,
};

tables! {
    /// A role people fill.
    RoleRow "[[role]]" {
        /// Its id.
        need id: OwnId = "database-lead";
        /// What it is called.
        may title: Prose = "Database lead";
        /// What it does.
        may duties: Prose = "Fencing, promotion, replication.";
        /// Who holds it first. A person with the role in `roles` holds it too.
        may primary: Ref<refs::Person> = "okafor";
        /// Who holds it when the first cannot.
        may backup: Ref<refs::Person> = "lindqvist";
        /// How the role is reached, when that is not a person's own number.
        may contact: Prose = "via PagerDuty";
        /// Its telephone.
        may phone: Prose = "+44 20 7946 0101";
        /// Its mail.
        may email: Prose = "dba@shop.example.com";
    }

    /// A person by name.
    PersonRow "[[person]]" {
        /// The name they act under.
        need id: OwnId = "okafor";
        /// The name people use.
        may name: Prose = "A. Okafor";
        /// What they can be.
        may roles: Listed<Ref<refs::Role>> = r#"["database-lead"]"#;
        /// How they are reached first.
        may contact: Prose = "+44 20 7946 0101";
        /// Their telephone.
        may phone: Prose = "+44 20 7946 0101";
        /// Their mail.
        may email: Prose = "okafor@shop.example.com";
        /// The day somebody last tried whether these reach them.
        may verified: Date = "2026-01-31";
        /// Ways they sign in to work, the usual one first; the plan's `sign_in` when left out.
        may sign_in: Listed<Ref<refs::Access>> = r#"["sso", "break-glass"]"#;
    }

    /// A way people sign in to work: an identity provider, single sign-on, a bastion, a VPN.
    /// Where it runs it is lost; `check --lose` says who then cannot act.
    AccessRow "[[access]]" {
        /// Its id.
        need id: OwnId = "sso";
        /// The name people use.
        may name: Prose = "Single sign-on";
        /// What it is: identity-provider, sso, bastion, vpn, keys, or words.
        may kind: Prose = "sso";
        /// The site it runs at.
        may site: Ref<refs::Site> = "us-east-1";
        /// The cloud's region it runs in, when that is no site of the plan.
        may region: Filled = "us-east-1";
        /// What it cannot do without itself: a bastion that asks for single sign-on.
        may needs: Listed<Ref<refs::Access>> = r#"["sso"]"#;
        /// What there is to know about it.
        may note: Prose = "Credentials of its last sign-in last eight hours";
    }

    /// Somebody outside: a vendor, counsel, an insurer.
    ContactRow "[[contact]]" {
        /// Its id.
        need id: OwnId = "cloud-support";
        /// Who it is.
        may name: Prose = "Cloud support";
        /// What it is: vendor, legal, insurance, press.
        may kind: Prose = "vendor";
        /// Whom to ask for there.
        may contact: Prose = "support@cloud.example.com";
        /// Its telephone.
        may phone: Prose = "+44 20 7946 0199";
        /// Its mail.
        may email: Prose = "support@cloud.example.com";
        /// Whom to ask for when that does not help.
        may escalation: Prose = "Account manager, am@cloud.example.com";
        /// The availability it promises, in percent.
        may sla: Number = "99.95";
        /// When to call it.
        may when: Prose = "if needed";
    }

    /// Who is told after whom.
    EscalationRow "[[escalation]]" {
        /// Its place; the first is 1.
        need order: Count<1, 99> = "1";
        /// What it begins with: an event, or a role that has not answered.
        need from: Prose = "detected";
        /// Who is told.
        need to: Listed<Prose> = r#"["incident-commander"]"#;
        /// So long after the one before, when nobody has acknowledged.
        may after: Dur = "15m";
        /// On what condition, in words.
        may when: Prose = "the outage is longer than an hour";
    }

    /// A group that is told together.
    AudienceRow "[[audience]]" {
        /// Its id.
        need id: OwnId = "leadership";
        /// The name people use.
        may name: Prose = "Leadership";
        /// Roles, people and addresses in it.
        may members: Listed<Prose> = r#"["incident-commander", "board@shop.example.com"]"#;
    }

    /// A way to reach people. One we cannot speak is a tick somebody makes.
    ChannelRow "[[channel]]" {
        /// Its id.
        need id: OwnId = "incident";
        /// What it is: slack, teams, webhook, pagerduty, email, sns, status-page, script,
        /// phone-bridge, zoom, created-per-incident, manual.
        need kind: Written = "slack";
        /// Where it is.
        may address: Filled = "#incident";
        /// What it is for.
        may purpose: Prose = "everybody who works on the incident";
        /// The channel it stands in for when that fails.
        may fallback_for: Ref<refs::Channel> = "incident";
        /// The site it runs at: it is lost with it.
        may site: Ref<refs::Site> = "us-east-1";
    }

    /// What is told to whom when an event happens.
    NotificationRow "[[notification]]" {
        /// The event: one of a step's `tell_done` and `tell_failed`, one a probe raises, or
        /// declared, decided, verified, closed.
        need event: Written = "failover-done";
        /// Roles and audiences.
        may to: Listed<Written> = r#"["leadership"]"#;
        /// The channels, the first before the others.
        may via: Listed<Ref<refs::Channel>> = r#"["incident"]"#;
        /// What it is called.
        may title: Prose = "Failover done";
        /// A script that sends it.
        may script: Filled = "scripts/notify.sh";
        /// What is said.
        may text: Prose = "The shop runs from us-west-2.";
    }

    /// A page customers read: what an update to it looks like. By itself the console sends
    /// none: a step does, by `http` with these fields and one of `statuses`, or a person whom
    /// `notify` with a channel of kind `status-page` reminds.
    StatusPageRow "[status_page]" {
        /// Who runs it.
        need provider: Written = "statuspage.io";
        /// Where updates are sent.
        may endpoint: Filled = "https://api.statuspage.io/v1/pages/${page_id}/incidents";
        /// How they are sent.
        may method: Written = "POST";
        /// Headers sent along; a secret parameter stays a parameter.
        may headers: MapOf<Filled> = r#"{ Authorization = "OAuth ${statuspage_token}" }"#;
        /// The fields of an update.
        may fields: MapOf<Filled> = r#"{ "incident[name]" = "Service disruption" }"#;
        /// The states it knows, in order.
        may statuses: Listed<Written> = r#"["investigating", "identified", "resolved"]"#;
        /// What it says when nobody says anything else.
        may default_message: Prose = "We are looking into reports of a disruption.";
        /// The state it begins with.
        may default_status: Written = "investigating";
        /// The title it begins with.
        may default_name: Prose = "Service disruption";
        /// The site it runs at: it is lost with it.
        may site: Ref<refs::Site> = "us-east-1";
        /// Whether the incident's number there is kept, so that a later state updates it.
        may keeps_incident: super::Flag = "true";
        /// How it is proved who writes: `header`, `query`.
        may auth: OneOf<super::words::Auth> = "header";
    }
}
