"""The check of the writer in `suno-tui doctor`."""

from __future__ import annotations

from suno_tui.common.secret import plain_http_warning
from suno_tui.config.writer_edits import key_sources
from suno_tui.studio import Studio
from suno_tui.writer.partner import host_of


def writer_state(studio: Studio) -> tuple[bool | None, str]:
    """Return whether the writer's settings are right (None: a note), and a sentence about them.

    Nothing is sent, and the key is not read, since that may ask for a password.
    """
    writer = studio.settings.writer
    if not writer.base_url:
        return True, "off; “Set up the writer” in the composer turns it on"
    sources = key_sources(writer)
    if studio.env.get("SUNO_TUI_WRITER_KEY"):
        key = "the variable SUNO_TUI_WRITER_KEY"
    elif not sources:
        key = ""
    else:
        key = {
            "key": "config.toml",
            "key_env": f"the variable {writer.key_env}",
            "key_file": f"{writer.key_file}",
            "key_command": f"the command {(writer.key_command or [''])[0]}",
        }[sources[0]]
    if warning := plain_http_warning(writer.base_url, key):
        return None, warning
    model = f"{writer.model} at " if writer.model else ""
    return True, f"{model}{host_of(writer.base_url)}, {f'its key from {key}' if key else 'no key'}"
