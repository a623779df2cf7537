"""Texts of the line under the form: help for the field that has the focus."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from suno_tui.providers.capabilities import Model, measure
from suno_tui.providers.song import Song
from suno_tui.tui.screens.composer import tidy
from suno_tui.tui.screens.composer.draft_session import has_text
from suno_tui.tui.screens.composer.personas import Persona
from suno_tui.tui.widgets.content import cells, content, one_line
from suno_tui.tui.widgets.slider import Slider, bar
from suno_tui.tui.widgets.text_field import TextField

if TYPE_CHECKING:
    from suno_tui.lyrics.hints import Hint

WEIGHTS = {
    "style_weight": ("Style", "Style", "how closely to follow the style"),
    "weirdness_constraint": ("Weirdness", "Weird", "how unusual the song may be"),
    "audio_weight": ("Audio", "Audio", "how much the audio features count"),
}
"""A weight's name, its short name, and what it does."""

Keys = Callable[[str], str]
"""Returns the key of an action, by its id."""

_HELP = {
    "mode": "← → a prompt, or your own title and lyrics",
    "title": "What the song is called",
    "negative_tags": "Styles and instruments to leave out",
    "vocals": "← → any voice, male, female, or none",
    "persona_id": "A saved voice, by its id; may stay empty",
    "source": "The track that it carries on from",
    "parameters": "⏎ tempo, key, time, language, length, seed, takes",
    "generate": "⏎ shows what is sent and what it costs",
}


def about(
    field: Widget | None,
    song: Song,
    models: Sequence[Model],
    personas: Callable[[], Sequence[Persona]],
    width: int,
    rows: int,
    chord: Keys,
) -> Content:
    """Return the help for a field, for a place of this size."""
    name = field.name or "" if field else ""
    if isinstance(field, TextField) and field.completions and field.many_lines:
        return completions(field, width * rows)
    if isinstance(field, Slider):
        return about_weight(field, width, rows)
    if name == "style" and song.style.strip():
        chosen = next((m for m in models if m.id == song.model), models[0])
        return about_style(song.style, chosen, width, chord)
    if name == "model":
        return about_model(next((m for m in models if m.id == song.model), None), width, rows)
    if name == "persona_id":
        return about_persona(song.persona_id, personas(), chord)
    if hint := field_hint(song, name, width, rows, chord):
        return hint
    if name == "prompt":
        return content(f"Genre, mood, topic   {chord('mode')}: own lyrics")
    return help_text(name)


def why_not(id: str, song: Song, model: Model, key: Keys) -> str | None:
    """Return why an action on the song is off, or None if it is on."""
    if id in ("field_title", "field_style", "field_exclude"):
        return None if song.custom_mode else f"In custom mode only ({key('mode')})."
    if id == "field_lyrics":
        silent = song.custom_mode and song.instrumental
        return "An instrumental has no lyrics." if silent else None
    if id == "drop_source":
        return None if song.way else "This song carries on from no track."
    if id == "fit_style":
        return tidy.why_not_fit(song, model)
    if id == "clean_lyrics":
        return tidy.why_not_clean(song)
    if id == "save_recipe":
        return None if has_text(song) else "The form is empty."
    if id == "save_persona":
        return None if song.persona_id else "The form has no persona."
    if id == "hints":
        from suno_tui.lyrics.hints import hints

        return None if hints(song) else "No hints: nothing looks wrong."
    if id in ("sections", "words"):
        has_lyrics = song.custom_mode and not song.instrumental
        return None if has_lyrics else "Lyrics are in custom mode only."
    return None


def completions(field: TextField, width: int) -> Content:
    """Return the key that accepts, and as many completions as there is room for."""
    chosen = field.completions[field.chosen]
    note = f"  · {chosen.note}" if chosen.note else ""
    key = "→" if field.suggestion else "⏎" if field.wants_enter() else "↓ ⏎"
    width -= cells(key) + 1
    room = width - min(cells(note), width // 2)
    parts: list[Content] = []
    used = 0
    # Keep the chosen completion visible: skip the first ones if it is far down the list.
    start = 0
    labels = [item.label for item in field.completions]
    while (
        start < field.chosen
        and sum(len(label) + 2 for label in labels[start : field.chosen + 1]) > room
    ):
        start += 1
    for index, item in list(enumerate(field.completions))[start:]:
        size = cells(item.label) + (2 if parts else 0)
        if used + size > room and parts:
            break
        if parts:
            parts.append(Content("  "))
        style = "bold $primary" if index == field.chosen else ""
        parts.append(content(one_line(item.label, room), style))
        used += size
    if note:
        style = "$warning" if len(chosen.note) > 12 else "$secondary"
        parts.append(content(note[: max(0, width - used)], style))
        used += cells(note)
    return Content.assemble((f"{key} ", "bold $footer-key-foreground"), *parts)


def about_style(style: str, model: Model, width: int, chord: Keys) -> Content:
    """Return a meter of a style's descriptors, and a hint on the style if there is one."""
    from suno_tui.lyrics.hints import style_hints
    from suno_tui.lyrics.labelled_style import unlabelled
    from suno_tui.lyrics.style import BEST, descriptors, fit, join

    plain, excluded = unlabelled(style)
    if plain != style:
        text = f"moves to Exclude: {excluded}" if excluded else "removes the labels"
        return content(f"{chord('fit_style')} {text}", "$warning")
    _, dropped = fit(style, model.limit("style"))
    if dropped and measure(style) > model.limit("style"):
        return content(f"{chord('fit_style')} makes it fit, dropping {join(dropped)}", "$warning")
    found = style_hints(style)
    count = len(descriptors(style))
    meter = _meter(count, BEST)
    if found:
        return Content.assemble(meter, "  ", _hint(found[0], len(found), chord))
    facts = f"  {count} of {BEST[0]}–{BEST[1]} descriptors"
    move = "   alt+← → moves   ctrl+w drops" if count > 1 and width > 64 else ""
    return Content.assemble(meter, content(facts + move))


def _meter(count: int, best: tuple[int, int]) -> Content:
    """Return a dot per descriptor, and hollow dots up to the best number.
    They are green if the number is right, and in the colour of warnings if it is too large.
    """
    least, most = best
    style = "$warning" if count > most else "$success" if count >= least else "$primary"
    full = min(count, most)
    return Content.assemble(("●" * full, style), ("○" * (most - full), "$wave"))


def about_model(model: Model | None, width: int, rows: int) -> Content:
    """Return what the model is good at, if there is room for all of it."""
    keys = "⏎ all models"
    if model is None or not model.note:
        return content(keys)
    if cells(model.note) + cells(keys) + 3 <= width:
        return content(f"{model.note}   {keys}")
    if rows == 1:
        return content(f"{keys}, and what they are good at")
    apart = "\n" if cells(model.note) <= width else "   "
    return content(f"{model.note}{apart}{keys}", lines=True)


def about_lyrics(song: Song, line: str, width: int, rows: int, chord: Keys) -> Content:
    """Return the hint on the line, or else how long the song will be and the first hint.

    If there is no room for both, only the hint is shown.
    """
    if not song.lyrics.strip():
        return content("[ section tag   ctrl+↑ ctrl+↓ sections")
    from suno_tui.lyrics.elsewhere import what_is_foreign
    from suno_tui.lyrics.hints import field_hints, line_hint
    from suno_tui.lyrics.length import clock, duration

    if foreign := what_is_foreign(song.lyrics):
        return content(f"{chord('clean_lyrics')} removes {', '.join(foreign)}", "$warning")
    if message := line_hint(line):
        return content(message, "$warning")
    seconds = duration(song.lyrics, song.style)
    facts = [f"{clock(seconds)} sung"] if seconds else []
    facts.append(word_count(song.lyrics))
    found = field_hints(song, "lyrics")
    if found:
        first = f"line {(found[0].line or 0) + 1}: {found[0].message}"
        more = _more(len(found), chord)
        before = f"{' · '.join(facts)}  "
        if not fits(before + first + more, width, rows):
            before = ""
        if not fits(first + more, width, rows):
            first, more = found[0].message, ""
        return Content.assemble(content(before), content(first + more, "$warning"))
    return content(" · ".join(facts))


def word_count(lyrics: str) -> str:
    """Return how many words of the lyrics are sung, as `12 words`."""
    from suno_tui.lyrics.sections import sung

    count = len(sung(lyrics).split())
    return "1 word" if count == 1 else f"{count or 'no'} words"


def about_weight(weight: Slider, width: int, rows: int) -> Content:
    """Return the slider drawn large, with its keys."""
    *_, text = WEIGHTS[weight.name or ""]
    value = (weight.number if weight.value is not None else "automatic", "bold $foreground")
    keys = "← → change   ⏎ 0–9 type it   Del automatic"
    room = width - cells(value[0]) - cells(text) - 3
    large = Content.assemble(bar(weight.value, max(4, min(12, room))), " ", value, f"  {text}")
    if rows > 1:
        return Content.assemble(large, "\n", keys)
    # The row has a slider already: the keys are more useful than a second slider.
    small = Content.assemble(value, f"  {text}   {keys}")
    whole = Content.assemble(large, f"   {keys}")
    texts = (whole, small, Content.assemble(value, f"   {keys}"))
    return next((each for each in texts if each.cell_length <= width), large)


def about_persona(id: str | None, personas: Sequence[Persona], chord: Keys) -> Content:
    """Return the user's name and note for a persona's id."""
    if not id:
        return help_text("persona_id")
    known = next((persona for persona in personas if persona.id == id), None)
    if known is None:
        return content(f"{chord('save_persona')} gives it a name")
    return Content.assemble(content(known.name, "bold $foreground"), content(f"  {known.note}"))


def help_text(name: str) -> Content:
    """Return what a field is for."""
    return content(_HELP.get(name, ""))


def fits(text: str, width: int, rows: int) -> bool:
    """Return whether a text, wrapped between words, fits."""
    return len(textwrap.wrap(text, max(1, width))) <= rows


def field_hint(song: Song, field: str, width: int, rows: int, chord: Keys) -> Content | None:
    """Return the first hint on a field, with the number of others if that fits; None if none."""
    if not getattr(song, field, None):
        return None
    from suno_tui.lyrics.hints import field_hints

    found = field_hints(song, field)
    if not found:
        return None
    message = found[0].message
    count = len(found) if fits(message + _more(len(found), chord), width, rows) else 1
    return _hint(found[0], count, chord)


def _hint(hint: Hint, count: int, chord: Keys) -> Content:
    return content(hint.message + _more(count, chord), "$warning")


def _more(count: int, chord: Keys) -> str:
    """Return the number of further hints, and the key that lists them."""
    return f" (+{count - 1}: {chord('hints')})" if count > 1 else ""
