"""The list of settings: a heading for each table, a row for each setting."""

from __future__ import annotations

from collections.abc import Hashable

from suno_tui.tui.screens.settings.entries import SettingEntry
from suno_tui.tui.widgets.content import cells, fit
from suno_tui.tui.widgets.virtual_list import Cell, VirtualList, centred

WIDE = 100
"""Columns from which a row also shows the default."""


class SettingRows(VirtualList[SettingEntry]):
    """The list of settings, whose cursor skips headings."""

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
        return centred([("No setting is called so.", "muted")], width, height)
