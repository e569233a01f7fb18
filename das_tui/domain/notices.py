"""Words for what happened to the line or was done to a run; those for failures in the stream are
in `failures.py`."""

from das_tui.domain.blocks import Failure, Notice, Tone
from das_tui.domain.events import LineLost, Refused, Resumed, RunCut

STOP_ASKED = Notice("you asked the service to stop this run")
LISTENING_STOPPED = Notice(
    "you stopped listening",
    Tone.ATTENTION,
    "The service cannot be told to stop; the answer may go on and be billed.",
)


def line_lost(event: LineLost) -> tuple[Notice, str]:
    """The notice, and when the next try is."""
    retry = f"reconnecting in {event.retry_in:.0f} s" if event.retry_in else "reconnecting"
    tries = f"try {event.attempt} of {event.attempts}" if event.attempts else ""
    text = "   ".join(filter(None, (_lost(event.kept), retry, tries)))
    detail = event.text or (
        "The run goes on at the service and is followed from here. Nothing is sent a second time."
    )
    return Notice(text, Tone.ATTENTION, detail), retry


def resumed(event: Resumed) -> Notice:
    """The line is back."""
    place = "the beginning" if event.resumed_at is None else f"{event.resumed_at:,}"
    lost = "loss unknown" if event.lost < 0 else f"{event.lost:,} lost"
    return Notice(f"resumed at {place}   {lost}   {event.repeated:,} repeated", Tone.GOOD)


def run_cut(event: RunCut) -> Notice:
    """The stream ended without a verdict."""
    return Notice(event.title or _lost(event.kept), Tone.ATTENTION, event.text)


GONE = "gone at the service"
"""The detail of a session that is not there any more."""


def refused(event: Refused, *, asked: bool, heard: bool) -> tuple[Failure, str]:
    """The failure, and whether asking again is safe. `asked` where a question is open, `heard`
    where its answer had begun."""
    failure = Failure(
        title=event.title or "Refused",
        fact=" ".join(filter(None, (str(event.status or ""), event.code))),
        text=event.text,
        way_out=event.way_out,
        request_id=event.request_id,
    )
    if event.gone:
        return failure, GONE
    if heard:
        return failure, "the run had begun, do not repeat"
    if not asked:
        return failure, ""
    return failure, "before an answer, safe to ask again" if event.safe else "do not repeat"


def _lost(kept: int) -> str:
    return f"Line lost, {kept:,} kept"
