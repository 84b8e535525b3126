//! AWS on the wire, through the official SDKs: which identity, which region, which
//! patience. Owns every SDK client; never decides what is called.
//!
//! Two clients per service: one for looking, which may try twice, and one for changing,
//! which never tries again by itself: an SDK that repeats a promotion repeats it behind
//! the journal's back.

use std::{collections::HashMap, fmt, sync::Arc};

use aws_config::{
    AppName, BehaviorVersion, Region, SdkConfig, meta::region::RegionProviderChain,
    retry::RetryConfig, sts::AssumeRoleProvider, timeout::TimeoutConfig,
};
use aws_sdk_rds::config::{Credentials, SharedCredentialsProvider};
use tokio::sync::{Mutex, OnceCell};

use crate::model::{Site, Span};

mod class;
mod cloudwatch;
mod identity;
mod need;

pub mod ecs_service;
pub mod rds_replica;
pub mod route53;

/// Where and how patiently to call.
#[derive(Clone, Debug)]
pub struct Options {
    /// Replaces every service's endpoint. `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_RDS` and
    /// so on are honoured without it.
    pub endpoint: Option<String>,
    /// Fixed keys instead of the default chain, for servers that check none.
    pub keys: Option<Keys>,
    /// Whether the metadata service of EC2 may be asked for credentials and region.
    pub metadata: bool,
    /// Longest wait for a connection.
    pub connect: Span,
    /// Longest wait for one answer to a look, and for a look with its second try.
    pub look: Span,
    pub look_in_all: Span,
    /// Longest wait for the answer to a changing call, which is sent once.
    pub change: Span,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            endpoint: None,
            keys: None,
            metadata: false,
            connect: Span::secs(3),
            look: Span::secs(5),
            look_in_all: Span::secs(15),
            change: Span::secs(30),
        }
    }
}

/// An access key pair. Shows its identifier only.
#[derive(Clone)]
pub struct Keys {
    pub id: String,
    pub secret: String,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("id", &self.id).finish_non_exhaustive()
    }
}

/// All clients of one process, made when first needed and then shared. Clones are the
/// same.
#[derive(Clone)]
pub struct Clients {
    inner: Arc<Inner>,
}

struct Inner {
    options: Options,
    /// One cell per place: who asks second waits for the first one's answer.
    places: Mutex<HashMap<Place, Arc<OnceCell<Arc<Services>>>>>,
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").field("options", &self.inner.options).finish()
    }
}

impl Clients {
    /// Hands for the real world. This is the only way to make clients, and a drill never
    /// comes by here: it holds a simulated world and nothing else. No request is sent
    /// until something is asked.
    pub fn live(options: Options) -> Self {
        Self { inner: Arc::new(Inner { options, places: Mutex::default() }) }
    }

    /// Clients of `site`'s own region, as `site`'s identity.
    async fn at(&self, site: Option<&Site>) -> Arc<Services> {
        let region = site.and_then(|site| site.region.clone());
        self.place(Place::new(site, region)).await
    }

    /// Clients of a service that lives in `region` only, as `site`'s identity. A role is
    /// still taken on in the site's own region, which is alive when this one may not be.
    async fn global(&self, site: Option<&Site>, region: &str) -> Arc<Services> {
        self.place(Place::new(site, Some(region.to_owned()))).await
    }

    async fn place(&self, place: Place) -> Arc<Services> {
        let cell = {
            let mut places = self.inner.places.lock().await;
            Arc::clone(places.entry(place.clone()).or_default())
        };
        let make = || async {
            let config = Box::pin(place.config(&self.inner.options)).await;
            Arc::new(Services::new(&config, &self.inner.options, &place))
        };
        Arc::clone(cell.get_or_init(make).await)
    }
}

/// As whom and where: one set of clients each.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Place {
    profile: Option<String>,
    role: Option<String>,
    /// None: the profile's or the environment's.
    region: Option<String>,
    /// Where the role is taken on; never another region than the site's own.
    home: Option<String>,
}

impl Place {
    fn new(site: Option<&Site>, region: Option<String>) -> Self {
        let role = site.and_then(|site| site.role_arn.clone());
        Self {
            profile: site.and_then(|site| site.profile.clone()),
            home: role.as_ref().and(site.and_then(|site| site.region.clone())),
            role,
            region,
        }
    }

    async fn config(&self, options: &Options) -> SdkConfig {
        let base = self.base(options, self.region.as_ref()).await;
        let Some(role) = &self.role else {
            return base;
        };
        let home = self.home.as_ref().or(self.region.as_ref());
        let caller = self.base(options, home).await;
        let mut assume =
            AssumeRoleProvider::builder(role).session_name("warroom").configure(&caller);
        if let Some(region) = caller.region() {
            assume = assume.region(region.clone());
        }
        let provider = SharedCredentialsProvider::new(assume.build().await);
        base.into_builder().credentials_provider(provider).build()
    }

    /// Profiles, single sign-on, environment: as the AWS CLI finds them.
    async fn base(&self, options: &Options, region: Option<&String>) -> SdkConfig {
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .retry_config(look_retries())
            .timeout_config(options.looking());
        if let Ok(name) = AppName::new("warroom") {
            loader = loader.app_name(name);
        }
        let profile = self.profile.as_deref();
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
        }
        let region = match region {
            Some(region) => Some(Region::new(region.clone())),
            None => identity::region(profile, options).region().await,
        };
        // Also without a region: the loader's own search would ask the metadata service.
        loader = loader.region(RegionProviderChain::first_try(region.clone()));
        if let Some(endpoint) = &options.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        loader = if let Some(keys) = &options.keys {
            let keys = Credentials::new(&keys.id, &keys.secret, None, None, "warroom");
            loader.credentials_provider(keys)
        } else {
            let found = identity::credentials(profile, region, options);
            loader.credentials_provider(found)
        };
        loader.load().await
    }
}

/// The figures are fixed here: `AWS_MAX_ATTEMPTS` and the like do not change them.
fn look_retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(2)
        .with_initial_backoff(Span::millis(200).to_std())
}

impl Options {
    fn looking(&self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.connect.to_std())
            .operation_attempt_timeout(self.look.to_std())
            .operation_timeout(self.look_in_all.to_std())
            .build()
    }

    fn changing(&self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.connect.to_std())
            .operation_attempt_timeout(self.change.to_std())
            .operation_timeout(self.change.to_std())
            .build()
    }
}

/// A service's two clients.
struct Pair<C> {
    look: C,
    change: C,
}

/// Every client of one place.
struct Services {
    /// As shown in previews; empty when none is known.
    region: String,
    profile: Option<String>,
    rds: Pair<aws_sdk_rds::Client>,
    ecs: Pair<aws_sdk_ecs::Client>,
    route53: Pair<aws_sdk_route53::Client>,
    cloudwatch: cloudwatch::Metrics,
}

impl Services {
    fn new(look: &SdkConfig, options: &Options, place: &Place) -> Self {
        let change = look
            .clone()
            .into_builder()
            .retry_config(RetryConfig::disabled())
            .timeout_config(options.changing())
            .build();
        let region = look.region().map(ToString::to_string).unwrap_or_default();
        Self {
            region,
            profile: place.profile.clone(),
            rds: Pair {
                look: aws_sdk_rds::Client::new(look),
                change: aws_sdk_rds::Client::new(&change),
            },
            ecs: Pair {
                look: aws_sdk_ecs::Client::new(look),
                change: aws_sdk_ecs::Client::new(&change),
            },
            route53: Pair {
                look: aws_sdk_route53::Client::new(look),
                change: aws_sdk_route53::Client::new(&change),
            },
            cloudwatch: cloudwatch::Metrics::new(aws_sdk_cloudwatch::Client::new(look)),
        }
    }

    /// A command line of the AWS CLI that makes the same call.
    fn line(&self, verb: &[&str], rest: &[&str]) -> String {
        let mut words = vec!["aws"];
        words.extend(verb);
        words.extend(["--region", self.region.as_str()]);
        words.extend(rest);
        if let Some(profile) = &self.profile {
            words.extend(["--profile", profile.as_str()]);
        }
        words.into_iter().map(quoted).collect::<Vec<_>>().join(" ")
    }
}

/// As a POSIX shell would need it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SiteId, Text};

    fn site(role: Option<&str>) -> Site {
        Site {
            id: SiteId::new("dr"),
            name: Text::clean("DR"),
            region: Some("eu-central-1".to_owned()),
            profile: Some("recovery".to_owned()),
            role_arn: role.map(str::to_owned),
        }
    }

    #[test]
    fn a_role_is_taken_on_at_home_whatever_region_is_called() {
        let site = site(Some("arn:aws:iam::1:role/dr"));
        let place = Place::new(Some(&site), Some("us-east-1".to_owned()));
        assert_eq!(place.home.as_deref(), Some("eu-central-1"));
        assert_eq!(place.region.as_deref(), Some("us-east-1"));
    }

    #[tokio::test]
    async fn one_place_is_made_once_and_shared() {
        let options = Options {
            keys: Some(Keys { id: "AKIA".to_owned(), secret: "s3cret".to_owned() }),
            ..Options::default()
        };
        let clients = Clients::live(options);
        let site = site(None);
        let same = clients.clone();
        let (one, two) = tokio::join!(clients.at(Some(&site)), same.at(Some(&site)));
        assert!(Arc::ptr_eq(&one, &two));
        assert_eq!(one.region, "eu-central-1");
        let shown = format!("{clients:?}");
        assert!(shown.contains("AKIA") && !shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn a_command_line_is_safe_to_paste() {
        assert_eq!(quoted("db-1"), "db-1");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("a'$(x)"), r"'a'\''$(x)'");
        assert_eq!(quoted(""), "''");
    }
}
