"""Widgets without knowledge of the studio: lists, fields, choices, sliders, waveform, cover.

Words: a `VirtualList` draws only the visible rows; a role is the name of a style of a row's cells
(`ComponentStyles`); a `CellStrip` repaints only the columns that changed; `content` turns text from
outside into safe text of a given width.
"""
