"""The dialog with every setting: what it is, what it could be, and a field to change it in."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Static

from suno_tui.common.atomic_files import write_bytes
from suno_tui.common.errors import SettingsError, StudioError
from suno_tui.config.config_file import change_setting
from suno_tui.config.fields import Setting
from suno_tui.config.settings import Settings
from suno_tui.tui.actions.table import Keymap
from suno_tui.tui.controllers.external_editor import open_editor
from suno_tui.tui.controllers.settings import follow, hidden_by, when
from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.dialogs.item_picker import NameField
from suno_tui.tui.dialogs.picker import Entry, Picker
from suno_tui.tui.screens.settings.lines import THEME, SettingLine, read_lines
from suno_tui.tui.screens.settings.rows import SettingRows
from suno_tui.tui.widgets.content import content
from suno_tui.tui.widgets.safe_input import SafeInput

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tui.context import Context

LABELS = {
    "open": "Change",
    "trash": "Default",
    "filter": "Search",
    "edit_outside": "The file in $EDITOR",
}

_NARROW = 80
"""Columns under which the words about a setting need a row more."""


class SettingsDialog(Dialog[None]):
    """Enter changes the setting under the cursor, `d` lets its default be, `/` searches.

    Each change is written when it is made; what can't be written is said, and nothing changes.
    """

    DEFAULT_CSS = """
    SettingsDialog {
        & > #frame { width: 120; height: 100%; max-height: 44; }
        & #search { display: none; background: $surface; }
        & #search.-shown { display: block; }
        & #about { height: 3; margin-top: 1; }
        & #change { height: 1; visibility: hidden; }
        & #change.-shown { visibility: visible; }
        & #change-name { width: auto; max-width: 40; padding-right: 1; color: $primary; }
        & #change NameField { width: 1fr; }
        & #said { height: auto; min-height: 2; max-height: 5; }
        &.-narrow #about { height: 4; }
        &.-narrow #said { min-height: 1; }
    }
    """
    app: Context

    def __init__(self, studio: Studio) -> None:
        super().__init__("Settings")
        self.studio = studio
        self.rows = SettingRows()
        self.field = NameField()
        self._lines: list[SettingLine] = []
        self._search = ""
        self._trouble = ""
        """Why the file can't be read, if so."""
        self._said_at: Setting | None = None

    def body(self) -> ComposeResult:
        yield SafeInput(placeholder="Type to search; ⏎ goes to the list", compact=True, id="search")
        yield self.rows
        yield Static(id="about")
        with Horizontal(id="change"):
            yield Static(id="change-name")
            yield self.field
        yield Static(id="said")

    def on_mount(self) -> None:
        super().on_mount()
        self.field.disabled = True
        self._read()
        self.rows.move_to(1)
        self.rows.focus()
        self._tell()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < _NARROW, "-narrow")

    # What is listed

    def _read(self) -> None:
        """List the settings as the file has them; as they are in use where it can't be read."""
        self._lines, self._trouble = read_lines(self.studio, self.app.palette.theme_names())
        if self._trouble:
            self._say_trouble()
        self._filter()

    def _filter(self) -> None:
        words = self._search.casefold().split()
        shown: list[SettingLine] = []
        for line in self._lines:
            if line.setting is not None and not all(word in line.known_by for word in words):
                continue
            if line.setting is None and shown and shown[-1].setting is None:
                shown.pop()
            shown.append(line)
        if shown and shown[-1].setting is None:
            shown.pop()
        self.rows.set_items(shown)
        self.rows.move_to(self.rows.cursor)
        self._tell()

    @property
    def current(self) -> Setting | None:
        """The setting under the cursor."""
        line = self.rows.current
        return line.setting if line is not None else None

    # What is said about it

    def on_virtual_list_moved(self) -> None:
        if self.current != self._said_at:
            self._say_trouble()
        self._tell()
        self._update_keys()

    def _tell(self) -> None:
        line = self.rows.current
        if line is None or line.setting is None:
            self.query_one("#about", Static).update("")
            return
        setting = line.setting
        default = setting.show(setting.default) or "unset"
        facts = [f"default: {default}", f"counts {when(setting.path)}"]
        if setting.limits and setting.path != THEME:
            facts.insert(0, setting.limits)
        variable = hidden_by(setting.path)
        if variable and variable in self.studio.env:
            facts.append(f"{variable} goes before it")
        about = content(f"{'.'.join(setting.path)}  ", "bold") + content(line.more)
        about += content("\n" + " · ".join(facts), "$text-muted", lines=True)
        self.query_one("#about", Static).update(about)

    def _say(self, text: str, style: str = "$text-muted") -> None:
        self._said_at = self.current
        file = self.studio.home.config_file
        # The whole path stands at the head of the list.
        said = content(text.replace(str(file), file.name), style, lines=True)
        self.query_one("#said", Static).update(said)

    def _say_trouble(self) -> None:
        words = f"These are the settings in use, for the file is wrong. {self._trouble}"
        self._say(words if self._trouble else "", "$error")

    def label(self, id: str) -> str | None:
        return LABELS.get(id)

    def why_not(self, id: str) -> str | None:
        if id in LABELS and self.editing:
            return ""
        if id in ("open", "trash"):
            if self.current is None:
                return "There is nothing in the list."
            if self.current.kind == "secret":
                return "Keys are not edited here. Write it in config.toml, or set key_env."
        line = self.rows.current
        if id == "trash" and line is not None and not line.given:
            return "It is the default already."
        return None

    # Changing it

    @property
    def editing(self) -> bool:
        return not self.field.disabled

    def on_virtual_list_opened(self) -> None:
        if self.why_not("open") is None:
            self.action_open()

    def action_open(self) -> None:
        """Turn a switch, offer the choices, or open the field."""
        line, setting = self.rows.current, self.current
        if line is None or setting is None:
            return
        if setting.kind == "yes or no":
            self._write(setting, line.value != "yes")
        elif setting.choices:
            self._choose(setting, line)
        else:
            self._say("⏎ writes it; empty is the default; esc leaves it as it is.")
            self.query_one("#change-name", Static).update(content(f"{setting.name} ="))
            self._edit(True)
            self.field.set_value(line.value)
            self.field.select_all()
            self.field.focus()

    def action_trash(self) -> None:
        """Take the setting out of the file."""
        if self.current is not None:
            self._write(self.current, None)

    def _edit(self, on: bool) -> None:
        """Let only the field have the focus, or only the list."""
        self.query_one("#change").set_class(on, "-shown")
        self.field.disabled = not on
        self.rows.can_focus = not on
        self.rows.lit = on
        self.rows.refresh_row(self.rows.cursor)
        if not on:
            self.rows.focus()

    def on_name_field_done(self) -> None:
        setting = self.current
        if setting is None:
            return
        try:
            value = setting.read(self.field.text)
        except StudioError as error:
            self._say(str(error), "$error")
            return
        if self._write(setting, value):
            self._edit(False)

    def _choose(self, setting: Setting, line: SettingLine) -> None:
        entries = [Entry(choice, choice) for choice in setting.choices]
        if setting.default is None:
            entries.insert(0, Entry("", "unset", more=setting.description))
        before = self.app.theme

        def look(value: Hashable) -> None:
            if setting.path == THEME:
                self.app.theme = str(value) if value not in (None, "") else before

        def chosen(value: Hashable) -> None:
            look(value)
            if value is not None:
                self._write(setting, None if value == "" else value)

        picker = Picker(".".join(setting.path), entries, moved=look, start=line.value)
        self.app.push_screen(picker, chosen)

    def _write(self, setting: Setting, value: Any) -> bool:
        """Write it down and let it count; False, and said, where that can't be."""
        try:
            self._check_keys(setting, value)
            settings = change_setting(self.studio.home, setting.path, value)
        except StudioError as error:
            self._say(str(error), "$error")
            return False
        follow(self.app, settings)
        self._say(f"Written. It counts {when(setting.path)}.", "$success")
        self._read()
        return True

    def _check_keys(self, setting: Setting, value: Any) -> None:
        """Raises `SettingsError` for keys that nobody can type, or that another action has."""
        keys = value or setting.default
        if setting.table != ("keymap",) or keys is None:
            return
        keymap = Keymap({setting.name: keys} | self.studio.settings.keymap | {setting.name: keys})
        start = f"[keymap] {setting.name}: "
        for problem in keymap.problems:
            if problem.startswith(start):
                why = problem.removeprefix(start).removesuffix("; the default stays.")
                raise SettingsError(f"Not written: {why.removesuffix('.')}.")

    def action_edit_outside(self) -> None:
        """Open $EDITOR on `config.toml` itself."""
        self.app.typeahead.lend(self._edit_file)

    async def _edit_file(self) -> None:
        home = self.studio.home
        try:
            if not home.config_file.exists():
                write_bytes(home.config_file, b"")
            code = await open_editor(self.app, home.config_file, self.studio.env)
            follow(self.app, Settings.load(home))
        except StudioError as error:
            self._say(str(error), "$error")
        else:
            self._say(f"The editor ended with code {code}." if code else "")
        self._read()

    def action_close(self) -> None:
        """Close, unless the key was typed while the editor was about to open."""
        if not self.app.typeahead.lent:
            super().action_close()

    # Searching

    def action_filter(self) -> None:
        self.query_one("#search").add_class("-shown")
        self.query_one("#search", Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._search = event.value
        self._filter()

    def on_input_submitted(self) -> None:
        self.rows.focus()

    def key_down(self) -> None:
        self._step(1)

    def key_up(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        if isinstance(self.focused, Input):
            self.rows.move_to(self.rows.cursor + by)

    def action_clear(self) -> None:
        """Esc: out of the field, out of the search, out of the dialog."""
        search = self.query_one("#search", Input)
        if self.editing:
            self._say("")
            self._edit(False)
        elif self._search or search.has_focus:
            search.value = ""
            search.remove_class("-shown")
            self.rows.focus()
        else:
            self.action_close()
