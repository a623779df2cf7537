"""The synthesised band: drums on shells, pulled strings, guitars that are played twice."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from suno_tui.engine import stems
from suno_tui.engine.compose import human
from suno_tui.engine.plan import plan
from suno_tui.engine.rng import noise
from suno_tui.engine.score import Note, Part, Score
from suno_tui.engine.synth import kits, modes
from suno_tui.engine.synth.dsp import RATE, Audio
from suno_tui.engine.synth.instruments import INSTRUMENTS
from suno_tui.engine.synth.strings import string
from suno_tui.engine.theory import Key
from suno_tui.providers.song import Song

SongMaker = Callable[..., Song]


def level(sound: Audio, low: float, high: float, begin: float = 0.0, end: float = 9.0) -> float:
    """The power between two frequencies in a stretch of seconds, in dB."""
    part = np.atleast_2d(sound)[:, int(begin * RATE) : int(end * RATE)].mean(axis=0)
    f = np.fft.rfftfreq(len(part), 1 / RATE)
    power = np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2
    return float(10 * np.log10(power[(f >= low) & (f < high)].sum() / len(part) + 1e-15))


def test_partials_ring_at_their_pitch_and_fall_in_their_time() -> None:
    n = RATE // 2
    sound = modes.ring(n, (440.0, 3000.0), (1.0, 0.5), (0.1, 0.02), noise("test"), 0.0)
    t = np.arange(n) / RATE
    wanted = np.exp(-t / 0.1) * np.sin(2 * np.pi * 440 * t)
    wanted += 0.5 * np.exp(-t / 0.02) * np.sin(2 * np.pi * 3000 * t)
    assert np.abs(sound - wanted).max() < 0.001


def test_each_band_of_a_noise_has_its_level_and_its_decay() -> None:
    sound = modes.hiss(RATE, noise("test"), ((200, 400, -6.0, 9e9), (2000, 4000, 0.0, 0.1)))
    assert level(sound, 250, 350, 0.5, 1) - level(sound, 2500, 3500, 0.5, 1) > 20
    assert sound[RATE // 2 :].std() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("kit", kits.ROOMS)
def test_a_drummer_never_strikes_twice_the_same_and_stands_in_a_room(kit: str) -> None:
    for name in ("kick", "snare", "hat", "ride", "tom2"):
        one, two = (kits.placed(kit, name, variant, 2) for variant in (0, 1))
        assert np.isfinite(one).all()
        assert not np.array_equal(one[:, :3000], two[:, :3000])
        assert not np.array_equal(one[0], one[1]), "the room is wide"


def test_drums_keep_the_balance_of_skin_and_wires() -> None:
    """Golden figures, of recorded kits: level of bands in the first 30 ms, beside the loudest."""
    kick, snare = (kits.drum("rock", name, 0, 2) for name in ("kick", "snare"))
    assert level(kick, 40, 130, 0, 0.1) - level(kick, 2000, 5000, 0, 0.1) > 12
    assert 2 < level(snare, 150, 300, 0, 0.03) - level(snare, 2300, 9000, 0, 0.03) < 18
    assert 0 < level(snare, 150, 300, 0.06, 0.12) - level(snare, 2300, 9000, 0.06, 0.12) < 15
    hat, ride = (kits.drum("rock", name, 0, 2) for name in ("hat", "ride"))
    assert level(hat, 2300, 9000) > level(hat, 9000, 20_000) - 3, "not a hiss alone"
    assert level(ride, 2300, 3200, 0.3, 0.6) > level(ride, 6000, 15_000, 0.3, 0.6), "it pings"


def test_a_machine_has_no_room() -> None:
    one = kits.placed("techno", "kick", 0, 2)
    assert np.array_equal(one[0], one[1])


def test_the_partials_of_a_pulled_string_fall_with_their_number() -> None:
    click = np.ones(1, np.float32)
    sound = string(220.0, RATE, excitation=click, ring=9, damping=0, tilt=1.0, position=0.5)
    levels = [level(sound, 220 * k - 40, 220 * k + 40) for k in (1, 3, 9)]  # it is pulled halfway
    assert levels[0] - levels[1] == pytest.approx(20 * np.log10(3), abs=1)
    assert levels[1] - levels[2] == pytest.approx(20 * np.log10(3), abs=1)


@pytest.mark.parametrize("name", ["steel_guitar", "nylon_guitar", "finger_bass", "pick_bass"])
def test_a_plucked_string_is_no_harpsichord(name: str) -> None:
    pitch = 40 if "bass" in name else 55
    sound = INSTRUMENTS[name].play(pitch, 1.0, 0.8, noise("test"))
    f0 = 440 * 2 ** ((pitch - 69) / 12)
    low, high = level(sound, f0 * 0.5, f0 * 4.5), level(sound, f0 * 7.5, f0 * 20.5)
    assert 10 < low - high < 45, "recorded guitars: 12 to 25 dB, basses: 20 to 40"


def test_a_muted_stroke_is_short_and_dull() -> None:
    guitar = INSTRUMENTS["metal_guitar"]
    muted, held = (guitar.play(40, s, 0.8, noise("test")) for s in (0.08, 1.0))
    assert level(held, 60, 8000, 0.12, 0.2) - level(muted, 60, 8000, 0.12, 0.2) > 10
    dull = [level(s, 60, 500, 0.02, 0.1) - level(s, 1500, 5000, 0.02, 0.1) for s in (muted, held)]
    assert dull[0] > dull[1] + 6


def part(instrument: str, starts: int) -> Audio:
    """Chords of a part, one a second."""
    notes = tuple(Note(0.5 + i, 0.6, p, 0.8) for i in range(starts) for p in (40, 47))
    score = Score(60.0, 4, Key(9, "minor"), (), (), (), ())
    return stems.play(score, Part("chords", instrument, notes), starts * RATE, 1, lambda _: None)


def test_a_loud_guitar_is_played_twice_left_and_right() -> None:
    sound = part("power_guitar", 6)
    begins = []
    for side in sound:
        loud = np.abs(side).reshape(-1, 63).max(axis=1)
        strokes = loud.reshape(6, -1) > 0.25 * loud.max()
        begins.append(strokes.argmax(axis=1) * 63 / RATE)
    apart = begins[0] - begins[1]
    assert np.abs(apart).max() < 0.06
    assert len({round(float(x), 3) for x in apart}) > 2, "each stroke differs in its own way"
    left, right = sound
    alike = float(left @ right / np.sqrt((left @ left) * (right @ right)))
    assert abs(alike) < 0.5
    assert np.array_equal(sound, part("power_guitar", 6)), "but a seed is a seed"


def test_a_band_breathes_and_a_machine_does_not(song: SongMaker) -> None:
    for style, least, most in (("folk", 0.004, 0.03), ("techno", 0.0, 0.0)):
        planned = plan(song(style=style), number=1, seed=1, target_seconds=40)
        wander = human._wandering(planned, 200)
        beats = np.array([i + wander(i) for i in range(200)])
        stray = float(np.std(np.diff(beats)))
        assert least <= stray <= most
        assert (np.diff([i / 8 + wander(i / 8) for i in range(1600)]) > 0).all()
