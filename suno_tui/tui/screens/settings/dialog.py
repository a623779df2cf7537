"""The dialog that lists, explains and changes every setting."""

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
from suno_tui.tui.actions.keymap import Keymap
from suno_tui.tui.controllers.external_editor import open_editor
from suno_tui.tui.dialogs.dialog import Dialog
from suno_tui.tui.dialogs.item_picker import NameField
from suno_tui.tui.dialogs.picker import Entry, Picker
from suno_tui.tui.screens.settings.entries import (
    THEME,
    SettingEntry,
    SettingRows,
    effective_when,
    overriding_variable,
    read_entries,
)
from suno_tui.tui.widgets.content import content
from suno_tui.tui.widgets.safe_input import SafeInput

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tui.context import Context

_NARROW = 80
"""Columns below which the description of a setting needs one more row."""


class SettingsDialog(Dialog[None]):
    """Enter changes the setting under the cursor, `d` restores its default, `/` searches.

    Each change is written at once; if that fails, the error is shown and nothing changes.
    """

    DEFAULT_CSS = """
    SettingsDialog {
        & > #frame { width: 150; height: 100%; max-height: 44; }
        & #search { display: none; background: $surface; }
        & #search.-shown { display: block; }
        & #about { height: 3; margin-top: 1; }
        & #change { height: 1; visibility: hidden; }
        & #change.-shown { visibility: visible; }
        & #change-name { width: auto; max-width: 40; padding-right: 1; color: $primary; }
        & #change NameField { width: 1fr; }
        & #message { height: auto; min-height: 2; max-height: 5; }
        &.-narrow #about { height: 4; }
        &.-narrow #message { min-height: 1; }
    }
    """
    LABELS = {
        "open": "Change",
        "remove_item": "Default",
        "filter": "Search",
        "edit_in_editor": "The file in $EDITOR",
    }
    app: Context

    def __init__(self, studio: Studio) -> None:
        super().__init__("Settings")
        self.studio = studio
        self.rows = SettingRows()
        self.field = NameField()
        self._entries: list[SettingEntry] = []
        self._search = ""
        self._trouble = ""
        """Why the file can't be read; empty if it can."""
        self._message_for: Setting | None = None

    def body(self) -> ComposeResult:
        yield SafeInput(placeholder="Type to search; ⏎ goes to the list", compact=True, id="search")
        yield self.rows
        yield Static(id="about")
        with Horizontal(id="change"):
            yield Static(id="change-name")
            yield self.field
        yield Static(id="message")

    def on_mount(self) -> None:
        super().on_mount()
        self.field.disabled = True
        self._read()
        self.rows.move_to(1)
        self.rows.focus()
        self._describe_current()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < _NARROW, "-narrow")

    # The list

    def _read(self) -> None:
        """List the settings in the file; if it can't be read, those in use."""
        self._entries, self._trouble = read_entries(self.studio, self.app.themes.names())
        if self._trouble:
            self._show_file_error()
        self._filter()

    def _filter(self) -> None:
        words = self._search.casefold().split()
        shown: list[SettingEntry] = []
        for entry in self._entries:
            if entry.setting is not None and not all(word in entry.search_text for word in words):
                continue
            if entry.setting is None and shown and shown[-1].setting is None:
                shown.pop()
            shown.append(entry)
        if shown and shown[-1].setting is None:
            shown.pop()
        self.rows.set_items(shown)
        self.rows.move_to(self.rows.cursor)
        self._describe_current()

    @property
    def current(self) -> Setting | None:
        """The setting under the cursor."""
        entry = self.rows.current
        return entry.setting if entry is not None else None

    # The description

    def on_virtual_list_moved(self) -> None:
        if self.current != self._message_for:
            self._show_file_error()
        self._describe_current()
        self._update_keys()

    def _describe_current(self) -> None:
        entry = self.rows.current
        if entry is None or entry.setting is None:
            self.query_one("#about", Static).update("")
            return
        setting = entry.setting
        default = setting.show(setting.default) or "unset"
        facts = [f"default: {default}", effective_when(setting.path)]
        if setting.limits and setting.path != THEME:
            facts.insert(0, setting.limits)
        variable = overriding_variable(setting.path)
        if variable and variable in self.studio.env:
            facts.append(f"{variable} overrides it")
        about = content(f"{'.'.join(setting.path)}  ", "bold") + content(entry.more)
        about += content("\n" + " · ".join(facts), "$text-muted", lines=True)
        self.query_one("#about", Static).update(about)

    def _show_message(self, text: str, style: str = "$text-muted") -> None:
        self._message_for = self.current
        file = self.studio.home.config_file
        # The first row of the list has the whole path.
        message = content(text.replace(str(file), file.name), style, lines=True)
        self.query_one("#message", Static).update(message)

    def _show_file_error(self) -> None:
        text = f"The file is wrong, so these are the settings in use. {self._trouble}"
        self._show_message(text if self._trouble else "", "$error")

    def why_not(self, id: str) -> str | None:
        if id in self.LABELS and self.editing:
            return ""
        if id in ("open", "remove_item"):
            if self.current is None:
                return "There is nothing in the list."
            if self.current.path in (("writer", "key"), ("writer", "base_url")):
                # That form forgets the key if the address becomes another server's.
                return f"{self.app.keymap.key('write')} in the composer (Write) sets both up."
            if self.current.kind == "secret":
                return f"{self.app.keymap.key('providers')} (Providers) takes a key."
        entry = self.rows.current
        if id == "remove_item" and entry is not None and not entry.given:
            return "It is the default already."
        return None

    def action_providers(self) -> None:
        """Close the settings, and open the dialog that sets providers up."""
        self.dismiss(None)
        self.app.show_providers()

    # Changes

    @property
    def editing(self) -> bool:
        return not self.field.disabled

    def on_virtual_list_opened(self) -> None:
        if self.why_not("open") is None:
            self.action_open()

    def action_open(self) -> None:
        """Toggle a switch, offer the choices, or open the field."""
        entry, setting = self.rows.current, self.current
        if entry is None or setting is None:
            return
        if setting.kind == "yes or no":
            self._write(setting, entry.value != "yes")
        elif setting.choices:
            self._choose(setting, entry)
        else:
            self._show_message("⏎ writes it; empty is the default; esc leaves it as it is.")
            self.query_one("#change-name", Static).update(content(f"{setting.name} ="))
            self._edit(True)
            self.field.set_value(entry.value)
            self.field.select_all()
            self.field.focus()

    def action_remove_item(self) -> None:
        """Remove the setting from the file."""
        if self.current is not None:
            self._write(self.current, None)

    def _edit(self, on: bool) -> None:
        """Let either the field or the list have the focus."""
        self.query_one("#change").set_class(on, "-shown")
        self.field.disabled = not on
        self.rows.can_focus = not on
        self.rows.looks_focused = on
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
            self._show_message(str(error), "$error")
            return
        if self._write(setting, value):
            self._edit(False)

    def _choose(self, setting: Setting, entry: SettingEntry) -> None:
        entries = [Entry(choice, choice) for choice in setting.choices]
        if setting.default is None:
            entries.insert(0, Entry("", "unset", more=setting.description))
        before = self.app.theme

        def preview(value: Hashable) -> None:
            if setting.path == THEME:
                self.app.theme = str(value) if value not in (None, "") else before

        def chosen(value: Hashable) -> None:
            preview(value)
            if value is not None:
                self._write(setting, None if value == "" else value)

        picker = Picker(".".join(setting.path), entries, moved=preview, start=entry.value)
        self.app.push_screen(picker, chosen)

    def _write(self, setting: Setting, value: Any) -> bool:
        """Write and apply a value; return False, and show the error, if that fails."""
        try:
            self._check_keys(setting, value)
            settings = change_setting(self.studio.home, setting.path, value)
        except StudioError as error:
            self._show_message(str(error), "$error")
            return False
        apply_settings(self.app, settings)
        self._show_message(f"Saved, {effective_when(setting.path)}.", "$success")
        self._read()
        return True

    def _check_keys(self, setting: Setting, value: Any) -> None:
        """Raise `SettingsError` for keys that can't be typed, or that another action has."""
        keys = value or setting.default
        if setting.table != ("keymap",) or keys is None:
            return
        keymap = Keymap({setting.name: keys} | self.studio.settings.keymap | {setting.name: keys})
        start = f"[keymap] {setting.name}: "
        for problem in keymap.problems:
            if problem.startswith(start):
                why = problem.removeprefix(start).removesuffix("; the default stays.")
                raise SettingsError(f"Not written: {why.removesuffix('.')}.")

    def action_edit_in_editor(self) -> None:
        """Open $EDITOR on `config.toml` itself."""
        self.app.key_queue.lend(self._edit_file)

    async def _edit_file(self) -> None:
        home = self.studio.home
        try:
            if not home.config_file.exists():
                write_bytes(home.config_file, b"")
            code = await open_editor(self.app, home.config_file, self.studio.env)
            apply_settings(self.app, Settings.load(home))
        except StudioError as error:
            self._show_message(str(error), "$error")
        else:
            self._show_message(f"The editor ended with code {code}." if code else "")
        self._read()

    def action_close(self) -> None:
        """Close, unless the key was typed while the editor was about to open."""
        if not self.app.key_queue.lent:
            super().action_close()

    # The search

    def action_filter(self) -> None:
        self.query_one("#search").add_class("-shown")
        self.query_one("#search", Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._search = event.value
        self._filter()

    def on_input_submitted(self) -> None:
        self.rows.focus()

    def key_down(self) -> None:
        self._move_by(1)

    def key_up(self) -> None:
        self._move_by(-1)

    def _move_by(self, by: int) -> None:
        if isinstance(self.focused, Input):
            self.rows.move_to(self.rows.cursor + by)

    def action_clear(self) -> None:
        """Esc: leave the field, the search or the dialog."""
        search = self.query_one("#search", Input)
        if self.editing:
            self._show_message("")
            self._edit(False)
        elif self._search or search.has_focus:
            search.value = ""
            search.remove_class("-shown")
            self.rows.focus()
        else:
            self.action_close()


def apply_settings(app: Context, settings: Settings) -> None:
    """Replace the settings: apply those for screen and sound; the others are read when used."""
    before, app.studio.settings = app.studio.settings, settings
    theme = settings.screen.theme
    if theme != before.screen.theme and theme in app.available_themes:
        app.theme = str(theme)
    if settings.screen.pictures != before.screen.pictures:
        app.images.choose()
    if settings.player.volume != before.player.volume:
        app.playback.session.set_volume(settings.player.volume)
        app.navigation.show_sound()
    if settings.keymap != before.keymap:
        app.keymap = app.dispatcher.keymap = Keymap(settings.keymap)
        app.navigation.show_keys()
    if settings.provider != before.provider:
        app.studio.reload_settings()
        app.provider_changed(app.studio.provider)
