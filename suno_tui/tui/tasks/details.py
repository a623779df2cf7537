"""Everything about a task: what happened, what it means for money and files, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from suno_tui.api.song import LABELS, Song
from suno_tui.queue.records import Status, TakeState, Task
from suno_tui.tui.dialogs.base import Dialog
from suno_tui.tui.dialogs.reader import Page
from suno_tui.tui.tasks import words
from suno_tui.tui.tasks.actions import TaskActions
from suno_tui.tui.text import content, one_line
from suno_tui.tui.when import clock, stamp

if TYPE_CHECKING:
    from suno_tui.tui.tasks.pane import TasksPane

_MOST_ANSWER = 4000
"""Characters of an answer that are shown; `queue --json` has all that was kept."""
_ROLES = {
    "good": "$success",
    "bad": "$error",
    "warn": "$warning",
    "accent": "$accent",
    "key": "$primary",
    "muted": "$text-muted",
}


class TaskDetails(Dialog[None], TaskActions):
    """One task, live: it follows the store while it is open."""

    DEFAULT_CSS = """
    TaskDetails > #frame { height: 100%; width: 92; }
    TaskDetails Page { height: 1fr; }
    """

    def __init__(self, pane: TasksPane) -> None:
        task = pane.selected
        assert task is not None, "the pane opens details only where there is a task"
        super().__init__(one_line(task.title, 60) or "Untitled")
        self.pane = pane
        self.task_id = task.id
        self._shown: Task | None = None

    @property
    def selected(self) -> Task | None:
        """The task as it is now; None once it has been forgotten."""
        return next((t for t in self.pane.rows.items if t.id == self.task_id), None)

    def body(self) -> ComposeResult:
        with Page():
            yield Static(id="task-text")

    def on_mount(self) -> None:
        super().on_mount()
        self.look()
        self.set_interval(0.5, self.look)

    def look(self) -> None:
        """Show the task as it is now; repaints only where it has changed."""
        if not self.is_active:
            return  # closed, or under a question: `dismiss` is for the one on top
        task = self.selected
        if task is None:
            self.dismiss(None)
        elif task != self._shown:
            self._shown = task
            key = self.app.keymap.key
            advice = words.advice(
                task,
                retry=key("retry"),
                settle=key("settle"),
                clone=key("clone"),
                pause=key("pause_queue"),
            )
            self.query_one("#task-text", Static).update(describe(task, advice))

    def action_clone(self) -> None:
        self.dismiss(None)
        super().action_clone()


def describe(task: Task, advice: str) -> Content:
    """The task as text: state, meaning, song, takes, and the provider's own words at the end."""
    sign, role = words.look(task)
    parts: list[Content] = [
        Content.assemble((f"{sign} {task.status}", f"bold {_ROLES.get(role, '')}")),
    ]
    if task.hold is not None and task.live:
        parts.append(content(f"Held: {task.hold.message}", "$warning", lines=True))
    if task.error is not None:
        parts.append(content(f"{task.error.code}: {task.error.message}", "$error", lines=True))
    parts += [
        Content(""),
        facts(
            ("Money", words.money(task)),
            ("Files", words.files(task)),
            ("To do", advice),
        ),
        heading("Song"),
        facts(*song_facts(task.song)),
    ]
    if task.takes:
        parts += [heading("Takes"), facts(*_takes(task))]
    parts += [
        heading("Task"),
        facts(
            ("Provider", task.provider),
            ("Price", words.price(task)),
            ("Id", task.id),
            ("Provider's id", task.task_id or "not known yet"),
            *([("Its word", task.raw_status)] if task.raw_status else []),
            *_times(task),
        ),
    ]
    if task.answer and task.status is not Status.COMPLETED:
        parts += [
            heading("An answer that was not understood"),
            content(task.answer[:_MOST_ANSWER], lines=True),
        ]
    if task.song.custom_mode and task.song.lyrics.strip() and not task.song.instrumental:
        parts += [heading("Lyrics"), content(task.song.lyrics, lines=True)]
    return Content("\n").join(parts)


def _times(task: Task) -> list[tuple[str, str]]:
    times = (
        ("Queued", task.created_at),
        ("Sent", task.submitted_at),
        ("Accepted", task.accepted_at),
        ("Made", task.completed_at),
        ("Ended", task.ended_at),
    )
    return [(name, stamp(moment)) for name, moment in times if moment is not None]


def heading(text: str) -> Content:
    """A part's name, with a line of air above."""
    return Content.assemble("\n", (text, "bold $primary"))


def facts(*pairs: tuple[str, str]) -> Content:
    """Names and values in two columns; values are text from outside."""
    width = max(len(name) for name, _ in pairs) + 2
    return Content("\n").join(
        Content.assemble((name.ljust(width), "$text-muted"), content(value, lines=False))
        for name, value in pairs
    )


def song_facts(song: Song) -> list[tuple[str, str]]:
    """The fields that were set, as the composer calls them."""
    pairs = [("Mode", "custom" if song.custom_mode else "simple"), ("Model", song.model)]
    names = ("title", "style", "negative_tags") if song.custom_mode else ("prompt",)
    pairs += [(LABELS[name], getattr(song, name)) for name in names if getattr(song, name)]
    if song.instrumental:
        pairs.append(("Vocals", "instrumental"))
    elif song.custom_mode and song.vocal_gender:
        pairs.append(("Vocals", {"m": "male", "f": "female"}.get(song.vocal_gender, "?")))
    if song.custom_mode:
        for name in ("style_weight", "weirdness_constraint", "audio_weight"):
            if (weight := getattr(song, name)) is not None:
                pairs.append((LABELS[name], f"{weight:.2f}"))
        if song.persona_id:
            pairs.append((LABELS["persona_id"], song.persona_id))
    return pairs


def _takes(task: Task) -> list[tuple[str, str]]:
    lines = []
    for take in task.takes:
        state = {
            TakeState.DONE: "in the library",
            TakeState.DOWNLOADING: "downloading",
            TakeState.LOST: "lost",
            TakeState.WAITING: "waiting",
        }[take.state]
        if take.size and take.state is TakeState.DOWNLOADING:
            state += f" {take.received / take.size:.0%} of {take.size / 1e6:.1f} MB"
        # What was announced may be nonsense: of a take in the library the file tells the length.
        announced = take.duration if take.state is not TakeState.DONE else None
        length = f"  {clock(announced)}" if announced else ""
        trouble = f" · {take.error}" if take.error else ""
        lines.append((f"{take.number}", f"{take.title or task.title}{length}  {state}{trouble}"))
    return lines
