//! Sends one HTTP request: never twice, never on to another place when it could change
//! something, and nothing secret in what is kept of it.

use std::{error::Error, io::ErrorKind};

use reqwest::{
    Client, Method, Url,
    header::{HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use serde_json::Value;
use tokio::{sync::OnceCell, time::Instant};

use super::secrets::Secrets;
use crate::model::{Evidenced, HttpSpec, Span, Text, Trouble, Wanted, answer};

/// How much of an answer is read.
const BODY: usize = 256 * 1024;

/// How much of it is kept as evidence, in characters.
const KEPT: usize = 500;

/// Longest wait for a connection, within the request's own limit.
const CONNECT: Span = Span::secs(5);

/// Redirects a request that changes nothing may follow.
const REDIRECTS: usize = 5;

/// The two clients, made when first needed.
#[derive(Default)]
pub(super) struct Web {
    reading: OnceCell<Client>,
    changing: OnceCell<Client>,
}

/// An answer, whatever it says.
#[derive(Debug)]
pub(crate) struct Answered {
    status: u16,
    took: Span,
    host: String,
    body: String,
    secrets: Masked,
}

/// No answer.
#[derive(Debug)]
pub(crate) enum Lost {
    /// The request could not be made at all: a bad URL, no such name, no route.
    Unmade(Text),
    /// Nobody took the connection.
    Unconnected(Text),
    /// It was sent, or may have been, and the answer did not come.
    Unanswered(Text),
}

/// Secrets of the request, kept out of the evidence.
struct Masked(Secrets);

impl std::fmt::Debug for Masked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Masked")
    }
}

impl Lost {
    pub(super) fn trouble(self) -> Trouble {
        match self {
            Self::Unmade(why) | Self::Unconnected(why) => Trouble::NotSent(why),
            Self::Unanswered(why) => Trouble::Unknown(why),
        }
    }
}

impl Answered {
    /// Whether it is what was expected.
    pub(crate) fn as_expected(&self, spec: &HttpSpec) -> bool {
        let (low, high) = spec.status;
        (low..=high).contains(&self.status)
            && spec.contains.as_ref().is_none_or(|wanted| self.body.contains(wanted))
    }

    /// `200 in 0.2 s`, and what is missing from it.
    pub(crate) fn summary(&self, spec: &HttpSpec) -> Text {
        let mut said = format!("{} in {:.1} s", self.status, self.took.as_secs_f64());
        let (low, high) = spec.status;
        if (low..=high).contains(&self.status) && !self.as_expected(spec) {
            said.push_str(", without the expected text");
        }
        Text::clean(said)
    }

    /// A part of the answer: a path into its body, `@status`, or `@took` in seconds.
    pub(crate) fn value(&self, path: &str) -> Option<Value> {
        match path {
            "@status" => Some(Value::from(self.status)),
            "@took" => Some(Value::from(self.took.as_secs_f64())),
            _ => answer::part(&answer::read(&self.masked()), path),
        }
    }

    fn masked(&self) -> String {
        self.secrets.0.mask(&self.body)
    }

    pub(super) fn verdict(
        self,
        spec: &HttpSpec,
        wanted: &Wanted,
    ) -> Result<Evidenced, Trouble> {
        let said = self.summary(spec);
        let summary = Text::clean(format!("{} {}: {said}", spec.method, self.host));
        let body = Text::capped(&self.masked(), KEPT);
        if self.as_expected(spec) {
            let raw = if body.is_empty() { Vec::new() } else { vec![body] };
            let answer = Some(answer::told(&answer::read(&self.masked())));
            let outputs = wanted.outputs.iter().filter_map(|(name, path)| {
                Some((name.clone(), answer::told(&self.value(path)?)))
            });
            let outputs = outputs.collect();
            let bare = Evidenced::default();
            return Ok(Evidenced { summary, raw, answer, outputs, ..bare });
        }
        let why = Text::capped(&format!("{summary}: {body}"), 300);
        // A server that failed may have acted first.
        if self.status >= 500 && !reads(&spec.method) {
            Err(Trouble::Unknown(why))
        } else {
            Err(Trouble::Refused(why))
        }
    }
}

impl Web {
    pub(super) async fn ask(
        &self,
        spec: &HttpSpec,
        limit: Span,
        masks: &[String],
    ) -> Result<Answered, Lost> {
        let no_way = |why: String| Lost::Unmade(Text::capped(&why, 300));
        let url =
            Url::parse(&spec.url).map_err(|why| no_way(format!("bad URL: {why}")))?;
        let host = match (url.scheme(), url.host_str()) {
            ("http" | "https", Some(host)) => host.to_owned(),
            _ => {
                return Err(no_way("the URL must state http or https and a host".into()));
            }
        };
        let method = Method::from_bytes(spec.method.as_bytes())
            .map_err(|why| no_way(why.to_string()))?;
        let headers = headers(spec).map_err(no_way)?;
        let client = self.client(&spec.method).await.map_err(no_way)?;
        let mut request = client.request(method, url).headers(headers);
        if let Some(body) = &spec.body {
            request = request.body(body.clone());
        }
        let began = Instant::now();
        let sent = request.timeout(limit.to_std()).send().await;
        let mut answer = sent.map_err(|why| lost(&host, why))?;
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|why| lost(&host, why))? {
            body.extend_from_slice(&part);
            if body.len() >= BODY {
                body.truncate(BODY);
                break;
            }
        }
        Ok(Answered {
            status,
            took: began.elapsed().into(),
            host,
            body: String::from_utf8_lossy(&body).into_owned(),
            secrets: Masked(Secrets::of(&spec.headers).and_of_the_plan(masks)),
        })
    }

    async fn client(&self, method: &str) -> Result<&Client, String> {
        let (cell, redirects) = if reads(method) {
            (&self.reading, Policy::limited(REDIRECTS))
        } else {
            (&self.changing, Policy::none())
        };
        let make = || async {
            Client::builder()
                .redirect(redirects)
                .connect_timeout(CONNECT.to_std())
                .user_agent(concat!("warroom/", env!("CARGO_PKG_VERSION")))
                // A pooled connection that died is tried again by itself; a request that
                // may change something always gets its own.
                .pool_max_idle_per_host(0)
                .retry(reqwest::retry::never())
                .build()
                .map_err(|why| format!("no HTTP client: {why}"))
        };
        cell.get_or_try_init(make).await
    }
}

fn headers(spec: &HttpSpec) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in &spec.headers {
        let key = HeaderName::from_bytes(name.as_bytes())
            .map_err(|why| format!("header {name}: {why}"))?;
        let mut value = HeaderValue::from_str(value)
            .map_err(|why| format!("header {name}: {why}"))?;
        value.set_sensitive(true);
        headers.insert(key, value);
    }
    Ok(headers)
}

/// Whether a method changes nothing by its definition (RFC 9110, 9.2.1).
fn reads(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

/// Sorts a failure. The URL is left out: a webhook's path is a secret.
fn lost(host: &str, error: reqwest::Error) -> Lost {
    let error = error.without_url();
    let chain = || {
        let first: Option<&(dyn Error + 'static)> = Some(&error);
        std::iter::successors(first, |&error| error.source())
    };
    let io = chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    let io = io.map(std::io::Error::kind);
    let no_route =
        matches!(io, Some(ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable))
            || chain().any(|cause| cause.to_string().starts_with("dns error"));
    let cause = chain().last().map(ToString::to_string).unwrap_or_default();
    let why = |what: &str| Text::capped(&format!("{host}: {what}: {cause}"), 300);
    if error.is_builder() {
        Lost::Unmade(why("the request could not be made"))
    } else if error.is_connect() && no_route {
        Lost::Unmade(why("no way there"))
    } else if error.is_connect() {
        Lost::Unconnected(why("no connection"))
    } else if error.is_timeout() {
        Lost::Unanswered(Text::capped(&format!("{host}: no answer in time"), 300))
    } else {
        Lost::Unanswered(why("the answer was lost"))
    }
}
