//! Errands and probes against this machine and a real HTTP server.

use std::{
    cell::Cell,
    collections::BTreeMap,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, mpsc},
    thread,
};

use warroom::{
    driver::{
        Errands, Progress,
        errands::{LiveErrands, Supervisor},
    },
    model::{
        Action, Attempt, CommandSpec, Evidenced, HttpSpec, Look, Moment, Order, Probe,
        ProbeId, ProbeKind, Span, Text, Trouble,
    },
    probe::{Eyes, live::LiveEyes},
};

use super::certainty;

const LIMIT: Span = Span::secs(10);
const CANARY: &str = "canary-7f3a91";

/// Hands whose traces lie in a directory of their own, which goes with them.
struct Hands {
    errands: LiveErrands,
    _place: tempfile::TempDir,
    asked: Cell<i64>,
}

impl Hands {
    /// Every run is an attempt of its own.
    fn attempt(&self) -> Attempt {
        self.asked.set(self.asked.get() + 1);
        attempt(self.asked.get())
    }

    async fn command(
        &self,
        spec: &CommandSpec,
        limit: Span,
        heard: &Ear,
    ) -> Result<Evidenced, Trouble> {
        let action = Action::Command(spec.clone());
        let order = Order::of(self.attempt(), action, limit);
        self.errands.carry(&order, heard).await
    }

    async fn http(&self, spec: &HttpSpec, limit: Span) -> Result<Evidenced, Trouble> {
        let order = Order::of(self.attempt(), Action::Http(spec.clone()), limit);
        self.errands.carry(&order, &ear().0).await
    }
}

fn supervisor(dir: &Path) -> Supervisor {
    let program = env!("CARGO_BIN_EXE_warroom").into();
    Supervisor { program, dir: dir.join("errands") }
}

fn attempt(millis: i64) -> Attempt {
    Attempt {
        incident: "INC-0001".into(),
        step: "tell".into(),
        number: 1,
        intended_at: Moment::from_millis(millis),
    }
}

fn errands() -> Hands {
    let place = tempfile::tempdir().unwrap();
    let errands = LiveErrands::new(environment(), supervisor(place.path()));
    Hands { errands, _place: place, asked: Cell::new(0) }
}

fn environment() -> BTreeMap<String, String> {
    let own = [
        ("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()),
        ("HOME", "/tmp".to_owned()),
        ("OURS", "ours".to_owned()),
        ("DEPLOY_TOKEN", CANARY.to_owned()),
    ];
    own.map(|(name, value)| (name.to_owned(), value)).into()
}

fn program(argv: &[&str]) -> CommandSpec {
    CommandSpec {
        argv: argv.iter().map(|word| (*word).to_owned()).collect(),
        env: BTreeMap::new(),
        pass: Vec::new(),
        dir: None,
        shell: false,
        repeatable: false,
    }
}

fn script(text: &str) -> CommandSpec {
    CommandSpec { shell: true, ..program(&[text]) }
}

fn ear() -> (Ear, mpsc::Receiver<String>) {
    let (tell, told) = mpsc::channel();
    (Ear(tell), told)
}

struct Ear(mpsc::Sender<String>);

impl Progress for Ear {
    fn say(&self, line: Text) {
        self.0.send(line.to_string()).unwrap();
    }
}

#[tokio::test]
async fn how_a_program_ends_is_what_is_reported() {
    let (errands, (heard, _lines)) = (errands(), ear());
    let rows = [
        (program(&["true"]), "ok"),
        (program(&["sh", "-c", "echo no; exit 3"]), "refused"),
        (script("echo one; false; echo two"), "refused"),
        (program(&["/nonexistent/program"]), "not sent"),
        (program(&[]), "not sent"),
        (script("kill -9 $$"), "unknown"),
        (
            CommandSpec { dir: Some("/nonexistent".to_owned()), ..program(&["true"]) },
            "not sent",
        ),
    ];
    for (spec, wanted) in rows {
        let result = errands.command(&spec, LIMIT, &heard).await;
        assert_eq!(certainty(&result), wanted, "{:?} gave {result:?}", spec.argv);
    }
    let Err(Trouble::Refused(why)) = errands
        .command(&program(&["sh", "-c", "echo no such zone; exit 3"]), LIMIT, &heard)
        .await
    else {
        panic!("exit 3 is no success");
    };
    assert!(
        why.as_str().starts_with("exit 3 in ") && why.as_str().ends_with("no such zone")
    );
}

#[tokio::test]
async fn arguments_reach_the_program_as_they_are() {
    let (errands, (heard, _lines)) = (errands(), ear());
    let hostile = ["$(touch /tmp/owned)", "; rm -rf /", "`id`", "a\nb", "--", "*"];
    let mut argv = vec!["printf", "%s|"];
    argv.extend(hostile);
    let evidence = errands.command(&program(&argv), LIMIT, &heard).await.unwrap();
    let all: Vec<_> = evidence.raw.iter().map(Text::as_str).collect();
    assert_eq!(all.join("\n"), hostile.map(|word| format!("{word}|")).concat());
}

#[tokio::test]
async fn the_environment_is_small_and_secrets_stay_out_of_the_evidence() {
    let (errands, (heard, lines)) = (errands(), ear());
    let mut spec = program(&["env"]);
    spec.env.insert("REGION".to_owned(), "eu-west-1".to_owned());
    let evidence = errands.command(&spec, LIMIT, &heard).await.unwrap();
    let shown = format!("{evidence:?}");
    assert!(shown.contains("REGION=eu-west-1") && shown.contains("PATH="), "{shown}");
    assert!(!shown.contains("OURS") && !shown.contains("DEPLOY_TOKEN"), "{shown}");
    spec.pass = vec!["DEPLOY_TOKEN".to_owned()];
    let evidence = errands.command(&spec, LIMIT, &heard).await.unwrap();
    let shown = format!("{evidence:?}{:?}", lines.try_iter().collect::<Vec<_>>());
    assert!(shown.contains("DEPLOY_TOKEN=***"), "{shown}");
    assert!(!shown.contains(CANARY), "{shown}");
}

#[tokio::test]
async fn at_the_limit_the_whole_group_ends() {
    let (errands, (heard, _lines)) = (errands(), ear());
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pids");
    let path = file.display();
    let stubborn = format!(
        "trap '' TERM; (trap '' TERM; sleep 600) & echo $$ $! > {path}; echo ready; wait"
    );
    let result = errands.command(&script(&stubborn), Span::millis(700), &heard).await;
    let Err(Trouble::Unknown(why)) = &result else { panic!("{result:?}") };
    assert!(why.as_str().contains("limit of 700ms"), "{why}");
    assert!(why.as_str().ends_with("it last said: ready"), "{why}");
    for pid in std::fs::read_to_string(&file).unwrap().split_whitespace() {
        // The kernel ends a killed process in its own time; for ever would be a failure.
        let ends = async {
            while !gone(pid) {
                tokio::task::yield_now().await;
            }
        };
        let patience = std::time::Duration::from_mins(1);
        let ended = tokio::time::timeout(patience, ends).await;
        assert!(ended.is_ok(), "{pid} is still there");
    }
}

#[tokio::test]
async fn what_a_program_leaves_behind_is_not_waited_for() {
    let (errands, (heard, lines)) = (errands(), ear());
    let result = errands.command(&script("sleep 600 & echo left"), LIMIT, &heard).await;
    let evidence = result.unwrap();
    assert!(evidence.summary.as_str().starts_with("exit 0 in "), "{evidence:?}");
    assert_eq!(lines.try_iter().collect::<Vec<_>>(), ["left"]);
}

/// No such process, or one that only waits to be reaped.
fn gone(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.map_or(true, |stat| {
        stat.rsplit(')').next().is_some_and(|rest| rest.starts_with(" Z"))
    })
}

/// A server that answers every connection with what `answer` says, and hands back what it
/// was sent. None: it closes without an answer.
fn server(answers: Vec<Option<String>>) -> (String, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serve = move || {
        let one = |(answer, stream): (Option<String>, std::io::Result<TcpStream>)| {
            let mut stream = stream.unwrap();
            let mut sent = [0; 4096];
            let length = stream.read(&mut sent).unwrap();
            if let Some(answer) = answer {
                stream.write_all(answer.as_bytes()).unwrap();
            }
            String::from_utf8_lossy(&sent[..length]).into_owned()
        };
        answers.into_iter().zip(listener.incoming()).map(one).collect()
    };
    (url, thread::spawn(serve))
}

fn answer(status: u16, more: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Status\r\ncontent-length: {length}\r\n{more}connection: close\r\n\r\n{body}"
    )
}

fn request(method: &str, url: &str) -> HttpSpec {
    HttpSpec {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: BTreeMap::new(),
        body: None,
        status: (200, 299),
        contains: None,
        repeatable: false,
    }
}

#[tokio::test]
async fn what_an_answer_proves_depends_on_what_was_asked() {
    let redirect = || Some(answer(302, "location: /elsewhere\r\n", ""));
    let rows = [
        ("POST", Some(answer(200, "", "fine")), "ok"),
        ("POST", Some(answer(404, "", "no")), "refused"),
        ("POST", Some(answer(500, "", "oh")), "unknown"),
        ("POST", redirect(), "refused"),
        ("POST", None, "unknown"),
        ("GET", Some(answer(500, "", "oh")), "refused"),
        ("GET", None, "unknown"),
    ];
    let errands = errands();
    for (method, told, wanted) in rows {
        let (url, serving) = server(vec![told]);
        let result = errands.http(&request(method, &url), LIMIT).await;
        assert_eq!(certainty(&result), wanted, "{method}: {result:?}");
        assert_eq!(serving.join().unwrap().len(), 1, "{method} was sent more than once");
    }
    let (url, serving) = server(vec![redirect(), Some(answer(200, "", "here"))]);
    let result = errands.http(&request("GET", &url), LIMIT).await;
    assert_eq!(certainty(&result), "ok", "a look may follow: {result:?}");
    drop(serving.join());
}

#[tokio::test]
async fn a_request_that_cannot_be_made_was_not_sent() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let errands = errands();
    for url in [nobody.as_str(), "file:///etc/passwd", "not a url", "http://"] {
        let result = errands.http(&request("POST", url), LIMIT).await;
        assert_eq!(certainty(&result), "not sent", "{url}: {result:?}");
    }
}

#[tokio::test]
async fn nothing_secret_is_left_of_a_request() {
    let echo = format!("you sent Bearer {CANARY}");
    let (url, serving) =
        server(vec![Some(answer(200, "", &echo)), Some(answer(400, "", &echo))]);
    let mut spec = request("POST", &format!("{url}/services/{CANARY}"));
    spec.headers.insert("Authorization".to_owned(), format!("Bearer {CANARY}"));
    let errands = errands();
    let shown = [errands.http(&spec, LIMIT).await, errands.http(&spec, LIMIT).await];
    let sent = serving.join().unwrap();
    assert!(sent[0].contains(CANARY), "it was sent: {}", sent[0]);
    assert!(!format!("{shown:?}").contains(CANARY), "{shown:?}");
    // The server is gone: a failure tells no more.
    let lost = errands.http(&spec, LIMIT).await;
    assert!(!format!("{lost:?}").contains(CANARY), "{lost:?}");
}

#[tokio::test]
async fn the_expected_text_must_be_there() {
    let (url, _serving) = server(vec![
        Some(answer(200, "", "status: ok")),
        Some(answer(200, "", "login page")),
    ]);
    let errands = errands();
    let spec =
        HttpSpec { contains: Some("status: ok".to_owned()), ..request("GET", &url) };
    assert_eq!(certainty(&errands.http(&spec, LIMIT).await), "ok");
    let Err(Trouble::Refused(why)) = errands.http(&spec, LIMIT).await else {
        panic!("a login page is no health check");
    };
    assert!(why.as_str().contains("without the expected text"), "{why}");
}

#[tokio::test]
async fn a_probe_tells_ill_from_unseen() {
    let (up, _serving) = server(vec![Some(answer(200, "", ""))]);
    let (down, _failing) = server(vec![Some(answer(503, "", ""))]);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let quiet = format!("http://{}", silent.local_addr().unwrap());
    let web = |url: &str| ProbeKind::Http(request("GET", url));
    let run = |argv: &[&str]| ProbeKind::Command(program(argv));
    let name = |name: &str| ProbeKind::Look(Look::Dns { record: name.into() });
    let port = |port| ProbeKind::Look(Look::Tcp { host: "127.0.0.1".into(), port });
    // Nobody listens there any more.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let rows = [
        (web(&up), Some(true)),
        (web(&down), Some(false)),
        (web(&quiet), Some(false)),
        (web("http://no-such-name.invalid"), None),
        (web("nonsense"), None),
        (run(&["true"]), Some(true)),
        (run(&["false"]), Some(false)),
        (run(&["/nonexistent/program"]), None),
        (run(&["sleep", "600"]), None),
        (name("localhost"), Some(true)),
        (name("no-such-name.invalid"), None),
        (port(silent.local_addr().unwrap().port()), Some(true)),
        (port(closed), Some(false)),
        (ProbeKind::Look(Look::Host { measure: "memory-percent".into() }), None),
    ];
    let eyes = LiveEyes::new(Arc::new(errands().errands));
    for (look, wanted) in rows {
        let probe = Probe {
            terms: warroom::model::ProbeTerms::default(),
            id: ProbeId::new("probe"),
            name: Text::clean("A probe"),
            site: None,
            look,
            every: Span::secs(5),
            timeout: Span::millis(900),
            fall: 1,
            rise: 1,
        };
        let seen = eyes.look(&probe).await;
        let healthy = seen.as_ref().ok().map(|answer| answer.healthy);
        assert_eq!(healthy, wanted, "{:?}: {seen:?}", probe.look);
    }
}
