"""ACS3-HMAC-SHA256 against the published vector and four computed with the official function."""

import httpx
import pytest

from das_tui.wire import signing
from das_tui.wire.auth import Acs3Auth
from das_tui.wire.credentials import Credentials, Secret

NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
DATE = "2026-01-15T08:30:00Z"
DATE_SECONDS = 1768465800.0
NONCE = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
QUERY = "Why is rm-demo01 slow? CPU > 90% ~ a+b*c/d 数据库 🐢"
UUID = "123e4567-e89b-12d3-a456-426614174000"
DAS = "das.cn-shanghai.aliyuncs.com"
BODY = b"Query=show+slow+sql+of+rm-demo01+%26+explain&SessionId=" + UUID.encode()


def headers(host, action, version, body=NOTHING, date=DATE, nonce=NONCE, **more):
    found = {
        "host": host,
        "x-acs-action": action,
        "x-acs-version": version,
        "x-acs-date": date,
        "x-acs-signature-nonce": nonce,
        "x-acs-content-sha256": body,
    }
    return found | {name.replace("_", "-"): value for name, value in more.items()}


def das(**more):
    return headers(DAS, "GetDasAgentSSE", "2020-01-16", **more)


V2_HASH = signing.sha256(BODY)

VECTORS = {
    "V0 published": (
        headers(
            "ecs.cn-shanghai.aliyuncs.com",
            "RunInstances",
            "2014-05-26",
            date="2023-10-26T10:22:32Z",
            nonce="3156853299f313e23d1673dc12e1703d",
        ),
        [
            ("RegionId", "cn-shanghai"),
            ("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"),
        ],
        NOTHING,
        "YourAccessKeySecret",
        "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259",
        "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
    ),
    "V1 query": (
        das(),
        [("SessionId", UUID), ("Query", QUERY)],
        NOTHING,
        "testsecret",
        "e9c70b43c80652346c5eb00d78f1f133c1e965915cd77261faab3ebf3967d903",
        "924951f440c2d2822e8669602b6fc8119a830161f323c3432125a5c65478d409",
    ),
    "V2 form body": (
        das(body=V2_HASH, content_type="application/x-www-form-urlencoded"),
        [],
        V2_HASH,
        "testsecret",
        "2515e0455ff306679481e0833025a43f47321d75143ccdb1735f6167c4368b1b",
        "eb83b01ffb59e78a2c2d00df80cf321480b25864ab1d77fe8f4e3ccccb655725",
    ),
    "V3 token": (
        headers(
            "dms.cn-hangzhou.aliyuncs.com",
            "GetChatContent",
            "2025-04-14",
            x_acs_accesskey_id="testid",
            x_acs_security_token="FAKE-STS/token+for==tests",
        ),
        [("AgentId", "ag-demo-01"), ("Checkpoint", "42"), ("SessionId", "sess_12345")],
        NOTHING,
        "testsecret",
        "e573192623e90602bd7230aa09cc972e0bf04449df34da94ad0a304f35b4d661",
        "41cbab0d895c456455fe6fd83ec91957277fbebfe64db4c7d92a24a7044b0404",
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_vector(name):
    given, query, body, secret, hashed, expected = VECTORS[name]
    made = signing.signature("POST", "/", query, given, list(given), body, secret)
    assert made.string_to_sign == f"ACS3-HMAC-SHA256\n{hashed}"
    assert made.hex == expected


def test_vector_v1_canonical_request():
    given, query, body, secret, *_ = VECTORS["V1 query"]
    made = signing.signature("POST", "/", query, given, list(given), body, secret)
    assert made.canonical.split("\n") == [
        "POST",
        "/",
        "Query=Why%20is%20rm-demo01%20slow%3F%20CPU%20%3E%2090%25%20~%20a%2Bb%2Ac%2Fd%20"
        "%E6%95%B0%E6%8D%AE%E5%BA%93%20%F0%9F%90%A2&SessionId=123e4567-e89b-12d3-a456-426614174000",
        f"host:{DAS}",
        "x-acs-action:GetDasAgentSSE",
        f"x-acs-content-sha256:{NOTHING}",
        f"x-acs-date:{DATE}",
        f"x-acs-signature-nonce:{NONCE}",
        "x-acs-version:2020-01-16",
        "",
        "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version",
        NOTHING,
    ]


def test_vector_v2_body_hash():
    assert V2_HASH == "253f67239bc9dc3ed09812b5c006725f78543dd7bbc876194359cbe4b6cb336d"


def test_vector_v4_header_set_and_query_of_the_sdk():
    given = das(
        user_agent="demo-client/0.1",
        accept="application/json",
        x_acs_credentials_provider="static_ak",
    )
    made = signing.signature(
        "POST", "/", "Query=hello+world&SessionId=s-1", given, list(given), NOTHING, "testsecret"
    )
    assert made.hex == "b533e70faca9bdf550597a008e5b0799abd0a1dcdff4f8ec47e1f145ff841ec7"
    assert made.canonical.split("\n")[-2] == (
        "accept;host;user-agent;x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;"
        "x-acs-date;x-acs-signature-nonce;x-acs-version"
    )


def test_names_in_any_case_and_padded_values_sign_the_same():
    given, query, body, secret, _, expected = VECTORS["V3 token"]
    loud = {name.title(): f"  {value} " for name, value in given.items()}
    made = signing.signature("post", "", query, loud, [n.upper() for n in given], body, secret)
    assert made.hex == expected


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ([], ""),
        ("", ""),
        ([("b", "1"), ("a", "")], "a=&b=1"),
        ("b=1&a", "a=&b=1"),
        ("q=a+b", "q=a%20b"),
        ("q=a%2Bb", "q=a%2Bb"),
        ([("q", "~*/'()!")], "q=~%2A%2F%27%28%29%21"),
        ([("q", "a;b&c=d")], "q=a%3Bb%26c%3Dd"),
        ([("q", "\ud83d")], "q=%3F"),
        ([("Z", "1"), ("a", "2"), ("_", "3")], "Z=1&_=3&a=2"),
    ],
)
def test_canonical_query(query, canonical):
    assert signing.canonical_query(query) == canonical


def test_a_canonical_query_on_the_wire_stays_itself():
    canonical = signing.canonical_query([("Query", QUERY), ("x", "")])
    assert signing.canonical_query(canonical) == canonical


def test_authorization_round_trip():
    value = signing.authorization("id", ["X-Acs-Date", "host"], "ab12")
    assert value == "ACS3-HMAC-SHA256 Credential=id,SignedHeaders=host;x-acs-date,Signature=ab12"
    parsed = signing.parse_authorization(value)
    assert parsed is not None
    assert (parsed.access_key_id, parsed.signed, parsed.signature) == (
        "id",
        ("host", "x-acs-date"),
        "ab12",
    )


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer x",
        "ACS3-HMAC-SHA256",
        "ACS3-HMAC-SHA256 Credential=a,Signature=b",
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=,Signature=b",
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=b,Signature=c,Signature=d",
        "ACS3-HMAC-SHA256 Credential,SignedHeaders=b,Signature=c",
    ],
)
def test_other_authorizations_are_none(value):
    assert signing.parse_authorization(value) is None


def test_signature_shows_nothing():
    made = signing.signature("POST", "/", "q=canary", {"host": "h"}, ["host"], NOTHING, "s3cret")
    assert "canary" not in repr(made)
    assert made.hex not in repr(made)


@pytest.mark.parametrize("token", ["", "FAKE-STS/token+for==tests"])
def test_auth_signs_a_real_httpx_request(token):
    nonces = iter([NONCE, "another"])
    auth = Acs3Auth(
        Credentials("testid", Secret("testsecret"), Secret(token)),
        "GetDasAgentSSE",
        "2020-01-16",
        clock=lambda: DATE_SECONDS,
        nonce=lambda: next(nonces),
    )
    query = signing.canonical_query([("Query", QUERY), ("SessionId", UUID)])
    request = httpx.Request("POST", f"https://{DAS}/?{query}", headers={"user-agent": "x"})
    sent = next(auth.sync_auth_flow(request))
    parsed = signing.parse_authorization(sent.headers["authorization"])
    assert parsed is not None
    assert "user-agent" not in parsed.signed
    if not token:
        assert parsed.signature == VECTORS["V1 query"][-1]
        assert "x-acs-security-token" not in sent.headers
    else:
        assert {"x-acs-accesskey-id", "x-acs-security-token"} <= set(parsed.signed)
    first = sent.headers["authorization"]
    again = next(auth.sync_auth_flow(httpx.Request("POST", f"https://{DAS}/?{query}")))
    assert again.headers["x-acs-signature-nonce"] == "another"
    assert again.headers["authorization"] != first
