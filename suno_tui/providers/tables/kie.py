"""The data of kie.ai, as far as they differ from those of sunoapi.org."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from suno_tui.providers import errors
from suno_tui.providers.source import REPAINT
from suno_tui.providers.tables.sunoapi import SUNOAPI, WAYS

_WAYS = {**WAYS, REPAINT: WAYS[REPAINT]._replace(credits=5)}

KIE = replace(
    SUNOAPI,
    capabilities=replace(
        SUNOAPI.capabilities,
        models=tuple(model._replace(ways=_WAYS) for model in SUNOAPI.capabilities.models),
        credit=Decimal("0.005"),
        uploads={"api.kie.ai": "https://kieai.redpandaai.co"},
    ),
    balance_path="/api/v1/chat/credit",
    codes={
        **SUNOAPI.codes,
        # There, a refusal that can be parsed and has no task id made no task and cost nothing.
        408: errors.UpstreamError,
        429: errors.RateLimited,
        451: errors.InvalidRequest,
        500: errors.InvalidRequest,  # the answer to invalid parameters
        501: errors.UpstreamError,
        505: errors.InvalidRequest,
        531: errors.UpstreamError,
    },
)
