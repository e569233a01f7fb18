"""From the options of the command line to an account that runs can be made with."""

from das_tui.cli.context import Context
from das_tui.config import profiles, settings
from das_tui.config.errors import ConfigError
from das_tui.config.paths import config_file, settings_file
from das_tui.config.profiles import Profile
from das_tui.run.account import Account
from das_tui.wire.credentials import provider


def choose(given: Context) -> tuple[str, Profile]:
    """The profile that the command line names, else the one chosen to start with, else the one
    that the config file puts first. Raises `ConfigError`, also where the chosen one is not known
    because `settings.toml` is broken and there is more than one."""
    found = profiles.load(config_file())
    if given.profile is not None or not found.profiles:
        return found.choose(given.profile)
    remembered, trouble = settings.load_or_default(settings_file())
    if trouble and len(found.profiles) > 1:
        raise ConfigError(f"{trouble}; it says which profile to use, --profile says it too")
    return found.choose(None, remembered.profile)


def build(name: str, profile: Profile) -> Account:
    """The account of a profile. Nothing is sent or read for it yet."""
    return Account(
        provider=provider(profile.credentials),
        profile=name,
        region=profile.region,
        das_endpoint=profile.das_url,
        dms_endpoint=profile.dms_endpoint,
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
        included_chars=profile.included_chars,
        budget=profile.budget,
    )


async def check(account: Account, service: str) -> None:
    """Find out before anything is stored or sent whether a request could be let in at all.

    Raises `NoCredentials`, also where they do not open this service, or `InsecureEndpoint` for a
    host that the profile does not list.
    """
    from das_tui.run.lines import endpoints

    for there in endpoints(account, service):
        there.check()
    await account.provider.get()
