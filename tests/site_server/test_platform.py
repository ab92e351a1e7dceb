"""The client of the platform: pinned, limited, and plain about refusals."""

import pytest
from msgspec.structs import replace

from shared import crypto
from shared.errors import Malformed, Refused, Unavailable
from shared.io import tls
from site_server.platform import Platform, failure
from site_server.station import Station
from tests.support.site_day import Made


async def test_documents_are_listed_and_fetched_up_to_the_listed_size(station: Station, joined: Made) -> None:
    joined.platform.documents = [("formal-authorisation", joined.day.formal)]
    assert station.site.welcome is not None
    async with Platform(station.site.welcome) as platform:
        [one] = await platform.documents()
        assert await platform.document(one.sha256, one.size) == joined.day.formal
        with pytest.raises(Malformed):
            await platform.document(one.sha256, one.size - 1)
        await platform.report(b"{}")
    assert joined.platform.reports == [b"{}"]
    assert one.sha256 == crypto.sha256(joined.day.formal).hex()


async def test_another_certificate_or_token_gets_nothing(station: Station, joined: Made) -> None:
    welcome = station.site.welcome
    assert welcome is not None
    async with Platform(replace(welcome, tls_certificate=tls.self_signed("platform")[1])) as platform:
        with pytest.raises(Unavailable):
            await platform.documents()
    async with Platform(replace(welcome, token="another")) as platform:
        with pytest.raises(Refused) as refused:
            await platform.documents()
        assert refused.value.wire_code == "unauthorised"


def test_an_answer_that_is_no_error_document_is_refused_plainly() -> None:
    assert failure(418, b"<html>").wire_code == "refused"
    assert failure(403, b'{"code": "too_early", "detail": "T-60"}').wire_code == "too_early"
