"""JSON of the wire, friendly and hostile."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.wire import payload
from das_tui.wire.errors import MalformedPayload

DEEP = b'{"a":' + b"[" * 3000 + b"]" * 3000 + b"}"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"a":1}', {"a": 1}),
        (b' \n{"a":1}\r\n', {"a": 1}),
        (b'{"a":1,"a":2}', {"a": 2}),
        (b'{"a":"\\ud83d\\udc22"}', {"a": "🐢"}),
        (b'{"a":"\\ud83d"}', {"a": "\ud83d"}),
        (b'{"a":"\xff"}', {"a": "�"}),
        (b'{"a":1e400}', {"a": "1e400"}),
        (b'{"a":-1e400}', {"a": "-1e400"}),
        (b'{"a":NaN,"b":-Infinity}', {"a": "NaN", "b": "-Infinity"}),
        (b'{"a":' + b"9" * 5000 + b"}", {"a": "9" * 5000}),
        (b'{"a":' + b"9" * 30 + b"}", {"a": int("9" * 30)}),
    ],
)
def test_parse(data, expected):
    assert payload.parse(data) == expected


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"  ", "empty"),
        (b"[1]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'"{}"', "not a JSON object"),
        (DEEP, "nested too deeply"),
        (DEEP[:3000], "nested too deeply"),
        (b"<html>", "Expecting value at character 0"),
        (b'{"a":1} x', "Extra data at character 8"),
        (b'{"a":1', "Expecting ',' delimiter at character 6"),
        (b'{"a":"\x01"}', "Invalid control character at at character 6"),
    ],
)
def test_malformed(data, reason):
    with pytest.raises(MalformedPayload) as caught:
        payload.parse(data)
    assert caught.value.reason == reason


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=80))
def test_parse_gives_an_object_or_says_why(data):
    try:
        value = payload.parse(data)
    except MalformedPayload as error:
        value = {"reason": error.reason}
        assert value["reason"]
    assert isinstance(value, dict)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", "a"),
        (None, ""),
        (True, "true"),
        (12, "12"),
        (1.5, "1.5"),
        ({"a": ["数"]}, '{"a": ["数"]}'),
        ("\ud83d", "�"),
        ("\ud83d\udc22", "🐢"),
        ({"a\udc22": "\ud83d"}, '{"a�": "�"}'),
    ],
)
def test_text(value, expected):
    assert payload.text(value) == expected


def test_text_of_something_too_deep():
    value: object = "x"
    for _ in range(5000):
        value = [value]
    assert payload.text(value) == "…"


@given(st.text(st.characters(codec=None), max_size=20))
def test_text_can_always_be_encoded(value):
    payload.text(value).encode()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, 5),
        ("5", 5),
        (" 5 ", 5),
        ("-5", -5),
        (5.0, 5),
        ("007", 7),
        (None, None),
        (True, None),
        ("5.5", None),
        (5.5, None),
        ("", None),
        ("-", None),
        ("--5", None),
        ("٣", None),
        ("1_0", None),
        (100, None),
        (-100, None),
        (10**40, None),
        ("9" * 5000, None),
        (float("inf"), None),
        ([5], None),
    ],
)
def test_number(value, expected):
    assert payload.number(value, 100) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1768465800, 1768465800.0),
        ("1768465800", 1768465800.0),
        ("1768465800.25", 1768465800.25),
        (1768465800250, 1768465800.25),
        (-1, None),
        ("soon", None),
        (None, None),
        (True, None),
        ("nan", None),
        ("inf", None),
        (10**400, None),
        ([1], None),
    ],
)
def test_seconds(value, expected):
    assert payload.seconds(value) == expected


def test_find_prefers_the_exact_spelling():
    assert payload.find({"CODE": 1, "Code": 2}, "Code") == 2
    assert payload.find({"code": 1}, "Code") == 1
    assert payload.find({"Code": None, "errorcode": 3}, "Code", "ErrorCode") == 3
    assert payload.find([1], "Code") is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"b":1, "a":2.50, "a":1e2}', '{"b":1, "a":2.50, "a":1e2}'),
        ('{"a":"数🐢"}'.encode(), '{"a":"\\u6570\\ud83d\\udc22"}'),
        (b'{"a":"\\ud83d"}', '{"a":"\\ud83d"}'),
        (b'{"a":"\x7f\xc2\x85"}', '{"a":"\\u007f\\u0085"}'),
        (b'\n{\n\t"a":\r\n1}\n', '{  "a":  1}'),
        (b'{"a":"\xff"}', '{"a":"\\ufffd"}'),
        (b'{"a":NaN,"b":[-Infinity],"c":"NaN"}', '{"a":"NaN","b":["-Infinity"],"c":"NaN"}'),
        (b'{"a\\"NaN":"\\\\",\n"b":NaN}', '{"a\\"NaN":"\\\\", "b":"NaN"}'),
        (b'{"a":1e400}', '{"a":1e400}'),
    ],
)
def test_ascii_json(data, expected):
    assert payload.ascii_json(data) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.text(max_size=5), JSON, max_size=4),
    st.booleans(),
    st.sampled_from([None, 1]),
)
def test_ascii_json_means_the_same(value, ascii_only, indent):
    data = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    line = payload.ascii_json(data)
    assert line.isascii()
    assert line.isprintable()
    again = json.loads(line)
    assert again == json.loads(json.dumps(value), parse_constant=str)


def test_ascii_json_refuses_what_is_no_object():
    with pytest.raises(MalformedPayload):
        payload.ascii_json(b"[1]")
    with pytest.raises(MalformedPayload):
        payload.ascii_json(DEEP)
