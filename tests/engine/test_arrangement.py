"""What differs from take to take and from seed to seed, counted in plans and scores."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest

from suno_tui.engine.arrangement import OPENING_ENERGY, OPENINGS
from suno_tui.engine.compose import compose
from suno_tui.engine.compose.arrange import arrange
from suno_tui.engine.compose.endings import ENDINGS
from suno_tui.engine.compose.form import form
from suno_tui.engine.compose.harmony import harmonise
from suno_tui.engine.compose.movement import cadence, degree
from suno_tui.engine.compose.percussion import drums
from suno_tui.engine.plan import Plan, plan
from suno_tui.engine.score import Score, Section
from suno_tui.engine.styles import STYLES
from suno_tui.engine.theory import chord
from suno_tui.providers.song import Song
from tests.engine.conftest import SUMMER_NIGHTS


def planned(style: str, seed: int, number: int = 1, lyrics: str = "", **more: object) -> Plan:
    song = Song(custom_mode=True, title="x", style=style, lyrics=lyrics, **more)  # type: ignore[arg-type]
    return plan(song, number=number, seed=seed)


def beginning(style: str, seed: int) -> set[tuple[str, int, object]]:
    """Return the notes and strokes of an instrumental's first eight bars.

    They are by player, sixteenth and degree above the tonic, so that neither tempo nor key count.
    """
    made = planned(style, seed, instrumental=True)
    sections = harmonise(made, form(made))
    count = next((i for i, s in enumerate(sections) if s.start_bar >= 8), len(sections))
    sections = sections[: count + 1]  # one more, so that none of the first is an ending
    end = 8 * made.beats_per_bar - 0.1
    hits = drums(made, sections)
    out: set[tuple[str, int, object]] = {
        (part.role, round(n.start * 4), (n.pitch - made.key.tonic) % 12)
        for part in arrange(made, sections, ())
        for n in part.notes
        if n.start < end
    }
    return out | {("drums", round(h.start * 4), h.drum) for h in hits if h.start < end}


@pytest.mark.parametrize("style", STYLES)
def test_no_two_of_twenty_songs_of_a_style_begin_alike(style: str) -> None:
    songs = [beginning(style, seed) for seed in range(20)]
    assert all(songs)
    shared = [len(a & b) / len(a | b) for a, b in combinations(songs, 2)]
    assert max(shared) < 0.85
    assert sum(shared) / len(shared) < 0.5


def respects(made: Plan) -> dict[str, object]:
    """Return what an arrangement is made of, as a listener would name it."""
    band = made.band
    return {
        "tempo": made.bpm,
        "groove": made.grooves[:1],
        "kit": made.kit,
        "chords": band.get("chords"),
        "bass": band.get("bass"),
        "lead": band.get("lead"),
        "players": frozenset(band),
        "opening": made.arrangement.opening,
        "ending": made.arrangement.ending,
        "breakdown": made.arrangement.breakdown,
        "form": tuple((b.kind, b.bars) for b in form(made)),
    }


@pytest.mark.parametrize("style", STYLES)
def test_take_2_is_another_arrangement(style: str) -> None:
    low, high = STYLES[style].bpm
    for seed in range(8):
        one, two = (planned(style, seed, number, SUMMER_NIGHTS) for number in (1, 2))
        first, second = respects(one), respects(two)
        differing = {name for name in first if first[name] != second[name]}
        assert {"tempo", "chords", "lead", "opening", "ending"} <= differing
        assert {"groove", "kit"} <= differing or style in ("ambient", "classical", "cinematic",
                                                           "chiptune")  # fmt: skip
        assert len(differing) >= 7
        assert 0.93 * one.bpm <= two.bpm <= 1.07 * one.bpm
        assert low * 0.9 <= two.bpm <= high * 1.1
        assert (one.title, one.lyrics, one.gender) == (two.title, two.lyrics, two.gender)


def test_what_the_user_asks_for_is_in_both_takes() -> None:
    for seed in range(6):
        takes = [planned("folk with piano and banjo, 90 bpm, in D major, fade out", seed, number)
                 for number in (1, 2, 3)]  # fmt: skip
        for made in takes:
            assert {"piano", "banjo"} <= {player.instrument for player in made.band.values()}
            assert (made.bpm, str(made.key)) == (90.0, "D major")
            assert made.arrangement.ending == "fade"
        assert len({made.arrangement.opening for made in takes}) == 3


def test_a_third_take_differs_from_both() -> None:
    made = [planned("pop", 4, number) for number in (1, 2, 3)]
    assert len({(p.band["chords"], p.grooves[0], p.arrangement.ending) for p in made}) == 3
    assert len({p.bpm for p in made}) == 3


def ends_by(name: str, style: str = "pop") -> Score:
    """Return the first song, by seed, that ends in a manner."""
    for seed in range(60):
        made = planned(style, seed, instrumental=True)
        if made.arrangement.ending == name:
            return compose(made)
    raise AssertionError(name)


def test_songs_end_in_six_manners() -> None:
    seen = {planned("pop", seed).arrangement.ending for seed in range(40)}
    assert seen == set(ENDINGS)
    for style in STYLES:
        assert len({planned(style, seed).arrangement.ending for seed in range(40)}) >= 3

    for name in set(ENDINGS) - {"fade"}:
        score = ends_by(name)
        last = score.sections[-1]
        at = (last.start_bar + last.bars - 1) * 4
        home = chord("i" if last.key.minor else "I", last.key).root
        assert last.chords[-1][1].root == home
        closing = [n for p in score.parts for n in p.notes if n.start > at - 0.1]
        assert closing
        longest = max(n.length for n in closing)
        assert longest < 1 if name in ("stop", "button") else longest > 2, name

    faded = ends_by("fade")
    assert (
        len({round(n.start) for p in faded.parts for n in p.notes if n.start > faded.beats - 8}) > 4
    )


def test_the_manners_of_ending_are_what_they_are_called() -> None:
    stripped = ends_by("strip")
    last = stripped.sections[-1]
    begin, beats = last.start_bar * 4, last.bars * 4
    ends = {p.role: max(n.start for n in p.notes) for p in stripped.parts}
    assert max(h.start for h in stripped.hits) < begin + beats / 2
    assert max(ends, key=lambda role: ends[role]) == "chords"
    assert ends.get("bass", 0.0) < begin + beats - 4

    button = ends_by("button")
    at = button.beats - 4
    gap = [n for p in button.parts for n in p.notes if at - 1.9 < n.start < at - 0.3]
    gap += [
        n for p in button.parts for n in p.notes if n.start < at - 2 < at - 1.8 < n.start + n.length
    ]
    assert not gap

    tagged = ends_by("tag")
    coda = tagged.sections[-1]
    assert coda.name == "Coda"
    bars = [[c for at, c in coda.chords if bar * 4 <= at < bar * 4 + 4]
            for bar in range(coda.bars - 4, coda.bars)]  # fmt: skip
    assert bars[0][-1] == bars[2][-1] != bars[1][0]
    assert bars[1][0].symbol in ("vi", "VI")


def sung(seed: int, style: str = "pop", lyrics: str = "") -> Score:
    return compose(planned(style, seed, 1, lyrics or SUMMER_NIGHTS))


def test_a_pre_chorus_lifts_into_the_chorus() -> None:
    lyrics = "[Verse]\nOne line\nTwo lines\n[Pre-Chorus]\nIt is rising now\nI can feel it grow\n" \
             "And the night is on\nAnd away we go\n[Chorus]\nHere we are\nHere we go"  # fmt: skip
    for seed in range(6):
        made = planned("pop", seed, 1, lyrics)
        score = compose(made)
        i = next(i for i, s in enumerate(score.sections) if s.kind == "pre-chorus")
        section = score.sections[i]
        assert score.sections[i + 1].kind == "chorus"
        assert score.sections[i + 1].key == section.key
        assert section.chords[-1][1].root == chord(cadence(made, section.key), section.key).root
        begin, end = section.start_bar * 4, (section.start_bar + section.bars) * 4
        late = [h for h in score.hits if end - 4.1 <= h.start < end - 0.1 and h.drum == "snare"]
        early = [
            h for h in score.hits if begin - 0.1 <= h.start < begin + 3.9 and h.drum == "snare"
        ]
        assert len(late) >= 8
        assert len(early) <= 2
        half = (begin + end) / 2
        loud = [
            [n.velocity for p in score.parts for n in p.notes if a <= n.start < b]
            for a, b in ((begin, half), (half, end))
        ]
        assert sum(loud[0]) / len(loud[0]) < sum(loud[1]) / len(loud[1])


def test_some_last_choruses_are_higher_and_are_prepared() -> None:
    lifted = 0
    for seed in range(12):
        made = planned("country", seed, 1, SUMMER_NIGHTS)
        sections = compose(made).sections
        last = max(i for i, s in enumerate(sections) if s.kind == "chorus")
        up = (sections[last].key.tonic - made.key.tonic) % 12
        assert up == made.arrangement.lift
        assert all(s.key == made.key for s in sections[:last])
        if up:
            lifted += 1
            dominant = (sections[last].key.tonic + 7) % 12
            assert sections[last - 1].chords[-1][1].root == dominant
    assert 2 <= lifted <= 10


def test_breakdowns_differ() -> None:
    heard = set()
    for seed in range(14):
        made = planned("house", seed, instrumental=True)
        score = compose(made)
        broken = [s for s in score.sections if s.kind == "break"]
        if broken:
            begin, end = broken[0].start_bar * 4, (broken[0].start_bar + broken[0].bars) * 4
            heard.add(frozenset(p.role for p in score.parts
                                if any(begin <= n.start < end - 0.2 for n in p.notes)))  # fmt: skip
    assert len(heard) >= 4


def test_a_last_chorus_may_begin_with_few_players() -> None:
    for seed in range(20):
        made = planned("rock", seed, 1, SUMMER_NIGHTS)
        score = compose(made)
        choruses = [s for s in score.sections if s.kind == "chorus"]
        if made.arrangement.down and len(choruses) > 2 and choruses[-1].bars >= 8:
            break
    else:
        raise AssertionError
    begin, half = choruses[-1].start_bar * 4, (choruses[-1].start_bar + choruses[-1].bars // 2) * 4
    playing = {p.role for p in score.parts if any(begin <= n.start < half - 0.2 for n in p.notes)}
    assert playing <= {"chords", "pad"}
    assert not [h for h in score.hits if begin <= h.start < half - 0.1]
    assert [h for h in score.hits if h.start >= half]


@pytest.mark.parametrize("opening", [name for name in OPENINGS if name != "band"])
def test_an_opening_begins_with_its_players(opening: str) -> None:
    assert set(OPENINGS) == set(OPENING_ENERGY)
    for style in ("pop", "rock", "synthwave"):
        for seed in range(120):
            made = planned(style, seed, instrumental=True)
            if made.arrangement.opening == opening:
                break
        else:
            continue
        score = compose(made)
        intro = score.sections[0]
        first = {p.role for p in score.parts if any(n.start < 3.5 for n in p.notes)}
        first |= {"drums"} if any(h.start < 3.5 for h in score.hits) else set()
        entries_of = OPENINGS[opening]
        assert first <= {role for role, share in entries_of.items() if share < 1 / intro.bars}
        assert first
        return
    raise AssertionError("no song opens so")


TAGGED = """[Intro]
[Verse]
Walking down the empty street
City lights beneath my feet
[Bridge]
Every star is shining bright
[Chorus]
Summer nights, we come alive
[Guitar Solo]
[Verse 2]
Lost inside the summer night
[Outro]
Dancing under neon skies"""


@pytest.mark.parametrize("style", ["pop", "edm", "jazz", "metal", "classical", "trap"])
@pytest.mark.parametrize("number", [1, 2])
def test_the_users_own_form_stays(style: str, number: int) -> None:
    own = ["Intro", "Verse", "Bridge", "Chorus", "Guitar Solo", "Verse 2"]
    for seed in range(3):
        score = compose(planned(style, seed, number, TAGGED))
        names = [s.name for s in score.sections]
        assert names[: len(own)] == own
        assert names[-1] == "Outro"
        assert [line.text for line in score.lines][-1] == "Dancing under neon skies"


def test_a_form_that_is_ours_has_more_parts() -> None:
    words = "One\nTwo\nThree\nFour\n\nA\nB\nC\nD\n\nFive\nSix\nSeven\nEight\n\nA\nB\nC\nD"
    forms = {
        tuple(s.kind for s in compose(planned("pop", seed, 1, words)).sections[:6])
        for seed in range(8)
    }
    assert len(forms) >= 4


def test_chords_move_as_often_as_on_records() -> None:
    """33 changes a minute are heard on the references, 26 were planned before; heard as planned."""
    rates = []
    for style in ("lo-fi", "edm", "pop", "metal", "rock", "ambient", "reggaeton", "trap", "folk",
                  "synthwave", "classical", "jazz"):  # fmt: skip
        for seed in range(3):
            made = planned(style, seed, instrumental=True)
            sections = harmonise(made, form(made))
            bars = sum(s.bars for s in sections)
            minutes = bars * made.beats_per_bar / made.bpm
            rates.append(sum(len(s.chords) for s in sections) / minutes)
    assert 31 <= sum(rates) / len(rates) <= 38


def closed(sections: tuple[Section, ...]) -> list[Section]:
    """Return the sections after which nothing hurries on."""
    kinds = ("verse", "chorus", "bridge", "solo", "interlude")
    return [
        a for a, b in pairwise(sections)
        if a.kind in kinds and b.kind not in ("chorus", "drop", "hook") and a.key == b.key
    ]  # fmt: skip


def test_phrases_end_at_home_in_bass_and_melody() -> None:
    ended = at_home = 0
    for style in ("pop", "folk", "rock", "country", "indie", "r&b"):
        for seed in range(3):
            score = sung(seed, style)
            bass = next(p for p in score.parts if p.role == "bass")
            for section in closed(score.sections):
                tonic = section.key.tonic
                assert section.chords[-1][1].root == tonic, (style, seed, section.name)
                end = (section.start_bar + section.bars) * score.beats_per_bar
                low = [n for n in bass.notes if end - 2.1 <= n.start < end - 0.2]
                assert all(n.pitch % 12 == tonic for n in low)
                if section.lines:
                    ended += 1
                    at_home += score.lines[section.lines[-1]].notes[-1].pitch % 12 == tonic
    assert at_home / ended > 0.7


def test_words_that_the_engine_writes_have_several_forms() -> None:
    def form_of(seed: int, style: str) -> tuple[str, ...]:
        made = plan(Song(prompt=f"a {style} song about the sea"), number=1, seed=seed)
        return tuple(line for line in made.lyrics.splitlines() if line.startswith("["))

    assert len({form_of(seed, "pop") for seed in range(20)}) >= 4
    for seed in range(20):
        assert "[Pre-Chorus]" not in form_of(seed, "hip-hop")
        assert {"[Verse 1]", "[Verse 2]", "[Chorus]"} <= set(form_of(seed, "pop"))


def test_a_diminished_chord_is_no_degree_of_the_scale() -> None:
    numerals = ("I", "i", "V7", "iii", "VII", "iio", "viio", "idim", "bVII")
    assert [degree(numeral) for numeral in numerals] == [0, 0, 4, 2, 6, None, None, None, None]
