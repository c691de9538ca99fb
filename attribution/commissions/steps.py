"""One step of a reckoning: its formula, exactly and rounded. Pure."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from portal.core.money import round_half_away


@dataclass(frozen=True, slots=True)
class Operand:
    """One operand of a formula that is read from left to right; `op` is empty for the first."""

    op: Literal["", "+", "-", "*", "max"]
    name: str
    value: Fraction
    rate_text: str = ""
    """Of a rate or a share: as it is written."""

    @property
    def text(self) -> str:
        """As it is stored: whole minor units, or the rate with its percent sign."""
        return self.rate_text or str(self.value)


StepCode = Literal[
    "cash_so_far", "floor", "split", "rate", "agreed", "agreed_others", "agreed_rest", "less_earned", "undo"
]


@dataclass(frozen=True, slots=True)
class Reckoned:
    """One step: its formula, exactly and rounded half away from zero, in minor units."""

    code: StepCode
    operands: tuple[Operand, ...]

    @property
    def exact(self) -> Fraction:
        """What the formula gives."""
        result = Fraction(0)
        for operand in self.operands:
            match operand.op:
                case "":
                    result = operand.value
                case "+":
                    result += operand.value
                case "-":
                    result -= operand.value
                case "*":
                    result *= operand.value
                case "max":
                    result = max(result, operand.value)
        return result

    @property
    def result(self) -> int:
        """Rounded to a whole minor unit."""
        return round_half_away(self.exact)

    @property
    def carried(self) -> Operand:
        """Its rounded result as the first operand of the next step."""
        return Operand("", self.code, Fraction(self.result))
