"""Documents count only in the fixed order of checks, and nobody opens the paper with less than everything due."""

import msgspec
import pytest

from shared import codec, crypto, documents, signed, trust
from shared.errors import BadSignature, Expired, KaodianError, Malformed, WrongBinding
from shared.package import build_package, open_paper, split_package
from tests.support.small_day import SITE, SmallDay

NOW = 1_800_000_000_000


@pytest.fixture(scope="module")
def day() -> SmallDay:
    return SmallDay()


@pytest.fixture(scope="module")
def platform(day: SmallDay) -> trust.PlatformTrust:
    return trust.PlatformTrust(day.root.public, day.issuer)


def formal_of(day: SmallDay, platform: trust.PlatformTrust) -> documents.FormalAuthorisation:
    return platform.formal(day.formal, SITE, day.dongle_keys, day.ca_certificate)


def code(error: pytest.ExceptionInfo[KaodianError]) -> str:
    return error.value.wire_code


def package_of(day: SmallDay) -> bytes:
    manifest = documents.PackageManifest(SITE, day.session.id, 1, day.papers_of())
    return build_package(signed.sign(day.issuing, documents.PACKAGE, manifest), list(day.papers.values()))


def test_the_whole_way_from_documents_to_the_open_paper(day: SmallDay, platform: trust.PlatformTrust) -> None:
    formal = formal_of(day, platform)
    session = platform.session(day.session_document, day.formal)
    info = documents.wrap_info(documents.SESSION, SITE, day.session.id, 1)
    keys = trust.open_paper_keys(crypto.unwrap(day.dongle, session.keys, info), formal)
    forms = platform.package(package_of(day), formal)
    assert open_paper(forms["A"], keys["A"], day.session.id, "A").items[0].number == 1
    info = documents.wrap_info(documents.FORMAL, SITE, day.session.id, 1)
    data = trust.open_data_keys(crypto.unwrap(day.dongle, formal.keys, info), formal)
    assert [person.ticket for person in trust.open_roster(formal, data.session)] == list(day.state.candidates)


def test_an_issuer_of_another_root_is_refused(day: SmallDay) -> None:
    with pytest.raises(BadSignature):
        trust.PlatformTrust(day.issuing.public, day.issuer)


def test_other_site_dongle_ca_and_older_version_each_have_their_refusal(
    day: SmallDay, platform: trust.PlatformTrust
) -> None:
    wraps, signs = day.dongle_keys.wrap, day.dongle_keys.sign
    other_wrap = documents.DongleKeys(crypto.WrapKey(crypto.HPKE_P256, crypto.new_p256()[1]), signs)
    other_sign = documents.DongleKeys(wraps, day.root.public)
    cases = [
        (("s2", day.dongle_keys, day.ca_certificate, 0), "other_site"),
        ((SITE, other_wrap, day.ca_certificate, 0), "other_dongle"),
        ((SITE, other_sign, day.ca_certificate, 0), "other_dongle"),
        ((SITE, day.dongle_keys, b"another", 0), "other_ca"),
        ((SITE, day.dongle_keys, day.ca_certificate, 2), "older_version"),
    ]
    for (site, dongle, ca, known), due in cases:
        with pytest.raises(WrongBinding) as error:
            platform.formal(day.formal, site, dongle, ca, known)
        assert code(error) == due


def test_time_counts_once_it_is_known(day: SmallDay, platform: trust.PlatformTrust) -> None:
    platform.formal(day.formal, SITE, day.dongle_keys, day.ca_certificate, now=NOW)
    with pytest.raises(Expired):
        platform.formal(day.formal, SITE, day.dongle_keys, day.ca_certificate, now=2**50)


def test_a_session_authorisation_goes_with_its_formal_one_only(day: SmallDay, platform: trust.PlatformTrust) -> None:
    payload = codec.decode(documents.FormalAuthorisation, signed.open_envelope(day.formal).payload, 10**6)
    other = signed.sign(day.issuing, documents.FORMAL, msgspec.structs.replace(payload, version=2))
    with pytest.raises(WrongBinding) as error:
        platform.session(day.session_document, other)
    assert code(error) == "mixed_parts"


def test_a_document_of_another_type_or_signer_is_refused(day: SmallDay, platform: trust.PlatformTrust) -> None:
    with pytest.raises(Malformed):
        platform.formal(day.session_document, SITE, day.dongle_keys, day.ca_certificate)
    forged = signed.sign(day.root, documents.FORMAL, formal_of(day, platform))
    with pytest.raises(BadSignature):
        platform.formal(forged, SITE, day.dongle_keys, day.ca_certificate)


def test_every_byte_of_an_authorisation_counts(day: SmallDay, platform: trust.PlatformTrust) -> None:
    data = bytearray(day.formal)
    for at in range(len(data)):
        data[at] ^= 1
        with pytest.raises(KaodianError):
            platform.formal(bytes(data), SITE, day.dongle_keys, day.ca_certificate)
        data[at] ^= 1
    for size in range(0, len(data), 13):
        with pytest.raises(KaodianError):
            platform.formal(bytes(data[:size]), SITE, day.dongle_keys, day.ca_certificate)


def test_every_byte_of_a_package_counts(day: SmallDay, platform: trust.PlatformTrust) -> None:
    formal = formal_of(day, platform)
    data = bytearray(package_of(day))
    assert set(platform.package(bytes(data), formal)) == {"A", "B", "spare"}
    for at in range(len(data)):
        data[at] ^= 1
        with pytest.raises(KaodianError):
            platform.package(bytes(data), formal)
        data[at] ^= 1
    for changed in (data[:-1], data + b"x", data[:20], b""):
        with pytest.raises(KaodianError):
            platform.package(bytes(changed), formal)


def test_what_a_candidate_pc_holds_before_the_start_does_not_open_the_paper(
    day: SmallDay, platform: trust.PlatformTrust
) -> None:
    """It holds the sealed form, its attempt key, its device key, the site file and everything the room told it."""
    formal = formal_of(day, platform)
    attempt_key = crypto.derive(day.keys.session, f"kaodian/stream/attempt/{day.session.id}/1001")
    device = crypto.new_key()
    known = [attempt_key, device, day.root.public.raw, day.issuing.public.raw, crypto.sha256(day.papers["A"])]
    known += [crypto.derive(key, "kaodian/paper") for key in known]
    for key in known:
        with pytest.raises(BadSignature):
            open_paper(day.papers["A"], key, formal.session.id, "A")


def test_the_site_does_not_open_the_paper_without_the_session_authorisation(
    day: SmallDay, platform: trust.PlatformTrust
) -> None:
    """Dongle, formal authorisation and package give data keys; none of them opens a form, nor does the spare open."""
    formal = formal_of(day, platform)
    info = documents.wrap_info(documents.FORMAL, SITE, day.session.id, 1)
    data = trust.open_data_keys(crypto.unwrap(day.dongle, formal.keys, info), formal)
    for key in (data.session, *data.sittings.values()):
        for form, sealed in day.papers.items():
            with pytest.raises(BadSignature):
                open_paper(sealed, key, day.session.id, form)
    session = platform.session(day.session_document, day.formal)
    with pytest.raises(BadSignature):
        crypto.unwrap(day.dongle, session.keys, info)
    keys = codec.decode(
        dict[str, bytes],
        crypto.unwrap(day.dongle, session.keys, documents.wrap_info(documents.SESSION, SITE, day.session.id, 1)),
        10**6,
    )
    assert set(keys) == {"A", "B"}
    for key in keys.values():
        with pytest.raises(BadSignature):
            open_paper(day.papers["spare"], key, day.session.id, "spare")


def test_keys_that_do_not_fit_the_authorisation_are_malformed(day: SmallDay, platform: trust.PlatformTrust) -> None:
    formal = formal_of(day, platform)
    for keys in ({"A": bytes(32)}, {"A": bytes(32), "B": bytes(31)}, {"A": bytes(32), "B": bytes(32), "X": bytes(32)}):
        with pytest.raises(Malformed):
            trust.open_paper_keys(codec.encode(keys), formal)
    with pytest.raises(Malformed):
        trust.open_data_keys(codec.encode(documents.DataKeys(bytes(32), {"99": bytes(32)})), formal)


def test_time_answers_are_bound_to_their_question(day: SmallDay, platform: trust.PlatformTrust) -> None:
    reply = signed.sign(day.issuing, documents.TIME, documents.TimeReply(b"n" * 16, NOW, NOW))
    assert platform.time(reply, b"n" * 16).received == NOW
    with pytest.raises(WrongBinding):
        platform.time(reply, b"m" * 16)


def test_a_receipt_is_for_exactly_this_bundle(day: SmallDay, platform: trust.PlatformTrust) -> None:
    receipt = signed.sign(
        day.issuing, documents.UPLOAD_RECEIPT, documents.UploadReceipt(SITE, "m1", b"d" * 32, 9, 3, NOW)
    )
    assert platform.upload_receipt(receipt, b"d" * 32, 9).records == 3
    with pytest.raises(WrongBinding):
        platform.upload_receipt(receipt, b"e" * 32, 9)


def test_a_grant_names_its_stream(day: SmallDay) -> None:
    document = signed.sign(day.ca, documents.GRANT, documents.Grant("site/s1", 1, day.site_key.public, NOW))
    assert trust.grant(document, day.ca.public, "site/s1").epoch == 1
    with pytest.raises(WrongBinding):
        trust.grant(document, day.ca.public, "site/s2")
    with pytest.raises(BadSignature):
        trust.grant(document, day.site_key.public, "site/s1")


def test_a_package_is_split_only_when_it_is_one() -> None:
    for data in (b"", b"kaodian-package-1", b"kaodian-package-1\xff\xff\xff\xff", b"PK\x03\x04"):
        with pytest.raises(Malformed):
            split_package(data)
