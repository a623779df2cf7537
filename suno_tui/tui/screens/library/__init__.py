"""The library on the screen: the tracks, a filter as one types, and everything about one track."""
