"""The table of actions: ids, default keys, texts, and the panes in which they work.

A widget, screen, app or controller offers an action by a method `action_<id>`; its `why_not(id)`
may return why the action is off. The dispatcher asks the focused widget first, then its ancestors.
Single letters act only outside text fields; Alt, Ctrl and function keys act everywhere. Users
change keys by id under `[keymap]` in `config.toml`.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from textual import events

PANES = frozenset({"compose", "tasks", "library", "player"})
TASKS = frozenset({"tasks"})
LIBRARY = frozenset({"library", "player"})
TRACKS = frozenset({"library"})
PLAYER = frozenset({"player"})
LISTS = frozenset({"tasks", "library"})
COMPOSE = frozenset({"compose"})
DIALOGS = frozenset({"dialogs"})
"""Actions of dialogs alone. They may share keys with panes, which get none while one is open."""


class Action(NamedTuple):
    """Something that the user can do; `keys` are sequences such as `g`, `alt+g` or `y l`.

    `places` are the panes in which it works (a dialog may offer any action); `footer` is its order
    in the footer (0: not shown).
    """

    id: str
    keys: tuple[str, ...]
    text: str
    group: str
    places: frozenset[str] = PANES
    footer: int = 0
    help: str = ""

    @property
    def handler(self) -> str:
        """Name of the method that does it."""
        return f"action_{self.id}"


def _table() -> Iterable[Action]:
    def make(
        id: str, keys: str, text: str, group: str,
        places: frozenset[str] = PANES, footer: int = 0, help: str = "",
    ) -> Action:  # fmt: skip
        return Action(id, tuple(filter(None, keys.split("|"))), text, group, places, footer, help)

    go = "Go to"
    yield make("go_compose", "1|alt+c", "Compose", go, help="Write a song")
    yield make("go_queue", "2|alt+t", "Tasks", go, help="The queue: what is being made")
    yield make("go_library", "3|alt+l", "Library", go, help="Every take you have")
    yield make("go_player", "4|alt+n", "Now playing", go, help="What plays, with its lyrics")
    yield make("needs_you", "!", "Needs you", go, help="Tasks that go on only with your help")
    yield make("next_field", "tab", "Next", go, help="The next field or pane")
    yield make("previous_field", "shift+tab", "Previous", go, help="The field or pane before")
    yield make("zoom", "z", "Zoom", go, help="This pane alone, and back")
    yield make("pane_wider", "}", "Wider", go, help="This pane; kept for the next start")
    yield make("pane_narrower", "{", "Narrower", go, help="This pane")
    yield make("pane_higher", "]", "Higher", go, help="This pane")
    yield make("pane_lower", "[", "Lower", go, help="This pane")
    yield make("hide_pane", "_", "Hide pane", go, help="Its number shows it again")

    song = "Song"
    yield make(
        "generate", "g|alt+g|ctrl+g", "Generate", song, footer=1,
        help="The cost first; Enter sends",
    )  # fmt: skip
    yield make(
        "mode", "M|alt+m", "Simple / Custom", song, COMPOSE, 63,
        "A prompt, or your own lyrics",
    )  # fmt: skip
    yield make("edit_in_editor", "e|alt+e", "Edit in $EDITOR", song, footer=60)
    yield make("drafts", "d|alt+d", "Drafts", song, COMPOSE, 62, "Open, rename, delete")
    yield make("new_draft", "n", "New", song, COMPOSE, 64, "Empty; this draft is kept")
    yield make("recipes", "r|alt+r", "Recipes", song, COMPOSE, 66, "Start from a saved song")
    yield make("save_recipe", "R", "Save as recipe", song, COMPOSE)
    yield make("sections", "S|alt+j", "Sections", song, COMPOSE, help="Jump in the lyrics")
    yield make("hints", "i|alt+i", "Hints", song, COMPOSE, help="What is worth a look; Enter goes")
    yield make("variations", "V|alt+v", "Variations", song, COMPOSE, help="Styles × models")
    yield make("choose_provider", "p", "Provider", song, COMPOSE, 65, "Who makes this song")
    yield make("save_persona", "P", "Name the persona", song, COMPOSE)
    yield make("fit_style", "F", "Fit style", song, COMPOSE, help="Drop what is over its limit")
    yield make("clone", "c", "Clone", song, LISTS | LIBRARY, 34, "Its song into the composer")

    here = "Selection"
    yield make("open", "enter", "Open", here, LISTS, 5, "Play a track, see a task")
    yield make("details", "i", "Details", here, LISTS, 6, "Everything known about it")
    yield make("actions", "a|alt+a", "Actions", here, LISTS | LIBRARY, 50)
    yield make("retry", "r", "Retry", here, TASKS, 10, "Send it again; try a held one now")
    yield make("settle", "s", "Answer", here, TASKS, 9, "What became of a song without reply")
    yield make("fetch_again", "l", "Download again", here, TASKS, 11, "Free")
    yield make("forget", "d", "Cancel", here, TASKS, 12, "An ended task leaves the list; u: undo")
    yield make("top_up", "$", "Top up", here, TASKS, 13, "Copy the address where you buy credits")
    yield make("pause_queue", "p", "Pause queue", here, TASKS, 14, "Nothing new is sent")
    yield make("cancel_all", "", "Cancel all tasks", here, TASKS, help="Asks first")
    yield make("clear_ended", "D", "Clear ended tasks", here, TASKS, help="Undo brings them back")
    yield make("favorite", "f", "Favourite", here, LIBRARY, 20)
    for stars in range(6):
        text = f"Rate {stars}" if stars else "No rating"
        yield make(f"rate_{stars}", f"r {stars}", text, here, LIBRARY)
    yield make("fold_song", "l", "Show takes", here, TRACKS, 7, "Under their song, or fold them")
    yield make("fold_songs", "H", "One row per song", here, TRACKS, help="Or one row per take")
    yield make("mark", "v", "Mark", here, LISTS | LIBRARY, help="Actions are for all the marked")
    yield make("mark_range", "M", "Mark a range", here, TRACKS, help="From here to the cursor")
    yield make("mark_down", "shift+down", "Mark downwards", here, TRACKS)
    yield make("mark_up", "shift+up", "Mark upwards", here, TRACKS)
    yield make("mark_all", "*", "Mark all", here, LISTS | LIBRARY, help="All that the list shows")
    yield make("clear_marks", "V", "Clear marks", here, LISTS | LIBRARY)
    yield make("edit_facts", "t", "Edit", here, LIBRARY, 24, "Title, style, tags, notes")
    yield make("trash", "d", "Trash", here, LIBRARY, 26, "To the trash; u brings it back")
    yield make("to_playlist", "p", "To a playlist", here, LIBRARY, help="An old or a new one")
    yield make("leave_playlist", "X", "Take out", here, TRACKS, help="Of the playlist in view")
    yield make("export", "x", "Export", here, LIBRARY, 38, "Copies in a folder or a zip file")
    yield make("delete", "D", "Delete for good", here, LIBRARY, 46, "Asks first")
    yield make("new_item", "n", "New", here, DIALOGS, 64, "In a list that can be changed")
    yield make("edit_provider", "e", "Key and address", here, DIALOGS, 23)
    yield make("check_provider", "c", "Check", here, DIALOGS, 25, "Ask it for the balance")
    yield make("rename_item", "t", "Rename", here, DIALOGS, 24, "In a list that can be changed")
    yield make("remove_item", "d", "Remove", here, DIALOGS, 26, "From a list that can be changed")
    yield make("delete_list", "D", "Delete", here, DIALOGS, 46, "A playlist, or all of Up next")
    yield make("empty_trash", "E", "Empty the trash", here, DIALOGS, 29, "Asks first")
    yield make(
        "shift_down", "J", "Move down", here, TASKS | DIALOGS, 21, "In a list that has an order"
    )
    yield make("shift_up", "K", "Move up", here, TASKS | DIALOGS, 22, "In a list that has an order")
    yield make("undo", "u", "Undo", here, LISTS | LIBRARY, help="Trash, rating, favourite back")
    yield make("redo", "U", "Redo", here, LIBRARY)
    yield make("copy_lyrics", "y l", "Copy lyrics", here, LISTS | LIBRARY)
    yield make("copy_path", "y p", "Copy path", here, LIBRARY)
    yield make("copy_url", "y u", "Copy URL", here, TASKS)
    yield make("copy_id", "y i", "Copy id", here, LISTS | LIBRARY)
    yield make("lyrics", "L", "Lyrics", here, LIBRARY, 44, "Its lyrics alone")

    find = "Find"
    yield make("views", "h", "Views", find, TRACKS, 40, "Favourites, playlists, the trash …")
    yield make("toggle_preview", "I", "Preview", find, TRACKS, help="Of the track; on or off")
    yield make("searches", "S", "Searches", find, LIBRARY, help="Saved searches; save this one")
    yield make("playlists", "P", "Playlists", find, LIBRARY, help="Play, order, rename, delete")
    yield make("open_trash", "T", "Trash bin", find, LIBRARY, help="Bring back, or delete for good")
    yield make("import", "", "Import…", find, help="Take in music that you have: MP3, M4A, FLAC …")
    yield make("repair", "", "Repair", find, LIBRARY, help="Rebuild damaged text files; asks first")
    yield make("filter", "/", "Search", find, footer=36, help="Filter the library as you type")
    yield make("next_match", "n", "Next match", find, LIBRARY)
    yield make("previous_match", "N", "Previous match", find, LIBRARY)
    yield make("clear", "escape", "Clear", find, footer=4, help="Clear a filter, leave a field")
    yield make("columns", "C", "Columns", find, TRACKS, help="What the list shows of a track")
    yield make("sort", "s", "Sort", find, TRACKS, 42, "A list of orders; again: the other way")

    move = "Move"
    yield make("move_down", "j|down", "Down", move, LISTS)
    yield make("move_up", "k|up", "Up", move, LISTS)
    yield make("move_page_down", "pagedown", "Page down", move, LISTS)
    yield make("move_page_up", "pageup", "Page up", move, LISTS)
    yield make("move_top", "g g|home", "First", move, LISTS)
    yield make("move_bottom", "G|end", "Last", move, LISTS)

    sound = "Sound"
    yield make("play", "space|alt+s", "Play", sound, footer=8, help="Play, pause")
    yield make("next_track", ">", "Next track", sound)
    yield make("previous_track", "<", "Previous track", sound)
    yield make("seek_back", "left", "Back 5 s", sound)
    yield make("seek_on", "right", "On 5 s", sound)
    yield make("seek_back_far", "shift+left|(", "Back 30 s", sound)
    yield make("seek_on_far", "shift+right|)", "On 30 s", sound)
    yield make("jump", "%", "Jump to", sound, help="A percentage or a time")
    yield make("loop", "l", "Loop section", sound, PLAYER, 30, "The one that plays, on and on")
    yield make("shuffle", "Z", "Shuffle", sound, help="The list in a random order")
    yield make("repeat", "Q", "Repeat", sound, help="Off, the list, this track")
    yield make("volume_up", "+|=", "Louder", sound)
    yield make("volume_down", "-", "Softer", sound)
    yield make("mute", "m", "Mute", sound)
    yield make("swap", "b", "A/B", sound, footer=9, help="Same moment of the other take")
    yield make("blind", "B", "A/B blind", sound, help="Which take is which is hidden, until B")
    yield make(
        "keep", "K", "Keep this take", sound, PANES - TASKS,
        help="Rates the take you hear, and puts the others in the trash",
    )  # fmt: skip
    yield make("enqueue", "w", "Play after this", sound, LIBRARY, help="Add it to Up next")
    yield make("up_next", "W", "Up next", sound, help="What plays after this: change, clear")
    yield make(
        "sound_target", "o|alt+o", "Where do I hear this?", sound,
        help="Where the sound goes, and ways to hear it where you are",
    )  # fmt: skip

    program = "Program"
    yield make("help", "?|alt+h|f1", "Keys", program, footer=90, help="The keys that work here")
    yield make("commands", ":|ctrl+p|alt+p", "Commands", program, footer=92)
    yield make("quit_view", "q|ctrl+q", "Quit", program, footer=94, help="The tasks go on")
    yield make("suspend", "ctrl+z", "To the shell", program, help="`fg` comes back")
    yield make("messages", "M", "Messages", program, PANES - COMPOSE, help="Read them again")
    yield make("theme", "", "Change theme", program, help="Dark, light and others")
    yield make("providers", "&", "Providers", program, help="Add, paste a key, check, choose")
    yield make("settings", ",", "Settings", program, help="All that config.toml may say")
    yield make("repaint", "ctrl+l", "Repaint", program)


ACTIONS: tuple[Action, ...] = tuple(_table())
"""In the order of the help screen. An id is unique."""

RENAMED = {
    "edit_outside": "edit_in_editor", "edit_track": "edit_facts", "go_tasks": "go_queue",
    "look_again": "fetch_again", "trash_bin": "open_trash", "where": "sound_target",
}  # fmt: skip
"""Ids of earlier versions, which still work under `[keymap]`, and the ids that replaced them."""


_MODIFIED = ("alt+", "ctrl+", "super+", "hyper+", "meta+")


def key_name(event: events.Key) -> str:
    """Return a key's name in the table: the character that it types, else Textual's name."""
    if event.key.startswith(_MODIFIED):
        return event.key
    if event.is_printable and event.character:
        return "space" if event.character == " " else event.character
    return event.key


def without_alt(name: str) -> str:
    """Return the letter of an Alt key. Outside text, an unmapped one is Esc and a letter."""
    if name.startswith("alt+shift+"):
        return name[10:].upper()
    return name[4:] if name.startswith("alt+") else name


def is_chord(name: str) -> bool:
    """Return whether a key acts inside text too, because it never types a character."""
    function_key = name[:1] == "f" and name[1:].isdigit()
    return name.startswith(_MODIFIED) or function_key


_SIGNS = {
    "space": "space", "enter": "⏎", "escape": "esc", "left": "←", "right": "→", "up": "↑",
    "down": "↓", "pageup": "PgUp", "pagedown": "PgDn", "tab": "tab", "home": "home", "end": "end",
}  # fmt: skip


def display_keys(sequence: str) -> str:
    """Return a key sequence as it is displayed: Enter is `⏎`, PageUp `PgUp`."""
    return " ".join(_SIGNS.get(key, key) for key in sequence.split(" "))


_ALIASES = {
    "ctrl+m": "enter", "ctrl+i": "tab", "ctrl+[": "escape", "ctrl+h": "backspace",
    "ctrl+?": "backspace", "ctrl+question_mark": "backspace", "return": "enter", "esc": "escape",
}  # fmt: skip
"""Keys that terminals send as another key, and the name of that one in the table."""


_NAMED = {f"f{number}" for number in range(1, 25)} | {
    *("backspace", "delete", "insert", "enter", "escape", "space", "tab", "up", "down", "left"),
    *("right", "home", "end", "pageup", "pagedown", "slash", "backslash", "at", "minus", "plus"),
    "underscore",
}
"""Keys that Textual names by a word; other characters have their Unicode name, such as
`left_parenthesis`. Written out here because `doctor` checks keys without loading Textual."""


@cache
def _names() -> frozenset[str]:
    return frozenset(_unicode_name(chr(code)) for code in range(0x21, 0x100)) | _NAMED


def _unicode_name(sign: str) -> str:
    return unicodedata.name(sign, "").lower().replace("-", "_").replace(" ", "_")


_SHORT = {"/": "slash", "\\": "backslash", "-": "minus", "+": "plus", "_": "underscore"}


def _textual_name(key: str) -> str:
    """Return Textual's name of a key: `ctrl+]` is `ctrl+right_square_bracket`."""
    sign = key[-1]
    if not key.startswith(_MODIFIED) or sign.isalnum() or sign == "@":
        return key
    return key[:-1] + (_SHORT.get(sign) or _unicode_name(sign))


def _why_impossible(sequence: str) -> str | None:
    """Return why no terminal can send this sequence; None if one can."""
    keys = sequence.split(" ")
    if len(keys) > 2:
        return f"{sequence!r} is too long, at most two keys follow each other"
    for key in keys:
        base = key.rpartition("+")[2] or "+"
        modifiers = [part for part in key.removesuffix(base).split("+") if part]
        if key in _ALIASES:
            return f"{key!r} is another name, write {_ALIASES[key]!r}"
        if modifiers == ["shift"] and len(base) == 1:
            sign = base.upper() if base.isalpha() else "the sign that it types"
            return f"{key!r} never comes, write {sign}"
        if "ctrl" in modifiers and not base.isascii():
            return f"no terminal sends {key!r}"
        if not {*modifiers} <= {"alt", "ctrl", "shift", "super", "hyper", "meta"}:
            return f"there is no key {key!r}"
        if len(base) > 1 and base not in _names():
            near = difflib.get_close_matches(base, _names(), n=1)
            return f"there is no key {key!r}" + (f", did you mean {near[0]!r}?" if near else "")
    return None


class Keymap:
    """The table with the user's changes; `problems` are sentences for the user about them."""

    def __init__(self, changes: Mapping[str, str] | None = None) -> None:
        self.problems: list[str] = []
        self.actions: dict[str, Action] = {action.id: action for action in ACTIONS}
        changed = []
        self.problems += _renamed(changes or {})
        for name, keys in current_ids(changes or {}).items():
            if name not in self.actions:
                near = difflib.get_close_matches(name, self.actions, n=1)
                hint = f" Did you mean {near[0]!r}?" if near else ""
                self.problems.append(f"[keymap] there is no action {name!r}.{hint}")
                continue
            sequences = tuple(" ".join(key.split()) for key in _split(keys))
            if not sequences:
                self.problems.append(f"[keymap] {name}: no key is given; the default stays.")
                continue
            if wrong := [why for sequence in sequences if (why := _why_impossible(sequence))]:
                self.problems.append(f"[keymap] {name}: {'; '.join(wrong)}; the default stays.")
                continue
            changed.append(name)
            self.actions[name] = self.actions[name]._replace(keys=sequences)
        self.problems += self._clashes(changed)
        self._by_key: dict[str, list[Action]] = {}
        for action in self.actions.values():
            for sequence in action.keys:
                keys = " ".join(map(_textual_name, sequence.split(" ")))
                self._by_key.setdefault(keys, []).append(action)

    def at(self, sequence: str) -> list[Action]:
        """Return the actions on a key sequence, in the table's order."""
        return self._by_key.get(sequence, [])

    def after(self, sequence: str) -> list[tuple[str, Action]]:
        """Return how a sequence may continue after its first key: (next key, action)."""
        start = sequence + " "
        return [
            (keys[len(start) :], action)
            for keys, actions in self._by_key.items()
            if keys.startswith(start)
            for action in actions
        ]

    def key(self, id: str) -> str:
        """Return the first key of an action, as it is displayed."""
        return display_keys(self.actions[id].keys[0])

    def chord(self, id: str) -> str:
        """Return a key of an action that acts inside text too, as it is displayed.

        Prefers Ctrl, which every terminal sends; without any, Esc and the key.
        """
        keys = self.actions[id].keys
        best = min(keys, key=lambda key: (not key.startswith("ctrl+"), not is_chord(key)))
        return display_keys(best if is_chord(best) else f"escape {best}")

    def _clashes(self, changed: list[str]) -> Iterable[str]:
        for name in changed:
            mine = self.actions[name]
            for other in self.actions.values():
                if other.id == name or not (mine.places & other.places):
                    continue
                for key in set(mine.keys) & set(other.keys):
                    if other.id in changed and changed.index(other.id) < changed.index(name):
                        continue
                    yield (
                        f"[keymap] {name}: {key!r} is also the key of {other.id} ({other.text}); "
                        f"give {other.id} another one."
                    )


def current_ids(changes: Mapping[str, str]) -> dict[str, str]:
    """Return the keys under `[keymap]` by current ids; a current id wins over an old one."""
    return {RENAMED.get(name, name): keys for name, keys in changes.items()} | {
        name: keys for name, keys in changes.items() if name not in RENAMED
    }


def _renamed(changes: Mapping[str, str]) -> Iterable[str]:
    for old, new in RENAMED.items():
        if old not in changes:
            continue
        if new in changes:
            yield f"[keymap] {old!r} is now called {new!r}, which is set too; remove {old!r}."
        else:
            yield f"[keymap] {old!r} is now called {new!r}. It still works; please rename it."


def _split(keys: str) -> list[str]:
    """Split keys at commas; a comma alone is the comma key."""
    if keys.strip() == ",":
        return [","]
    return [key.strip() for key in keys.split(",") if key.strip()]
