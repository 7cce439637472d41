"""Why requests were answered as they were: what their lines in the access log say."""

import json

from .waiting import until


def reasons(site, answers):
    """The `errorMessage` of each answer's one line; `site` keeps its log in `log_file`."""
    ids = [answer.get("apigw-requestid") for answer in answers]

    def read():
        text = site.log_file.read_text() if site.log_file.exists() else ""
        # The last line may not be whole yet.
        lines = map(json.loads, text[: text.rfind("\n") + 1].splitlines())
        found = [line for line in lines if line["requestId"] in ids]
        return found if len(found) >= len(ids) else None

    lines = until(read, f"the records of {ids}")
    assert len(lines) == len(ids), lines
    by_id = {line["requestId"]: line for line in lines}
    assert [by_id[name]["status"] for name in ids] == [answer.status for answer in answers]
    return [by_id[name].get("errorMessage") for name in ids]


def reason(site, answer):
    """The same of one answer."""
    return reasons(site, [answer])[0]
