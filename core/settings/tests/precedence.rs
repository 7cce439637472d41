//! Flags, environment, `ringgate.toml` and defaults, as one binary would read them. The environment
//! is process-wide, so each case runs this test binary again as a child that prints its settings.

#![allow(clippy::unwrap_used)]

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Output};

use clap::Parser;
use ringgate_settings::{Common, ControlArgs, DataPlaneArgs, LoadError, forward, load};

/// A daemon that takes everything.
#[derive(Debug, Parser)]
struct Flags {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    control: ControlArgs,
    #[command(flatten)]
    data_plane: DataPlaneArgs,
}

#[test]
fn child() {
    let Some(arguments) = std::env::var_os("CHILD_ARGUMENTS") else { return };
    let arguments = arguments.into_string().unwrap();
    let arguments = std::iter::once("x").chain(arguments.split(' ').filter(|a| !a.is_empty()));
    match load::<Flags>(arguments.map(OsString::from)) {
        Ok(loaded) => {
            let flags = loaded.value;
            println!(
                "\nworkers={:?} http={:?} head={} data={} runtime={} endpoint={} dns={:?}\n\
                 aws={:?} h2c={:?} certificates={:?}\n\
                 endpoints={:?} {:?} {:?}\ns3={:?}",
                flags.data_plane.workers,
                flags.common.http,
                flags.data_plane.head_timeout_ms,
                flags.common.data_dir.display(),
                flags.common.runtime_dir().display(),
                flags.control.public_endpoint(&flags.common),
                flags.data_plane.dns_server,
                flags.data_plane.aws_limits,
                flags.data_plane.http2_cleartext,
                flags.data_plane.tls.certificates,
                flags.common.endpoints.endpoint_url,
                flags.common.endpoints.lambda_endpoint,
                flags.common.endpoints.sqs_endpoint,
                flags.control.endpoints.s3_endpoint,
            );
            println!("forward={:?}", forward::<DataPlaneArgs>(&loaded.matches));
            println!("common={:?}", forward::<Common>(&loaded.matches));
        }
        Err(LoadError::Usage(error)) => println!("\nusage: {error}"),
        Err(LoadError::File(error)) => println!("\nfile: {error}"),
    }
}

fn run(dir: &Path, environment: &[(&str, &str)], arguments: &str) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--nocapture"]).current_dir(dir);
    for service in ["", "_LAMBDA", "_SQS", "_S3"] {
        command.env_remove(format!("AWS_ENDPOINT_URL{service}"));
    }
    command.env_remove("STATE_DIRECTORY").env_remove("RUNTIME_DIRECTORY");
    command.envs(environment.iter().copied()).env("CHILD_ARGUMENTS", arguments);
    let Output { stdout, .. } = command.output().unwrap();
    String::from_utf8(stdout).unwrap()
}

#[track_caller]
fn has(text: &str, part: &str) {
    assert!(text.contains(part), "{part:?} is not in\n{text}");
}

#[test]
fn flag_over_environment_over_file_over_default() {
    let dir = tempfile::tempdir().unwrap();
    let none = run(dir.path(), &[], "");
    has(&none, "workers=None http=[127.0.0.1:8080] head=10000 data=.ringgate runtime=.ringgate");
    has(&none, "endpoint=http://{api}.execute-api.localhost:8080 dns=[]");

    let file = "workers = 2\nhead-timeout-ms = 5_000\nhttp = ['127.0.0.1:1', '127.0.0.1:2']\n\
                management = '127.0.0.1:3'\ndata-dir = 'from-file'\n\
                dns-server = ['127.0.0.1:53', '[::1]:5353']\n\
                balance = 'round-robin'\nupstream-connections-per-target = 9\n";
    std::fs::write(dir.path().join("ringgate.toml"), file).unwrap();
    let by_file = run(dir.path(), &[], "");
    has(&by_file, "workers=Some(2) http=[127.0.0.1:1, 127.0.0.1:2] head=5000 data=from-file");
    has(&by_file, "localhost:1");
    has(&by_file, "\"--workers=2\"");
    has(&by_file, "\"--balance=round-robin\"");
    has(&by_file, "\"--upstream-connections-per-target=9\"");
    has(&by_file, "dns=[127.0.0.1:53, [::1]:5353]");

    let environment = [("RINGGATE_WORKERS", "3"), ("RINGGATE_HTTP", "127.0.0.1:4,[::1]:5")];
    let by_environment = run(dir.path(), &environment, "");
    has(&by_environment, "workers=Some(3) http=[127.0.0.1:4, [::1]:5] head=5000");

    let flags = "--workers 4 --http 127.0.0.1:80 --dns-server 192.0.2.1:53,192.0.2.2:53";
    let by_flag = run(dir.path(), &environment, flags);
    has(&by_flag, "dns=[192.0.2.1:53, 192.0.2.2:53]");
    has(&by_flag, "workers=Some(4) http=[127.0.0.1:80] head=5000");
    has(&by_flag, "endpoint=http://{api}.execute-api.localhost dns");
}

#[test]
fn endpoints_by_flag_by_the_variables_of_the_sdks_and_by_a_table_of_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let none = run(dir.path(), &[], "");
    has(&none, "endpoints=None None None\n");
    let file = "endpoint-url = 'http://127.0.0.1:1/'\nworkers = 2\n[endpoints]\n\
                lambda = 'https://l.example/base/'\nsqs = 'http://[::1]:9'\n\
                s3 = 'http://s3.example'\n";
    std::fs::write(dir.path().join("ringgate.toml"), file).unwrap();
    let by_file = run(dir.path(), &[], "");
    has(&by_file, "endpoints=Some(\"http://127.0.0.1:1\") Some(\"https://l.example/base\")");
    has(&by_file, "Some(\"http://[::1]:9\")\n");
    has(&by_file, "s3=Some(\"http://s3.example\")\n");
    has(&by_file, "\"--lambda-endpoint=https://l.example/base/\"");
    let variables = [("AWS_ENDPOINT_URL_LAMBDA", "http://e"), ("AWS_ENDPOINT_URL", "http://f")];
    has(&run(dir.path(), &variables, ""), "endpoints=Some(\"http://f\") Some(\"http://e\")");
    let flags = "--lambda-endpoint http://g --endpoint-url http://h";
    has(&run(dir.path(), &variables, flags), "endpoints=Some(\"http://h\") Some(\"http://g\")");
    for (text, wanted) in [
        (
            "[endpoints]\nlambada = 'http://h'\n",
            ":2:1: there is no service named 'lambada' in [endpoints]: expected one of lambda, \
             events, sqs, kinesis, states, appconfig, s3",
        ),
        ("[endpoints]\npublic = 'http://h'\n", "there is no service named 'public' in [endpoints]"),
        ("[endpoints]\nfunctions = 'http://h'\n", "there is no service named 'functions'"),
        ("endpoints = 1\n", "there is no setting named 'endpoints'"),
        ("[endpoints]\nlambda = 'h'\n", ":2:10: 'h' is no value for 'lambda-endpoint': expected"),
        ("[endpoints]\nsqs = 'h2c://h'\n", "expected a URL like http://127.0.0.1:9001"),
        ("[endpoints]\nsqs = 'http://h/a?b'\n", "expected a URL like http://127.0.0.1:9001"),
        ("[endpoints]\nsqs = ['http://h', 'http://i']\n", "takes one value, not a list"),
    ] {
        std::fs::write(dir.path().join("ringgate.toml"), text).unwrap();
        has(&run(dir.path(), &[], ""), wanted);
    }
}

#[test]
fn the_directories_of_systemd_win_over_the_file_only() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("ringgate.toml"), "data-dir = 'from-file'\n").unwrap();
    let systemd = [("STATE_DIRECTORY", "/s/1:/s/2"), ("RUNTIME_DIRECTORY", "/r")];
    has(&run(dir.path(), &systemd, ""), "data=/s/1 runtime=/r");
    has(&run(dir.path(), &systemd, "--data-dir d --runtime-dir e"), "data=d runtime=e");
    let both = [("STATE_DIRECTORY", "/s"), ("RINGGATE_DATA_DIR", "/e")];
    has(&run(dir.path(), &both, ""), "data=/e runtime=/e");
}

#[test]
fn a_refused_file_names_line_column_and_what_was_meant() {
    let dir = tempfile::tempdir().unwrap();
    for (text, wanted) in [
        (
            "workers = 1\n\n wrokers = 2\n",
            ":3:2: there is no setting named 'wrokers'\n  hint: did you mean 'workers'?",
        ),
        ("head_timeout_ms = 5\n", "did you mean 'head-timeout-ms'?"),
        ("https = 'nobody'\n", "expected an address like 127.0.0.1:8443, or none"),
        ("aws-limits = 'yes'\n", "'yes' is no value for 'aws-limits': expected one of on, off"),
        ("memory-limit-mb = true\n", "'memory-limit-mb' cannot be true or false"),
        ("certificate = 'a,b,c'\n", "expected CERT.pem or CERT.pem,KEY.pem"),
        ("security-policy = 'TLS 1.2'\n", "expected a name like TLS_1_2"),
        ("zebra = 1\n", "hint: the keys are the flags of --help without their dashes"),
        ("config = 'x'\n", "there is no setting named 'config'"),
        ("workers = 0\n", ":1:11: '0' is no value for 'workers': 0 is not in 1..=1024"),
        ("workers = [1, 2]\n", "'workers' takes one value, not a list"),
        ("workers = true\n", "'workers' cannot be true or false"),
        ("http = []\n", "'http' cannot be an empty list"),
        ("http = 'localhost'\n", "'localhost' is no value for 'http': invalid socket address"),
        (
            "driver = 'kqueue'\n",
            "'kqueue' is no value for 'driver': expected one of auto, io_uring, epoll",
        ),
        (
            "balance = 'random'\n",
            "'random' is no value for 'balance': expected one of least-request, round-robin",
        ),
        (
            "upstream-connections-per-target = -1\n",
            "'-1' is no value for 'upstream-connections-per-target'",
        ),
        ("head-timeout-ms = 1\n", "1 is not in 10..=3600000"),
        ("target = 'ftp://h'\n", "expected a URL like http://"),
        ("region = 'US'\n", "expected a region like us-east-1"),
        ("account-id = '1'\n", "expected twelve digits"),
        ("public-endpoint = 'http://x'\n", "expected a URL with {api} in it"),
        ("[control]\n", "there is no setting named 'control'"),
        ("workers = \n", "ringgate.toml:1:"),
        ("workers = 1\nworkers = 2\n", "ringgate.toml:2:1: duplicate key"),
    ] {
        std::fs::write(dir.path().join("ringgate.toml"), text).unwrap();
        let printed = run(dir.path(), &[], "");
        has(&printed, "file: ringgate.toml");
        has(&printed, wanted);
    }
    has(&run(dir.path(), &[], "--config no-such.toml"), "file: no-such.toml: No such file");
}

#[test]
fn flags_are_checked() {
    let dir = tempfile::tempdir().unwrap();
    for (arguments, wanted) in [
        ("--workers 0", "0 is not in 1..=1024"),
        ("--idle-timeout-ms 3600001", "3600001 is not in 10..=3600000"),
        ("--connect-timeout-ms 0", "0 is not in 10..=120000"),
        ("--https 127.0.0.1", "expected an address like 127.0.0.1:8443, or none"),
        ("--websocket-lifetime-ms 2592000001", "is not in 0..=2592000000"),
        ("--target http://u@h/", "expected a URL like http://127.0.0.1:9000"),
        ("--public-endpoint http://{api}.{x}", "only {api} and {region} are filled in"),
    ] {
        has(&run(dir.path(), &[], arguments), wanted);
    }
}

#[test]
fn directories_are_private_and_socket_paths_fit() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("a/b");
    let argument = format!("--data-dir={}", data_dir.display());
    let flags: Flags = load(["x".into(), argument.into()]).unwrap().value;
    flags.common.prepare().unwrap();
    assert_eq!(data_dir.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    flags.common.prepare().unwrap();
    assert_eq!(flags.common.control_socket(), data_dir.join("control.sock"));

    let deep = format!("--data-dir={}", dir.path().join("d".repeat(100)).display());
    let flags: Flags = load(["x".into(), deep.into()]).unwrap().value;
    has(&flags.common.prepare().unwrap_err(), "give a shorter --data-dir or a --runtime-dir");
}

#[test]
fn addresses_are_given_once() {
    for (arguments, wanted) in [
        ("--http=127.0.0.1:1,127.0.0.1:1", "--http 127.0.0.1:1 is given twice"),
        ("--http=127.0.0.1:1 --https=127.0.0.1:1", "127.0.0.1:1 is given by --http and by --https"),
        ("--https=none,127.0.0.1:1", "--https none cannot be given beside an address"),
    ] {
        let arguments = std::iter::once("x").chain(arguments.split(' ')).map(OsString::from);
        let flags: Flags = load(arguments).unwrap().value;
        has(&flags.common.prepare().unwrap_err(), wanted);
    }
    let of = |arguments: &[&str]| {
        let arguments = ["x"].iter().chain(arguments).map(OsString::from);
        load::<Flags>(arguments).unwrap().value.common.https_addresses()
    };
    assert_eq!(of(&[]), ["127.0.0.1:8443".parse().unwrap()]);
    assert_eq!(of(&["--https=none"]), []);
    assert_eq!(of(&["--https", "[::1]:1", "--https", "[::1]:2"]).len(), 2);
}

#[test]
fn switches_and_certificates_are_read_from_anywhere() {
    let dir = tempfile::tempdir().unwrap();
    let file = "aws-limits = true\nhttp2-cleartext = 'off'\ncertificate = ['a.pem,b.pem', 'c']\n";
    std::fs::write(dir.path().join("ringgate.toml"), file).unwrap();
    let by_file = run(dir.path(), &[], "");
    has(&by_file, "aws=On h2c=Off");
    has(&by_file, "CertificateFiles { chain: \"a.pem\", key: \"b.pem\" }");
    has(&by_file, "CertificateFiles { chain: \"c\", key: \"c\" }");
    has(&by_file, "\"--certificate=a.pem,b.pem\", \"--certificate=c\"");
    has(&run(dir.path(), &[], "--aws-limits=off --http2-cleartext"), "aws=Off h2c=On");
}

#[test]
fn help_shows_every_default() {
    let mut command = <Flags as clap::CommandFactory>::command();
    let help = command.render_long_help().to_string();
    for flag in command.get_arguments() {
        let Some(long) = flag.get_long() else { continue };
        if long == "help" || long == "target" {
            continue;
        }
        // A value may be optional: `--aws-limits[=<on|off>]`.
        let parts = [format!("--{long} "), format!("--{long}[=")];
        let after = parts.iter().find_map(|part| help.split(part).nth(1));
        let after = after.unwrap_or_else(|| panic!("{long}"));
        // Flags begin at this column; `--` further right is in somebody's words.
        let own = after.split("\n      --").next().unwrap_or_default();
        assert!(own.contains("[default:"), "--{long} shows no default:\n{own}");
    }
    has(&help, "A daemon that takes everything");
}

#[test]
fn each_flag_stands_under_its_own_heading() {
    let command = <Flags as clap::CommandFactory>::command();
    let heading = |long: &str| {
        let flag = command.get_arguments().find(|argument| argument.get_long() == Some(long));
        flag.and_then(clap::Arg::get_help_heading).map(str::to_owned)
    };
    assert_eq!(heading("workers").as_deref(), Some("Data plane"));
    assert_eq!(heading("lambda-endpoint").as_deref(), Some("AWS services"));
    assert_eq!(heading("certificate").as_deref(), Some("TLS"), "flattened behind another struct");
    assert_eq!(heading("upstream-ca").as_deref(), Some("TLS"));
}
