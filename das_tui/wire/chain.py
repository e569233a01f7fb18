"""Credentials through the official library, which also looks them up, renews and caches them."""

import logging
import os
import threading
import time
from collections.abc import Callable
from shlex import quote
from typing import Any

from das_tui.wire import payload
from das_tui.wire.aside import aside
from das_tui.wire.credentials import (
    KEY_ID,
    KEY_SECRET,
    TOKEN,
    WAY_OUT,
    Credentials,
    Secret,
    Standing,
    standing_of,
    unasked,
)
from das_tui.wire.discovery import cli_profiles, ini_sections
from das_tui.wire.errors import NoCredentials
from das_tui.wire.reasons import EXPIRED, LOGIN, plain, tried_places

RENEWAL = 15 * 60.0
"""Seconds before its end from which a temporary credential is replaced; the library's own rule
for what it can renew, ours for what stands in a file."""
_TIGHT = 60.0
"""Seconds that must be left on a credential that could not be renewed, to be used once more."""

_MOST_NAMES = 12
_RENEW = "Get fresh temporary credentials where you got these, then ask again."
_LOGINS = ("CloudSSO", "OAuth")
_LOGGED_OUT = ("re-login", "operand type", "refresh OAuth token")

_VARIABLES = "default/env"
"""What the library calls the source of an AccessKey that its default chain found in variables."""

# The library's wrappers drop the end of validity; it is kept by the provider inside.
_INNER = (
    "_DefaultCredentialsProvider__last_used_provider",
    "_CLIProfileCredentialsProvider__innerProvider",
    "_ProfileCredentialsProvider__innerProvider",
)


class ChainProvider:
    """The official credentials library: its default chain, or one named profile, which is one of
    the `aliyun` tool or, without one of that name, a section of `credentials.ini`.

    The library blocks (files, metadata service, external commands), so each look-up runs in a
    thread of its own that ends with it. The library is imported there too, unless the default
    chain would take an AccessKey of the environment. It is asked before every request and renews
    by itself what it can renew; what has expired is never handed out.
    """

    def __init__(self, profile: str = "", *, clock: Callable[[], float] = time.time) -> None:
        self._profile = profile
        self._clock = clock
        self._source: Any = None
        self._last: Credentials | None = None
        self._forgotten = False
        self._lock = threading.Lock()

    async def get(self) -> Credentials:
        return await aside(self._found, "credentials")

    def forget(self) -> bool:
        # The lock may be held by a look-up that takes a minute; this is called by the event loop.
        self._forgotten = True
        return True

    def standing(self) -> Standing:
        last = self._last
        if last is not None:
            return standing_of(last)
        return unasked(self._profile)

    def _found(self) -> Credentials:
        try:
            with self._lock:
                return self._look_up()
        except NoCredentials:
            raise
        except Exception as error:
            raise self._explained(error) from None

    def _look_up(self) -> Credentials:
        if self._forgotten:
            self._forgotten, self._last = False, None
            self._read_again()
        try:
            held = self._ask()
            if self._left(held) < RENEWAL and not held.renews:
                # A file may have been written anew since it was read.
                self._read_again()
                held = self._ask()
        except Exception:
            # A source that fails for a moment need not stop what is valid still.
            if self._last is None or self._last.expires_at is None:
                raise
            held = self._last
            if self._left(held) < _TIGHT:
                raise
        if self._left(held) <= 0:
            self._read_again()
            raise self._expired(held)
        self._last = held
        return held

    def _left(self, held: Credentials) -> float:
        return float("inf") if held.expires_at is None else held.expires_at - self._clock()

    def _ask(self) -> Credentials:
        if self._source is None:
            variables = None if self._profile else _variables()
            if variables is not None:
                key_id, secret, token = variables
                end = self._end_in_file(key_id)
                return Credentials(key_id, Secret(secret), Secret(token), _VARIABLES, end)
            self._source = self._open()
        found = self._source.get_credentials()
        key_id = found.get_access_key_id() or ""
        secret = found.get_access_key_secret() or ""
        if not key_id or not secret:
            raise ValueError("the source gave an empty AccessKey")
        cache = getattr(self._innermost(), "_credentials_cache", None)
        end = _end_in(cache) if cache is not None else self._end_in_file(key_id)
        return Credentials(
            key_id,
            Secret(secret),
            Secret(found.get_security_token() or ""),
            source=str(found.get_provider_name() or ""),
            expires_at=end,
            renews=cache is not None,
        )

    def _open(self) -> Any:
        from alibabacloud_credentials import provider as sources

        # The library adds a handler that prints to stderr, over whatever is on the screen.
        logger = logging.getLogger("credentials")
        logger.handlers.clear()
        logger.propagate = False
        logger.setLevel(logging.CRITICAL + 1)
        if not self._profile:
            source = sources.DefaultCredentialsProvider()
        elif self._profile not in cli_profiles()[1] and self._profile in ini_sections():
            source = sources.ProfileCredentialsProvider(profile_name=self._profile)
        else:
            source = sources.CLIProfileCredentialsProvider(profile_name=self._profile)
        chain = getattr(source, "_DefaultCredentialsProvider__providers_chain", ())
        for part in (source, *chain):
            if hasattr(part, "_get_external_credential_update_callback"):
                # It would write what an external command printed into the file of the tool.
                part._get_external_credential_update_callback = _no_callback
        return source

    def _innermost(self) -> Any:
        """The provider that the wrappers ended at."""
        source = self._source
        while True:
            inside = (getattr(source, name, None) for name in _INNER)
            deeper = next((inner for inner in inside if inner is not None), None)
            if deeper is None:
                return source
            source = deeper

    def _read_again(self) -> None:
        """Make the next question go to the source itself instead of what was kept of it."""
        source = self._source
        if source is None:
            return
        cache = getattr(self._innermost(), "_credentials_cache", None)
        if cache is not None:
            cache._cached_value = None
            return
        while source is not None:
            inside = {name: getattr(source, name, None) for name in _INNER}
            name = next((name for name, inner in inside.items() if inner is not None), "")
            if not name:
                return
            if name != _INNER[0]:
                setattr(source, name, None)
            source = inside[name]

    def _end_in_file(self, key_id: str) -> float | None:
        """When the token of a profile ends, as tools that fetch tokens note it beside it."""
        current, profiles = cli_profiles()
        profile = profiles.get(self._profile or current, {})
        if profile.get("access_key_id") == key_id and profile.get("sts_token"):
            return payload.seconds(profile.get("sts_expiration")) or None
        # The file may hold another key by now; what it said of this one is still true.
        last = self._last
        return last.expires_at if last is not None and last.access_key_id == key_id else None

    def _expired(self, held: Credentials) -> NoCredentials:
        end = time.strftime("%Y-%m-%d %H:%M", time.localtime(held.expires_at))
        renew = "Its source gave no other one." if held.renews else "Nothing here can renew it."
        return NoCredentials(
            f"Nothing was sent: the security token from {standing_of(held).source} expired at "
            f"{end}. {renew}",
            title="Security token expired",
            way_out=_RENEW,
        )

    def _explained(self, error: Exception) -> NoCredentials:
        where = f"the profile {self._profile}" if self._profile else "the default chain"
        login = self._login(error)
        tried = tried_places(str(error), LOGIN if login else "")
        why = LOGIN if login else plain(str(error) or type(error).__name__)
        reason = f". Tried: {'; '.join(tried)}" if tried else f": {why}"
        expired = EXPIRED in reason
        return NoCredentials(
            f"Nothing was sent: {where} gave no credentials{reason}.",
            title="Security token expired" if expired else "",
            way_out=login or (_RENEW if expired else f"{self._known()}{WAY_OUT}"),
            tried=tried,
        )

    def _login(self, error: Exception) -> str:
        """How to log in again, where the profile that was asked needs it; else nothing. The
        library stumbles over a CloudSSO profile that was never logged in."""
        current, profiles = cli_profiles()
        name = self._profile or current
        mode = payload.text(profiles.get(name, {}).get("mode"))
        words = str(error)
        if mode not in _LOGINS or not any(sign in words for sign in _LOGGED_OUT):
            return ""
        command = f"aliyun configure --profile {quote(name)} --mode {mode}"
        return f"Log in with `{command}`, then ask again."

    def _known(self) -> str:
        """The names that would do, where a name was given that is none."""
        names = (*cli_profiles()[1], *ini_sections())
        if not self._profile or self._profile in names or not names:
            return ""
        shown = ", ".join(dict.fromkeys(names[:_MOST_NAMES]))
        return f"There is: {shown}. "


def _variables() -> tuple[str, str, str] | None:
    """Key id, secret and token of the environment, where the default chain would take them: they
    come first in it, as soon as id and secret have a value. So the library, which is large, need
    not be loaded for what stands in three variables."""
    key_id, secret, token = (os.environ.get(name, "") for name in (KEY_ID, KEY_SECRET, TOKEN))
    return (key_id, secret, token) if key_id and secret else None


def _no_callback() -> None:
    return None


def _end_in(cache: Any) -> float | None:
    """The end of validity that a caching provider of the library knows; 0 is its word for none."""
    kept = getattr(cache, "_cached_value", None)
    end = kept.value().get_expiration() if kept is not None else None
    return float(end) if isinstance(end, int | float) and end > 0 else None
