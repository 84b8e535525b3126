//! What a failed AWS call says about the world: did nothing, may have happened, was
//! refused. When in doubt: may have happened. Never decides what to do about it.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::BeforeTransmitInterceptorContextRef},
        orchestrator::HttpResponse,
        result::SdkError,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{config_bag::ConfigBag, error::metadata::ProvideErrorMetadata};

use crate::model::{Text, Trouble, Unknown};

/// Answers of a service that was too busy to begin: nothing was executed. The throttling
/// codes the SDK knows, but for `LimitExceededException`, which can also be a quota that
/// no retry will change.
const THROTTLES: &[&str] = &[
    "BandwidthLimitExceeded",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// How long words from outside may be.
const WORDS: usize = 300;

/// Remembers whether a request was handed to the connection: until then (no credentials,
/// no endpoint, no signature) nothing can have happened.
#[derive(Clone, Debug, Default)]
pub(super) struct Left(Arc<AtomicBool>);

impl Left {
    fn yes(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Intercept for Left {
    fn name(&self) -> &'static str {
        "warroom: has the request left"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.store(true, Ordering::Release);
        Ok(())
    }
}

/// Classifies the failure of a changing call.
pub(super) fn trouble<E>(
    call: &str,
    error: &SdkError<E, HttpResponse>,
    left: &Left,
) -> Trouble
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let why = Text::capped(&format!("{call}: {}", words(error)), WORDS);
    if !left.yes() {
        return Trouble::NotSent(why);
    }
    match error {
        SdkError::ConstructionFailure(_) => Trouble::NotSent(why),
        SdkError::ServiceError(answer) => {
            let code = answer.err().code().unwrap_or_default();
            answered(answer.raw().status().as_u16(), code, why)
        }
        SdkError::DispatchFailure(_) if never_connected(error) => Trouble::NotSent(why),
        SdkError::DispatchFailure(_)
        | SdkError::TimeoutError(_)
        | SdkError::ResponseError(_)
        | _ => Trouble::Unknown(why),
    }
}

/// The failure of a look: whatever it was, nothing is known.
pub(super) fn unknown<E>(call: &str, error: &SdkError<E, HttpResponse>) -> Unknown
where
    E: ProvideErrorMetadata + Error + 'static,
{
    Unknown { why: Text::capped(&format!("{call}: {}", words(error)), WORDS) }
}

/// The service's code for the error, if the service answered with one.
pub(super) fn code<E>(error: &SdkError<E, HttpResponse>) -> Option<&str>
where
    E: ProvideErrorMetadata,
{
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

/// Whether the service answered with the error `wanted`, written without `Fault`: the API
/// reference lists the codes of RDS with and without it, and both are met on the wire.
pub(super) fn is<E>(error: &SdkError<E, HttpResponse>, wanted: &str) -> bool
where
    E: ProvideErrorMetadata,
{
    code(error).is_some_and(|code| code.strip_suffix("Fault").unwrap_or(code) == wanted)
}

/// Whether the service answered that it will not do this at all, now or later: a refusal,
/// as opposed to an answer that never came or a service too busy to look.
pub(super) fn denied<E>(error: &SdkError<E, HttpResponse>) -> bool
where
    E: ProvideErrorMetadata,
{
    error.raw_response().is_some_and(|raw| {
        let code = code(error).unwrap_or_default();
        let said = answered(raw.status().as_u16(), code, Text::default());
        matches!(said, Trouble::Refused(_))
    })
}

/// Whether the service was too busy to look at the request.
pub(super) fn throttled<E>(error: &SdkError<E, HttpResponse>) -> bool
where
    E: ProvideErrorMetadata,
{
    let status = error.raw_response().map_or(0, |raw| raw.status().as_u16());
    busy(status, code(error).unwrap_or_default())
}

fn busy(status: u16, code: &str) -> bool {
    THROTTLES.contains(&code) || (status == 429 && code.is_empty())
}

fn answered(status: u16, code: &str, why: Text) -> Trouble {
    if busy(status, code) {
        return Trouble::NotSent(why);
    }
    match status {
        // The server gave up waiting for the request; it may have begun.
        408 => Trouble::Unknown(why),
        // 501: it has no such function, so nothing was begun (RFC 9110, 15.6.2).
        400..=499 | 501 => Trouble::Refused(why),
        _ => Trouble::Unknown(why),
    }
}

/// Whether the failure was in making the connection (name, route, refusal, TLS), so that
/// no byte of the request was written. The connector has no other way to say so than
/// these words; if they ever change the answer falls back to "may have happened", and
/// the wire tests notice.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|cause| cause.to_string() == "client error (Connect)")
}

fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// One line: the service's code, message and request id, or the chain of causes.
fn words<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if let Some(answer) = error.as_service_error() {
        let status = error.raw_response().map_or(0, |raw| raw.status().as_u16());
        let code = answer.code().unwrap_or("no code");
        let message = answer.message().unwrap_or("no message");
        return format!("{code}: {message} (HTTP {status}{})", request_id(error));
    }
    let mut said: Vec<String> = chain(error).map(ToString::to_string).collect();
    said.dedup();
    said.join(": ")
}

fn request_id<E>(error: &SdkError<E, HttpResponse>) -> String {
    let headers = error.raw_response().map(HttpResponse::headers);
    headers
        .and_then(|all| {
            all.get("x-amzn-requestid").or_else(|| all.get("x-amz-request-id"))
        })
        .map_or_else(String::new, |id| format!(", request id {id}"))
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::{client::result::ConnectorError, http::StatusCode};
    use aws_smithy_types::{body::SdkBody, error::ErrorMetadata};

    use super::*;

    type Failure = SdkError<ErrorMetadata, HttpResponse>;

    #[derive(Debug, thiserror::Error)]
    #[error("client error (Connect)")]
    struct Connect(#[source] std::io::Error);

    fn raw(status: u16) -> HttpResponse {
        let status = StatusCode::try_from(status).unwrap();
        let mut raw = HttpResponse::new(status, SdkBody::empty());
        raw.headers_mut().insert("x-amzn-requestid", "req-1");
        raw
    }

    fn service(status: u16, code: &str) -> Failure {
        let told = ErrorMetadata::builder().code(code).message("because").build();
        SdkError::service_error(told, raw(status))
    }

    fn io(kind: std::io::ErrorKind) -> BoxError {
        Box::new(std::io::Error::from(kind))
    }

    fn left(yes: bool) -> Left {
        let left = Left::default();
        left.0.store(yes, Ordering::Release);
        left
    }

    fn word(failure: &Failure, gone: bool) -> &'static str {
        match trouble("Call", failure, &left(gone)) {
            Trouble::NotSent(_) => "not sent",
            Trouble::Unknown(_) => "unknown",
            Trouble::Refused(_) => "refused",
        }
    }

    #[test]
    fn every_error_class_has_its_certainty() {
        use std::io::ErrorKind::{ConnectionRefused, ConnectionReset, TimedOut};
        let refused = Connect(std::io::Error::from(ConnectionRefused));
        let late = Connect(std::io::Error::from(TimedOut));
        let rows: Vec<(Failure, &str)> = vec![
            (SdkError::construction_failure("bad input"), "not sent"),
            (SdkError::dispatch_failure(ConnectorError::io(refused.into())), "not sent"),
            (
                SdkError::dispatch_failure(ConnectorError::timeout(late.into())),
                "not sent",
            ),
            (
                SdkError::dispatch_failure(ConnectorError::io(io(ConnectionReset))),
                "unknown",
            ),
            (SdkError::dispatch_failure(ConnectorError::io(io(TimedOut))), "unknown"),
            (SdkError::dispatch_failure(ConnectorError::user("odd".into())), "unknown"),
            (
                SdkError::dispatch_failure(ConnectorError::other("odd".into(), None)),
                "unknown",
            ),
            (SdkError::timeout_error("30 s"), "unknown"),
            (SdkError::response_error("cut short", raw(200)), "unknown"),
            (SdkError::response_error("not xml", raw(502)), "unknown"),
            (service(500, "InternalFailure"), "unknown"),
            (service(503, "ServiceUnavailable"), "unknown"),
            (service(408, "RequestTimeout"), "unknown"),
            (service(302, ""), "unknown"),
            (service(501, "NotImplemented"), "refused"),
            (service(501, ""), "refused"),
            (service(400, "InvalidDBInstanceState"), "refused"),
            (service(403, "AccessDenied"), "refused"),
            (service(404, "DBInstanceNotFound"), "refused"),
            (service(403, "ExpiredToken"), "refused"),
            (service(400, "Throttling"), "not sent"),
            (service(503, "RequestLimitExceeded"), "not sent"),
            (service(400, "PriorRequestNotComplete"), "not sent"),
            (service(429, ""), "not sent"),
        ];
        for (failure, certainty) in &rows {
            assert_eq!(word(failure, true), *certainty, "{}", words(failure));
        }
    }

    #[test]
    fn what_never_left_was_not_sent_whatever_went_wrong() {
        let failures = [
            SdkError::timeout_error("credentials took too long"),
            SdkError::dispatch_failure(ConnectorError::other("no keys".into(), None)),
        ];
        for failure in &failures {
            assert_eq!(word(failure, false), "not sent");
            assert_eq!(word(failure, true), "unknown");
        }
    }

    #[test]
    fn a_refusal_says_code_message_and_request_id() {
        let why = trouble("PromoteReadReplica", &service(400, "Denied"), &left(true));
        assert_eq!(
            why.reason().as_str(),
            "PromoteReadReplica: Denied: because (HTTP 400, request id req-1)"
        );
    }

    #[test]
    fn no_metadata_is_no_code() {
        assert_eq!(code(&Failure::timeout_error("late")), None);
        assert_eq!(code(&service(400, "Denied")), Some("Denied"));
    }

    #[test]
    fn a_code_is_the_same_with_and_without_fault() {
        for said in ["DBInstanceNotFound", "DBInstanceNotFoundFault"] {
            assert!(is(&service(404, said), "DBInstanceNotFound"), "{said}");
        }
        assert!(!is(&service(404, "DBSnapshotNotFound"), "DBInstanceNotFound"));
        assert!(!is(&Failure::timeout_error("late"), ""));
    }

    #[test]
    fn only_an_answer_that_no_retry_changes_is_a_denial() {
        for (failure, wanted) in [
            (service(403, "AccessDenied"), true),
            (service(404, "NoSuchChange"), true),
            (service(501, ""), true),
            (service(400, "Throttling"), false),
            (service(503, "ServiceUnavailable"), false),
            (SdkError::timeout_error("late"), false),
        ] {
            assert_eq!(denied(&failure), wanted, "{}", words(&failure));
        }
    }

    /// A real client's failure to reach `endpoint`.
    async fn real(endpoint: &str, keys: bool) -> Trouble {
        use aws_sdk_rds::config::{Builder, Credentials, Region, retry::RetryConfig};
        let mut config = Builder::new()
            .behavior_version(aws_config::BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-west-1"))
            .retry_config(RetryConfig::disabled())
            .endpoint_url(endpoint);
        if keys {
            let keys = Credentials::new("AKIA", "secret", None, None, "test");
            config = config.credentials_provider(keys);
        }
        let left = Left::default();
        let rds = aws_sdk_rds::Client::from_conf(config.build());
        let call = rds.promote_read_replica().db_instance_identifier("db");
        let sent = call.customize().interceptor(left.clone()).send().await;
        trouble("PromoteReadReplica", &sent.unwrap_err(), &left)
    }

    /// What the connector says is not in any type: these are its words on the wire.
    #[tokio::test]
    async fn the_real_connector_tells_never_connected_from_cut_off() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let cut = async {
            let (stream, _) = listener.accept().await.unwrap();
            drop(stream);
        };
        let (failure, ()) = tokio::join!(real(&endpoint, true), cut);
        assert!(matches!(failure, Trouble::Unknown(_)), "{failure:?}");
        drop(listener);
        let failure = real(&endpoint, true).await;
        assert!(matches!(failure, Trouble::NotSent(_)), "{failure:?}");
        let failure = real("http://no-such-name.invalid", true).await;
        assert!(matches!(failure, Trouble::NotSent(_)), "{failure:?}");
        let failure = real(&endpoint, false).await;
        assert!(matches!(failure, Trouble::NotSent(_)), "{failure:?}");
    }
}
