"""Fuzz every parser of foreign bytes: for seconds in CI (`test_short.py`), by hand for any time:
`python -m tests.fuzz --minutes 10 [NAME …]`."""

from tests.fuzz import files, importing, listening, screen, wire

TARGETS = {
    target.name: target
    for target in (
        *files.TARGETS,
        *importing.TARGETS,
        *wire.TARGETS,
        *screen.TARGETS,
        *listening.TARGETS,
    )
}
