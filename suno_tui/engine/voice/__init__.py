"""The singer: syllables on notes become a voice, of formants or of a speech program's sounds."""
