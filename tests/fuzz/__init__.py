"""Foreign bytes at every parser: in CI for seconds (`test_short.py`), by hand for as long as
wanted: `python -m tests.fuzz --minutes 10 [NAME …]`."""

from tests.fuzz import files, screen, wire

TARGETS = {target.name: target for target in (*files.TARGETS, *wire.TARGETS, *screen.TARGETS)}
