"""The dialog that settles an uncertain task by the user's answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from suno_tui.tasks.holds import HoldCode
from suno_tui.tasks.models import Task
from suno_tui.tui import task_labels as labels
from suno_tui.tui.ages import stamp
from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.widgets.content import content, one_line

if TYPE_CHECKING:
    from suno_tui.tui.context import Context
    from suno_tui.tui.dialogs.item_picker import NameDialog


@dataclass(frozen=True, slots=True)
class Verdict:
    """The user's answer: whether the provider took the song, and its id there, if known."""

    taken: bool
    task_id: str | None = None


class SettleDialog(Dialog[Verdict]):
    """Offers three answers, each with its consequence for money and audio.

    A letter chooses an answer, and Enter gives it: two of them can't be taken back.
    """

    app: Context

    DEFAULT_CSS = """
    SettleDialog {
        & > #frame { width: 76; border: round $warning; border-title-color: $warning; }
        & #settle-text { margin: 1 0; }
        & #dialog-keys { display: none; }
        & #settle-keys { margin-top: 1; }
        & .answer.-chosen { background: $row-cursor; }
    }
    """
    BINDINGS = [
        Binding("i", "has_id", show=False),
        Binding("n", "not_taken", show=False),
        Binding("t", "taken", show=False),
        Binding("c", "copy_facts", show=False),
        Binding("enter", "give", show=False),
    ]

    def __init__(self, task: Task) -> None:
        self.charged = task.hold is not None and task.hold.code == HoldCode.ID_LOST
        super().__init__(
            "The provider took this song" if self.charged else "Did the provider take this song?"
        )
        self.queued = task
        self.price = labels.price(task)
        self._chosen: Verdict | None = None

    @property
    def facts(self) -> str:
        """The facts by which the song is found on the provider's website."""
        task = self.queued
        sent = f", sent {stamp(task.submitted_at)}" if task.submitted_at else ""
        return f"{one_line(task.title, 60) or 'Untitled'}{sent}, model {task.song.model}"

    def body(self) -> ComposeResult:
        task = self.queued
        reason = task.hold.message.split(". ")[0] if task.hold is not None else ""
        again = f"costs another {self.price}" if self.charged else f"costs {self.price} in all"
        yield Static(
            Content("\n").join(
                [
                    content(self.facts, "bold $foreground"),
                    content(f"{reason.rstrip('.')}." if reason else "", lines=True),
                    content(
                        f"Look for it on the website of {one_line(task.provider, 30)}, then choose:"
                    ),
                ]
            ),
            id="settle-text",
        )
        for key, what, means in (
            ("i", "It is listed: enter its id", "downloads; nothing is paid again"),
            ("n", "Not listed: send again", again),
            ("t", "Listed, no id: give up", f"{self.price} spent, no audio"),
        ):
            yield Static(_answer(key, what, means), id=f"answer-{key}", classes="answer")
        yield Static(_keys(("c", "copy the first line")), id="settle-keys")

    def action_has_id(self) -> None:
        self.app.push_screen(id_dialog(self.queued), self._answer_with)

    def _answer_with(self, task_id: str | None) -> None:
        if task_id:
            self.dismiss(Verdict(True, task_id))

    def action_not_taken(self) -> None:
        self._choose("n", Verdict(False), f"send again for {self.price}")

    def action_taken(self) -> None:
        self._choose("t", Verdict(True), "give up")

    def _choose(self, key: str, verdict: Verdict, what: str) -> None:
        self._chosen = verdict
        for answer in self.query(".answer"):
            answer.set_class(answer.id == f"answer-{key}", "-chosen")
        self.query_one("#settle-keys", Static).update(_keys(("⏎", what)))

    def action_give(self) -> None:
        """Give the chosen answer (Enter)."""
        if self._chosen is not None and self.app.paste_guard.by_hand:
            self.dismiss(self._chosen)

    def action_copy_facts(self) -> None:
        self.app.copy("the song's facts", self.facts)


def id_dialog(task: Task) -> NameDialog:
    """Return a dialog that asks for a task's id at the provider."""
    from suno_tui.tui.dialogs.item_picker import NameDialog

    about = "As the provider's website shows it."
    # The answer that was not understood may contain the id.
    ids = task.possible_ids
    if ids:
        about += f" The provider's answer names {', '.join(ids[:3])}."
    elif task.task_id:
        about += " The provider knows no task with this id."
    known = ids[0] if ids else task.task_id or ""
    return NameDialog("Its id at the provider", known, about, "Enter an id.", enter="download")


def _keys(first: tuple[str, str]) -> Content:
    key = "bold $footer-key-foreground"
    parts: list[tuple[str, str] | str] = []
    for name, what in (first, ("esc", "decide later")):
        parts += [(name, key), f" {what}   "]
    return Content.assemble(*parts)


def _answer(key: str, what: str, means: str) -> Content:
    return Content.assemble(
        (key, "bold $footer-key-foreground"), f"  {what:<28}", content(means, "$text-muted")
    )
