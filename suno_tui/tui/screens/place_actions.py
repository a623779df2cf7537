"""Actions that open a pane or a dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suno_tui.tui.controllers.sound_target import SoundTarget
    from suno_tui.tui.screens.main import MainScreen


class PlaceActions:
    """Opens the panes and the dialogs of the main screen. Found by the dispatcher."""

    def __init__(self, main: MainScreen, sound_target: SoundTarget) -> None:
        self.main = main
        self.sound_target = sound_target

    def action_go_compose(self) -> None:
        self.main.go("compose")

    def action_go_queue(self) -> None:
        self.main.go("tasks")

    def action_go_library(self) -> None:
        self.main.go("library")

    def action_go_player(self) -> None:
        self.main.go("player")

    def action_needs_you(self) -> None:
        """Go to the first task that needs the user; again: to the next one."""
        ids = [task.id for task in self.main.tasks.need_user]
        selected = self.main.tasks.selected
        if not ids:
            self.main.app.notify_briefly("No task needs you.")
            return
        again = self.main.page == "tasks" and selected is not None and selected.id in ids
        at = ids.index(selected.id) + 1 if again and selected is not None else 0
        self.main.go("tasks")
        self.main.tasks.rows.select(ids[at % len(ids)])

    def action_providers(self) -> None:
        self.main.app.show_providers()

    def action_messages(self) -> None:
        from suno_tui.tui.dialogs.messages import message_reader

        self.main.app.push_screen(message_reader(self.main.app.messages))

    def action_generate(self) -> None:
        """Ask on top of the present pane; go to the composer only if the song lacks something."""
        if not self.main.composer.ready():
            self.main.go("compose")
        self.main.composer.action_generate()

    def action_new_draft(self) -> None:
        self.main.go("compose")
        self.main.composer.action_new_draft()

    def action_edit_in_editor(self) -> None:
        self.main.go("compose")
        self.main.composer.action_edit_in_editor()

    def action_filter(self) -> None:
        self.main.go("library")
        self.main.library.action_filter()

    def action_up_next(self) -> None:
        from suno_tui.tui.screens.player.up_next_dialog import UpNextDialog

        self.main.app.push_screen(UpNextDialog(self.main.app.playback.session))

    def action_sound_target(self) -> None:
        from suno_tui.tui.screens.player.sound_target_dialog import SoundTargetDialog

        self.main.app.dismiss_notices()  # they would cover the dialog's keys
        self.main.app.push_screen(SoundTargetDialog(self.sound_target))

    def action_settings(self) -> None:
        from suno_tui.tui.screens.settings.dialog import SettingsDialog

        self.main.app.push_screen(SettingsDialog(self.main.studio))
