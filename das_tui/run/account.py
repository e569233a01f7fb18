"""The account that runs are made with: endpoints, credentials, and what it may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from das_tui.light import dataclass

if TYPE_CHECKING:
    from das_tui.domain.usage import Tariff
    from das_tui.wire.credentials import Provider

DAS_ENDPOINT = "https://das.cn-shanghai.aliyuncs.com"
"""The one DAS host, whatever the region of the instance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One profile, ready to use. It holds no secret: `provider` gets credentials when asked.

    Endpoints are URLs and may carry a path; an empty `dms_endpoint` means the public host of
    `region`, an empty `dms_unit` the region. `das_api` is `GetDasAgentSSE` or `Chat`. `reply`
    says how an ask is answered: `message` by the words that the official tools send, `additional`
    by the documented message type. `concurrency` is the number of DAS conversations at a time;
    further questions wait in order. `price_per_char` is the price of one DAS character in USD,
    `included_chars` the characters a month that cost nothing, `budget` USD a month.
    """

    provider: Provider
    profile: str = ""
    region: str = "cn-hangzhou"
    das_endpoint: str = DAS_ENDPOINT
    dms_endpoint: str = ""
    das_api: str = "GetDasAgentSSE"
    das_agent_id: str = ""
    dms_unit: str = ""
    workspace_id: str = ""
    reply: str = "message"
    read_only: bool = False
    production: bool = True
    concurrency: int = 1
    proxy: str = ""
    ca_file: str = ""
    trusted_hosts: tuple[str, ...] = ()
    price_per_char: float | None = None
    included_chars: int = 0
    budget: float | None = None

    @property
    def tariff(self) -> Tariff:
        """Price, quota and budget of DAS answers."""
        from das_tui.domain.usage import Tariff

        return Tariff(self.price_per_char, self.included_chars, self.budget)

    @property
    def dms_url(self) -> str:
        """The DMS endpoint, computed from the region where none is set."""
        return self.dms_endpoint or f"https://dms.{self.region}.aliyuncs.com"

    @property
    def unit(self) -> str:
        """The DMS unit to name in requests."""
        return self.dms_unit or self.region
