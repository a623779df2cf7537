"""The server as clients see it: tools are described, money is asked for, a kill costs nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult

from suno_tui.agents.server import make_server
from suno_tui.agents.tools import AgentTools
from suno_tui.common.paths import Home
from suno_tui.studio import Studio
from suno_tui.tasks.store import TaskStore
from tests.command import environment
from tests.fake_provider import KEY, FakeProvider, real_jpeg, real_mp3

TOOLS = Path(__file__).with_name("tools.json")
SONG = {"prompt": "a waltz"}


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    fake = FakeProvider(polls=1)
    fake.mp3, fake.jpeg = real_mp3(1.0), real_jpeg()
    with fake:
        yield fake


@pytest.fixture
def tools(
    home: Home, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> Iterator[AgentTools]:
    monkeypatch.setattr(Studio, "wake", lambda self: None)
    studio = Studio.open(home, {"SUNO_TUI_BASE_URL": provider.url, "SUNO_TUI_API_KEY": KEY})
    yield AgentTools(studio, "claude", export_folder=home.data / "exported")
    studio.close()


def text(result: CallToolResult) -> str:
    return "".join(getattr(each, "text", "") for each in result.content)


def facts(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, text(result)
    assert isinstance(result.structured_content, dict)
    return result.structured_content


async def test_the_tools_are_described_for_agents(tools: AgentTools) -> None:
    """The file is what they were when somebody last read them."""
    async with Client(make_server(tools)) as client:
        listed = (await client.list_tools()).tools
    shown = {
        tool.name: {"description": tool.description, "input": tool.input_schema} for tool in listed
    }
    assert len(shown) <= 14
    assert shown == json.loads(TOOLS.read_text()), (
        "write tests/agents/tools.json anew if it is meant"
    )


@pytest.mark.parametrize(("answer", "sent"), [("yes", 1), ("no", 0), ("decline", 0), ("cancel", 0)])
async def test_the_user_is_asked_before_money_is_spent(
    tools: AgentTools, answer: str, sent: int
) -> None:
    asked: list[str] = []

    async def ask(context: object, params: ElicitRequestParams) -> ElicitResult:
        asked.append(params.message)
        if answer == "decline":
            return ElicitResult(action="decline")
        if answer == "cancel":
            return ElicitResult(action="cancel")
        return ElicitResult(action="accept", content={"agree": answer == "yes"})

    async with Client(make_server(tools), elicitation_callback=ask) as client:
        result = await client.call_tool("generate", {"song": SONG, "idempotency_key": "a"})
        again = await client.call_tool("generate", {"song": SONG, "idempotency_key": "a"})
    assert asked[0] == (
        "agent claude wants 1 song (a waltz) from hosted: 24 credits, $0.12. Agree?"
    )
    assert len(asked) == (1 if sent else 2), "what was queued is not asked for again"
    assert len(tools.studio.tasks.all()) == sent
    assert ("Nothing was sent" in text(result)) is (not sent)
    assert bool(again.is_error) is (not sent)


async def test_a_client_that_cannot_ask_spends_nothing(tools: AgentTools) -> None:
    async with Client(make_server(tools)) as client:
        result = await client.call_tool("generate", {"song": SONG, "idempotency_key": "a"})
        assert result.is_error
        assert "--without-asking --budget" in text(result)
    async with Client(make_server(tools, ask=False)) as client:
        facts(await client.call_tool("generate", {"song": SONG, "idempotency_key": "a"}))
    assert len(tools.studio.tasks.all()) == 1


async def test_errors_and_resources_are_texts(tools: AgentTools) -> None:
    async with Client(make_server(tools)) as client:
        for name, arguments, word in (
            ("get_track", {"id": "nothing"}, "nothing"),
            ("tasks", {"state": "none"}, "state"),
            ("check_song", {"song": {"stlye": "pop"}}, "stlye"),
            ("wait", {"ids": ["zzz"]}, "zzz"),
        ):
            result = await client.call_tool(name, arguments)
            assert result.is_error
            assert word in text(result)
        checked = facts(await client.call_tool("check_song", {"song": {"title": "Rain"}}))
        assert {each["field"] for each in checked["problems"]} == {"style", "lyrics"}
        guide = await client.read_resource("studio://guide/lyrics")
        assert "[Chorus]" in str(guide.contents)
        assert (await client.list_prompts()).prompts[0].name == "write_song"


async def test_killed_between_generate_and_wait_it_costs_once(
    home: Home, provider: FakeProvider
) -> None:
    """The client leaves at once, which ends the first server; a second one goes on."""
    env = environment({"SUNO_TUI_BASE_URL": provider.url, "SUNO_TUI_API_KEY": KEY})
    command = ["-m", "suno_tui", "mcp", "--without-asking", "--budget", "24cr"]
    server = StdioServerParameters(command=sys.executable, args=command, env=env)
    asked = {"song": SONG, "idempotency_key": "a"}
    async with Client(server) as client:
        first = facts(await client.call_tool("generate", asked))
    async with Client(server) as client:
        second = facts(await client.call_tool("generate", asked))
        assert second["tasks"][0]["id"] == first["tasks"][0]["id"]
        ids = [task["id"] for task in second["tasks"]]
        done = facts(await client.call_tool("wait", {"ids": ids}))
        while not done["done"]:
            done = facts(await client.call_tool("wait", {"ids": ids}))
    assert [task["status"] for task in done["tasks"]] == ["completed"]
    assert len(done["tasks"][0]["tracks"]) == 2
    assert len(provider.ledger) == 1
    store = TaskStore(home.queue)
    assert [charge.requester for charge in store.charges()] == ["agent mcp"]
    store.close()
