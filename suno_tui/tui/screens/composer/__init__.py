"""The composer: writing a song, what it costs, its drafts and recipes."""

from suno_tui.tui.screens.composer.pane import ComposePane

__all__ = ["ComposePane"]
