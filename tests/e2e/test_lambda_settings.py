"""Where Lambda is and what calls to it are signed with: by flag, by the environment, by
ringgate.toml; and what is said where that is missing."""

import ssl

import pytest

from harness.authority import authority, leaf
from harness.lambdas import Lambda, integration
from harness.reasons import reason
from harness.site import Site

AWS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "hush+hush/hush",
       "AWS_SESSION_TOKEN": "token//token=="}
SIGNED = {"key": "AKIDEXAMPLE", "secret": "hush+hush/hush", "token": "token//token=="}


class Environment(Site):
    """A site whose programs have more variables."""

    more = {}

    def spawn(self, name, *arguments, env=None):
        return super().spawn(name, *arguments, env=(env or {}) | self.more)


@pytest.fixture
def new_site(driver):
    sites = []

    def make(*flags, **more):
        site = Environment(driver)
        site.more, site.log_file = more, site.folder / "access.log"
        site.flags = ["--access-log", str(site.log_file), *flags]
        sites.append(site)
        return site

    yield make
    for site in sites:
        site.close()


def ask(site, *more):
    return site.up(*more).make_api({"$default": integration()}).ask("/x")


def test_what_calls_are_signed_with_comes_from_the_environment(new_site, functions):
    functions.signed_with = SIGNED
    site = new_site(AWS_ENDPOINT_URL_LAMBDA=functions.url, **AWS)
    assert ask(site).status == 200
    said = site.logs(1 << 20) + site.log_file.read_text()
    commands = b"".join(open(f"/proc/{pid}/cmdline", "rb").read() for pid in site.pids())
    for secret in ("hush+hush", "token//"):
        assert secret not in said and secret.encode() not in commands


def test_a_flag_wins_over_the_variables_of_the_sdks(new_site, functions):
    site = new_site("--lambda-endpoint", functions.url, AWS_ENDPOINT_URL="http://127.0.0.1:2",
                    AWS_ENDPOINT_URL_LAMBDA="http://127.0.0.1:1")
    assert ask(site).status == 200


def test_one_url_for_every_service(new_site, functions):
    assert ask(new_site(AWS_ENDPOINT_URL=functions.url)).status == 200


def test_endpoints_in_the_file(new_site, functions):
    site = new_site()
    (site.folder / "ringgate.toml").write_text(f'[endpoints]\nlambda = "{functions.url}/base"\n')
    assert ask(site).status == 200
    [seen] = functions.requests
    assert seen.target.startswith("/base/2015-03-31/functions/arn%3Aaws%3Alambda%3A")


def test_nothing_to_sign_with(new_site):
    """`test`/`test` is for what listens on this machine, AWS gets a call signed or none."""
    site = new_site()
    answer = ask(site)
    assert (answer.status, answer.message) == (500, "Internal Server Error")
    assert reason(site, answer) == (
        "a call to lambda.us-east-1.amazonaws.com cannot be signed: AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY are not set")


def test_half_of_what_is_needed(new_site, functions):
    site = new_site("--lambda-endpoint", functions.url, AWS_ACCESS_KEY_ID="AKIDEXAMPLE")
    answer = ask(site)
    assert answer.status == 500
    assert "AWS_SECRET_ACCESS_KEY is not set" in reason(site, answer)
    assert functions.requests == []


@pytest.fixture
def secure_functions(tmp_path):
    """The Invoke API under TLS; the root is in `root`."""
    ca = authority(tmp_path)
    server = Lambda()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*leaf(tmp_path, ca, "IP:127.0.0.1"))
    server.wrap = lambda sock: context.wrap_socket(sock, server_side=True)
    server.root = ca[1]
    yield server
    server.close()


def test_an_endpoint_under_tls(new_site, secure_functions):
    url = f"https://127.0.0.1:{secure_functions.port}"
    site = new_site("--lambda-endpoint", url, "--upstream-ca", secure_functions.root)
    assert ask(site).status == 200
    assert secure_functions.last().get("host") == f"127.0.0.1:{secure_functions.port}"
    assert not secure_functions.errors


def test_an_endpoint_that_nobody_vouches_for_is_not_called(new_site, secure_functions):
    site = new_site("--lambda-endpoint", f"https://127.0.0.1:{secure_functions.port}")
    answer = ask(site)
    assert (answer.status, answer.message) == (503, "Service Unavailable")
    assert "connecting to 127.0.0.1" in reason(site, answer)
    assert secure_functions.requests == []


def test_a_url_that_is_none(new_site):
    site = new_site("--lambda-endpoint", "localhost:9001")
    with pytest.raises(AssertionError, match="expected a URL like http://127.0.0.1:9001"):
        site.up()
