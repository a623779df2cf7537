"""The list of settings: a heading for each table, a row for each setting with its value."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suno_tui.common.atomic_files import read_toml
from suno_tui.common.errors import StudioError
from suno_tui.config.fields import Place, Setting, all_settings, is_set, table_description, value_at
from suno_tui.config.settings import Settings
from suno_tui.tui.actions.keymap import current_ids
from suno_tui.tui.actions.table import ACTIONS
from suno_tui.tui.widgets.content import cells, fit
from suno_tui.tui.widgets.virtual_list import Cell, VirtualList, centred

if TYPE_CHECKING:
    from suno_tui.studio import Studio

THEME = ("screen", "theme")
_FIRST = ("provider", "screen", "player", "spend", "providers", "models", "ssh")

_ENVIRONMENT = {
    ("provider",): "SUNO_TUI_PROVIDER",
    ("providers", "hosted", "key"): "SUNO_TUI_API_KEY",
    ("providers", "hosted", "base_url"): "SUNO_TUI_BASE_URL",
    ("writer", "key"): "SUNO_TUI_WRITER_KEY",
}
"""Environment variables that override settings."""

WIDE = 100
"""Columns from which a row also shows the default."""


@dataclass(frozen=True, slots=True)
class SettingEntry:
    """A setting with its present value; the heading of a table if it has no setting."""

    text: str
    setting: Setting | None = None
    value: str = ""
    given: bool = False
    """Whether the file sets it; else the value is the default."""
    more: str = ""

    @property
    def search_text(self) -> str:
        """The text in which a search looks."""
        path = ".".join(self.setting.path) if self.setting else ""
        return f"{path} {self.value} {self.more}".casefold()


def read_entries(studio: Studio, themes: Sequence[str]) -> tuple[list[SettingEntry], str]:
    """Return all settings under their tables' headings, and why the file can't be read, or "".

    If it can't, they are the settings in use. `themes` are the names of all themes.
    """
    settings, trouble = studio.settings, ""
    table: dict[str, Any] = {}
    try:
        table = read_toml(studio.home.config_file)
        settings = Settings.load(studio.home)
    except StudioError as error:
        trouble = str(error)
    keymap = current_ids(settings.keymap)
    entries: list[SettingEntry] = []
    before: Place | None = None
    for setting in (*sorted(all_settings(settings), key=_rank), *_keys()):
        if setting.table != before:
            before = setting.table
            entries.append(_heading(before, studio.home.config_file))
        if setting.path == THEME:
            setting = replace(setting, kind="choice", choices=tuple(themes))
        value = value_at(settings, setting.path)
        if setting.table == ("keymap",):
            value = keymap.get(setting.name, setting.default)
        shown = setting.show(value) or ("not set" if setting.kind == "secret" else "")
        given = not trouble and is_set(table, setting.path)
        entries.append(SettingEntry(setting.name, setting, shown, given, setting.description))
    return entries, trouble


def _rank(setting: Setting) -> int:
    """Return the rank of a setting; those that users often change come first."""
    table = setting.path[0]
    return _FIRST.index(table) if table in _FIRST else len(_FIRST)


def _heading(table: Place, file: Path) -> SettingEntry:
    if not table:
        near = file.is_relative_to(Path.home())
        return SettingEntry(
            file.name, more=f"~/{file.relative_to(Path.home())}" if near else str(file)
        )
    words = "keys by action" if table == ("keymap",) else table_description(table)
    return SettingEntry(f"[{'.'.join(table)}]", more=words)


def _keys() -> list[Setting]:
    """Return the keys as settings, one for each action."""
    return [
        Setting(
            ("keymap", action.id),
            "text",
            f"{action.text.rstrip('…')}. {action.help}" if action.help else action.text,
            ",".join(action.keys) or None,
        )
        for action in ACTIONS
    ]


class SettingRows(VirtualList[SettingEntry]):
    """The list of settings, whose cursor skips headings."""

    def __init__(self) -> None:
        super().__init__()
        self.any_given = False
        """Whether a setting differs from its default, which a wide list then shows, too."""

    def set_items(self, items: Sequence[SettingEntry]) -> None:
        before, self.any_given = self.any_given, any(item.given for item in items)
        super().set_items(items)
        if self.any_given != before:
            self.refresh_rows()

    def key_of(self, item: SettingEntry) -> Hashable:
        return item.setting.path if item.setting else item.text

    def move_to(self, index: int) -> None:
        index = max(0, min(index, len(self.items) - 1))
        if self.items and self.items[index].setting is None:
            # Each heading has a setting below it, and all but the first have one above.
            index += 1 if index >= self.cursor or index == 0 else -1
        super().move_to(index)
        if self.cursor == 1:
            self.scroll_to(y=0, animate=False, immediate=True)

    def draw(self, item: SettingEntry, width: int) -> list[Cell]:
        if item.setting is None:
            room = min(cells(item.text), width)
            return [
                (fit(item.text, room), "key"),
                ("  "[: width - room], ""),
                (fit(item.more, max(0, width - room - 2)), "muted"),
            ]
        name, value, default = (22, 22, 18) if width >= WIDE else (22, 20, 0)
        if not self.any_given:
            default = 0
        row: list[Cell] = [
            (" " + fit(item.setting.name, name - 2) + " ", ""),
            (fit(item.value or "–", value - 1) + " ", "accent" if item.given else "muted"),
        ]
        if default:
            shown = f"default {item.setting.show(item.setting.default) or 'unset'}"
            row.append((fit(shown if item.given else "", default - 1) + " ", "muted"))
        row.append((fit(item.more, width - name - value - default), "muted"))
        return row

    def draw_empty(self, width: int, height: int) -> list[list[Cell]]:
        return centred([("No setting matches.", "muted")], width, height)


def effective_when(path: Place) -> str:
    """Return, as a phrase, when a change of the setting takes effect."""
    if path[0] == "models" or path[-1] in ("send_kbps", "listener_cache"):
        return "takes effect after a restart"
    if path[-1] == "callback_url":
        return "takes effect for new tasks"
    # The worker keeps a provider's client until it is refused.
    worker = path[0] in ("queue", "local", "providers")
    return "takes effect when the worker restarts" if worker else "in effect now"


def overriding_variable(path: Place) -> str | None:
    """Return the environment variable that overrides the setting, if there is one."""
    return _ENVIRONMENT.get(path)
