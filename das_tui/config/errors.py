"""The one error of this room."""


class ConfigError(Exception):
    """A setting or a folder of this program cannot be used; the text says where and what is
    allowed, in one line for the operator."""


class NoPlace(ConfigError):
    """The disk has no place for a folder: it is full, read-only, or there is no home."""
