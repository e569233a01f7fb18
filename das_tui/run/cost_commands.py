"""The engine's commands on costs and on questions that wait."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from das_tui.domain.usage import Bill, Forecast
from das_tui.domain.waiting import Waiting
from das_tui.run.supervisor import Supervisor

T = TypeVar("T")


class CostCommands(ABC):
    """Commands of `Engine`; each may be called from any thread and returns at once. What a future
    raises is `RunError` or `StoreError`."""

    @abstractmethod
    def _submit(self, make: Callable[[Supervisor], Coroutine[Any, Any, T]]) -> "Future[T]":
        """Run a coroutine on the engine's loop."""

    def bill(self, key: str = "") -> Future[Bill]:
        """What a session costs, with day and month of its profile; without a key only day and
        month of the account. Changes come through the feed."""

        async def run(supervisor: Supervisor) -> Bill:
            return supervisor.cashier.bill(key)

        return self._submit(run)

    def forecast(self) -> Future[Forecast | None]:
        """Where one more DAS question would lead; None where no budget applies."""

        async def run(supervisor: Supervisor) -> Forecast | None:
            return supervisor.cashier.forecast()

        return self._submit(run)

    def queue(self) -> Future[tuple[Waiting, ...]]:
        """The DAS questions that wait for their turn, in order. Changes come through the feed."""

        async def run(supervisor: Supervisor) -> tuple[Waiting, ...]:
            return supervisor.cashier.waiting()

        return self._submit(run)

    def withdraw(self, number: int) -> Future[str]:
        """Take the question with this `Waiting.id` out of the queue; its text. A follow-up leaves
        no trace, a question of a session of its own stays there as not sent."""
        return self._submit(lambda supervisor: supervisor.cashier.withdraw(number))
