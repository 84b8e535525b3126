//! A drill cannot reach outside: the real binary, with credentials that look real and
//! every address it could be sent to pointing at a trap that counts. Each way of looking
//! is first shown to catch a command that does reach out.

use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Command, Output},
    thread::JoinHandle,
};

const BINARY: &str = env!("CARGO_BIN_EXE_warroom");

/// Stands for every secret the environment may hold.
const CANARY: &str = "cAnArY7f3e9b1d";

/// What the trap itself sends to end it.
const END: &[u8] = b"the test is over";

/// An address nobody should call. Whoever does is counted and hung up on.
pub(crate) struct Trap {
    at: SocketAddr,
    count: JoinHandle<usize>,
}

impl Trap {
    fn set() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let at = listener.local_addr().unwrap();
        let count = std::thread::spawn(move || {
            let calls = listener.incoming().map_while(|stream| {
                let mut said = [0; END.len()];
                let ended =
                    stream.unwrap().read(&mut said).is_ok_and(|n| &said[..n] == END);
                (!ended).then_some(())
            });
            calls.count()
        });
        Self { at, count }
    }

    /// How many called. Calls wait in line, so that everybody before us is counted.
    pub(crate) fn sprung(self) -> usize {
        TcpStream::connect(self.at).unwrap().write_all(END).unwrap();
        self.count.join().unwrap()
    }
}

/// The program in a home of its own, with everything around it pointing at a trap.
pub(crate) struct Cage {
    home: tempfile::TempDir,
    pub(crate) trap: Trap,
}

impl Cage {
    pub(crate) fn new() -> Self {
        let cage = Self { home: tempfile::tempdir().unwrap(), trap: Trap::set() };
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/plans/mycomputer");
        let plan = cage.home.path().join("plan");
        for name in files(&from) {
            let to = plan.join(name.strip_prefix(&from).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(&name, to).unwrap();
        }
        cage
    }

    /// `program` and its arguments before the binary's own: what watches it.
    pub(crate) fn command(&self, before: &[&str], arguments: &[&str]) -> Command {
        let mut line = before.iter().copied().chain([BINARY]);
        let mut command = Command::new(line.next().unwrap());
        let url = format!("http://{}", self.trap.at);
        command
            .args(line)
            .args(arguments)
            .current_dir(self.home.path())
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.home.path())
            .env("WARROOM_STATE_DIR", self.state())
            .env("WARROOM_LOG", "trace")
            .env("RUST_BACKTRACE", "full")
            .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", format!("{CANARY}/K7MDENG/bPxRfiCYEXAMPLE"))
            .env("AWS_SESSION_TOKEN", format!("{CANARY}-session"))
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{url}/credentials"))
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)
            .env("PGPASSWORD", CANARY)
            .env("GITHUB_TOKEN", format!("ghp_{CANARY}"));
        for name in ["AWS_ENDPOINT_URL", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            command.env(name, &url).env(name.to_ascii_lowercase(), &url);
        }
        command
    }

    pub(crate) fn run(&self, before: &[&str], arguments: &[&str]) -> Output {
        let mut command = self.command(before, arguments);
        command.output().unwrap_or_else(|why| panic!("{command:?}: {why}"))
    }

    fn state(&self) -> std::path::PathBuf {
        self.home.path().join("state")
    }

    /// A command that looks at the real world once: what the traps must catch.
    fn reaches_out(&self, before: &[&str]) -> Output {
        self.run(before, &["status", "--plan", "plan"])
    }
}

/// All files below `dir`.
fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

const DRILL: &[&str] = &["drill", "--headless", "--seed", "1"];

/// What a drill came to: everything but the moments, which are those of today.
fn outcome(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    let (_, ledger) = text.split_once("LEDGER").unwrap();
    assert!(text.contains("verified") && ledger.contains("promote"), "{text}");
    ledger.to_owned()
}

/// The drill as it is without anything to fall into.
fn plain() -> String {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(BINARY);
    command.env_clear().env("HOME", home.path()).args(DRILL);
    outcome(&command.output().unwrap())
}

/// Says it past the test harness, which keeps what a passing test prints to itself.
fn say(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// Whether `before` works here; says why not.
fn works(before: &[&str]) -> bool {
    let tried = Command::new(before[0]).args(&before[1..]).arg("true").output();
    match tried {
        Ok(output) if output.status.success() => true,
        Ok(output) => {
            let why = String::from_utf8_lossy(&output.stderr);
            say(&format!("not tested, `{}` does not work here: {why}", before.join(" ")));
            false
        }
        Err(why) => {
            say(&format!("not tested, `{}` cannot be run: {why}", before[0]));
            false
        }
    }
}

#[test]
fn the_trap_catches_who_reaches_out() {
    let cage = Cage::new();
    let output = cage.reaches_out(&[]);
    assert!(cage.trap.sprung() > 0, "{output:?}");
}

#[test]
fn a_drill_calls_nobody() {
    for scenario in ["region-loss", "slow-cloud", "lost-reply"] {
        let cage = Cage::new();
        let drill = [DRILL, &["--scenario", scenario]].concat();
        let output = cage.run(&[], &drill);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(cage.trap.sprung(), 0, "{scenario}");
    }
}

#[test]
fn a_drill_of_a_plan_with_real_hands_calls_nobody() {
    let cage = Cage::new();
    let output = cage.run(&[], &[DRILL, &["--plan", "plan"]].concat());
    assert!(output.status.success(), "{output:?}");
    assert_eq!(cage.trap.sprung(), 0);
}

#[test]
fn a_drill_is_the_same_where_there_is_no_network() {
    let nowhere = ["unshare", "-rn"];
    if !works(&nowhere) {
        return;
    }
    let cage = Cage::new();
    assert_eq!(outcome(&cage.run(&nowhere, DRILL)), plain());
}

#[test]
fn a_drill_opens_no_socket_to_anywhere() {
    let cage = Cage::new();
    let trace = cage.home.path().join("trace");
    let trace = trace.to_str().unwrap();
    let watch = ["strace", "-f", "-qq", "-e", "trace=network", "-o", trace];
    if !works(&watch) {
        return;
    }
    let outside = |run: &dyn Fn() -> Output| -> Vec<String> {
        let output = run();
        let lines = fs::read_to_string(trace).unwrap();
        assert!(output.status.code().is_some(), "{output:?}");
        // Sockets of this machine itself have no address family with a network in it.
        let outside = lines.lines().filter(|line| line.contains("AF_INET"));
        outside.map(str::to_owned).collect()
    };
    let caught = outside(&|| cage.reaches_out(&watch));
    assert!(caught.iter().any(|line| line.contains("connect(")), "strace sees nothing");
    assert_eq!(outside(&|| cage.run(&watch, DRILL)), [""; 0]);
}

/// A drill whose process was killed early, so that there is something to go on with.
fn left_open(cage: &Cage) {
    let mut drill = cage.command(&[], &["drill", "--headless", "--plan", "plan"]);
    let mut child = drill.stdout(std::process::Stdio::null()).spawn().unwrap();
    let begun = cage.state().join("drill/DRILL-0001.world.json");
    while !begun.exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it began");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_drill_that_is_gone_on_with_calls_nobody() {
    let cage = Cage::new();
    left_open(&cage);
    let trace = cage.home.path().join("trace");
    let trace = trace.to_str().unwrap();
    let watch = ["strace", "-f", "-qq", "-e", "trace=network", "-o", trace];
    let watched: &[&str] = if works(&watch) { &watch } else { &[] };
    let resume = ["incident", "resume", "DRILL-0001", "--headless"];
    let output = cage.run(watched, &resume);
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("verified"), "{output:?}");
    if !watched.is_empty() {
        let lines = fs::read_to_string(trace).unwrap();
        let outside: Vec<&str> =
            lines.lines().filter(|line| line.contains("AF_INET")).collect();
        assert_eq!(outside, [""; 0]);
    }
    assert_eq!(cage.trap.sprung(), 0);
}

#[test]
fn no_secret_of_the_environment_is_written_or_shown() {
    let cage = Cage::new();
    let runs: &[&[&str]] = &[
        DRILL,
        &["drill", "--headless", "--output", "json", "--plan", "plan"],
        &["incident", "list"],
        &["incident", "show", "DRILL-0001"],
        &["incident", "export", "DRILL-0001"],
        &["incident", "verify", "DRILL-0001"],
        &["doctor", "--plan", "plan"],
        &["status", "--plan", "plan"],
        &["status", "--plan", "plan", "--output", "json"],
        &["check", "plan"],
        &["drill", "--plan", "nowhere"],
        &["--no-such-flag"],
        &["--help"],
        &["drill", "--help"],
    ];
    for arguments in runs {
        let output = cage.run(&[], arguments);
        for bytes in [&output.stdout, &output.stderr] {
            let text = String::from_utf8_lossy(bytes);
            assert!(!text.contains(CANARY), "{arguments:?} shows it: {text}");
        }
    }
    let written = files(&cage.state());
    assert!(written.iter().any(|file| file.ends_with("warroom.log")), "{written:?}");
    for file in written {
        let bytes = fs::read(&file).unwrap();
        let found = bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes());
        assert!(!found, "{} holds it", file.display());
    }
}
