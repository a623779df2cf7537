"""The user's word on a song of which nobody knows whether the provider took it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from suno_tui.queue.records import Task
from suno_tui.tui.dialogs.base import Dialog
from suno_tui.tui.tasks import words
from suno_tui.tui.text import content, one_line
from suno_tui.tui.when import stamp

if TYPE_CHECKING:
    from suno_tui.tui.app import StudioApp


@dataclass(frozen=True, slots=True)
class Word:
    """What the user says: whether it was taken, and the id that it has there, if that is known."""

    taken: bool
    task_id: str | None = None


class Settle(Dialog[Word]):
    """Three answers, each with what it means for money and audio. Enter alone gives none."""

    app: StudioApp

    DEFAULT_CSS = """
    Settle {
        & > #frame { width: 76; border: round $warning; border-title-color: $warning; }
        & #settle-text { margin: 1 0; }
        & #dialog-keys { display: none; }
        & #settle-keys { margin-top: 1; }
    }
    """
    BINDINGS = [
        Binding("i", "has_id", show=False),
        Binding("n", "not_taken", show=False),
        Binding("t", "taken", show=False),
        Binding("c", "copy_facts", show=False),
    ]

    def __init__(self, task: Task) -> None:
        super().__init__("What became of this song?")
        self.queued = task

    @property
    def facts(self) -> str:
        """What the provider's own pages are searched for."""
        task = self.queued
        sent = f", sent {stamp(task.submitted_at)}" if task.submitted_at else ""
        return f"{one_line(task.title, 60) or 'Untitled'}{sent}, model {task.song.model}"

    def body(self) -> ComposeResult:
        task = self.queued
        price = words.price(task)
        reason = task.hold.message.split(". ")[0] if task.hold is not None else ""
        yield Static(
            Content("\n").join(
                [
                    content(self.facts, "bold $foreground"),
                    content(f"{reason.rstrip('.')}." if reason else "", lines=True),
                    content(
                        f"The pages of {one_line(task.provider, 30)} tell which of these is so:"
                    ),
                ]
            ),
            id="settle-text",
        )
        yield from (
            Static(_answer(key, what, means))
            for key, what, means in (
                ("i", "There, with an id", "fetched; nothing is paid again"),
                ("n", "Not there", f"resent; {price} in all"),
                ("t", "There, without an id", f"{price} spent, no audio"),
            )
        )
        key = "bold $footer-key-foreground"
        yield Static(
            Content.assemble(("c", key), " copies the first line   ", ("esc", key), " leaves it"),
            id="settle-keys",
        )

    def action_has_id(self) -> None:
        from suno_tui.tui.compose.picker import AskName

        # The answer that was not understood may hold it.
        ids = self.queued.possible_ids
        told = f" The answer names {', '.join(ids[:3])}." if ids else ""
        ask = AskName(
            "Its id at the provider",
            ids[0] if ids else "",
            f"As the provider's own pages show it.{told}",
            "It needs an id.",
        )
        self.app.push_screen(ask, self._answer_with)

    def _answer_with(self, task_id: str | None) -> None:
        if task_id:
            self.dismiss(Word(True, task_id))

    def action_not_taken(self) -> None:
        self.dismiss(Word(False))

    def action_taken(self) -> None:
        self.dismiss(Word(True))

    def action_copy_facts(self) -> None:
        self.app.copy("the song's facts", self.facts)


def _answer(key: str, what: str, means: str) -> Content:
    return Content.assemble(
        (key, "bold $footer-key-foreground"), f"  {what:<22}", content(means, "$text-muted")
    )
