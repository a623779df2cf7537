"""`suno-tui generate --extend`, `--cover` and `--repaint`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing

import pytest

from suno_tui.cli import main
from suno_tui.common.paths import Home
from suno_tui.library.track import Track
from suno_tui.studio import Studio
from tests.command import json_lines, suno_tui
from tests.fake_provider import KEY, real_mp3
from tests.fakes.acestep import AceStep
from tests.fakes.sunoapi import SunoApi
from tests.library.harness import SONG, mp3


@pytest.fixture
def track(home: Home) -> Iterator[Track]:
    """A track of two seconds in the library."""
    from datetime import UTC, datetime

    from suno_tui.library.filing import NewTake

    home.config_file.write_text("[queue]\npoll_seconds = 0.1\npoll_most_seconds = 0.1\n")
    with closing(Studio.open(home)) as studio:
        part = home.data / "take.part"
        part.write_bytes(mp3(2.0))
        new = NewTake(
            song=SONG, provider="local", model="suno-v5", task_id="t", take=1, title=SONG.title,
            tags="", created_at=datetime(2026, 4, 1, tzinfo=UTC), lyrics=SONG.lyrics,
        )  # fmt: skip
        yield studio.library.add(new, part, None)


def test_a_track_is_extended_and_the_result_is_its_child(home: Home, track: Track) -> None:
    with SunoApi() as server:
        server.mp3 = real_mp3(3.0)
        suno_tui("provider", "add", server.url, "--key-env", "K", "--use", env={"K": KEY})
        words = ["generate", "--extend", track.id[:5], "--at", "0:01", "--style", "Jazz", "--json"]
        done = suno_tui(*words, env={"K": KEY})
        assert done.returncode == 0, done.stderr
        (task,) = json_lines(done.stdout)
        carried = {"way": "extend", "track": track.id, "start": 1.0, "end": None}
        assert task["carries_on"] == carried
        for child in task["tracks"]:
            assert (child["parent"], child["relation"]) == (track.id, "extend")
            assert child["carries_on"] == carried
        (entry,) = server.ledger.values()
        assert entry.act == "upload-extend"
        assert (entry.body["style"], entry.body["title"]) == ("Jazz", SONG.title)
        assert server.uploads[entry.body["uploadUrl"]] == track.audio.read_bytes()

        # One of its takes goes on by the id that the provider has for it.
        words = ["generate", "--extend", task["tracks"][0]["id"], "--at", "2", "--json"]
        done = suno_tui(*words, env={"K": KEY})
        assert done.returncode == 0, done.stderr
        second = list(server.ledger.values())[1]
        assert second.act == "extend" and second.body["audioId"] == f"{entry.id}-1"
        assert len(server.uploads) == 1


def test_a_span_is_repainted_on_ones_own_server(home: Home, track: Track) -> None:
    with AceStep() as server:
        server.mp3 = real_mp3(2.0)
        suno_tui("provider", "add", server.url, "--use")
        done = suno_tui("generate", "--repaint", track.id, "--from", "0.5", "--json")
        assert done.returncode == 0, done.stderr
        (job,) = server.ledger.values()
        assert job.source == track.audio.read_bytes()
        assert (job.body["task_type"], job.body["repainting_end"]) == ("repaint", "2.064")
        again = json_lines(done.stdout)[0]["tracks"][0]
        # Made again, it is painted again over the same track.
        assert suno_tui("replay", again["id"]).returncode == 0
        assert [each.source for each in server.ledger.values()] == [job.source] * 2


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run `generate` in this process; return exit code, output and errors."""
    try:
        code = main(["generate", *words])
    except SystemExit as error:
        code = int(error.code or 0)
    return code, *capsys.readouterr()


def provider(home: Home, dialect: str, url: str, *, use: bool = False) -> None:
    used = 'provider = "gpu"\n' if use else ""
    text = f'{used}[providers.gpu]\ndialect = "{dialect}"\nbase_url = "{url}"\n'
    home.config_file.write_text(text)


def test_what_cannot_be_done_is_said_before_anything_is_sent(
    home: Home, track: Track, capsys: pytest.CaptureFixture[str]
) -> None:
    with AceStep() as server:
        provider(home, "acestep", server.url)
        for words, expected in (
            (
                ["--extend", track.id],
                "local can't extend a track, and none of your other providers can.",
            ),
            (["--cover", track.id], "local can't make a cover version, but gpu can"),
            (["--cover", track.id, "--at", "1"], "--at goes with --extend"),
            (["--cover", "zzz"], "zzz"),
            (["--cover", track.id, "--repaint", track.id], "not allowed with"),
        ):
            code, _, said = run(capsys, *words)
            assert code == 2, said
            assert expected in said
        provider(home, "acestep", server.url, use=True)
        code, _, said = run(capsys, "--repaint", track.id, "--to", "3")
        assert code == 2
        assert "--to: must be at most the end of the track, 0:02" in said
        assert not server.ledger


def test_a_dry_run_shows_what_would_be_sent(
    home: Home, track: Track, capsys: pytest.CaptureFixture[str]
) -> None:
    provider(home, "kie", "http://127.0.0.1:9", use=True)
    code, out, said = run(capsys, "--cover", track.id, "--dry-run", "--json")
    assert code == 0, said
    found = json.loads(out)
    carried = {"way": "cover", "track": track.id, "start": None, "end": None}
    assert found["carries_on"] == carried
    assert found["credits"] == 12
    assert found["request"]["uploadUrl"] == "(the address of the uploaded track)"
