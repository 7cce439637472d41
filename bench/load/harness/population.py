"""Many APIs with many routes, and requests that hit them."""

import random

# Shapes of routes, as services have them; {s} is a number that makes each one distinct.
SHAPES = [
    "GET /service-{s}/items",
    "GET /service-{s}/items/{{id}}",
    "POST /service-{s}/items",
    "DELETE /service-{s}/items/{{id}}",
    "GET /service-{s}/items/{{id}}/parts/{{part}}",
    "ANY /service-{s}/static/{{proxy+}}",
]
BODY_BYTES = 128


def desired(name, origin, keys):
    """An API with these route keys as POST /ringgate/v1/apply takes it, each route with an
    integration of its own."""
    return {
        "name": name,
        "routes": [
            {"routeKey": key, "integration": integration(origin, number)}
            for number, key in enumerate(keys)
        ],
    }


def route_keys(count):
    for number in range(count):
        shape = SHAPES[number % len(SHAPES)]
        yield shape.format(s=number // len(SHAPES))


def shapes_with_parameter():
    """Route keys that take the requests of all others: a parameter instead of the names."""
    return [shape.replace("service-{s}", "{{service}}").format() for shape in SHAPES]


def integration(origin, number):
    return {
        "integrationId": "",
        "integrationType": "HTTP_PROXY",
        "integrationMethod": "ANY",
        "integrationUri": f"{origin}/backend-{number}/{BODY_BYTES}",
        "payloadFormatVersion": "1.0",
    }


def host(api_id):
    return f"{api_id}.execute-api.localhost"


def paths(api_id, count):
    """A path for every route that answers a GET."""
    picked = random.Random(api_id)
    for key in route_keys(count):
        method, path = key.split(" ")
        if method in ("GET", "ANY"):
            path = path.replace("{proxy+}", f"css/{picked.randrange(10**6)}.css")
            path = path.replace("{id}", str(picked.randrange(10**9)))
            yield path.replace("{part}", f"{picked.randrange(16**8):08x}")
