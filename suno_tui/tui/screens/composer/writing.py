"""Writing with a language model: the wishes to choose from, and what works without a model."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from suno_tui.common.secret import Secret, plain_http_warning
from suno_tui.config.provider_edits import read_command
from suno_tui.config.settings import Settings
from suno_tui.config.writer_edits import is_other_server, key_sources, set_writer
from suno_tui.providers.capabilities import Model
from suno_tui.providers.song import Song
from suno_tui.tui.dialogs.form import Field, FormDialog
from suno_tui.tui.dialogs.item_picker import NameDialog
from suno_tui.tui.dialogs.picker import Entry, Picker
from suno_tui.tui.screens.composer.proposal_dialog import ProposalDialog
from suno_tui.writer.answers import too_long
from suno_tui.writer.partner import Partner, host_of
from suno_tui.writer.wishes import (
    IDEA,
    KINDS,
    LINE_BY_LINE,
    MOST_ASKED,
    Wish,
    check_text,
    lines_of,
    why_not,
)

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tui.context import Context

_OFFLINE = ("words", "fit_style", "clean_lyrics", "hints")
"""Actions of the composer that help with words without a language model."""

_VARIABLE = "SUNO_TUI_WRITER_KEY"

_ABOUT = (
    "Any server with OpenAI's chat completions: Ollama or llama.cpp on your own machine, or a "
    "hosted one. Title, style and lyrics go there when you choose what it writes, and nowhere "
    "else. Without an address the writer is off."
)


class WriterForm(FormDialog):
    """Sets up the writer's address, model and key."""

    def __init__(self, studio: Studio) -> None:
        self._writer = writer = studio.settings.writer
        self._command = shlex.join(writer.key_command or [])
        key = "saved in config.toml (0600); a local server needs none"
        if studio.env.get(_VARIABLE):
            key = f"{_VARIABLE} is set, and is used instead"
        elif writer.key:
            key = "unchanged unless you paste one"
        elif writer.key_env or writer.key_file:
            key = f"from {writer.key_env or writer.key_file}, unless you paste one"
        fields = (
            Field("base_url", "Address", writer.base_url or "", "http://127.0.0.1:11434/v1"),
            Field("model", "Model", writer.model or "", "its name there, such as: llama3.1"),
            Field("key", "Key", hint=key, secret=True),
            Field(
                "command",
                "or command",
                self._command,
                "prints the key, such as: pass show writer",
            ),
        )
        super().__init__("Set up the writer", fields, about=_ABOUT)
        self.studio = studio

    def foot(self, answers: dict[str, Any]) -> str:
        address, command = answers["base_url"].strip(), answers["command"].strip()
        changed = command != self._command
        given = answers["key"].strip() or (changed and command)
        other, saved = is_other_server(self._writer, address), key_sources(self._writer)
        kept = not other and saved != (["key_command"] if changed else [])
        named = self.studio.env.get(_VARIABLE)
        if warning := plain_http_warning(address, given or kept or named):
            return warning
        if not address or not other:
            return ""
        if saved and not given:
            return "This is another server, so the key that was set up is forgotten."
        return f"{_VARIABLE} is sent to it." if named else ""

    def act(self, answers: dict[str, Any]) -> str:
        address, text = answers["base_url"].strip().rstrip("/"), answers["command"].strip()
        key = Secret(answers["key"].strip()) if answers["key"].strip() else None
        command = None if text == self._command else read_command(text) or []
        before = Settings.load(self.studio.home).writer
        set_writer(self.studio.home, address, answers["model"].strip(), key, command)
        if not address:
            return "The writer is off."
        done = f"The writer is at {host_of(address)}."
        if is_other_server(before, address) and key_sources(before) and not (key or command):
            done += " The other server's key is forgotten: set one up if this one needs it."
        return done


async def set_up(app: Context, studio: Studio) -> bool:
    """Let the user set up the writer; return whether it is set up then."""
    from suno_tui.tui.screens.settings.dialog import apply_settings

    if await app.push_screen_wait(WriterForm(studio)):
        apply_settings(app, Settings.load(studio.home))
    return bool(studio.settings.writer.base_url)


async def choose(
    app: Context, studio: Studio, song: Song, action_off: Callable[[str], str | None]
) -> str | tuple[Partner, str] | None:
    """Let the user choose a partner and a kind of wish, or an action that needs no partner: its id.

    After the writer is set up, the list is shown again. Returns None if the user closes it.
    """
    while True:
        partners = studio.partners()
        picker = Picker("Write", _entries(app, partners, song, action_off))
        chosen = await app.push_screen_wait(picker)
        if chosen == "set_up":
            if not await set_up(app, studio):
                return None
            continue
        if isinstance(chosen, tuple):
            partner, kind = partners[chosen[0]], str(chosen[1])
            if why := why_not(kind, song):
                app.notify(why, timeout=4)
                return None
            return partner, kind
        return None if chosen is None else str(chosen)


def _entries(
    app: Context,
    partners: tuple[Partner, ...],
    song: Song,
    action_off: Callable[[str], str | None],
) -> list[Entry]:
    found = []
    for number, partner in enumerate(partners):
        group = f"{partner.name}: your words are sent to {partner.host}"
        for kind in partner.kinds:
            off = why_not(kind, song)
            text, more = KINDS[kind][:2]
            found.append(Entry((number, kind), text, more=off or more, on=off is None, group=group))
    keys = app.keymap
    for name in _OFFLINE:
        if action_off(name) is None:
            action = keys.actions[name]
            found.append(
                Entry(name, action.text, keys.key(name), action.help, group="Without a network")
            )
    if any(isinstance(entry.value, tuple) for entry in found):
        found.append(
            Entry("set_up", "Set up the writer", more="Address, model, key", group="Settings")
        )
    else:
        group = "A language model can write, continue, rhyme, translate …: set one up"
        more = "Ollama, llama.cpp, or a hosted one"
        found.append(Entry("set_up", "Set up the writer", more=more, group=group))
    return found


async def ask_wish(
    app: Context, partner: Partner, kind: str, song: Song, lines: tuple[int, int] | None
) -> Wish | None:
    """Ask for the text of a wish; return None if the user cancels.

    `lines` are the first and the last selected line of the lyrics.
    """
    first, last = lines if lines and kind in LINE_BY_LINE else (None, None)
    if first is not None and not lines_of(song, Wish(kind, "", first, last)):
        first, last = None, None  # nothing is sung in them
    question, text = KINDS[kind].question, KINDS[kind].example
    if not question:
        return Wish(kind)
    if kind == IDEA and not song.custom_mode:
        text = song.prompt.strip()[:MOST_ASKED]
    wrong = ""
    while True:
        about = wrong or f"{_subject(kind, first, last)}Sent to {partner.host}."
        empty = "Say it in a few words, or press Esc."
        dialog = NameDialog(question, text, about, empty, enter="write   Esc: go back")
        answer = await app.push_screen_wait(dialog)
        if not answer:
            return None
        wish = Wish(kind, answer[:MOST_ASKED], first, last)
        if (wrong := check_text(wish) or "") == "":
            return wish
        text = answer


def _subject(kind: str, first: int | None, last: int | None) -> str:
    if kind not in LINE_BY_LINE:
        return ""
    if first is None or last is None:
        return "All lines; select some to change only those. "
    return f"Line {first + 1}. " if first == last else f"Lines {first + 1} to {last + 1}. "


async def propose(
    app: Context, partner: Partner, wish: Wish, song: Song, model: Model
) -> Mapping[str, str] | None:
    """Show what the writer proposes; return the texts that the user accepts, by their fields."""
    dialog = ProposalDialog(
        KINDS[wish.kind].text,
        partner.host,
        lambda on_text: partner.write(wish, song, model, on_text),
        lambda texts: too_long(song, model, texts),
    )
    return await app.push_screen_wait(dialog)
