"""From the options of the command line to an account that runs can be made with."""

from das_tui.cli.main import Context
from das_tui.cli.output import narrate
from das_tui.config import profiles
from das_tui.config.paths import config_file
from das_tui.config.profiles import Profile
from das_tui.domain.record import Service
from das_tui.run.account import Account
from das_tui.wire.credentials import provider


def choose(given: Context) -> tuple[str, Profile]:
    """The profile that the command line and the config file name. Raises `ConfigError`."""
    return profiles.load(config_file()).choose(given.profile)


def build(name: str, profile: Profile) -> Account:
    """The account of a profile. Nothing is sent or read for it yet."""
    if profile.budget is not None or profile.included_chars:
        narrate("das-tui: budget and included_chars are not applied by this version")
    return Account(
        provider=provider(profile.credentials),
        profile=name,
        region=profile.region,
        das_endpoint=profile.das_url,
        dms_endpoint=profile.dms_url,
        das_api=profile.das_api,
        das_agent_id=profile.das_agent_id,
        dms_unit=profile.dms_unit,
        workspace_id=profile.workspace_id,
        reply=profile.reply,
        read_only=profile.read_only,
        production=profile.guarded,
        concurrency=profile.concurrency,
        proxy=profile.proxy,
        ca_file=profile.ca_file,
        trusted_hosts=profile.trusted_hosts,
        price_per_char=profile.price_per_char,
    )


async def check(account: Account, service: str) -> None:
    """Find out before anything is stored or sent whether a request could be signed at all.

    Raises `NoCredentials`, or `InsecureEndpoint` for a host that the profile does not list.
    """
    from das_tui.wire.transport import Endpoint

    url = account.dms_url if service == Service.DMS else account.das_endpoint
    Endpoint(url, account.proxy, account.ca_file, account.trusted_hosts).check()
    await account.provider.get()
