"""The grammar of lyrics and styles, shared by composer and engine.

A section is a part of the lyrics, begun by a tag such as `[Verse]`; a cue is any other text in
brackets. A style is a list of descriptors, known ones being its vocabulary. A hint is about
something allowed that is seldom meant. A placeholder (`<topic>`) is what a recipe leaves open.
"""
