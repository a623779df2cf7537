"""Dialogs that several screens use.

A dialog is a modal screen with a frame; Esc closes it with None. A picker chooses one item of a
list; an editable list also changes it; a form is a dialog of fields; a reader shows a text.
"""
