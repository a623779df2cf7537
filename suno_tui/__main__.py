"""`python -m suno_tui` is `suno-tui`."""

from suno_tui.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
