"""Expecting a modelled error of an AWS client."""

import contextlib

import pytest
from botocore.exceptions import ClientError


class Caught:
    status = code = message = None


@contextlib.contextmanager
def refused(code, status=None, saying=(), exactly=None):
    """The block must raise a ClientError of this code; `saying` are parts of its message."""
    caught = Caught()
    with pytest.raises(ClientError) as info:
        yield caught
    error = info.value.response
    caught.code = error["Error"]["Code"]
    caught.message = error["Error"]["Message"]
    caught.status = error["ResponseMetadata"]["HTTPStatusCode"]
    codes = (code,) if isinstance(code, str) else code
    assert caught.code in codes, error
    if status is not None:
        assert caught.status == status, error
    if exactly is not None:
        assert caught.message == exactly, error
    for part in (saying,) if isinstance(saying, str) else saying:
        assert part in caught.message, error
