"""What `doctor` finds out about credentials and the two services.

The only request with credentials is a read of a DMS session that does not exist. No action of DAS
is called: every one of them is paid for.
"""

import asyncio
import time
from dataclasses import field

from das_tui.cli import account
from das_tui.cli.checks import Check, by_error, local, ok, warning
from das_tui.config.profiles import Profile
from das_tui.domain.record import Service
from das_tui.light import dataclass
from das_tui.run.account import Account
from das_tui.run.lines import endpoints, with_api_key
from das_tui.wire import credentials, dms_calls, names
from das_tui.wire.credentials import Credentials, Kind, Standing
from das_tui.wire.errors import BadAnswer, InsecureEndpoint, NoCredentials, Refused, WireError
from das_tui.wire.refusals import SKEW, span
from das_tui.wire.transport import Endpoint, Knock, Transport

SOURCE_SECONDS = 5.0
NAME_SECONDS = 3.0
KNOCK_SECONDS = 4.0
CALL_SECONDS = 3.5
"""Time limits. The call comes after the slower of credentials (5 s) and knock (3 s and 4 s)."""

_DRIFT = 60.0
_LASTS = 30 * 60.0
_SOON = 14 * 86_400.0
_NOBODY = "00000000-0000-4000-8000-000000000000"
_NOT_OURS = (301, 302, 303, 307, 308, 407, 502, 503, 504, 511)


@dataclass(slots=True)
class Way:
    """The checks of the way to one service, and who answered at its end."""

    checks: list[Check] = field(default_factory=list)
    knock: Knock | None = None


async def network_checks(profile: Profile) -> list[Check]:
    """All of them, in about ten seconds even if nothing answers."""
    chosen = account.build("", profile)
    by_key = with_api_key(chosen)
    control, data = endpoints(chosen, Service.DMS)
    found = asyncio.create_task(_credentials(profile.credentials))
    ways = {"dms": asyncio.create_task(_way("dms", control))}
    if not by_key:
        ways["das"] = asyncio.create_task(_way("das", endpoints(chosen, Service.DAS)[0]))
    if data != control:
        ways["data"] = asyncio.create_task(_way("data", data))
    key, held = await found
    das = await ways["das"] if "das" in ways else Way()
    dms = await ways["dms"]
    second = await ways["data"] if "data" in ways else Way()
    why = "every action of DAS is paid for, so it is only reached"
    if by_key:
        why = "DAS takes no API key, and this profile has one, so it is not asked at all"
    das.checks.append(ok("das call", f"not made: {why}"))
    dms.checks.append(await _call(control, chosen, held, dms.knock))
    token = [_token(held)] if held is not None and held.kind is Kind.STS else []
    clock = _clock(dms.knock or das.knock or second.knock)
    return [key, *token, *das.checks, *dms.checks, *second.checks, clock]


# --- credentials ---------------------------------------------------------------------------------


async def _credentials(spec: str) -> tuple[Check, Credentials | None]:
    name = "credentials"
    try:
        source = credentials.provider(spec)
        async with asyncio.timeout(SOURCE_SECONDS):
            held = await source.get()
    except TimeoutError:
        return local(
            name,
            f"{spec}: no answer within {SOURCE_SECONDS:g} s; away from ECS that is mostly the "
            "metadata service, which is asked when no other source has a key",
            "Set the two variables of an AccessKey, or ALIBABA_CLOUD_ECS_METADATA_DISABLED=true.",
            source=spec,
        ), None
    except NoCredentials as error:
        text = error.text
        if error.tried:
            text = f"{spec}: none found; tried: {'; '.join(error.tried)}"
        return local(name, text, error.way_out, source=spec, tried=list(error.tried)), None
    kind = "temporary AccessKey" if held.kind is Kind.STS else held.kind
    where = credentials.place(held.source)
    return ok(
        name,
        f"{kind} {held.masked} from {where} ({spec})",
        source=held.source,
        access_key_id=held.masked,
        temporary=held.kind is Kind.STS,
        expires_at=held.expires_at,
    ), held


def _token(held: Credentials) -> Check:
    """How long a temporary AccessKey lasts."""
    name = "token"
    if held.expires_at is None:
        return ok(name, "when it ends is not known: its source does not say", expires_at=None)
    left = held.expires_at - time.time()
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime(held.expires_at))
    text = f"ends at {day}, in {span(max(left, 1.0))}"
    facts = {"expires_at": held.expires_at, "renews": held.renews}
    if held.renews:
        return ok(name, f"{text}; its source gives another one before that", **facts)
    if left < _LASTS:
        return warning(
            name,
            f"{text}, and nothing here can renew it",
            "Get fresh temporary credentials where you got these.",
            **facts,
        )
    return ok(name, f"{text}; nothing here can renew it", **facts)


# --- the way there -------------------------------------------------------------------------------


async def _way(service: str, endpoint: Endpoint) -> Way:
    """Name, TLS and endpoint, each found out only where the one before lets it."""
    dns, tls, there = f"{service} dns", f"{service} tls", f"{service} endpoint"
    try:
        endpoint.check()
    except InsecureEndpoint as error:
        unknown = "not looked at: nothing is sent to this endpoint"
        return Way([warning(dns, unknown), warning(tls, unknown), by_error(there, error)])
    way = Way()
    proxy = names.proxy_to(endpoint)
    host = names.looked_up(endpoint)
    role = "the proxy " if proxy else ""
    try:
        found = await names.resolve(host, NAME_SECONDS)
    except WireError as error:
        way.checks = [
            by_error(dns, error),
            warning(tls, "not known: no connection"),
            warning(there, f"{endpoint.url} was not asked: {role}{host} has no address"),
        ]
        return way
    shown = found[0] if host != found[0] else ""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    way.checks.append(
        ok(dns, f"{role}{host} is {shown}{more}" if shown else f"{role}{host} is an address")
    )
    transport = Transport(endpoint, _Nobody(), connect_timeout=KNOCK_SECONDS)
    try:
        way.knock = await transport.knock(KNOCK_SECONDS)
    except WireError as error:
        way.checks += _not_there(tls, there, error)
        return way
    finally:
        await transport.aclose()
    way.checks.append(_tls(tls, endpoint, way.knock))
    way.checks.append(_endpoint(there, endpoint, proxy, way.knock))
    return way


class _Nobody:
    """Has no credentials: a request that is not signed needs none."""

    async def get(self) -> Credentials:
        raise NoCredentials("Nothing was sent: this request is not signed.")

    def forget(self) -> bool:
        return False

    def standing(self) -> Standing:
        return Standing("nobody")


def _not_there(tls: str, there: str, error: WireError) -> list[Check]:
    """TLS is at fault only where the words of the error say so."""
    if error.title.endswith(("certificate refused", "no TLS", "no certificates")):
        return [by_error(tls, error), warning(there, "not asked: no TLS")]
    return [warning(tls, "not known: no connection"), by_error(there, error)]


def _tls(name: str, endpoint: Endpoint, knock: Knock) -> Check:
    trusted = names.authorities(endpoint)
    if not knock.tls:
        return ok(name, "none: plain http, accepted for this machine only")
    text = f"{knock.tls}, certificate by {knock.issuer or 'an unnamed authority'}"
    facts = {"version": knock.tls, "issuer": knock.issuer, "authorities": trusted}
    if knock.expires is None:
        return ok(name, f"{text}, authorities: {trusted}", **facts)
    day = time.strftime("%Y-%m-%d", time.gmtime(knock.expires))
    text = f"{text}, valid until {day}, authorities: {trusted}"
    if knock.expires - time.time() < _SOON and not endpoint.loopback:
        return warning(name, f"{text}: it ends soon", "Its owner has to renew it.", **facts)
    return ok(name, text, **facts)


def _endpoint(name: str, endpoint: Endpoint, proxy: str, knock: Knock) -> Check:
    way = f"through the proxy {names.shown(proxy)}" if proxy else "without a proxy"
    text = f"{endpoint.url} answers, {way}"
    facts = {"url": endpoint.url, "proxy": names.shown(proxy), "status": knock.status}
    page = knock.headers.get("content-type", "").startswith("text/html")
    if knock.status in _NOT_OURS or (page and knock.status == 200):
        return warning(
            name,
            f"{text}, but with HTTP {knock.status}: that may be a proxy or a portal",
            "Check the endpoint and the proxy of the profile.",
            **facts,
        )
    return ok(name, text, **facts)


# --- what the service says -----------------------------------------------------------------------


async def _call(
    endpoint: Endpoint, chosen: Account, held: Credentials | None, knock: Knock | None
) -> Check:
    """Read a session that does not exist: free, changes nothing, and who asks is judged."""
    name = "dms call"
    if held is None:
        return warning(name, "not made: there are no credentials")
    if knock is None:
        return warning(name, "not made: the endpoint is not reached")
    request = dms_calls.describe_session(_NOBODY, chosen.unit)
    taken = f"the {'API key' if held.api_key else 'signature'} was taken"
    transport = Transport(
        endpoint,
        _Held(held),
        region=chosen.region,
        read_timeout=CALL_SECONDS,
        connect_timeout=CALL_SECONDS,
    )
    try:
        async with asyncio.timeout(CALL_SECONDS):
            answer = await transport.call(request)
    except TimeoutError:
        slow = BadAnswer(
            f"The service took the request but did not answer within {CALL_SECONDS:g} s.",
            title="No answer",
            way_out="Ask again later.",
        )
        return by_error(name, slow)
    except Refused as error:
        if _knows_us(error):
            return ok(
                name,
                f"{request.action}: {taken}; there is no such session, as expected ({error.fact})",
                request=error.request_id,
            )
        return by_error(name, error)
    except WireError as error:
        return by_error(name, error)
    finally:
        await transport.aclose()
    return ok(name, f"{request.action}: {taken}", request=answer.request_id)


def _knows_us(error: Refused) -> bool:
    """Whether a refusal is about the session that does not exist, and not about who asks."""
    about_session = "session" in error.code.lower() or error.code.endswith(("NotFound", "NotExist"))
    about_us = error.code.startswith(("InvalidAccessKeyId", "InvalidApi", "InvalidSecurityToken"))
    return 400 <= (error.status or 400) < 500 and about_session and not about_us


class _Held:
    """Credentials that were found already."""

    def __init__(self, held: Credentials) -> None:
        self._held = held

    async def get(self) -> Credentials:
        return self._held

    def forget(self) -> bool:
        return False

    def standing(self) -> Standing:
        return credentials.standing_of(self._held)


def _clock(knock: Knock | None) -> Check:
    name = "clock"
    if knock is None or knock.offset is None:
        why = "no service answered" if knock is None else "the service tells no time"
        return warning(name, f"not known: {why}")
    # The header has whole seconds.
    offset = round(knock.offset)
    way = "behind" if offset > 0 else "ahead of"
    text = f"{abs(offset):,} s {way} the service's"
    facts = {"offset": offset}
    if abs(knock.offset) > SKEW:
        return local(
            name,
            f"{text}; the service refuses what differs by more than {SKEW / 60:.0f} minutes",
            "Set the clock of this machine.",
            **facts,
        )
    if abs(knock.offset) > _DRIFT:
        return warning(name, text, "Set the clock of this machine.", **facts)
    return ok(name, "agrees with the service's" if abs(offset) < 3 else text, **facts)
