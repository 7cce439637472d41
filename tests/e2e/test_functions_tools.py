"""Functions through the tools that people have: the AWS CLI, `ringgate up`, the management port."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import botocore.exceptions
import pytest

from harness.functions import (
    PYTHON, ROLE, Host, call, create, create_bootstrap, path_with_clients, python_code,
)
from harness.places import binary, free_port
from harness.site import answers, clean_environment
from harness.waiting import until

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_MAX_ATTEMPTS": "1", "AWS_PAGER": "", "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}


@pytest.fixture
def new_host():
    sites = []

    def make(*arguments, **keywords):
        sites.append(Host(*arguments, **keywords))
        return sites[-1]

    yield make
    for site in sites:
        site.close()


def test_the_aws_cli(new_host):
    site = new_host().start()
    program = Path(sys.executable).parent / "aws"

    def aws(*arguments):
        done = subprocess.run(
            [program, "--endpoint-url", site.endpoint, "lambda", *map(str, arguments)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
            env=clean_environment(**CREDENTIALS))
        assert done.returncode == 0, done
        return json.loads(done.stdout) if done.stdout.strip() else None

    archive, answer = site.folder / "code.zip", site.folder / "answer.json"
    archive.write_bytes(python_code())
    made = aws("create-function", "--function-name", "cli", "--runtime", PYTHON, "--role", ROLE,
               "--handler", "app.handler", "--zip-file", f"fileb://{archive}")
    assert made["State"] == "Active"
    aws("wait", "function-active-v2", "--function-name", "cli")
    told = aws("invoke", "--function-name", "cli", "--payload", '{"a": 1}', "--log-type", "Tail",
               answer)
    assert told["StatusCode"] == 200 and told["ExecutedVersion"] == "$LATEST"
    assert json.loads(answer.read_text())["event"] == {"a": 1}
    aws("update-function-configuration", "--function-name", "cli", "--timeout", "9",
        "--environment", "Variables={OWN_X=y}")
    aws("publish-version", "--function-name", "cli")
    aws("create-alias", "--function-name", "cli", "--name", "live", "--function-version", "1")
    aws("add-permission", "--function-name", "cli", "--statement-id", "s", "--action",
        "lambda:InvokeFunction", "--principal", "apigateway.amazonaws.com")
    told = aws("invoke", "--function-name", "cli:live", answer)
    assert told["ExecutedVersion"] == "1"
    assert json.loads(answer.read_text())["environment"]["OWN_X"] == "y"
    assert [one["FunctionName"] for one in aws("list-functions")["Functions"]] == ["cli"]
    aws("delete-function", "--function-name", "cli")
    assert aws("list-functions")["Functions"] == []


def refusal_to_start(site, *arguments):
    done = subprocess.run([binary("ringgate"), "functions", f"--data-dir={site.data}", *arguments],
                          capture_output=True, text=True, timeout=60, env=clean_environment())
    assert done.returncode != 0, done
    return done.stderr


def test_the_well_known_key_stays_on_loopback(new_host):
    site = new_host()
    error = refusal_to_start(site, f"--listen=0.0.0.0:{free_port()}")
    assert "test/test" in error and "--functions-key" in error
    site.folder.joinpath("key").write_text(
        "export AWS_ACCESS_KEY_ID=AKIAX\nexport AWS_SECRET_ACCESS_KEY=own\n")
    assert "has no line" in refusal_to_start(site, "--functions-key=/dev/null")
    site.start(f"--functions-key={site.folder / 'key'}")
    assert site.client("lambda", key="AKIAX", secret="own").list_functions()["Functions"] == []
    with pytest.raises(botocore.exceptions.ClientError, match="UnrecognizedClient"):
        site.functions.list_functions()
    second = refusal_to_start(site, f"--listen=127.0.0.1:{free_port()}")
    assert "another host of functions" in second


def test_the_key_of_the_environment_is_let_in_too(new_host):
    site = new_host().start(env={"AWS_ACCESS_KEY_ID": "AKIAE", "AWS_SECRET_ACCESS_KEY": "own"})
    create_bootstrap(site.client("lambda", key="AKIAE", secret="own"), "f")
    assert "echo" in call(site.functions, "f")[0], "test/test is of loopback"


def test_a_missing_client_is_named_with_how_to_install_it(new_host):
    empty = new_host()
    (empty.folder / "bin").mkdir()
    empty.start("--functions-runtime=nodejs18=x", env={"PATH": str(empty.folder / "bin")})
    create(empty.functions, "python")
    failed, whole = call(empty.functions, "python")
    assert whole["FunctionError"] and failed["errorType"] == "Runtime.NotFound"
    assert "pip install awslambdaric" in failed["errorMessage"]
    create(empty.functions, "gone", runtime="nodejs18.x")
    failed, _ = call(empty.functions, "gone")
    assert "x cannot be run" in failed["errorMessage"]


def test_up_runs_a_host_and_the_management_port_leads_to_it(new_site):
    port = free_port()
    site = new_site()
    site.spawn("ringgate", "up", *site.common(), "--management", f"127.0.0.1:{site.management}",
               f"--functions=127.0.0.1:{port}", env={"PATH": path_with_clients()})
    site.wait_ready("ringgate")
    log = site.folder / "01-ringgate.log"
    until(lambda: f"http://127.0.0.1:{port}" in log.read_text(), "the URL of functions")
    client = site.client("lambda")
    create(client, "up")
    answer, whole = call(client, "up", {"a": 1}, LogType="Tail")
    assert answer["event"] == {"a": 1} and whole["LogResult"]
    with pytest.raises(botocore.exceptions.ClientError, match="Function not found"):
        call(client, "nothing")

    own = os.getpid()
    hosts = [pid for pid in site.pids("ringgate") if pid != site.processes["ringgate"].pid]
    assert len(hosts) == 1 and own not in hosts
    os.kill(hosts[0], signal.SIGKILL)
    until(lambda: "ringgate-functions" in log.read_text() and "restarted" in log.read_text(),
          "the death to be told")
    until(lambda: answers(port), "the port")
    again, _ = call(client, "up")
    assert again["pid"] != answer["pid"], "another process of another host"
    assert site.stop("ringgate") == 0
    until(lambda: not site.pids(), "everything to be gone")


def test_without_a_host_the_management_port_says_how_to_get_one(control):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        control.client("lambda").list_functions()
    error = caught.value.response["Error"]
    assert error["Code"] == "NotImplementedException"
    assert "ringgate up --functions" in error["Message"]


def test_a_setting_names_another_command(new_host):
    site = new_host()
    script = site.folder / "runtime"
    text = (Path(__file__).parent / "fixtures/functions/bootstrap").read_text()
    script.write_text(text.replace("#!/usr/bin/env python3", f"#!{sys.executable}"))
    script.chmod(0o755)
    site.start(f"--functions-runtime=java={script} {{handler}}")
    create(site.functions, "java", runtime="java21", handler="a.B::c")
    assert call(site.functions, "java", {"a": 1})[0]["echo"] == {"a": 1}
    create_bootstrap(site.functions, "other")
    assert "echo" in call(site.functions, "other")[0]
