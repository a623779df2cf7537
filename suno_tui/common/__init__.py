"""The basics that all other packages use: errors, text, paths, files, locks and databases.

A *home* is the set of folders of one studio (`paths.Home`). A *lock* has one holder among all
processes, and a *secret* is a key that can't be printed by accident.
"""
