"""The library: a folder of tracks. Text files are the truth; the index beside them is a cache."""
