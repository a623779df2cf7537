"""What the studio knows about writing songs: sections, syllables, length, styles, hints, pastes."""
