"""The data of kie.ai, where they differ from sunoapi.org's."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from suno_tui.providers import errors
from suno_tui.providers.tables.sunoapi import SUNOAPI

KIE = replace(
    SUNOAPI,
    capabilities=replace(SUNOAPI.capabilities, credit=Decimal("0.005")),
    balance_path="/api/v1/chat/credit",
    codes={
        **SUNOAPI.codes,
        # A refusal that can be read, without a task's id, made no task and cost nothing there.
        408: errors.UpstreamError,
        429: errors.RateLimited,
        451: errors.InvalidRequest,
        500: errors.InvalidRequest,  # so are bad parameters answered
        501: errors.UpstreamError,
        505: errors.InvalidRequest,
        531: errors.UpstreamError,
    },
)
