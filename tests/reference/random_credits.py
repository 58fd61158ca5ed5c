"""Receiver credits of random scenarios."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reference.queue_pairs import QueuePair


def no_credits() -> dict[str, Any]:
    """Columns of ports where nobody has credits."""
    return {"port_credit_rate_bps": [], "port_credit_packets": []}


def random_credits(
    dice: Random, columns: dict[str, Any], pairs: tuple[QueuePair, ...], scalars: dict[str, int]
) -> tuple[QueuePair, ...]:
    """Some queue pairs have credits, most in a run that has any."""
    scalars["credit_quantum_packets"] = dice.choice((1, 1, 1, 2, 5))
    scalars["credit_reclaim_ps"] = dice.choice((100_000_000, 10_000_000, 1_000_000))
    share = dice.choice((1, 1, 1, 2, 7))
    rates: list[int] = columns["port_rate_bps"]
    columns["port_credit_rate_bps"] = [rate // share for rate in rates]
    columns["port_credit_packets"] = [dice.choice((1, 2, 5, 20, 60)) for _ in rates]
    if dice.random() < 0.3:
        errors = columns["port_error_q32"]
        columns["port_error_q32"] = [dice.choice((0, 1 << 26, 1 << 28)) for _ in errors]
    return tuple(
        replace(
            pair,
            credit=0 if pair.read or dice.random() < 0.15 else dice.choice((1, 2, 5, 20, 60)),
            unsolicited=dice.choice((0, 0, 1, 3, 10, 40)),
        )
        for pair in pairs
    )


def credit_columns(pairs: tuple[QueuePair, ...], scalars: dict[str, int]) -> dict[str, list[int]]:
    """Columns of queue pairs; empty where nobody has credits."""
    some = pairs if scalars["credit_quantum_packets"] > 0 else ()
    return {
        "qp_credit_packets": [pair.credit for pair in some],
        "qp_unsolicited_packets": [pair.unsolicited for pair in some],
        "qp_credit_port": [pair.receiver_port for pair in some],
    }
