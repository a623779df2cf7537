"""Synthesis: oscillators, strings, drums and effects, as mono or stereo float32 arrays."""
