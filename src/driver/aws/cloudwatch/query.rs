//! `GetMetricData` in AWS's query protocol: the SDK's client, credentials, signature and
//! patience, with other bodies. Owns the two bodies and nothing else; knows only the
//! members this program uses.

use std::fmt::Write as _;

use aws_sdk_cloudwatch::{
    operation::get_metric_data::{
        GetMetricDataError, GetMetricDataInput, GetMetricDataOutput,
    },
    types::MetricDataResult,
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{
                BeforeSerializationInterceptorContextRef, Error, Input, Output,
                OutputOrError,
            },
        },
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
        runtime_components::RuntimeComponents,
        ser_de::{
            DeserializeResponse, SerializeRequest, SharedRequestSerializer,
            SharedResponseDeserializer,
        },
    },
};
use aws_smithy_types::{
    DateTime, body::SdkBody, config_bag::ConfigBag, date_time::Format,
    error::metadata::ErrorMetadata,
};

/// The API version every query names.
const VERSION: &str = "2010-08-01";

/// Makes one operation speak the query protocol.
#[derive(Debug)]
pub(super) struct InQuery;

impl Intercept for InQuery {
    fn name(&self) -> &'static str {
        "warroom: CloudWatch in the query protocol"
    }

    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let state = cfg.interceptor_state();
        state.store_put(SharedRequestSerializer::new(Form));
        state.store_put(SharedResponseDeserializer::new(Xml));
        Ok(())
    }
}

#[derive(Debug)]
struct Form;

impl SerializeRequest for Form {
    fn serialize_input(
        &self,
        input: Input,
        _: &mut ConfigBag,
    ) -> Result<HttpRequest, BoxError> {
        let Ok(input) = input.downcast::<GetMetricDataInput>() else {
            return Err("only GetMetricData is spoken in the query protocol".into());
        };
        let body = form(&input)?;
        let length = body.len().to_string();
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("POST")?;
        request.set_uri("/")?;
        let headers = request.headers_mut();
        headers.insert("content-type", "application/x-www-form-urlencoded");
        headers.insert("content-length", length);
        Ok(request)
    }
}

/// Members of lists are numbered from one: `MetricDataQueries.member.1.Id`.
fn form(input: &GetMetricDataInput) -> Result<String, BoxError> {
    let mut body = format!("Action=GetMetricData&Version={VERSION}");
    let mut put = |name: &str, value: &str| {
        body.push('&');
        escape(&mut body, name);
        body.push('=');
        escape(&mut body, value);
    };
    for (query, number) in input.metric_data_queries().iter().zip(1..) {
        let head = format!("MetricDataQueries.member.{number}");
        put(&format!("{head}.Id"), query.id().unwrap_or_default());
        let Some(stat) = query.metric_stat() else { continue };
        put(&format!("{head}.MetricStat.Stat"), stat.stat().unwrap_or_default());
        let period = stat.period().unwrap_or(60).to_string();
        put(&format!("{head}.MetricStat.Period"), &period);
        put(&format!("{head}.ReturnData"), "true");
        let Some(metric) = stat.metric() else { continue };
        let head = format!("{head}.MetricStat.Metric");
        put(&format!("{head}.Namespace"), metric.namespace().unwrap_or_default());
        put(&format!("{head}.MetricName"), metric.metric_name().unwrap_or_default());
        for (dimension, number) in metric.dimensions().iter().zip(1..) {
            let head = format!("{head}.Dimensions.member.{number}");
            put(&format!("{head}.Name"), dimension.name().unwrap_or_default());
            put(&format!("{head}.Value"), dimension.value().unwrap_or_default());
        }
    }
    for (name, at) in [("StartTime", input.start_time()), ("EndTime", input.end_time())] {
        if let Some(at) = at {
            put(name, &at.fmt(Format::DateTime)?);
        }
    }
    if let Some(order) = input.scan_by() {
        put("ScanBy", order.as_str());
    }
    Ok(body)
}

/// Everything but letters, digits and `-_.~` as `%XX`, in UTF-8 (AWS General Reference,
/// "Task 1: Create a canonical request").
fn escape(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string never fails.
            let _written = write!(out, "%{byte:02X}");
        }
    }
}

#[derive(Debug)]
struct Xml;

impl DeserializeResponse for Xml {
    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        _: &ConfigBag,
    ) -> OutputOrError {
        let bytes = response.body().bytes().unwrap_or_default();
        let text = String::from_utf8_lossy(bytes);
        if response.status().is_success() {
            if let Some(answer) = answer(&text) {
                return Ok(Output::erase(answer));
            }
            return Err(OrchestratorError::response("this is no query answer".into()));
        }
        let told = GetMetricDataError::generic(refusal(&text));
        Err(OrchestratorError::operation(Error::erase(told)))
    }
}

/// None when the text is no answer to `GetMetricData`. One query is asked, so there is one
/// result: its timestamps and its values, in step.
fn answer(text: &str) -> Option<GetMetricDataOutput> {
    let leaves = leaves(text)?;
    let root = leaves.first()?.0.first()?;
    if *root != "GetMetricDataResponse" {
        return None;
    }
    let of = |list: &'static str| {
        let wanted = move |path: &[&str]| path.ends_with(&[list, "member"]);
        leaves.iter().filter(move |(path, _)| wanted(path)).map(|(_, text)| *text)
    };
    // One that cannot be read would put all others out of step.
    let times: Option<Vec<DateTime>> = of("Timestamps").map(moment).collect();
    let values: Option<Vec<f64>> = of("Values").map(|text| text.parse().ok()).collect();
    let result = MetricDataResult::builder()
        .set_timestamps(Some(times?))
        .set_values(Some(values?))
        .build();
    Some(GetMetricDataOutput::builder().metric_data_results(result).build())
}

fn moment(text: &str) -> Option<DateTime> {
    DateTime::from_str(text, Format::DateTimeWithOffset).ok()
}

/// The error a query answer carries; without code or message when it is no such answer.
fn refusal(text: &str) -> ErrorMetadata {
    let leaves = leaves(text).unwrap_or_default();
    let of = |name: &str| {
        let found = leaves.iter().find(|(path, _)| path.ends_with(&["Error", name]));
        found.map(|(_, text)| *text)
    };
    let mut told = ErrorMetadata::builder();
    if let Some(code) = of("Code") {
        told = told.code(code);
    }
    if let Some(message) = of("Message") {
        told = told.message(message);
    }
    told.build()
}

/// An element without elements: its path from the root, and its text.
type Leaf<'a> = (Vec<&'a str>, &'a str);

/// Every leaf, in the order of the text; none when it is not well-formed enough to tell.
/// Attributes and namespaces mean nothing here.
fn leaves(text: &str) -> Option<Vec<Leaf<'_>>> {
    let (mut path, mut found): (Vec<&str>, Vec<Leaf<'_>>) = (Vec::new(), Vec::new());
    // The text since the last opening tag; none after a closing one.
    let mut inner = None;
    for piece in text.split('<').skip(1) {
        let (tag, after) = piece.split_once('>')?;
        if tag.starts_with(['?', '!']) {
            continue;
        }
        if tag.starts_with('/') {
            if let Some(inner) = inner.take() {
                found.push((path.clone(), inner));
            }
            path.pop()?;
            continue;
        }
        path.push(local(tag));
        inner = Some(after.trim());
        if tag.ends_with('/') {
            found.push((path.clone(), ""));
            path.pop();
            inner = None;
        }
    }
    (path.is_empty() && !found.is_empty()).then_some(found)
}

/// The name in a tag, without prefix and attributes.
fn local(tag: &str) -> &str {
    let end = |c: char| c.is_whitespace() || c == '/';
    let name = tag.split(end).next().unwrap_or_default();
    name.rsplit(':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatch::types::{
        Dimension, Metric, MetricDataQuery, MetricStat, ScanBy,
    };

    use super::*;

    fn input() -> GetMetricDataInput {
        let dimension = Dimension::builder().name("DBInstanceIdentifier").value("a b");
        let metric = Metric::builder()
            .namespace("AWS/RDS")
            .metric_name("ReplicaLag")
            .dimensions(dimension.build());
        let stat =
            MetricStat::builder().metric(metric.build()).period(60).stat("Maximum");
        let query = MetricDataQuery::builder().id("m").metric_stat(stat.build());
        GetMetricDataInput::builder()
            .metric_data_queries(query.build())
            .start_time(DateTime::from_secs(0))
            .end_time(DateTime::from_secs(60))
            .scan_by(ScanBy::TimestampDescending)
            .build()
            .unwrap()
    }

    #[test]
    fn a_query_names_every_member_as_the_reference_does() {
        let body = form(&input()).unwrap();
        let pairs: Vec<&str> = body.split('&').collect();
        for wanted in [
            "Action=GetMetricData",
            "Version=2010-08-01",
            "MetricDataQueries.member.1.Id=m",
            "MetricDataQueries.member.1.MetricStat.Stat=Maximum",
            "MetricDataQueries.member.1.MetricStat.Period=60",
            "MetricDataQueries.member.1.MetricStat.Metric.Namespace=AWS%2FRDS",
            "MetricDataQueries.member.1.MetricStat.Metric.MetricName=ReplicaLag",
            "MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name=DBInstanceIdentifier",
            "MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Value=a%20b",
            "StartTime=1970-01-01T00%3A00%3A00Z",
            "EndTime=1970-01-01T00%3A01%3A00Z",
            "ScanBy=TimestampDescending",
        ] {
            assert!(pairs.contains(&wanted), "{wanted} is not in {body}");
        }
    }

    fn read(inner: &str) -> Option<(Vec<i64>, Vec<f64>)> {
        let text = format!(
            "<?xml version='1.0'?>\n<GetMetricDataResponse xmlns='http://x/'>\
             <GetMetricDataResult><MetricDataResults>{inner}</MetricDataResults>\
             </GetMetricDataResult></GetMetricDataResponse>"
        );
        let answer = answer(&text)?;
        let result = answer.metric_data_results().first()?;
        let times = result.timestamps().iter().map(DateTime::secs).collect();
        Some((times, result.values().to_vec()))
    }

    #[test]
    fn timestamps_and_values_are_read_in_step_in_either_order() {
        let times = "<Timestamps>\n<member>1970-01-01T00:01:00Z</member>\
                     <member>1970-01-01T00:00:00.000+00:00</member> </Timestamps>";
        let values = "<Values><member>3.0</member><member>-1</member></Values>";
        let wanted = Some((vec![60, 0], vec![3.0, -1.0]));
        for inner in [format!("{times}{values}"), format!("{values}<Label/>{times}")] {
            assert_eq!(read(&format!("<member><Id>m</Id>{inner}</member>")), wanted);
        }
        let none = Some((vec![], vec![]));
        assert_eq!(read("<member><Timestamps/><Values></Values></member>"), none);
        assert_eq!(read(""), none);
    }

    #[test]
    fn what_is_no_answer_is_not_read_as_an_empty_one() {
        for text in ["", "ok", "<html><body>404</body></html>", "<GetMetricDataResponse>"]
        {
            assert!(answer(text).is_none(), "{text}");
        }
        let odd = "<member><Timestamps><member>noon</member></Timestamps>\
                   <Values><member>1</member></Values></member>";
        assert_eq!(read(odd), None);
    }

    #[test]
    fn an_error_says_code_and_message() {
        let text = "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code>\
                    <Message>no such</Message></Error><RequestId>1</RequestId></ErrorResponse>";
        let told = refusal(text);
        assert_eq!(
            (told.code(), told.message()),
            (Some("InvalidAction"), Some("no such"))
        );
        assert_eq!(refusal("<html>").code(), None);
    }
}
