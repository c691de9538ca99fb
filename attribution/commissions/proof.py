"""Checking a commission's proof with nothing but Python: every step, every sum, and the amount once more.

    python proof.py proof-….json

The file's own SHA-256 is the seal that the portal shows. This module imports nothing of the portal, so that it can
be read in ten minutes, copied, and run anywhere.
"""

import hashlib
import json
import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

_ONE: Final = 1_000_000_000
"""Shares are in parts of it."""
_SIGNS: Final = {"accrued": 1, "reversed": -1, "zero": 0}


def seal(document: bytes) -> str:
    """What commits the portal to exactly this document."""
    return hashlib.sha256(document).hexdigest()


def round_half_away(value: Fraction) -> int:
    """The nearest whole minor unit; exactly half goes away from zero."""
    whole = (abs(value) + Fraction(1, 2)).__floor__()
    return whole if value >= 0 else -whole


def read_value(text: str) -> Fraction:
    """Whole minor units (`"273600"`), a share of one (`"250000000/1000000000"`), or a rate (`"7.5%"`)."""
    return Fraction(text.removesuffix("%")) / (100 if text.endswith("%") else 1)


def evaluate(parts: list[Mapping[str, str]]) -> Fraction:
    """A step's formula from left to right, exactly."""
    result = Fraction(0)
    for part in parts:
        value = read_value(part["value"])
        match part["op"]:
            case "":
                result = value
            case "+":
                result += value
            case "-":
                result -= value
            case "*":
                result *= value
            case "max":
                result = max(result, value)
            case other:
                message = f"there is no operation {other!r}"
                raise ValueError(message)
    return result


def recompute(trace: Mapping[str, Any]) -> int:
    """The amount in minor units by the plan's one formula, without looking at the steps."""
    if trace["why"] is not None and not trace["steps"]:
        return 0
    if trace["reverses"] is not None:
        return -int(trace["earned_before_minor"])
    base = max(trace["cash_before_minor"] + trace["cash"]["amount_minor"], 0)
    if credit := trace.get("credit"):
        base = round_half_away(Fraction(base * credit["share_ppb"], _ONE))
    earned = round_half_away(base * read_value(trace["plan"]["rate"]))
    agreement = trace.get("agreement")
    if agreement and agreement["divides"]:
        lead = agreement["share_ppb" if agreement["side"] == "lead" else "others_ppb"]
        part = round_half_away(Fraction(earned * lead, _ONE))
        earned = part if agreement["side"] == "lead" else earned - part
    return earned - int(trace["earned_before_minor"])


def check(trace: Mapping[str, Any]) -> list[str]:
    """Everything in a proof that does not add up; nothing when all does."""
    found: list[str] = []
    known = {
        "cash": str(trace["cash"]["amount_minor"]),
        "cash_before": str(trace["cash_before_minor"]),
        "earned_before": str(trace["earned_before_minor"]),
        "rate": trace["plan"]["rate"] if trace["plan"] else "",
        "share": f"{trace['credit']['share_ppb']}/{_ONE}" if trace.get("credit") else "",
        "nothing": "0",
        **_parts(trace),
    }
    result = 0
    for step in trace["steps"]:
        code = step["code"]
        found += [
            f"{code}: {part['name']} is {part['value']}, not {known.get(part['name'])}"
            for part in step["parts"]
            if known.get(part["name"]) != part["value"]
        ]
        exact, result = evaluate(step["parts"]), int(step["result"])
        if exact != Fraction(step["exact"]):
            found.append(f"{code}: the formula gives {exact}, not {step['exact']}")
        if result != round_half_away(exact) or Fraction(step["rounding"]) != result - exact:
            found.append(f"{code}: {exact} is not rounded to {result}")
        known[code] = str(result)
    found += _check_sums(trace)
    amount = int(trace["amount_minor"])
    if result != amount:
        found.append(f"the steps end with {result}, the amount is {amount}")
    if recompute(trace) != amount:
        found.append(f"the plan gives {recompute(trace)}, the amount is {amount}")
    if (amount > 0) - (amount < 0) != _SIGNS[trace["outcome"]]:
        found.append(f"{amount} is not {trace['outcome']}")
    return found


def _parts(trace: Mapping[str, Any]) -> dict[str, str]:
    """The parts of an agreement, as steps write them."""
    agreement = trace.get("agreement")
    if not agreement:
        return {}
    return {"part": f"{agreement['share_ppb']}/{_ONE}", "others_part": f"{agreement['others_ppb']}/{_ONE}"}


def _check_sums(trace: Mapping[str, Any]) -> list[str]:
    """What came before adds up to what is said of it."""
    found = []
    for total, part in (("cash_before_minor", "cash_minor"), ("earned_before_minor", "earned_minor")):
        added = sum(one[part] for one in trace["earlier"])
        if added != trace[total]:
            found.append(f"{total}: the earlier events add up to {added}, not {trace[total]}")
    for name in ("credit", "agreement"):
        if shares := trace.get(name):
            whole = shares["share_ppb"] + shares["others_ppb"]
            if whole != _ONE or not 0 <= shares["share_ppb"] <= _ONE:
                found.append(f"the shares of the {name} add up to {whole}, not {_ONE}")
    return found


def main(arguments: list[str]) -> int:
    """Check the named files, say what was found, and return how many do not hold."""
    wrong = 0
    for name in arguments:
        document = Path(name).read_bytes()
        problems = check(json.loads(document))
        wrong += bool(problems)
        sys.stdout.write(f"{name}: {'; '.join(problems) or 'holds'}\nsha256 {seal(document)}\n")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
