"""Machines without a device, without a decoder; and leaving while music plays."""

from __future__ import annotations

import os
import subprocess
import sys
import wave
from pathlib import Path

import miniaudio
import numpy as np
import pytest

from suno_tui.common.levels import fit
from suno_tui.player.player import Player
from suno_tui.player.sound import CantPlay
from suno_tui.player.waveform import waveform
from tests.library.harness import mp3, pcm, wav
from tests.needs import need
from tests.player.recorder import until

ROOT = Path(__file__).parents[2]
_SILENT = "import miniaudio; miniaudio.get_enabled_backends = set\n"


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "song.mp3"
    path.write_bytes(mp3(2.0))
    return path


def test_without_a_device_time_passes_in_silence(
    song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(miniaudio, "get_enabled_backends", set)
    player = Player()
    assert player.output == ""
    player.load(song, start=1.9)
    player.play()
    assert until(lambda: player.ended)
    assert player.output == "silent"
    assert "no sound device" in player.why
    assert player.position == player.duration
    player.close()
    player.close()


_ALSA = """
pcm.!default {{ type file file "{file}" format raw slave.pcm {{ type null }} }}
"""


def without_miniaudio(code: str, env: dict[str, str], *arguments: Path | str) -> str:
    """Run code as on a machine for which miniaudio has no build; return its output."""
    done = subprocess.run(
        [sys.executable, "-c", "import sys\nsys.modules['miniaudio'] = None\n" + code, *arguments],
        cwd=ROOT, env={**os.environ, "PULSE_SERVER": "", **env}, timeout=60,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


PLAY = """
import threading
from pathlib import Path
from suno_tui.player.player import Player
player = Player(volume=100)
player.load(Path(sys.argv[1]), start=float(sys.argv[2]))
player._mixer.sound.done.wait(30)
player.play()
pause = threading.Event()
while not player.ended: pause.wait(0.005)
player.close()
print(player.output, player.why)
"""


def test_without_miniaudio_alsa_plays(tmp_path: Path) -> None:
    need("alsa")
    song = tmp_path / "song.wav"
    song.write_bytes(wav(2.0))
    played, config = tmp_path / "played.raw", tmp_path / "asound.conf"
    config.write_text(_ALSA.format(file=played))
    runtime = {"XDG_RUNTIME_DIR": str(tmp_path), "ALSA_CONFIG_PATH": str(config)}
    assert without_miniaudio(PLAY, runtime, song, "0").startswith("device Playing through ALSA")
    expected = np.frombuffer(pcm(2.0), "<i2")
    got = np.frombuffer(played.read_bytes(), "<i2")[: len(expected)].astype(int)
    assert np.abs(got - expected).max() <= 1


def test_without_miniaudio_and_a_device_time_passes_in_silence(song: Path, tmp_path: Path) -> None:
    (tmp_path / "asound.conf").write_text("")
    runtime = {
        "XDG_RUNTIME_DIR": str(tmp_path),
        "ALSA_CONFIG_PATH": str(tmp_path / "asound.conf"),
    }
    told = without_miniaudio(PLAY, runtime, song, "1.9")
    assert told.startswith("silent PulseAudio, PipeWire and ALSA found no")
    assert "miniaudio" in told


@pytest.mark.parametrize("ending", ["", "raise SystemExit(0)", "player.pause(); player.play()"])
def test_leaving_while_music_plays_does_not_hang(song: Path, ending: str) -> None:
    code = (
        _SILENT + "import sys, threading\nfrom pathlib import Path\n"
        "from suno_tui.player.player import Player\n"
        "player = Player()\nplayer.load(Path(sys.argv[1]))\nplayer.play()\n"
        "pause = threading.Event()\n"
        "while not player.position: pause.wait(0.005)\n" + ending
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(song)], cwd=ROOT, timeout=30, capture_output=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_looking_for_a_device_writes_nothing_to_the_terminal() -> None:
    code = (
        "from suno_tui.player.output import open_output\n"
        "output = open_output(); output.close(); output.close()\n"
        "assert output.kind in ('device', 'silent') and output.why"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_importing_the_player_is_cheap() -> None:
    code = (
        "import sys, suno_tui.player.player\n"
        "heavy = {'miniaudio', 'numpy', 'pydantic', 'mutagen'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_a_waveform_shows_where_the_sound_is(song: Path) -> None:
    levels = waveform(song, 16)
    assert len(levels) == 16
    # The tone sounds every other quarter of a second; the encoder adds some silence in front.
    assert [level > 60 for level in levels].count(True) >= 4
    assert [level < 2 for level in levels].count(True) >= 4
    assert len(waveform(song)) == 1000


def test_a_waveform_tells_loudness_not_peaks(tmp_path: Path) -> None:
    path = tmp_path / "clicks.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44100)
        silence, full = bytes(4 * 99), b"\xff\x7f\xff\x7f"
        # Two seconds that touch full scale once in a hundred frames, two that stay there.
        file.writeframes((silence + full) * 882 + full * 88_200)
    quiet, loud = waveform(path, 4)[0], waveform(path, 4)[3]
    assert quiet == pytest.approx(255 / 10, abs=1), "a hundredth of the power"
    assert loud == pytest.approx(255, abs=1)


def test_a_waveform_fits_any_width(song: Path) -> None:
    fine = waveform(song, 400)
    assert fit(fine, 400) == fine
    assert len(fit(fine, 1000)) == 1000
    assert list(fit(fine, 4)) == pytest.approx(list(waveform(song, 4)), abs=2)
    assert fit(bytes([0, 200]), 4) == bytes([0, 0, 200, 200])
    assert fit(bytes([30, 40]), 1) == bytes([35]), "the root of the mean of the squares"
    assert fit(b"", 5) == fit(fine, 0) == b""


@pytest.mark.parametrize("suffix", [".mp3", ".flac", ".ogg"])
def test_other_kinds_of_files_can_be_played(suffix: str) -> None:
    path = ROOT / "tests" / "library" / "data" / f"tone{suffix}"
    assert min(waveform(path, 8)[1:-1]) > 30


def test_a_kind_without_a_decoder_is_reported_with_advice() -> None:
    with pytest.raises(CantPlay) as told:
        waveform(ROOT / "tests" / "library" / "data" / "tone.m4a")
    assert str(told.value) == ("This machine can't play M4A. `o` opens the file in another player.")


def test_an_old_libsndfile_plays_no_opus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this, what libsndfile itself says would be shown."""
    from suno_tui.media import decode
    from suno_tui.media.errors import Bad

    path = ROOT / "tests" / "library" / "data" / "tone.opus"
    monkeypatch.setattr("soundfile.available_subtypes", lambda kind: {"VORBIS": "Vorbis"})
    with pytest.raises(decode.NoDecoder, match="this machine can't play OPUS"):
        next(decode.samples(path, ".opus"))
    with pytest.raises(Bad, match=r"^its sound can't be decoded: the file is damaged"):
        next(decode.samples(path.with_suffix(".toml"), ".ogg"))


def test_a_waveform_of_what_is_no_sound(tmp_path: Path) -> None:
    with pytest.raises(CantPlay, match="gone"):
        waveform(tmp_path / "missing.mp3")
    (tmp_path / "page.mp3").write_text("<html>")
    with pytest.raises(CantPlay, match="web page"):
        waveform(tmp_path / "page.mp3")
