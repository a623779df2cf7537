"""The player on the screen: its bar, its page, and the dialogs about up next and the sound."""
