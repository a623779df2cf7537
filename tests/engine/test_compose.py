"""The score: form, melody and harmony, as facts that can be counted."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suno_tui.engine.band import Player
from suno_tui.engine.compose import accompany, compose
from suno_tui.engine.compose.harmony import Voicer
from suno_tui.engine.compose.human import swung
from suno_tui.engine.compose.patterns import BASS, CHORDS
from suno_tui.engine.compose.progressions import pool
from suno_tui.engine.compose.rhythm import strength
from suno_tui.engine.lyrics import sections
from suno_tui.engine.midi import score_to_midi
from suno_tui.engine.plan import plan
from suno_tui.engine.score import Score, Section, SungLine
from suno_tui.engine.styles import STYLES
from suno_tui.engine.theory import Chord, Key
from suno_tui.providers.song import Song
from tests.engine.requests import requests
from tests.examples import examples

SongMaker = Callable[..., Song]


def scored(song: Song, number: int = 1, seed: int = 3, seconds: float | None = None) -> Score:
    return compose(plan(song, number=number, seed=seed, target_seconds=seconds))


def section_at(score: Score, beat: float) -> Section:
    """Return the section in which a beat is."""
    bar = beat / score.beats_per_bar + 1e-6
    begun = [section for section in score.sections if section.start_bar <= bar]
    return begun[-1] if begun else score.sections[0]


def test_summer_nights_stands_as_it_was_written(song: SongMaker) -> None:
    """The document's own example: its sections in order, both takes of a usual length."""
    for number in (1, 2):
        score = scored(song(), number)
        assert 120 <= score.seconds(score.beats) <= 240
        kinds = [s.kind for s in score.sections]
        assert kinds[:3] == ["intro", "verse", "chorus"]
        assert kinds[-1] == "outro"
        sung = [line.text for line in score.lines[:6]]
        assert sung[0] == "Walking down the empty street"
        assert sung[4:6] == ["Summer nights, we come alive", "Dancing under neon skies"]
        verse, chorus = score.sections[1], score.sections[2]
        assert len(verse.lines) == 4
        assert chorus.energy > verse.energy + 0.2
        bar = score.beats_per_bar
        for section in score.sections:
            for i in section.lines:
                assert section.start_bar * bar <= score.lines[i].start
                assert score.lines[i].end <= (section.start_bar + section.bars) * bar + 0.01


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("instrumental", [False, True])
def test_every_style_composes_a_whole_song(song: SongMaker, style: str, instrumental: bool) -> None:
    score = scored(song(style=style, instrumental=instrumental))
    assert 110 <= score.seconds(score.beats) <= 240
    energies = [s.energy for s in score.sections]
    assert max(energies) - min(energies) > 0.35
    assert len({p.role for p in score.parts}) >= 3
    assert bool(score.lines) is not instrumental
    for part in score.parts:
        assert all(20 <= n.pitch <= 108 and n.length > 0 and 0 < n.velocity <= 1
                   for n in part.notes)  # fmt: skip
    lead = [p for p in score.parts if p.role in ("lead", "chords", "bass")]
    notes = [n for p in lead for n in p.notes]
    inside = [
        section_at(score, n.start).key.contains(n.pitch)
        or n.pitch % 12
        in section.chord_at(n.start - section.start_bar * score.beats_per_bar).classes
        for n in notes
        for section in [section_at(score, n.start)]
    ]
    assert sum(inside) / len(inside) > 0.9


@pytest.mark.parametrize("style", STYLES)
def test_every_syllable_has_a_note_and_no_two_overlap(song: SongMaker, style: str) -> None:
    for seed in (1, 2):
        score = scored(song(style=style), seed=seed)
        assert score.lines
        by_text = {line.text: line for s in sections(song().lyrics) for line in s.lines}
        for line in score.lines:
            assert [n.syllable for n in line.notes] == list(by_text[line.text].syllables)
            pairs = zip(line.notes, line.notes[1:], strict=False)
            assert all(a.start + a.length <= b.start + 0.01 for a, b in pairs)


@pytest.mark.parametrize("style", STYLES)
def test_strong_beats_are_sung_on_chord_tones_mostly_by_step(song: SongMaker, style: str) -> None:
    good = total = steps = moves = 0
    for seed in (1, 2):
        score = scored(song(style=style, weirdness_constraint=0.3), seed=seed)
        for line in score.lines:
            for note in line.notes:
                section = section_at(score, note.start + 0.01)
                inside = note.start - section.start_bar * score.beats_per_bar
                if strength(inside, score.beats_per_bar) >= 0.75:
                    total += 1
                    good += note.pitch % 12 in section.chord_at(inside).classes
            for a, b in zip(line.notes, line.notes[1:], strict=False):
                moves += 1
                steps += abs(a.pitch - b.pitch) <= 2
            pitches = [n.pitch for n in line.notes]
            assert max(pitches) - min(pitches) <= 14
    assert good / total >= 0.8
    assert steps / moves >= 0.4
    if STYLES[style].voice != "rap":
        assert steps / moves <= 0.95


def test_held_syllables_turn_over_more_notes_where_the_style_likes_it(song: SongMaker) -> None:
    def share(style: str) -> float:
        scores = [scored(song(style=style), seed=seed) for seed in range(4)]
        notes = [note for score in scores for line in score.lines for note in line.notes]
        for note in notes:
            pieces = note.pieces
            assert sum(length for _, length, _ in pieces) == pytest.approx(note.length)
            assert all(length > 0.1 for _, length, _ in pieces)
            assert note.length > 0.6 or not note.turns
            assert len(pieces) == (3 if note.turns else 1)
        return sum(bool(note.turns) for note in notes) / len(notes)

    assert 0.05 < share("r&b") < 0.2
    assert 0.0 < share("pop") < 0.1
    assert share("punk") == share("metal") == share("trap") == 0.0
    one = scored(song(style="r&b"))
    sung = [piece for line in one.lines for note in line.notes for piece in note.pieces]
    midi = score_to_midi(one)
    voice = midi[midi.rindex(b"MTrk") :]
    assert len(re.findall(rb"[\x90-\x9f][\x00-\x7f][\x01-\x7f]", voice)) == len(sung)


def test_a_chorus_returns_as_itself(song: SongMaker) -> None:
    score = scored(song(style="pop, happy"))
    choruses = [s for s in score.sections if s.kind == "chorus"]
    shapes = []
    for section in choruses[:2]:
        first = score.lines[section.lines[0]]
        begin = section.start_bar * score.beats_per_bar
        shapes.append([(round(n.start - begin, 3), n.pitch) for n in first.notes])
    assert shapes[0] == shapes[1]
    assert score.lines[choruses[0].lines[0]].doubled
    assert score.lines[choruses[0].lines[0]].harmony


def test_the_same_request_and_seed_give_the_same_score(song: SongMaker) -> None:
    assert scored(song()) == scored(song())
    assert scored(song(), 1) != scored(song(), 2)
    assert scored(song(), seed=3) != scored(song(), seed=4)


def test_weirdness_leaves_the_chords_more_often(song: SongMaker) -> None:
    def outside(weird: float) -> float:
        off = total = 0
        for seed in range(5):
            score = scored(song(weirdness_constraint=weird), seed=seed)
            for line in score.lines:
                for note in line.notes:
                    section = section_at(score, note.start + 0.01)
                    inside = note.start - section.start_bar * score.beats_per_bar
                    total += 1
                    off += note.pitch % 12 not in section.chord_at(inside).classes
        return off / total

    assert outside(0.0) < outside(1.0)


def test_genders_sing_in_their_ranges(song: SongMaker) -> None:
    def middle(gender: str) -> float:
        notes = [n.pitch for line in scored(song(vocal_gender=gender)).lines for n in line.notes]
        return sum(notes) / len(notes)

    assert middle("f") - middle("m") > 7
    assert middle("f") < 67.5, "higher, no vowel has enough partials to be told from another"


def test_a_dance_track_builds_and_drops(song: SongMaker) -> None:
    score = scored(song(style="edm", instrumental=True))
    kinds = [s.kind for s in score.sections]
    at = kinds.index("build")
    assert kinds[at + 1] == "drop"
    build, drop = score.sections[at], score.sections[at + 1]
    begin = build.start_bar * 4
    rolls = [
        [h for h in score.hits if h.drum == "snare" and begin + a <= h.start < begin + b]
        for a, b in ((0, build.bars * 2), (build.bars * 2, build.bars * 4))
    ]
    assert len(rolls[1]) > 1.5 * len(rolls[0])
    bass = next(p for p in score.parts if p.role == "bass")
    assert not [n for n in bass.notes if begin <= n.start < begin + build.bars * 4]
    assert [n for n in bass.notes if n.start >= drop.start_bar * 4]
    assert "riser" in {name for _, _, name in score.effects}


def test_a_groove_answers_itself_and_remains_the_groove(song: SongMaker) -> None:
    turned = 0
    for seed in range(6):
        score = scored(song(style="hip-hop", instrumental=True), seed=seed)
        verse = next(s for s in score.sections if s.bars >= 8 and s.kind == "verse")
        bars = [
            {(h.drum, round((h.start - b * 4) * 4)) for h in score.hits if b <= h.start / 4 < b + 1}
            for b in range(verse.start_bar, verse.start_bar + 4)
        ]
        assert len(bars[1] & bars[3]) >= 0.5 * len(bars[1])
        turned += bars[1] != bars[3]
    assert turned >= 4


def test_a_verse_of_four_lines_climbs_and_rests_only_at_its_end(song: SongMaker) -> None:
    def height(line: SungLine) -> float:
        return sum(n.pitch * n.length for n in line.notes) / sum(n.length for n in line.notes)

    climbs = []
    for seed in range(8):
        verse = scored(song(), seed=seed).lines[:4]
        climbs.append(height(verse[2]) + height(verse[3]) - height(verse[0]) - height(verse[1]))
    assert sum(climb > 0 for climb in climbs) >= 6


def test_players_rest_where_the_style_breathes(song: SongMaker) -> None:
    score = scored(song(style="classical", instrumental=True))
    assert score.sections[0].kind == "intro"
    notes = [n for part in score.parts for n in part.notes]
    for section in score.sections[:-1]:
        end = (section.start_bar + section.bars) * score.beats_per_bar
        assert not [n for n in notes if n.start < end - 0.5 < n.start + n.length - 0.2]
    form = "[Intro]\n[Verse]\n[Chorus]\n[Bridge]\n[Chorus]\n[Outro]"
    score = scored(song(style="punk", lyrics=form))
    bridge = next(s for s in score.sections if s.kind == "bridge")
    begin = bridge.start_bar * 4
    half, end = begin + bridge.bars // 2 * 4, begin + bridge.bars * 4
    wall = next(part for part in score.parts if part.role == "chords")
    halves = [
        [n for n in wall.notes if a <= n.start + 0.1 < b] for a, b in ((begin, half), (half, end))
    ]
    assert not halves[0]
    assert halves[1]


def test_swing_delays_the_off_beats_only() -> None:
    assert swung(1.0, 0.3, True) == 1.0
    assert swung(1.5, 0.32, True) == pytest.approx(1.66)
    assert swung(1.25, 0.2, False) > 1.25
    assert swung(1.3, 0.0, True) == 1.3


@pytest.mark.parametrize("seconds", [3.0, 10.0, 30.0, 60.0])
def test_a_target_is_kept(song: SongMaker, seconds: float) -> None:
    for style in ("pop", "ambient", "blues", "metal"):
        for instrumental in (False, True):
            score = scored(song(style=style, instrumental=instrumental), seconds=seconds)
            bar = score.seconds(score.beats_per_bar)
            assert abs(score.seconds(score.beats) - seconds) <= max(2.5 * bar, seconds * 0.25)
            assert bool(score.lines) is not instrumental or seconds < 8


@pytest.mark.parametrize(
    "lyrics",
    ["", "\n" * 10_000, "la", "word " * 600, "a\n" * 1500, "[Chorus]\n" * 300, "我" * 3000,
     "[Verse]\n" + "é" * 2900, "x" * 3000, "[Outro]\nbye"],
    ids=range(10),
)  # fmt: skip
def test_any_lyrics_make_a_song_of_a_usual_length(song: SongMaker, lyrics: str) -> None:
    for style in ("pop", "trap", "blues"):
        score = scored(song(lyrics=lyrics, style=style))
        assert 90 <= score.seconds(score.beats) <= 241


@settings(max_examples=examples(200), suppress_health_check=[HealthCheck.too_slow])
@given(
    song=requests(),
    number=st.sampled_from([1, 2]),
    seed=st.integers(0, 2**31),
    seconds=st.sampled_from([None, 12.0, 20.0, 40.0]),
)
def test_any_request_becomes_a_playable_score(
    song: Song, number: int, seed: int, seconds: float | None
) -> None:
    score = scored(song, number, seed, seconds)
    length = score.seconds(score.beats)
    assert (90 if seconds is None else seconds / 4) <= length <= 241
    assert score.parts or score.hits
    assert score_to_midi(score)[:4] == b"MThd"
    for line in score.lines:
        assert all(0 <= n.start < score.beats and n.length > 0 for n in line.notes)
        assert all(30 <= n.pitch <= 90 for n in line.notes)
    for part in score.parts:
        assert all(12 <= n.pitch <= 115 and n.length > 0 and 0 < n.velocity <= 1
                   for n in part.notes)  # fmt: skip


def test_functional_harmony_moves_within_bars_more_than_loops_do() -> None:
    def halves(style: str) -> float:
        songs = (Song(custom_mode=True, title="x", style=style, instrumental=True),) * 6
        scores = [scored(one, 1, seed, None) for seed, one in enumerate(songs)]
        moves = sum(at % 4 == 2 for score in scores for s in score.sections for at, _ in s.chords)
        return moves / sum(score.bars for score in scores)

    assert halves("folk") > 0.3
    assert 0 < halves("techno") < 0.2


@pytest.mark.parametrize("table", [CHORDS, BASS])
def test_the_first_stroke_of_a_gallop_rings_for_an_eighth(
    table: dict[str, tuple[str, ...]],
) -> None:
    """Cut short, it is heard as a machine."""
    for rows in table["gallop"][1:]:
        assert rows[:4] in ("C-mm", "R-rr")
        assert not re.search(r"[CR]\.", rows)


def test_a_picked_guitar_rings_until_its_chord_changes() -> None:
    """Cut at each stroke, it is heard as a harpsichord."""
    home, away = Chord(0, (0, 4, 7), "C"), Chord(7, (0, 4, 7), "G")
    chords = ((0.0, home), (3.0, away))
    section = Section("verse", "Verse", 2, 1, 0.6, Key(0, "major"), chords, 0, ())
    for player, rings in (("steel_guitar", {0.0: 2.0, 1.0: 2.0, 2.5: 0.5}), ("harp", {0.0: 0.5})):
        voicer = Voicer(player, rootless=False)
        notes = accompany.chords(section, "fingerpick", voicer, 4, Random(1))
        lengths = {note.start - 8.0: note.length for note in notes}
        assert {at: lengths[at] for at in rings} == rings


def test_a_drone_stays_on_the_tonic() -> None:
    chords = ((0.0, Chord(5, (0, 4, 7), "F")), (4.0, Chord(0, (0, 4, 7), "C")))
    section = Section("verse", "Verse", 0, 2, 0.9, Key(0, "major"), chords, 0, ())
    notes = accompany.bass(section, None, Player("drone_bass", "drone"), 4, Random(1))
    assert {note.pitch % 12 for note in notes} == {0}


@pytest.mark.parametrize("place", ["verse", "chorus"])
def test_loops_of_dance_music_in_minor_say_where_home_is(place: str) -> None:
    """Loops of i VI III VII alone are heard in the relative major."""
    for row in pool("edm", "minor", place):
        words = row.split()
        assert "III" not in words
        assert "V" in words or words.count("i") > 1
