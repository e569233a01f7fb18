"""The file that `config edit` begins with: every key, commented out, with what is allowed."""

import os
from collections.abc import Container
from pathlib import Path

from das_tui.config.errors import ConfigError
from das_tui.config.paths import make_folder

TEMPLATE = """\
# Profiles of das-tui. Take away a # to set a key. `das-tui config show` prints what counts.
# No AccessKey belongs here: `credentials` names where it comes from.

# [profiles.prod]
# region = "cn-hangzhou"             # region of the DMS host
# credentials = "default"            # default (the official chain), env, profile:NAME, api-key
# das_agent_id = ""                  # DAS agent to ask; empty for the service's default
# read_only = false                  # true: nothing is asked, answered or stopped
# production = true                  # writes ask for a typed word
# level = 20                         # threshold at start; 0 shows all
# price_per_char = 0.00021           # price of one billed character
# included_chars = 0                 # characters a month that cost nothing
# budget = 50.0                      # money a month; a question that would pass it asks first
# concurrency = 1                    # DAS conversations at a time
# das_api = "GetDasAgentSSE"         # GetDasAgentSSE, Chat
# reply = "message"                  # how asks are answered: message, additional
# dms_unit = "cn-hangzhou"           # DMS unit; left out: the region
# workspace_id = ""                  # DMS workspace
# das_endpoint = "https://das.cn-shanghai.aliyuncs.com"
# dms_endpoint = "https://dms.cn-hangzhou.aliyuncs.com"
# trusted_hosts = []                 # hosts beside *.aliyuncs.com that requests are signed for
# proxy = ""                         # for example http://proxy.example:3128
# ca_file = ""                       # PEM file of the only authorities to trust
"""


def begun_with(profile: str, keys: Container[str]) -> str:
    """A new file with the text of one profile, which sets `keys`, and under it every other key,
    commented out."""
    head, _, rest = TEMPLATE.partition("# [profiles.prod]\n")
    others = [line for line in rest.splitlines(keepends=True) if line.split()[1] not in keys]
    return head + profile + "".join(others)


def write_missing(path: Path) -> bool:
    """Write the template to `path`, 0600 in a folder of the operator, if there is no file.

    True if it was written. Raises `ConfigError`.
    """
    if path.exists():
        return False
    make_folder(path.parent)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(TEMPLATE)
    except OSError as error:
        raise ConfigError(f"{path} cannot be made: {error.strerror}") from error
    return True
