"""The table of actions with the user's own keys."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from suno_tui.tui.actions.key_names import display_keys, is_chord, textual_name, why_impossible
from suno_tui.tui.actions.table import ACTIONS, RENAMED, Action


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
            if wrong := [why for sequence in sequences if (why := why_impossible(sequence))]:
                self.problems.append(f"[keymap] {name}: {'; '.join(wrong)}; the default stays.")
                continue
            changed.append(name)
            self.actions[name] = self.actions[name]._replace(keys=sequences)
        self.problems += self._clashes(changed)
        self._by_key: dict[str, list[Action]] = {}
        for action in self.actions.values():
            for sequence in action.keys:
                keys = " ".join(map(textual_name, sequence.split(" ")))
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
                for key, sequence in _starts(mine, other):
                    yield (
                        f"[keymap] {name}: {key!r} acts at once, so {sequence!r} ({other.text}) "
                        f"can't be typed; give {other.id} another one."
                    )


def _starts(mine: Action, other: Action) -> Iterable[tuple[str, str]]:
    """Yield each key of `mine` that is the first key of a sequence of `other`."""
    for key in mine.keys:
        for sequence in other.keys:
            if sequence.startswith(f"{key} "):
                yield key, sequence


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
