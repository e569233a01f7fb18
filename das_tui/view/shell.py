"""Words of a command line as a shell takes them."""

import re
import shlex

_SPECIAL = re.compile(r"[^\w@%+=:,./-]")


def word(text: str) -> str:
    """`text` as one word: quoted where it is empty or holds what a shell would take apart. Letters
    of any script need no quotes."""
    return shlex.quote(text) if not text or _SPECIAL.search(text) else text
