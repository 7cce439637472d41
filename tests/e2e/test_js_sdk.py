"""The official AWS SDK for JavaScript (v3), run by node."""

from harness.node import run


def test_create_route_get_page_and_delete(control, nginx):
    steps = run("calls.mjs", control.endpoint, nginx.url)
    assert steps["created"]["status"] == 201
    assert steps["createdDateIsADate"] is True
    assert steps["route"] == "GET /things/{id}"
    assert steps["description"] == "changed"
    assert steps["tags"] == {"team": "zoo"}
    assert steps["listed"] == {"count": 5, "distinct": 5, "pages": 3}
    assert steps["missing"] == {"name": "NotFoundException", "known": True}
    assert steps["conflict"] == {"name": "ConflictException", "known": True}
    assert steps["left"] == 0


def test_a_route_made_by_it_is_live(control, nginx):
    steps = run("calls.mjs", control.endpoint, nginx.url, "keep")
    api_id = steps["created"]["api"]
    answer = control.ask("/things/9", host=f"{api_id}.execute-api.localhost")
    assert answer.body == b"GET /js/9"
    control.client(region="eu-north-1").delete_api(ApiId=api_id)
