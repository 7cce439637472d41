"""The table of deploy/docs/coverage-apigatewayv2.md."""

# Members that no call can bring about, by the operations that have them, with the reason.
NEVER = {
    "ApiGatewayManaged": (
        ("CreateApi", "GetApi", "GetApis", "UpdateApi", "CreateIntegration", "CreateRoute",
         "CreateStage", "ImportApi", "ReimportApi"),
        "no other AWS service makes APIs here, and quick create alone makes what is managed"),
    "ImportInfo": (("CreateApi", "GetApi", "GetApis", "UpdateApi"), "of an import"),
    "Warnings": (("CreateApi", "GetApi", "GetApis", "UpdateApi"), "of an import"),
    "DisableSchemaValidation": (
        ("ImportApi", "ReimportApi"), "of WebSocket APIs, which have no documents"),
    "DeploymentStatusMessage": (
        ("CreateDeployment", "GetDeployment", "GetDeployments", "UpdateDeployment"),
        "of a deployment that failed: what does not compile is refused"),
    "NextToken": (
        ("GetRouteResponses",), "a route has one response, `$default`, as on AWS"),
}

HEAD = """# What of apigatewayv2 is there

Made by `tests/e2e/test_model_coverage.py` from the service model that boto3 brings, and checked by
it: the test fails when this page is not true. A member of a request counts once boto3 sent it and
it came back as it was sent from Get and from List (one of the path or the query: once it was
answered); a member of an answer once it was there. Members are counted at the leaves:
`corsConfiguration` has six.

That a member is kept and shown does not say that traffic follows it already. Where a client would
notice, traffic answers 501 and says what it cannot do yet; a change of an API that asks for it is
answered with `x-ringgate-not-yet`: see [management.md](management.md).

"""


def is_portal(operation):
    return any(word in operation for word in ("Portal", "ProductPage", "RestEndpointPage"))


def is_never(operation, path):
    operations, _ = NEVER.get(path.split(".")[-1], ((), ""))
    return operation in operations


def rows(coverage):
    """Each operation with what it lacks."""
    for operation in sorted(coverage.model.operation_names):
        if not is_portal(operation):
            kept, wanted, shown, given, lacks_in, lacks_out = coverage.members(operation)
            lacks = sorted(set(lacks_in + lacks_out))
            never = [path for path in lacks if is_never(operation, path)]
            lacks = [path for path in lacks if path not in never]
            yield operation, (kept, wanted), (shown, given), never, lacks


def table(coverage):
    """The page."""
    out, done, total = [], 0, 0
    for operation, (kept, wanted), (shown, given), never, lacks in rows(coverage):
        total += 1
        done += operation in coverage.called
        notes = [f"never: {', '.join(never)}"] if never else []
        notes += [f"missing: {', '.join(lacks)}"] if lacks else []
        out.append(f"| {operation} | {kept} of {wanted} | {shown} of {given} |"
                   f" {'; '.join(notes)} |".replace("|  |", "| |"))
    portals = sum(map(is_portal, coverage.model.operation_names))
    lines = [
        f"{done} of {total} operations are answered; the {portals} operations of portals are"
        " refused by name.", "",
        "| Operation | In the request | In the answer | |", "|---|---|---|---|", *out, "",
        "Never, on purpose:", "",
        *(f"- `{name}`: {reason}" for name, (_, reason) in sorted(NEVER.items())), "",
    ]
    return HEAD + "\n".join(lines)
