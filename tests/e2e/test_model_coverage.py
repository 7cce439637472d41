"""The service model that boto3 brings against the gateway, operation by operation and member by
member. The outcome is the table in deploy/docs; RINGGATE_WRITE_COVERAGE=1 writes it anew."""

import os
import re

import pytest

from harness import sigv4
from harness.coverage import Coverage
from harness.coverage_table import NEVER, is_portal, rows, table
from harness.every_call import REGION, run
from harness.places import ROOT

PAGE = ROOT / "deploy" / "docs" / "coverage-apigatewayv2.md"


@pytest.fixture(scope="module")
def coverage(control):
    found = Coverage(control.client(region=REGION))
    run(found)
    return found


def test_what_was_sent_came_back(coverage):
    assert not coverage.wrong, "\n".join(coverage.wrong)


def test_every_operation_is_answered_and_every_member_is_true(coverage):
    lacking = {operation: lacks for operation, *_, lacks in rows(coverage) if lacks}
    assert not lacking
    assert {operation for operation, *_ in rows(coverage)} == coverage.called
    # A reason why a member can never be seen ends with the day it is seen.
    told = {(operation, path) for operation, _, _, never, _ in rows(coverage) for path in never}
    wanted = {(operation, name) for name, (operations, _) in NEVER.items()
              for operation in operations}
    assert {(operation, path.split(".")[-1]) for operation, path in told} == wanted


def test_the_table_in_the_docs_is_true(coverage):
    wanted = table(coverage)
    if os.environ.get("RINGGATE_WRITE_COVERAGE") == "1":
        PAGE.write_text(wanted, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == wanted, (
        f"{PAGE} is out of date: RINGGATE_WRITE_COVERAGE=1 writes it")


def test_the_operations_of_portals_are_refused_by_name(control):
    model, refusals = control.v2.meta.service_model, 0
    for operation in filter(is_portal, model.operation_names):
        http = model.operation_model(operation).http
        path = re.sub(r"\{[^}]*\}", "x", http["requestUri"])
        answer = sigv4.call(control.management, http["method"], path, b"{}")
        assert (answer.status, answer.code) == (400, "BadRequestException"), answer
        assert answer.message == f"ringgate does not support {operation} yet"
        refusals += 1
    assert refusals == 26
