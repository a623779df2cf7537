"""Actions and events that belong to no single pane: plain objects, testable without an app.

A controller gets the app as a `Context` (`tui/context.py`). Those that have `action_…` methods are
in the dispatcher's chain.
"""
