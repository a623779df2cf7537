"""The table of actions: ids, default keys, texts, and the panes in which they work.

A widget, screen, app or controller offers an action by a method `action_<id>`; its `why_not(id)`
may return why the action is off. The dispatcher asks the focused widget first, then its ancestors.
Single letters act only outside text fields; Ctrl and function keys act everywhere. Inside a field,
Alt and a key is the key after Esc, so the table needs no Alt keys. Users change keys by id under
`[keymap]` in `config.toml`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

PANES = frozenset({"compose", "tasks", "library", "player"})
TASKS = frozenset({"tasks"})
LIBRARY = frozenset({"library", "player"})
TRACKS = frozenset({"library"})
PLAYER = frozenset({"player"})
LISTS = frozenset({"tasks", "library"})
COMPOSE = frozenset({"compose"})
GO = {"compose": "go_compose", "tasks": "go_queue", "library": "go_library", "player": "go_player"}
"""The action that goes to each pane."""
DIALOGS = frozenset({"dialogs"})
"""Actions of dialogs alone. They may share keys with panes, which get none while one is open."""


class Action(NamedTuple):
    """Something that the user can do; `keys` are sequences such as `z`, `ctrl+g` or `y l`.

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
    yield make("go_compose", "1", "Compose", go, help="Write a song")
    yield make("go_queue", "2", "Queue", go, help="What is being made, and what was")
    yield make("go_library", "3", "Library", go, help="Every take you have")
    yield make("go_player", "4", "Now playing", go, help="What plays, with its lyrics")
    yield make("needs_you", "@", "Needs you", go, help="Tasks that need your answer")
    yield make("next_field", "tab", "Next", go, help="The next field or pane")
    yield make("previous_field", "shift+tab", "Previous", go, help="The field or pane before")
    yield make("zoom", "z", "Zoom", go, help="This pane alone, and back")
    yield make("pane_wider", "}", "Wider", go, help="This pane; kept for the next start")
    yield make("pane_narrower", "{", "Narrower", go, help="This pane")
    yield make("pane_higher", "]", "Taller", go, help="This pane")
    yield make("pane_lower", "[", "Shorter", go, help="This pane")
    yield make("hide_pane", "_", "Hide pane", go, help="Its number shows it again")

    song = "Song"
    yield make(
        "generate", "ctrl+g", "Generate", song, footer=1,
        help="The cost first; Enter sends",
    )  # fmt: skip
    yield make("edit_field", "enter|i", "Type", song, COMPOSE, 5, "Into the selected field")
    yield make("field_title", "t", "Title", song, COMPOSE, 67, "Type into the title")
    yield make("field_style", "s", "Style", song, COMPOSE, 68, "Type into the style")
    yield make("field_exclude", "x", "Exclude", song, COMPOSE, help="Type what to leave out")
    yield make("field_lyrics", "l", "Lyrics", song, COMPOSE, 69, "Type the lyrics, or the prompt")
    yield make("field_model", "", "Model", song, COMPOSE, help="Choose from a list")
    yield make(
        "parameters", "P", "Tempo, key …", song, COMPOSE, 70,
        "Also length, language, seed, takes",
    )  # fmt: skip
    yield make("mode", "M|ctrl+t", "Simple / Custom", song, COMPOSE, 63, "Prompt or own lyrics")
    yield make("edit_in_editor", "e", "Edit in $EDITOR", song, footer=60)
    yield make("drafts", "O|ctrl+o", "Drafts", song, COMPOSE, 62, "Open, rename, delete")
    yield make(
        "new_draft", "ctrl+n", "New song", song, footer=64, help="Empty; this draft is saved"
    )
    yield make("recipes", "r", "Recipes", song, COMPOSE, 66, "Start from a saved song")
    yield make("save_recipe", "R", "Save as recipe", song, COMPOSE)
    yield make("sections", "J", "Sections", song, COMPOSE, help="Jump in the lyrics")
    yield make("hints", "!", "Hints", song, COMPOSE, help="What may go wrong; Enter goes there")
    yield make("variations", "X", "Variations", song, COMPOSE, help="Styles × models")
    yield make(
        "open_batch", "N", "Batch…", song, COMPOSE | TASKS, help="Many songs from a file: CSV …"
    )  # fmt: skip
    yield make("write", "a", "Write…", song, COMPOSE, help="A language model proposes words")
    yield make("words", "w", "Rhymes, synonyms", song, COMPOSE, help="For the word at the cursor")
    yield make("save_persona", "Y", "Name the persona", song, COMPOSE)
    yield make("choose_provider", "p", "Provider", song, COMPOSE, 65, "For this song alone")
    yield make("fit_style", "F", "Fit style", song, COMPOSE, help="Drop what exceeds the limit")
    yield make(
        "clean_lyrics", "C", "Clean lyrics", song, COMPOSE, help="Remove time stamps, chords …",
    )  # fmt: skip
    yield make("clone", "c", "Clone", song, LISTS | LIBRARY, 34, "Copy its song to Compose")
    yield make(
        "again", "A", "More like this", song, LISTS | LIBRARY, 35, "New takes of it; cost first"
    )
    yield make(
        "carry_on", "E", "Carry on…", song, LIBRARY, help="Extend, cover version, repaint: a draft"
    )  # fmt: skip
    yield make("drop_source", "E", "Not from a track", song, COMPOSE, help="Carry on from no track")
    yield make("replay", "R", "Replay", song, LIBRARY, help="The same take again, by its seed")

    here = "Selection"
    yield make("open", "enter", "Open", here, LISTS, 5, "Play a track, see a task")
    yield make("details", "i", "Details", here, LISTS, 6, "Everything known about it")
    yield make("actions", "a", "Actions", here, LISTS | LIBRARY, 50)
    yield make("retry", "r", "Retry", here, TASKS, 10, "Send it again; try a held one now")
    yield make("settle", "s", "Answer", here, TASKS, 9, "What became of a song without reply")
    yield make("fetch_again", "l", "Download again", here, TASKS, 11, "Free")
    yield make("forget", "d", "Cancel", here, TASKS, 12, "Or take an ended task off the list")
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
    yield make("mark", "v", "Mark", here, LISTS | LIBRARY, help="Actions change all marked rows")
    yield make("mark_range", "'", "Mark a range", here, TRACKS, help="From here to the cursor")
    yield make("mark_down", "shift+down", "Mark downwards", here, TRACKS)
    yield make("mark_up", "shift+up", "Mark upwards", here, TRACKS)
    yield make("mark_all", "*", "Mark all", here, LISTS | LIBRARY, help="All that the list shows")
    yield make("clear_marks", "V", "Clear marks", here, LISTS | LIBRARY)
    yield make("edit_facts", "t", "Edit", here, LIBRARY, 24, "Title, style, tags, notes")
    yield make("trash", "d", "Trash", here, LIBRARY, 26, "To the trash; undo brings it back")
    yield make("to_playlist", "p", "To a playlist", here, LIBRARY, help="An existing or a new one")
    yield make("leave_playlist", "X", "Take out", here, TRACKS, help="From the shown playlist")
    yield make("export", "x", "Export", here, LIBRARY, 38, "Copies in a folder or a zip file")
    yield make("delete", "D", "Delete for good", here, LIBRARY, 46, "Asks first")
    yield make("accept_line", "space", "Tick", here, DIALOGS, 7, "Take this line of a proposal")
    yield make("accept_all", "a", "Accept all", here, DIALOGS, 8, "The whole proposal")
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
    yield make("undo", "u", "Undo", here, LISTS | LIBRARY, help="Takes back the last change")
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
    yield make("open_trash", "T", "Trash", find, LIBRARY, help="Restore, or delete for good")
    yield make("import", "", "Import…", find, help="Add music you have: MP3, M4A, FLAC …")
    yield make("repair", "", "Repair", find, LIBRARY, help="Rebuild damaged text files; asks first")
    yield make("filter", "/", "Search", find, footer=36, help="Words, style:lofi, rating:>=4 …")
    yield make("next_match", "n", "Next match", find, LIBRARY)
    yield make("previous_match", "N", "Previous match", find, LIBRARY)
    yield make("clear", "escape", "Clear", find, footer=4, help="Clear a filter, leave a field")
    yield make("columns", "C", "Columns", find, TRACKS, help="What the list shows of a track")
    yield make("sort", "s", "Sort", find, TRACKS, 42, "Choose an order; again: reverse it")

    move = "Move"
    yield make("move_down", "j|down", "Down", move, LISTS | COMPOSE)
    yield make("move_up", "k|up", "Up", move, LISTS | COMPOSE)
    yield make("move_page_down", "pagedown", "Page down", move, LISTS)
    yield make("move_page_up", "pageup", "Page up", move, LISTS)
    yield make("move_top", "g g|home", "First", move, LISTS)
    yield make("move_bottom", "G|end", "Last", move, LISTS)

    sound = "Sound"
    yield make("play", "space", "Play", sound, footer=8, help="Play, pause")
    yield make("play_latest", ".", "Play latest", sound, help="The newest take of all")
    yield make("next_track", ">", "Next track", sound)
    yield make("previous_track", "<", "Previous track", sound)
    yield make("seek_back", "left", "Back 5 s", sound)
    yield make("seek_on", "right", "Forward 5 s", sound)
    yield make("seek_back_far", "shift+left|(", "Back 30 s", sound)
    yield make("seek_on_far", "shift+right|)", "Forward 30 s", sound)
    yield make("jump", "%", "Jump to", sound, help="A percentage or a time")
    yield make("loop", "l", "Loop section", sound, PLAYER, 30, "Repeat the section that plays")
    yield make("shuffle", "Z", "Shuffle", sound, help="The list in a random order")
    yield make("repeat", "Q", "Repeat", sound, help="Off, the list, this track")
    yield make("volume_up", "+|=", "Volume up", sound)
    yield make("volume_down", "-", "Volume down", sound)
    yield make("mute", "m", "Mute", sound)
    yield make("swap", "b", "A/B", sound, footer=9, help="Same moment of the other take")
    yield make("blind", "B", "A/B blind", sound, help="Hides or reveals which take is which")
    yield make(
        "keep", "K", "Keep this take", sound, PANES - TASKS,
        help="Rates this one, trashes the others",
    )  # fmt: skip
    yield make("enqueue", "w", "Play after this", sound, LIBRARY, help="Add it to Up next")
    yield make("up_next", "W", "Up next", sound, help="What plays after this: change, clear")
    yield make(
        "sound_target", "o", "Listen from here…", sound,
        help="Stream or copy it to your computer",
    )  # fmt: skip

    program = "Program"
    yield make("help", "?|f1", "Keys", program, footer=90, help="The keys that work here")
    yield make("commands", ":|ctrl+p", "Commands", program, footer=92)
    yield make(
        "quit_view", "q", "Quit", program, footer=94, help="First leaves the zoom or Now playing"
    )
    yield make("quit_now", "ctrl+q", "Quit at once", program, help="Tasks continue")
    yield make("suspend", "ctrl+z", "To the shell", program, help="`fg` comes back")
    yield make("messages", "M", "Messages", program, PANES - COMPOSE, help="Read them again")
    yield make("theme", "", "Change theme", program, help="Dark, light and others")
    yield make("providers", "&", "Providers", program, help="Add, paste a key, check, choose")
    yield make("settings", ",", "Settings", program, help="Everything in config.toml")
    yield make("repaint", "ctrl+l", "Repaint", program)
    yield make("doctor", "", "Doctor", program, help="What works here, in the terminal")
    yield make("spent", "", "Spending", program, help="What was paid for what, in the terminal")


ACTIONS: tuple[Action, ...] = tuple(_table())
"""In the order of the help screen. An id is unique."""

RENAMED = {
    "edit_outside": "edit_in_editor", "edit_track": "edit_facts", "go_tasks": "go_queue",
    "look_again": "fetch_again", "trash_bin": "open_trash", "where": "sound_target",
}  # fmt: skip
"""Ids of earlier versions, which still work under `[keymap]`, and the ids that replaced them."""
