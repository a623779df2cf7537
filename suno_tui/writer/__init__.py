"""The writer: a language model, at an address that the user sets, proposes words for a song.

`wishes.py` builds the request, `chat.py` sends it, `answers.py` turns the answer into a proposal
(`proposal.py`). Nothing here changes a song: the user accepts all of a proposal, some lines of it,
or nothing.
"""
