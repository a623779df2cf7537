"""`suno-tui generate`: from a prompt to two tagged files in the library."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from typing import Any

import miniaudio
import pytest
from mutagen.mp3 import MP3

from suno_tui.common.paths import Home
from tests.command import SUNO_TUI, environment, json_lines, suno_tui
from tests.terminal import wait_for

PIANO = "A calm and relaxing piano track with soft melodies"
SUMMER = """[Verse]
Walking down the empty street
City lights beneath my feet
Every star is shining bright
Lost inside the summer night

[Chorus]
Summer nights, we come alive
Dancing under neon skies"""


def assert_whole(track: dict[str, Any]) -> None:
    """Check that the file decodes to its end, is as long as it says, and has tags and cover."""
    path = Path(track["audio"])
    sound = miniaudio.decode_file(str(path))
    assert sound.num_frames / sound.sample_rate == pytest.approx(track["duration"], abs=0.1)
    assert max(sound.samples) > 3000
    tags: Any = MP3(path).tags  # type: ignore[no-untyped-call]
    assert str(tags["TIT2"]) == track["title"]
    assert tags.getall("APIC")[0].data == Path(track["cover"]).read_bytes()
    assert str(tags["TRCK"]).startswith(str(track["take"]))


def test_the_first_command_that_anybody_tries(home: Home) -> None:
    home.config_file.write_text("[local]\ntarget_seconds = 8\n")
    done = suno_tui("generate", PIANO, "--instrumental", "--json")
    assert done.returncode == 0, done.stderr
    (task,) = json_lines(done.stdout)
    assert task["status"] == "completed"
    assert task["provider"] == "local"
    assert task["error"] is None
    assert task["hold"] is None
    assert [track["take"] for track in task["tracks"]] == [1, 2]
    for track in task["tracks"]:
        assert_whole(track)
    audio = [Path(track["audio"]).read_bytes() for track in task["tracks"]]
    assert audio[0] != audio[1]

    listed = json_lines(suno_tui("library", "--json").stdout)
    assert sorted(track["id"] for track in listed) == sorted(
        track["id"] for track in task["tracks"]
    )
    assert json_lines(suno_tui("queue", "--json").stdout) == []
    (ended,) = json_lines(suno_tui("queue", "--json", "--all").stdout)
    assert ended == task


@pytest.mark.parametrize(
    ("arguments", "stdin", "title", "lyrics"),
    [
        (["An upbeat electronic dance track with heavy bass drops"], "", None, None),
        (
            [
                *("--title", "Peaceful Piano Meditation", "--style", "Classical, Ambient, Piano"),
                *("--negative-tags", "Heavy Metal, Drums", "--instrumental"),
            ],
            "",
            "Peaceful Piano Meditation",
            "",
        ),
        (
            [
                *("--title", "Summer Nights", "--style", "Pop, Indie", "--vocal-gender", "f"),
                *("--lyrics", "-"),
            ],
            SUMMER,
            "Summer Nights",
            SUMMER,
        ),
    ],
)
def test_the_documents_other_examples(
    home: Home, arguments: list[str], stdin: str, title: str | None, lyrics: str | None
) -> None:
    done = suno_tui("generate", *arguments, "--json", stdin=stdin)
    assert done.returncode == 0, done.stderr
    (task,) = json_lines(done.stdout)
    assert len(task["tracks"]) == 2
    for track in task["tracks"]:
        assert_whole(track)
        assert track["title"] == (title or track["title"])
        assert track["title"]
        if lyrics is None:
            assert "[" in track["lyrics"]
        else:
            assert track["lyrics"] == lyrics


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "PROMPT: describe the song"),
        ([""], "PROMPT: describe the song"),
        (["x" * 501], "PROMPT: 1 character too many; at most 500"),
        (["x", "--title", "y"], "either a PROMPT"),
        (["--title", "T", "--instrumental"], "--style: a style is needed"),
        (["--style", "S", "--instrumental"], "--title: a title is needed"),
        (["--title", "T", "--style", "S"], "--lyrics: write lyrics"),
        (["--title", "T" * 81, "--style", "S", "--instrumental"], "--title: 1 character too many"),
        (["--title", "T", "--style", "S" * 201, "--instrumental"], "--style: 1 character too many"),
        (
            ["--title", "T", "--style", "S", "--instrumental", "--negative-tags", "n" * 201],
            "--negative-tags: 1 character too many",
        ),
        (
            ["--title", "T", "--style", "S", "--instrumental", "--style-weight", "1.1"],
            "--style-weight: must be a number from 0 to 1",
        ),
        (
            ["--title", "T", "--style", "S", "--instrumental", "--audio-weight", "nan"],
            "--audio-weight: must be a number from 0 to 1",
        ),
        (["--title", "T", "--style-weight", "much"], "must be a number from 0 to 1, not 'much'"),
        (["x", "--model", "suno-v9"], "--model: there is no 'suno-v9'"),
        (["x", "--model", ""], "--model: there is no ''"),
        (["x", "--patience", "nan"], "--patience: must be a number of seconds"),
        (["x", "\x1b]0;y\a"], "suno-tui generate: unknown argument: ␛]0;y␇"),
        (["--title", "T", "--style", "S", "--lyrics", "/no/such/file"], "/no/such/file"),
        (["x", "-n", "0"], "-n"),
        (["x", "--vocal-gender", "x"], "--vocal-gender"),
        (["x", "--callback-url", "ftp://host/"], "--callback-url"),
    ],
)
def test_bad_input_is_named_and_nothing_is_queued(
    home: Home, arguments: list[str], said: str
) -> None:
    done = suno_tui("generate", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert not home.queue.exists()


def test_lyrics_that_are_not_text_are_named(home: Home, tmp_path: Path) -> None:
    broken = tmp_path / "lyrics.txt"
    broken.write_bytes(b"\xff\xfe[Verse]")
    custom = ("--title", "T", "--style", "S", "--lyrics", str(broken))
    done = suno_tui("generate", *custom)
    assert done.returncode == 2
    assert f"{broken}: it is saved as UTF-16; save it as UTF-8" in done.stderr
    broken.write_text("x" * 3001)
    done = suno_tui("generate", *custom)
    assert done.returncode == 2
    assert "--lyrics: 1 character too many; at most 3,000" in done.stderr


def test_a_dry_run_shows_the_request_and_its_cost(home: Home) -> None:
    env = {"SUNO_TUI_API_KEY": "sk-never-sent", "SUNO_TUI_BASE_URL": "http://127.0.0.1:9"}
    done = suno_tui("generate", PIANO, "-n", "2", "--dry-run", "--json", env=env)
    assert done.returncode == 0
    (shown,) = json_lines(done.stdout)
    assert shown["request"] == {"model": "suno-v5_5", "input": {"prompt": PIANO}}
    assert (shown["tasks"], shown["credits"], shown["provider"]) == (2, 48, "hosted")
    assert "sk-never-sent" not in done.stdout + done.stderr
    assert suno_tui("queue", "--all").stdout == ""


PLANNED = (
    *("--seed", "7", "--duration", "2:30", "--bpm", "120", "--key", "Dm"),
    *("--time-signature", "3/4", "--language", "de", "--takes", "1"),
)


def test_a_dry_run_says_what_becomes_of_each_field(home: Home) -> None:
    hosted = {"SUNO_TUI_API_KEY": "sk-never-sent", "SUNO_TUI_BASE_URL": "http://127.0.0.1:9"}
    (shown,) = json_lines(suno_tui("generate", PIANO, *PLANNED, "--dry-run", "--json").stdout)
    assert shown["request"]["input"] == {
        "prompt": PIANO, "bpm": 120, "key": "Dm", "time_signature": "3/4", "language": "de",
        "duration": 150.0, "seed": 7, "takes": 1,
    }  # fmt: skip
    assert {name for name, use in shown["fields"].items() if use != "exact"} == {"language"}
    there = ("generate", "--title", "T", "--style", "S", "--instrumental", *PLANNED, "--dry-run")
    (shown,) = json_lines(suno_tui(*there, "--json", env=hosted).stdout)
    assert shown["request"]["input"] == {
        "custom_mode": True, "instrumental": True, "title": "T",
        "style": "S, 120 BPM, D minor, 3/4 time, about 2:30 long",
    }  # fmt: skip
    assert {name for name, use in shown["fields"].items() if use == "none"} == {"seed", "takes"}
    lines = suno_tui(*there, env=hosted).stdout.splitlines()
    assert "--bpm: a wish" in lines
    assert "--seed: not possible at this provider" in lines


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (("--bpm", "fast"), "must be a whole number, not 'fast'"),
        (("--bpm", "500"), "--bpm: must be a whole number from 40 to 220"),
        (("--duration", "2:3x"), "must be seconds or M:SS"),
        (("--key", "H"), "--key: must be a key, such as D minor or F# major"),
        (("--takes", "9"), "--takes: must be a whole number from 1 to 8"),
    ],
)
def test_a_field_that_can_not_be_is_named(home: Home, wrong: tuple[str, str], words: str) -> None:
    done = suno_tui("generate", PIANO, *wrong)
    assert done.returncode == 2
    assert words in done.stderr
    assert not home.queue.exists()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_end_of_the_waiting_is_not_the_end_of_the_task(home: Home, ending: int) -> None:
    waiting = subprocess.Popen(
        [*SUNO_TUI, "generate", PIANO, "--instrumental", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    with waiting:
        wait_for(lambda: json_lines(suno_tui("queue", "--json").stdout), "the task")
        waiting.send_signal(ending)
        out, err = waiting.communicate(timeout=30)
    assert waiting.returncode == 4, err
    assert "suno-tui work" in err
    assert "Traceback" not in err
    assert [task["tracks"] for task in json_lines(out)] in ([], [[]])
    assert suno_tui("work").returncode == 0
    (task,) = json_lines(suno_tui("queue", "--all", "--json").stdout)
    assert task["status"] == "completed"
    assert len(task["tracks"]) == 2


def test_a_replay_is_the_same_sound_and_more_is_another(home: Home) -> None:
    asked = ("generate", PIANO, "--instrumental", "--duration", "5", "--takes", "2", "--json")
    (task,) = json_lines(suno_tui(*asked).stdout)
    first, second = task["tracks"]
    assert first["seed"] != second["seed"]
    (again,) = json_lines(suno_tui("replay", second["id"], "--json").stdout)
    (replay,) = again["tracks"]
    assert (replay["parent"], replay["relation"]) == (second["id"], "replay")
    assert (replay["seed"], replay["engine"]) == (second["seed"], second["engine"])
    sounds = [miniaudio.decode_file(track["audio"]).samples for track in (second, replay, first)]
    assert sounds[0] == sounds[1] != sounds[2]
    (more,) = json_lines(suno_tui("more", replay["id"], "--json").stdout)
    assert [track["relation"] for track in more["tracks"]] == ["more", "more"]
    assert first["seed"] not in {track["seed"] for track in more["tracks"]}


def test_a_replay_that_would_be_paid_and_be_another_is_not_made(home: Home) -> None:
    from tests.library.harness import House

    hosted = {"SUNO_TUI_API_KEY": "sk-never-sent", "SUNO_TUI_BASE_URL": "http://127.0.0.1:9"}
    house = House(home.library.parent)
    track = house.add(provider="hosted")
    house.close()
    done = suno_tui("replay", track.id, env=hosted)
    assert done.returncode == 2
    assert "hosted takes no seed" in done.stderr
    assert f"suno-tui more {track.id}" in done.stderr
    assert suno_tui("queue", "--all").stdout == ""
