"""Answers that are errors, and the words for them."""

import json

import pytest

from das_tui.wire import das, dms_calls, refusals
from das_tui.wire.errors import BadAnswer, Refused, Throttled

ASK = das.question("why?")
READ = dms_calls.chat_content("s", "ag", 3)
NOW = 1768465800.0
DATE = "Thu, 15 Jan 2026 08:30:00 GMT"
SAFE = "The service refused before an answer began; no character came, so asking again is safe."


def judge(status, code="", message="", request=ASK, headers=None, secrets=(), now=NOW, **more):
    body = {"RequestId": "r-1", "HostId": "h"} | more
    if code:
        body["Code"] = code
    if message:
        body["Message"] = message
    return refusals.judge(status, headers or {}, json.dumps(body).encode(), request, secrets, now)


def test_no_permission_in_the_words_of_the_design():
    error = judge(403, "NoPermission", "You are not authorized.")
    assert type(error) is Refused
    assert error.title == "Refused: no permission"
    assert error.text == SAFE
    assert "`hdm:GetDasAgentSSE`" in error.way_out
    assert error.fact == "403 NoPermission"
    assert (error.request_id, error.safe, error.reached) == ("r-1", True, True)
    assert "`dms:GetChatContent`" in judge(403, "Forbidden.RAM", request=READ).way_out


@pytest.mark.parametrize(
    ("status", "code", "title", "safe"),
    [
        (400, "InvalidParams", "Refused: bad parameter", True),
        (400, "MissingQuery", "Refused: bad parameter", True),
        (400, "MissingParameter", "Refused: bad parameter", True),
        (400, "InvalidParameter", "Refused: bad parameter", True),
        (400, "InvalidQuery", "Refused: bad parameter", True),
        (404, "InvalidSession.NotFound", "Refused: no such session", True),
        (404, "InstanceNotFound", "Refused: unknown instance", True),
        (404, "InvalidAccessKeyId.NotFound", "Refused: AccessKey unknown", True),
        (400, "InvalidAccessKeyId.Inactive", "Refused: AccessKey disabled", True),
        (400, "SignatureDoesNotMatch", "Refused: wrong signature", True),
        (400, "SignatureNonceUsed", "Refused: request seen before", True),
        (400, "InvalidTimeStamp.Expired", "Refused: the clock differs", True),
        (400, "InvalidTimeStamp.Format", "Refused: the clock differs", True),
        (403, "Forbidden", "Refused: no permission", True),
        (404, "InvalidApi.NotFound", "Refused: the host does not know the action", True),
        (403, "InvalidAction", "Refused: the host does not know the action", True),
        (400, "InvalidSecurityToken.Expired", "Refused: the security token expired", True),
        (400, "CheckDatabasePermissionFailed", "Refused: no query permission", True),
        (400, "SomethingNew", "Refused", True),
        (500, "Timeout", "The service timed out", False),
        (500, "InternalError", "The service failed", False),
        (503, "ServiceUnavailable", "The service failed", False),
        (502, "SomethingNew", "Refused", False),
        (200, "InternalError", "The service failed", False),
    ],
)
def test_codes(status, code, title, safe):
    error = judge(status, code, "Words of the service")
    assert type(error) is Refused
    assert (error.title, error.safe, error.status, error.code) == (title, safe, status, code)
    assert error.text.endswith(SAFE if safe else "may be paid for a second time.")
    assert judge(status, code, request=READ).safe


def test_an_unknown_code_keeps_the_words_of_the_service():
    error = judge(400, "SomethingNew", "The  moon\nis full")
    assert error.text == f"The moon is full. {SAFE}"


@pytest.mark.parametrize(
    ("status", "code"), [(500, "Timeout"), (500, "InternalError"), (502, "SomethingNew")]
)
def test_a_question_that_may_have_begun_has_a_next_step(status, code):
    error = judge(status, code, "no full stop")
    assert error.text == (
        "no full stop. Whether an answer began is not known; asking again may be paid for a second "
        "time."
    )
    assert error.way_out == (
        "It cannot be looked up here: ask again only if a second bill is acceptable. With the "
        "request id support can look it up."
    )
    nameless = judge(status, code, RequestId="")
    assert nameless.way_out.endswith("a second bill is acceptable.")
    sent = judge(status, code, request=dms_calls.create_session("t"))
    assert "second" not in sent.text
    assert sent.way_out.startswith("Open the session again")


@pytest.mark.parametrize("request_", [ASK, READ])
def test_an_unknown_code_has_a_next_step(request_):
    error = judge(400, "SomethingNew", request=request_)
    assert error.way_out == "Ask again later; with the request id support can look it up."
    assert judge(400, "Odd", request=request_, RequestId="").way_out == "Ask again later."


@pytest.mark.parametrize(
    "code",
    [
        "InvalidAccessKeyId.NotFound",
        "InvalidAccessKeyId.Inactive",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "InvalidSecurityToken.Expired",
        "SecurityTokenExpired",
        "InvalidSecurityToken.MismatchWithAccessKey",
    ],
)
def test_a_refused_key_is_named(code):
    body = {"Code": code, "RequestId": "r"}
    named = refusals.judge(400, {}, body, ASK, key="LTAI…34 from the environment")
    assert named.text.startswith("The key was LTAI…34 from the environment. ")
    other = refusals.judge(400, {}, {**body, "Code": "Odd"}, ASK, key="LTAI…34 from x")
    assert "LTAI" not in other.text


def test_a_refused_api_key_is_named():
    error = refusals.judge(401, {}, {"Code": "X"}, READ, with_api_key=True, key="dms-da-…34 from K")
    assert error.title == "Refused: API key not taken"
    assert error.text.startswith("The key was dms-da-…34 from K. ")


def test_the_string_to_sign_is_not_repeated():
    error = judge(400, "SignatureDoesNotMatch", "server string to sign is: POST Query=why")
    assert "why" not in error.text


def test_secrets_are_taken_out():
    error = judge(
        400,
        "Odd",
        "Deny: LTAI5tCanaryCanary12 with canary-token-1 x-acs-security-token:abc",
        secrets=("canary-token-1",),
    )
    assert "Canary" not in error.text
    assert "canary" not in error.text
    assert "abc" not in error.text


def test_who_owns_the_account_and_where_it_was_is_not_shown():
    error = judge(
        403,
        "NoPermission",
        "You are not authorized.",
        HostId="canary.host",
        Recommend="https://canary.help/",
        AccessDeniedDetail={"AuthPrincipalOwnerId": "canary-1", "PolicyType": "canary-2"},
    )
    shown = (error.title, error.text, error.way_out, error.fact, repr(error), str(error))
    assert not any("canary" in text for text in shown)
    assert error.request_id == "r-1"


def test_other_spellings_of_fields():
    body = b'{"code":"Odd","msg":"Words","requestId":"r-2","success":false}'
    error = refusals.judge(200, {}, body, ASK)
    assert (error.code, error.request_id) == ("Odd", "r-2")
    assert error.text.startswith("Words.")
    body = b'{"Success":false,"ErrorCode":"E","ErrorMessage":"M","RequestId":"r"}'
    assert refusals.judge(200, {}, body, ASK).code == "E"
    body = (
        b"<?xml version='1.0'?><Error><RequestId>r-3</RequestId><Code>NoPermission</Code>"
        b"<Message>m</Message></Error>"
    )
    error = refusals.judge(403, {}, body, ASK)
    assert (error.title, error.request_id) == ("Refused: no permission", "r-3")
    assert refusals.judge(403, {"x-acs-request-id": "r-4"}, body, ASK).request_id == "r-4"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "Throttling"),
        (400, "Throttling.User"),
        (503, "Throttling.Api"),
        (200, "Throttling.UserConcurrentLimit"),
        (429, "Odd"),
        (429, ""),
    ],
)
def test_throttling_by_code_or_429(status, code):
    error = judge(status, code)
    assert type(error) is Throttled
    assert error.title == "Refused: too many requests"
    assert error.safe
    assert error.retry_after is None
    assert "asking again is safe" in error.text


def test_429_without_a_body():
    error = refusals.judge(429, {"retry-after": "7"}, b"<html>", ASK)
    assert isinstance(error, Throttled)
    assert error.retry_after == 7
    assert error.text == "No answer began; asking again is safe in 7 s."


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "20"}, 20),
        ({"retry-after": " 0 "}, 0),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "Thu, 15 Jan 2026 08:30:40 GMT"}, 40),
        ({"retry-after": "Thu, 15 Jan 2026 08:29:00 GMT"}, 0),
        (
            {
                "retry-after": "Thu, 15 Jan 2026 09:30:40 GMT",
                "date": "Thu, 15 Jan 2026 09:30:00 GMT",
            },
            40,
        ),
        ({"x-acs-retry-after": "1500"}, 1.5),
        ({"x-acs-retry-after": "-1"}, None),
        ({"x-acs-retry-after": "1500", "retry-after": "20"}, 20),
        ({"x-acs-retry-after": "30000", "retry-after": "20"}, 30),
    ],
)
def test_retry_after(headers, seconds):
    assert refusals.retry_after(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("code", "ahead", "said"),
    [
        ("InvalidTimeStamp.Expired", 1000, "is 16 min 40 s behind the service's."),
        ("InvalidTimeStamp.Expired", -7200, "is 2 h ahead of the service's."),
        ("InvalidTimeStamp.Format", 30, "is 30 s behind the service's."),
        ("SignatureDoesNotMatch", 3700, "is 1 h 1 min behind the service's."),
        ("InvalidTimeStamp.Expired", -86400 * 365, "is 365 days ahead of the service's."),
        ("SignatureDoesNotMatch", 60, ""),
        ("NoPermission", 86400, ""),
    ],
)
def test_skew_is_named(code, ahead, said):
    error = judge(400, code, headers={"date": DATE}, now=NOW - ahead)
    assert said in error.text
    assert ("clock of this machine" in error.text) == bool(said)
    assert judge(400, code, headers={"date": "yesterday"}).text == SAFE


@pytest.mark.parametrize("body", [b"", b"<html><title>Sign in</title>", b"\xff" * 9, b"[1]", b"12"])
def test_foreign_bodies(body):
    headers = {"content-type": "text/html; charset=gbk", "x-acs-request-id": "r"}
    error = refusals.judge(502, headers, body, ASK)
    assert type(error) is BadAnswer
    assert error.text.startswith("HTTP 502 came with a web page;")
    assert (error.safe, error.reached, error.request_id) == (False, True, "r")
    assert refusals.judge(502, {}, body, READ).safe


def test_redirect_names_the_host_only():
    headers = {"location": "https://login.example/?q=why&token=1"}
    error = refusals.redirect(302, headers, ASK)
    assert "login.example." in error.text
    assert "why" not in error.text
    assert not error.safe
    assert "points." in refusals.redirect(307, {"location": "/x?y"}, ASK).text


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("InvalidSecurityToken.Expired", "Refused: the security token expired"),
        ("SecurityTokenExpired", "Refused: the security token expired"),
        ("InvalidSecurityToken.MismatchWithAccessKey", "Refused: the security token is not valid"),
    ],
)
def test_a_token_that_is_refused(code, title):
    error = refusals.judge(400, {}, {"Code": code, "Message": "m"}, READ)
    assert error.title == title
    assert refusals.token_expired(error)
    assert "fresh" in error.way_out
