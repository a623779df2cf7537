"""The main screen with its header and panes; one package for each pane and for the settings.

A *place* is a pane that the user can go to: compose, tasks, library or player. Places are side by
side, or *pages* if there is room for only one.
"""
