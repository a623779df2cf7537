"""The local sketch engine: turns a song into finished takes, in numpy, with nothing downloaded.

`take` is its entry point and cheap to import: the synthesis is loaded with the first take.
"""
