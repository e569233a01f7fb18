"""Where programs of the rig run: a home of their own, no credentials, no settings of the user."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def environment(folder: Path) -> dict[str, str]:
    """The environment of a program whose home and data are in `folder`."""
    kept = {name: os.environ[name] for name in ("PATH", "VIRTUAL_ENV") if name in os.environ}
    return kept | {
        "HOME": str(folder),
        "DAS_TUI_DATA_DIR": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_STATE_HOME": str(folder / "state"),
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONIOENCODING": "utf-8",
        "LANG": "C.UTF-8",
    }
