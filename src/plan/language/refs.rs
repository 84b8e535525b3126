//! What a reference can refer to: one marker type for each kind of name.

use super::shape::Target;
use crate::plan::cx::Named;

macro_rules! targets {
    ($($name:ident)+) => {$(
        #[derive(Debug)]
        pub struct $name;

        impl Target for $name {
            const NAMED: Named = Named::$name;
        }
    )+};
}

targets! {
    Parameter Tenant Site Host Mode Role Person Access Contact Audience Channel Resource Probe
    Tier Service Severity Scenario Backup Alarm Runbook Checklist
}
