"""What the gateway itself answers: one table, so that a choice is changed in one place.

Statuses and bodies as HTTP APIs give them (spec sections 2.1, 2.7 and 2.12). Where AWS's answer is
not known (spec section 8) the project's choice stands here: a backend that refuses or is too slow
is 503, one that answers nonsense is 502.
"""

NOT_FOUND = (404, "Not Found")
FORBIDDEN = (403, "Forbidden")
BROKEN_INTEGRATION = (500, "Internal Server Error")
ROUTE_WITHOUT_TARGET = (500, "Internal Server Error")
ORIGIN_REFUSED = (503, "Service Unavailable")
ORIGIN_TIMED_OUT = (503, "Service Unavailable")
ORIGIN_BROKEN = (502, "Bad Gateway")
NO_TABLE = (503, "Service Unavailable")


def assert_answer(response, wanted):
    """The response is the gateway's own, of this status and message."""
    status, message = wanted
    assert response.status == status, response
    assert response.body == b'{"message":"%s"}' % message.encode(), response
    assert (response.get("content-type") or "").startswith("application/json"), response
    assert response.get("apigw-requestid"), response
    assert response.get("date"), response
