"""The composer: writing a song, what it costs, its drafts and recipes."""

from suno_tui.tui.compose.pane import ComposePane

__all__ = ["ComposePane"]
