"""The writer: a language model that proposes words for a song, at an address of the user's own.

`wishes.py` says what is asked, `chat.py` asks it, `answers.py` makes a `proposal.py` of the answer.
Nothing here changes a song: the user takes a proposal, or lines of it, or nothing.
"""
