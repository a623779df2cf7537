"""The grammar of lyrics and styles, shared by composer and engine.

A section is a part of the lyrics that begins with a tag such as `[Verse]`; a cue is any other text
in brackets. A style is a list of descriptors; the known ones are the vocabulary. A hint points out
something that is allowed but seldom intended. A placeholder (`<topic>`) is what a recipe leaves
open.
"""
