"""The singer: syllables on notes, sung by formants or with a speech program's sounds."""
