"""Sound from numbers: oscillators, strings, drums and effects, all mono or stereo float32."""
