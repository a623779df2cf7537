"""A command's parser: groups and examples in its help, suggestions in its errors."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from suno_tui.common.text import clean


class CommandParser(argparse.ArgumentParser):
    """A command whose errors are one clear line.

    With `searching`, the words of its query may begin with `-`: `-tag:demo`. With `minus`, its
    argument may be a number such as `-10`. With `passing`, all its arguments are for another
    program, and are stored as the option of that name. `examples` are command lines with their
    meanings, `groups` maps headings to commands, `notes` are paragraphs for the end of the help.
    """

    def __init__(
        self,
        *,
        searching: bool = False,
        minus: bool = False,
        passing: str = "",
        examples: Sequence[tuple[str, str]] = (),
        groups: Mapping[str, Iterable[str]] | None = None,
        notes: Sequence[str] = (),
        **options: Any,
    ) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        options.setdefault("allow_abbrev", False)
        super().__init__(**options)
        self.examples = examples
        self._searching = searching
        self._minus = minus
        self._passing = passing
        self._groups = {} if groups is None else groups
        self._notes = notes

    def _parse_optional(self, arg_string: str) -> Any:
        # The only own option with a single hyphen is `-h`.
        if self._minus and arg_string[1:2].isdecimal():
            return None
        if self._searching and arg_string[1:2] != "-" and arg_string != "-h":
            return None
        return super()._parse_optional(arg_string)

    def parse_known_args(self, *arguments: Any) -> tuple[Any, list[str]]:  # type: ignore[override]
        if self._passing and arguments[0] and arguments[0][0] not in ("-h", "--help"):
            return argparse.Namespace(
                **{self._passing: [*arguments[0]]}, run=self.get_default("run")
            ), []
        # Checked here, and not only by the main parser, so that the message names this command.
        options, unknown = super().parse_known_args(*arguments)
        if unknown:
            known = [name for name in self._option_string_actions if name.startswith("--")]
            first = unknown[0].partition("=")[0]
            self.error(f"unknown argument: {' '.join(unknown)}{_suggestion(first, known)}")
        return options, unknown

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if isinstance(action, argparse._SubParsersAction) and value not in action.choices:
            kind = str(action.metavar or "command").lower()
            self.error(f"there is no {kind} {value!r}{_suggestion(value, action.choices)}")
        super()._check_value(action, value)

    def error(self, message: str) -> NoReturn:
        text = clean(message).rstrip(".")
        end = "" if text.endswith("?") else "."
        self.exit(2, f"{self.prog}: {text}{end} See `{self.prog} --help`.\n")

    def format_help(self) -> str:
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, self._actions, self._mutually_exclusive_groups)
        formatter.add_text(_filled(self.description or ""))
        for title, names in self._groups.items():
            formatter.start_section(title)
            formatter.add_arguments([each for each in self._commands() if each.dest in names])
            formatter.end_section()
        for section in self._action_groups:
            commands = [
                each for each in section._group_actions
                if isinstance(each, argparse._SubParsersAction)
            ]  # fmt: skip
            if commands and self._groups:
                continue
            formatter.start_section(section.title)
            formatter.add_text(section.description)
            formatter.add_arguments(section._group_actions)
            formatter.end_section()
        for note in self._all_notes():
            formatter.add_text(note)
        return formatter.format_help()

    def _commands(self) -> list[argparse.Action]:
        """Return the commands below this one as the help lists them."""
        return [
            command
            for action in self._actions
            if isinstance(action, argparse._SubParsersAction)
            for command in action._choices_actions
        ]

    def _all_notes(self) -> list[str]:
        notes = []
        if self._searching:
            from suno_tui.library.query import EXAMPLES

            notes.append(
                _filled(
                    f"Query words: {', '.join(EXAMPLES)}. Plain words search everything, all must "
                    "match, -word excludes, quotation marks hold words together."
                )
            )
        if self.examples:
            lines = (f"  {line}\n      {meaning}" for line, meaning in self.examples)
            notes.append("\n".join(("examples:", *lines)))
        return notes + [_filled(note) for note in self._notes]


def _filled(text: str) -> str:
    """Wrap paragraphs at 78 columns; indented lines stay as they are."""
    import textwrap

    return "\n".join(
        line if line.startswith(" ") else textwrap.fill(line, 78) for line in text.split("\n")
    )


def _suggestion(name: str, known: Iterable[str]) -> str:
    """Return a question with the nearest known name, or a full stop."""
    close = difflib.get_close_matches(str(name), list(known), n=1, cutoff=0.72)
    return f". Did you mean {close[0]!r}?" if close else "."
