"""Tests use public ways in: the command line, the app under Pilot, the API by socket."""
