//! What a program's end says about the world: done, refused, never sent, may have happened.
//! Each tool has its own way of saying so; what is not known of it may have happened. And
//! what is taken out of its answer. Pure.

use serde_json::Value;

use super::trace::Ran;
use crate::model::{
    Action, AwsCall, Errand, Evidenced, Order, Text, Trouble, Wanted, answer,
};

/// The end of a program that carried out `order`.
pub(super) fn of(order: &Order, ran: Ran) -> Result<Evidenced, Trouble> {
    let Ran { outcome, code, answer } = ran;
    let Some(code) = code else {
        // It did not start, or did not end by itself.
        return outcome;
    };
    let wanted = &order.wanted;
    let evidence = |summary: Text, raw: Vec<Text>| {
        let value = answer.as_deref().map(|text| order.action.answer(text));
        Evidenced {
            summary,
            raw,
            exit: Some(code),
            answer: value.as_ref().map(answer::told),
            outputs: outputs(wanted, answer.as_deref(), value.as_ref()),
            ..Evidenced::default()
        }
    };
    match (outcome, code == wanted.exit) {
        (Ok(done), true) => Ok(evidence(done.summary, done.raw)),
        (Err(trouble), true) => Ok(evidence(trouble.reason().clone(), Vec::new())),
        (Ok(done), false) => {
            let why = format!("{}, not exit {}", done.summary, wanted.exit);
            Err(Trouble::Refused(Text::clean(why)))
        }
        (Err(trouble), false) => {
            let said = trouble.reason().clone();
            if let Action::Errand(Errand::Aws(call)) = &order.action
                && is_fine(call, said.as_str())
            {
                let said = Text::clean(format!("already: {said}"));
                return Ok(Evidenced { exit: Some(0), ..evidence(said, Vec::new()) });
            }
            Err(meant(&order.action, code, said))
        }
    }
}

fn outputs(
    wanted: &Wanted,
    text: Option<&str>,
    value: Option<&Value>,
) -> std::collections::BTreeMap<String, Text> {
    let found = |path: &str| match path {
        "stdout" => Some(Value::from(text?.trim_end())),
        path => answer::part(value?, path),
    };
    let named = wanted.outputs.iter();
    named
        .filter_map(|(name, path)| Some((name.clone(), answer::told(&found(path)?))))
        .collect()
}

/// The error the plan calls as good as done.
fn is_fine(call: &AwsCall, said: &str) -> bool {
    call.ok_if.as_ref().is_some_and(|code| said.contains(&format!("({code})")))
}

/// Errors of services that were too busy to begin.
const BUSY: &[&str] =
    &["Throttl", "(RequestLimitExceeded)", "(TooManyRequests", "(SlowDown)"];

/// What the AWS command line says when nothing left: exit status 252 is a line it does not
/// understand and 253 a setting it lacks (AWS CLI User Guide, "return codes").
const NO_CALL: &[&str] = &[
    "Unable to locate credentials",
    "Could not connect to the endpoint URL",
    "The config profile",
    "You must specify a region",
    "Unknown options",
    "Parameter validation failed",
];

/// Answers of a service that may have acted before it failed.
const FAILED: &[&str] =
    &["(InternalFailure)", "(InternalError)", "(ServiceUnavailable)", "(500)", "(503)"];

/// What `kubectl` says when it never reached the cluster.
const NO_CLUSTER: &[&str] = &[
    "Unable to connect to the server",
    "connection refused",
    "no such host",
    "does not exist",
    "no configuration has been provided",
];

/// What a connection says that broke.
const BROKEN: &[&str] =
    &["timed out", "timeout", "deadline exceeded", "connection lost", "EOF", "closed"];

/// An end with an error, as its tool means it.
fn meant(action: &Action, code: i32, said: Text) -> Trouble {
    let has = |words: &[&str]| words.iter().any(|word| said.as_str().contains(word));
    let Action::Errand(errand) = action else { return Trouble::Refused(said) };
    match errand {
        Errand::Aws(_) | Errand::Dns(_) | Errand::Until { .. } => {
            let answered = has(&["An error occurred ("]);
            match code {
                252 | 253 => Trouble::NotSent(said),
                _ if has(BUSY) || has(NO_CALL) => Trouble::NotSent(said),
                _ if answered && !has(FAILED) => Trouble::Refused(said),
                // A waiter that gave up.
                _ if matches!(errand, Errand::Until { .. }) => Trouble::Refused(said),
                _ => Trouble::Unknown(said),
            }
        }
        Errand::Kubectl(_) if has(NO_CLUSTER) => Trouble::NotSent(said),
        Errand::Kubectl(_) if has(BROKEN) => Trouble::Unknown(said),
        // 2: the connection (psql reference, "Exit Status").
        Errand::Sql(_) if code == 2 => {
            let never =
                ["could not connect", "refused", "could not translate", "expired"];
            if has(&never) { Trouble::NotSent(said) } else { Trouble::Unknown(said) }
        }
        Errand::Kubectl(_)
        | Errand::Sql(_)
        | Errand::File(_)
        | Errand::Prompt { .. }
        | Errand::Mark { .. }
        | Errand::Respond { .. }
        | Errand::Call { .. } => Trouble::Refused(said),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Attempt, KubectlCall, Moment, Span, SqlCall};

    fn order(action: Action) -> Order {
        let attempt = Attempt {
            incident: "INC-0001".into(),
            step: "one".into(),
            number: 1,
            intended_at: Moment::from_millis(0),
        };
        Order::of(attempt, action, Span::secs(1))
    }

    fn aws() -> Order {
        let call = AwsCall {
            service: "logs".into(),
            operation: "CreateLogGroup".into(),
            params: json!({}),
            ok_if: Some("ResourceAlreadyExistsException".into()),
            ..AwsCall::default()
        };
        order(Action::Errand(Errand::Aws(call)))
    }

    fn ran(code: i32, said: &str, answer: &str) -> Ran {
        let summary = Text::clean(said);
        let outcome = if code == 0 {
            Ok(Evidenced { summary, ..Evidenced::default() })
        } else {
            Err(Trouble::Refused(summary))
        };
        Ran { outcome, code: Some(code), answer: Some(answer.to_owned()) }
    }

    #[test]
    fn what_an_end_proves_depends_on_whose_end_it_is() {
        let kubectl = || order(Action::Errand(Errand::Kubectl(KubectlCall::default())));
        let sql = || order(Action::Errand(Errand::Sql(SqlCall::default())));
        let words = |order: Order, code, said: &str| match of(&order, ran(code, said, ""))
        {
            Ok(_) => "done",
            Err(Trouble::NotSent(_)) => "not sent",
            Err(Trouble::Refused(_)) => "refused",
            Err(Trouble::Unknown(_)) => "unknown",
        };
        let error = |code: &str| {
            format!("An error occurred ({code}) when calling the X operation: no")
        };
        for (order, code, said, means) in [
            (aws(), 0, "exit 0".to_owned(), "done"),
            (aws(), 254, error("InvalidDBInstanceState"), "refused"),
            (aws(), 255, error("InvalidDBInstanceState"), "refused"),
            (aws(), 254, error("ResourceAlreadyExistsException"), "done"),
            (aws(), 254, error("ThrottlingException"), "not sent"),
            (aws(), 254, error("InternalFailure"), "unknown"),
            (aws(), 252, "usage: aws".to_owned(), "not sent"),
            (aws(), 253, "Unable to locate credentials".to_owned(), "not sent"),
            (
                aws(),
                255,
                "Could not connect to the endpoint URL: x".to_owned(),
                "not sent",
            ),
            (aws(), 255, "Read timeout on endpoint URL: x".to_owned(), "unknown"),
            (kubectl(), 1, "Unable to connect to the server: EOF".to_owned(), "not sent"),
            (kubectl(), 1, "context deadline exceeded".to_owned(), "unknown"),
            (kubectl(), 1, "deployments \"x\" not found".to_owned(), "refused"),
            (
                sql(),
                2,
                "connection to server at \"x\" failed: Connection refused".to_owned(),
                "not sent",
            ),
            (sql(), 2, "server closed the connection unexpectedly".to_owned(), "unknown"),
            (sql(), 1, "ERROR: relation does not exist".to_owned(), "refused"),
        ] {
            assert_eq!(words(order, code, &said), means, "{code} {said}");
        }
    }

    #[test]
    fn what_is_wanted_of_an_answer_is_taken_out_of_it() {
        let mut order = aws();
        order.wanted.outputs =
            [("at", "Endpoint.Address"), ("none", "Nothing"), ("all", "stdout")]
                .map(|(name, path)| (name.to_owned(), path.to_owned()))
                .into();
        let text = r#"{"Endpoint":{"Address":"db.example"}}"#;
        let done = of(&order, ran(0, "exit 0", &format!("{text}\n"))).unwrap();
        let outputs: Vec<(&str, &str)> = done
            .outputs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(outputs, [("all", text), ("at", "db.example")]);
        let sql = self::order(Action::Errand(Errand::Sql(SqlCall::default())));
        let done = of(&sql, ran(0, "exit 0", "42|x\n7|y\n")).unwrap();
        assert_eq!(done.answer.unwrap().as_str(), "42");
    }

    #[test]
    fn an_exit_status_the_plan_expects_is_a_yes_and_every_other_a_no() {
        let mut order = aws();
        order.wanted.exit = 3;
        assert_eq!(of(&order, ran(3, "exit 3", "")).unwrap().exit, Some(3));
        assert!(matches!(of(&order, ran(0, "exit 0", "")), Err(Trouble::Refused(_))));
    }
}
