"""The models that a form offers, and the limits that they set on texts."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widget import Widget

from suno_tui.providers.capabilities import Model
from suno_tui.providers.song import Song
from suno_tui.tui.screens.composer.row import FieldRow, Head
from suno_tui.tui.screens.composer.song_field import SongField
from suno_tui.tui.screens.composer.typing_form import TypingForm
from suno_tui.tui.widgets.choice import ModelChoice


class OfferedModels(TypingForm):
    """The part of the form that knows the provider of the song."""

    models: Sequence[Model]
    """The models of the provider that makes the song."""
    song: Song
    _fields: dict[str, Widget]
    _rows: dict[str, FieldRow | Head]

    @property
    def model(self) -> Model:
        """The song's model; if the provider has no such model, its first one."""
        return next((each for each in self.models if each.id == self.song.model), self.models[0])

    def offer(self, models: Sequence[Model]) -> None:
        """Offer the models of another provider, with their limits."""
        if models != self.models and "model" in self._fields:
            choice = self._fields["model"]
            assert isinstance(choice, ModelChoice)
            choice.options = tuple((model.id, model.label) for model in models)
            choice.refresh(layout=True)
        self.models = models
        for name, row in self._rows.items():
            if row.counter is not None and row.counter.limit != self.model.limit(name):
                row.counter.limit = self.model.limit(name)
                row.refresh()
                self._mark_over(name)

    def _mark_over(self, name: str) -> None:
        """Mark the part of a text that is beyond its limit."""
        row, field = self._rows[name], self._fields[name]
        if row.counter is not None and isinstance(field, SongField):
            field.mark_over(row.counter.limit)
