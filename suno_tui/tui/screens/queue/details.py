"""The page of a task: what happened, what it means for money and files, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from suno_tui.common.text import clock
from suno_tui.providers.song import LABELS, Song
from suno_tui.providers.song_fields import show
from suno_tui.tasks.models import Status, TakeState, Task
from suno_tui.tui import task_labels as labels
from suno_tui.tui import task_sentences as sentences
from suno_tui.tui.actions.footer import Footer
from suno_tui.tui.ages import stamp
from suno_tui.tui.dialogs.reader import DetailsDialog, Page
from suno_tui.tui.screens.queue.task_actions import TaskActions
from suno_tui.tui.widgets.content import content, one_line

if TYPE_CHECKING:
    from suno_tui.tui.screens.queue.rows import TaskRows

_MOST_ANSWER = 4000
"""Characters of an answer that are shown; `queue --json` has all of it."""
_ROLES = {
    "good": "$success",
    "bad": "$error",
    "warn": "$warning",
    "accent": "$accent",
    "key": "$primary",
    "muted": "$text-muted",
}


class TaskDetails(DetailsDialog, TaskActions):
    """The page of one task, which is updated while it is open."""

    DEFAULT_CSS = """
    TaskDetails > #frame { height: 100%; width: 92; }
    TaskDetails Page { height: 1fr; }
    TaskDetails #next-try { color: $warning; display: none; }
    TaskDetails #next-try.-shown { display: block; }
    """

    def __init__(self, rows: TaskRows) -> None:
        task = rows.current
        assert task is not None, "the pane opens details only if there is a task"
        super().__init__(one_line(task.title, 60) or "Untitled")
        self.rows = rows
        self.task_id = task.id
        self._shown: Task | None = None

    @property
    def selected(self) -> Task | None:
        """The task in its present state; None after it was forgotten."""
        return next((t for t in self.rows.items if t.id == self.task_id), None)

    def body(self) -> ComposeResult:
        yield Static(id="next-try")
        with Page():
            yield Static(id="task-text")

    def on_mount(self) -> None:
        super().on_mount()
        self.update_content()
        self.set_interval(0.5, self.update_content)

    def update_content(self) -> None:
        """Show the present state of the task; repaint only if it has changed."""
        if not self.is_active:
            return  # closed, or below a question: only the screen on top may call `dismiss`
        task = self.selected
        if task is None:
            self.dismiss(None)
            return
        self._show_next_try(sentences.next_try(task, self.rows.now()))
        if task != self._shown:
            self._shown = task
            website = self.app.studio.website(task.provider)
            advice = sentences.advice(task, self.app.keymap.key, website)
            self.query_one("#task-text", Static).update(describe(task, advice))
            self.query_one(Footer).update_keys()

    def _show_next_try(self, text: str) -> None:
        line = self.query_one("#next-try", Static)
        if text != str(line.content):
            line.update(text)
            line.set_class(bool(text), "-shown")

    def label(self, id: str) -> str | None:
        return TaskActions.label(self, id)

    def action_clone(self) -> None:
        self.dismiss(None)
        super().action_clone()


def describe(task: Task, advice: str) -> Content:
    """Return the task as text: state, meaning, song, takes, and the provider's answer."""
    sign, role = labels.glyph(task)
    held = task.hold is not None and task.live and not task.cancelling
    # The message of a hold includes its label.
    state = task.hold.message if task.hold is not None and held else labels.state(task)
    parts: list[Content] = [
        content(f"{sign} {state}", f"bold {_ROLES.get(role, '')}", lines=True),
    ]
    if task.error is not None:
        parts.append(content(sentences.failure(task), "$error", lines=True))
    parts += [
        Content(""),
        facts(
            ("Money", sentences.money(task)),
            ("Files", sentences.files(task)),
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
            ("Asked by", task.requester or "you"),
            ("Price", labels.price(task)),
            ("Id", task.id),
            ("Provider's id", task.task_id or "not known yet"),
            *([("Provider's status", task.raw_status)] if task.raw_status else []),
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
    """Return the heading of a part, with an empty line above."""
    return Content.assemble("\n", (text, "bold $primary"))


def facts(*pairs: tuple[str, str]) -> Content:
    """Return names and values in two columns; values are untrusted text."""
    width = max(len(name) for name, _ in pairs) + 2
    return Content("\n").join(
        Content.assemble((name.ljust(width), "$text-muted"), content(value, lines=False))
        for name, value in pairs
    )


def song_facts(song: Song) -> list[tuple[str, str]]:
    """Return the fields of a song that are set, with the composer's labels."""
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
    pairs += [(LABELS[name], show(name, value)) for name, value in song.parameters.items()]
    if song.way:
        pairs.append((LABELS["source_track"], song.carries_on(song.source_track or "")))
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
        # The announced length may be nonsense; for a take in the library, the file has it.
        announced = take.duration if take.state is not TakeState.DONE else None
        length = f"  {clock(announced)}" if announced else ""
        trouble = f" · {take.error}" if take.error else ""
        lines.append((f"{take.number}", f"{take.title or task.title}{length}  {state}{trouble}"))
    return lines
