"""The local sketch engine: turns a song into finished takes, in numpy, with nothing downloaded.

`take` is its front door, and costs nothing to import: the synthesis loads with the first take.
"""
