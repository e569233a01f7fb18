"""Costs at the prompt: what an answer cost, what is included, and a budget that stops."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.serving import serving

QUESTION = "Why is the CPU of rm-demoharbor01 at 97 %?"


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """The URL of a service without delays."""
    with serving() as url:
        yield url


@pytest.fixture
def environment(service: str, tmp_path: Path) -> dict[str, str]:
    return {
        "DAS_TUI_DAS_ENDPOINT": service,
        "DAS_TUI_DMS_ENDPOINT": service,
        "DAS_TUI_CONFIG": str(tmp_path / "c.toml"),
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "demo",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "demo",
    }


def configure(environment: dict[str, str], text: str) -> None:
    Path(environment["DAS_TUI_CONFIG"]).write_text(f"[profiles.paid]\n{text}\n")


def test_over_budget_ends_with_2_and_the_numbers(run: Run, environment: dict[str, str]) -> None:
    configure(environment, "price_per_char = 0.001\nbudget = 2.0")
    first = run("ask", QUESTION, env=environment)
    assert first.returncode == 0, first.stderr
    configure(environment, "price_per_char = 0.001\nbudget = 0.5")
    stored = run("sessions", "--json", env=environment).stdout
    for arguments in ((), ("--session", "11111111-2222-3333-4444-555555555555")):
        done = run("ask", *arguments, QUESTION, env=environment)
        said = done.stderr.decode()
        assert (done.returncode, done.stdout) == (2, b""), said
        assert "das-tui: Over budget" in said
        assert "of 0.50 USD are spent this month" in said
        assert "Nothing was sent." in said
        assert "Raise `budget`" in said
    assert run("sessions", "--json", env=environment).stdout == stored


def test_what_is_included_costs_nothing(run: Run, environment: dict[str, str]) -> None:
    configure(environment, "price_per_char = 0.001\nincluded_chars = 100000\nbudget = 0.0")
    done = run("ask", QUESTION, env=environment)
    assert done.returncode == 0, done.stderr
    assert " chars   included   " in done.stderr.decode()
    assert b"USD" not in done.stderr


def test_a_budget_without_a_price_is_said_to_be_none(run: Run, environment: dict[str, str]) -> None:
    configure(environment, "budget = 0.0")
    done = run("ask", QUESTION, env=environment)
    assert done.returncode == 0, done.stderr
    assert "the budget is not applied" in done.stderr.decode()


def test_chat_is_told_as_an_estimate(run: Run, environment: dict[str, str]) -> None:
    configure(environment, 'price_per_char = 0.001\ndas_api = "Chat"')
    done = run("ask", QUESTION, env=environment)
    assert done.returncode == 0, done.stderr
    said = done.stderr.decode()
    assert "   ~" in said
    assert " USD" in said
