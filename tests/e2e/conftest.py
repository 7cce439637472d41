"""Fixtures. A test that carries traffic takes `driver` (through `gateway`) and so runs once with
io_uring and once with epoll; a test of the control side alone runs once."""

import os

import pytest

pytest.register_assert_rewrite("harness.framing", "harness.h2cases")

from harness.acme import Acme
from harness.curls import Curl
from harness.h2origin import H2Origin
from harness.lambdas import Lambda, integration
from harness.nginx import Nginx
from harness.origin import Origin
from harness.places import free_port
from harness.rig import Rig
from harness.site import Site
from harness.wsecho import Echo

DRIVERS = os.environ.get("RINGGATE_DRIVER", "io_uring,epoll").split(",")


def pytest_generate_tests(metafunc):
    if "driver" in metafunc.fixturenames:
        metafunc.parametrize("driver", DRIVERS, scope="session")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for site in Site.living:
            report.sections.append((f"{site.folder} ({site.driver})", site.logs()))


@pytest.fixture(scope="session")
def nginx():
    """Debian's nginx."""
    server = Nginx()
    yield server
    server.close()


@pytest.fixture(scope="session")
def echo():
    """A WebSocket server of the `websockets` package that sends everything back."""
    server = Echo()
    yield server
    server.close()


@pytest.fixture(params=["1.1", "2"])
def curl(request):
    """curl over HTTP/1.1, then over HTTP/2."""
    return Curl(request.param)


@pytest.fixture
def origin():
    """A scripted origin of this test alone."""
    yield from without_errors(Origin())


@pytest.fixture
def backend():
    """The same of HTTP/2."""
    yield from without_errors(H2Origin())


@pytest.fixture
def authority():
    """An authority that speaks ACME."""
    yield from without_errors(Acme())


def without_errors(server):
    yield server
    server.close()
    assert not server.errors, server.errors


@pytest.fixture(scope="module")
def origin_url():
    """An origin that the tests of a module share: they look at what the gateway does alone."""
    server = Origin()
    yield server.url
    server.close()


@pytest.fixture(scope="module")
def gateway(driver):
    """`ringgate up` on this driver, shared by the tests of a module; each makes its own API."""
    site = Site(driver).up()
    running = site.data_plane()["driver"]
    assert running == driver, f"asked for {driver}, runs on {running}: {site.logs()}"
    yield site
    site.close()


@pytest.fixture(scope="module")
def control():
    """`ringgate up` for tests of the control side, on whatever driver it chooses."""
    site = Site().up()
    yield site
    site.close()


@pytest.fixture
def new_site():
    """Makes sites that this test starts itself, and ends them."""
    sites = []

    def make(*args, **kwargs):
        sites.append(Site(*args, **kwargs))
        return sites[-1]

    yield make
    for site in sites:
        site.close()


@pytest.fixture
def v2(control):
    """Its client of boto3."""
    return control.v2


@pytest.fixture
def daemons(driver, new_site):
    """The two daemons singly, as an init system runs them, with a TLS port."""
    return new_site(driver, https=free_port()).start_control().start_data()


@pytest.fixture(scope="module")
def rig(driver):
    """A gateway between a client and an origin that keeps every byte (harness/rig.py)."""
    bench = Rig(driver)
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def secure(driver):
    """A gateway with a TLS port and a head time-out of three seconds."""
    port = free_port()
    site = Site(driver, flags=["--head-timeout-ms", "3000"], https=port).up()
    yield site
    site.close()


@pytest.fixture(scope="module")
def lambda_endpoint():
    """A scripted Invoke API; tests take it as `functions`."""
    server = Lambda()
    yield server
    server.close()


@pytest.fixture(scope="module")
def lambda_site(driver, lambda_endpoint):
    """A gateway that calls it, on a plain and a TLS port, and keeps an access log."""
    flags = ["--lambda-endpoint", lambda_endpoint.url]
    site = Site(driver, flags, https=free_port()).keep_log().up()
    yield site
    site.close()


@pytest.fixture(scope="module")
def lambda_apis(lambda_site):
    """An API for each payload format; every method of every path calls the function `f`."""
    return {version: lambda_site.make_api({"$default": integration(version=version)})
            for version in ("1.0", "2.0")}


@pytest.fixture
def functions(lambda_endpoint):
    """The Invoke API, as new."""
    lambda_endpoint.reset()
    yield lambda_endpoint
    assert not lambda_endpoint.errors, lambda_endpoint.errors
