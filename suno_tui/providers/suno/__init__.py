"""The dialect of Suno's API (`docs/suno-api.txt`): request bodies, answers and their values."""
