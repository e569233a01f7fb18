import pytest

from das_tui.view import profiles
from das_tui.view.glyphs import ASCII
from das_tui.view.ids import request_id
from das_tui.view.profiles import ProfileLine, Source

NOW = 1_768_465_800.0
ID = "7E1B0C52-11AA-5C0D-8E21-DA5A0000C0DE"
LINES = [
    ProfileLine(
        name="prod",
        region="cn-hangzhou",
        credentials="aliyun profile ops",
        words=("production",),
        in_use=True,
        first=True,
    ),
    ProfileLine(name="开发\x1b[2J", region="cn-beijing", credentials="environment"),
]


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_the_list_fits_and_keeps_name_and_use(width: int) -> None:
    rows = profiles.listing(LINES, width, cursor=1)
    assert all(row.width <= width for row in rows)
    assert "prod" in rows[0].text
    assert "in use" in rows[0].text
    assert "开发" in rows[1].text
    assert [row.fill for row in rows] == [None, "sel"]
    assert all(row.text.isprintable() for row in rows)


def test_what_does_not_fit_falls_off_from_the_end() -> None:
    wide = profiles.listing(LINES, 120, cursor=0)[0].text
    assert "production" in wide
    middle = profiles.listing(LINES, 70, cursor=0)[0].text
    assert "production" not in middle
    assert "cn-hangzhou" in middle


def test_sources_are_numbered_and_what_cannot_be_taken_is_not_bold() -> None:
    found = [Source("env", "environment", "LTAI…01", "AccessKey"), Source("", "role", "none")]
    rows = profiles.sources(found, 80, cursor=0, glyphs=ASCII)
    assert rows[0].text.split() == ["#", "1", "environment", "LTAI…01", "AccessKey"]
    bold = [[text.strip() for text, ink in row.spans if ink.bold] for row in rows]
    assert "1" in bold[0]
    assert "2" not in bold[1]
    for width in (40, 80, 120):
        rows = profiles.sources([Source("env", "词" * 90, "LTAI…01")] * 12, width, cursor=0)
        assert all(row.width <= width for row in rows)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_looked_at_names_every_place_and_the_way_out(width: int) -> None:
    rows = profiles.looked_at(width)
    assert all(row.width <= width for row in rows)
    text = " ".join(" ".join(row.text for row in rows).split())
    for words in ("ALIBABA_CLOUD_ACCESS_KEY_ID", ".aliyun/config.json", "aliyun configure"):
        assert words in text


@pytest.mark.parametrize("width", [40, 80])
def test_facts_wrap_below_their_name(width: int) -> None:
    long = "word " * 60
    rows = profiles.facts(
        "prod", [("hosts", long, profiles.HEAD), ("", "a\nb", profiles.HEAD)], width
    )
    assert all(row.width <= width for row in rows)
    assert "".join(row.text for row in rows).count("word") == 60


@pytest.mark.parametrize(
    ("left", "renews", "words", "voice", "status"),
    [
        (None, False, "", "muted", ""),
        (3 * 3600.0, False, "in 3h 0m", "text", ""),
        (9 * 86400.0, False, "expires in 9d", "text", ""),
        (1800.0, False, "in 30m", "text", ""),
        (1799.0, False, "in 29m", "attn", "STS ends in 29m"),
        (30.0, False, "in less than 1m", "attn", "STS ends in less than 1m"),
        (0.0, False, "nothing is sent with them", "fail", "STS expired"),
        (-9 * 86400.0, False, "expired; nothing is sent", "fail", "STS expired"),
        (60.0, True, "renewed by itself", "muted", ""),
        (-60.0, True, "renewed before the next request", "muted", ""),
    ],
)
def test_the_end_of_temporary_credentials(
    left: float | None, renews: bool, words: str, voice: str, status: str
) -> None:
    at = None if left is None else NOW + left
    text, ink = profiles.expiry(at, NOW, renews=renews, utc=True)
    assert words in text
    assert ink.fg == voice
    assert profiles.expires_soon(at, NOW, renews=renews) == status


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("default", "official chain"),
        ("env", "environment"),
        ("profile:ops", "aliyun profile ops"),
        ("api-key", "API key"),
    ],
)
def test_a_source_in_words(spec: str, words: str) -> None:
    assert profiles.source(spec) == words


@pytest.mark.parametrize(
    "data",
    [
        f'{{"RequestId":"{ID}"}}',
        f'{{"Event":"summary","Metadata":{{"Code":200,"RequestId" : "{ID}"}}}}',
        f'{{"content":"{{\\"request_id\\": \\"{ID}\\"}}","event_type":"data"}}',
        f'{{"requestid":"{ID}","RequestId":"other"}}',
    ],
)
def test_a_request_id_is_found_however_deep(data: str) -> None:
    assert request_id(data.encode()) == ID


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b'{"RequestId":""}', b'{"RequestId":7}', b'{"Answer":"RequestId"}', b"\xff"],
)
def test_no_request_id(data: bytes) -> None:
    assert request_id(data) == ""
