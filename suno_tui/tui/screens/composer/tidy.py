"""Tidy a song's texts: a style that is too long or labelled, lyrics from elsewhere."""

from __future__ import annotations

from typing import NamedTuple

from suno_tui.providers.capabilities import Model
from suno_tui.providers.song import Song


class Tidied(NamedTuple):
    """The new texts of fields by their names, and a sentence on what was done; empty if nothing."""

    fields: dict[str, str]
    summary: str


def why_not_fit(song: Song, model: Model) -> str | None:
    """Return why the style need not be changed, or None if it has to."""
    return None if fit_style(song, model).summary else "The style fits."


def fit_style(song: Song, model: Model) -> Tidied:
    """Remove labels from the style and shorten it; what it excludes goes to Exclude."""
    from suno_tui.lyrics.labelled_style import unlabelled
    from suno_tui.lyrics.style import descriptors, fit, join

    plain, excluded = unlabelled(song.style)
    style, dropped = fit(plain, model.limit("style"))
    fields = {"style": style} if style != song.style else {}
    done = []
    if excluded:
        both = dict.fromkeys((*descriptors(song.negative_tags or ""), *descriptors(excluded)))
        fields["negative_tags"], lost = fit(join(both), model.limit("negative_tags"))
        dropped += lost
        done.append(f"To Exclude: {excluded}")
    elif plain != song.style:
        done.append("Removed the labels")
    if dropped:
        done.append(f"Dropped: {', '.join(part.rstrip('.') for part in dropped)}")
    return Tidied(fields, ". ".join(done))


def why_not_clean(song: Song) -> str | None:
    """Return why there is nothing to clean in the lyrics, or None if there is."""
    return None if clean_lyrics(song).summary else "The lyrics are clean."


def clean_lyrics(song: Song) -> Tidied:
    """Remove from the lyrics what is not sung."""
    from suno_tui.lyrics.elsewhere import cleaned, what_is_foreign

    found = what_is_foreign(song.lyrics) if song.custom_mode and not song.instrumental else ()
    if not found:
        return Tidied({}, "")
    return Tidied({"lyrics": cleaned(song.lyrics)}, f"Removed {', '.join(found)}")
