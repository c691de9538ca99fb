"""Who renewed and who was lost, from payments: what sBG and Kaplan-Meier read of a customer's history.

A contract runs for one term at a time, such as a month, and is paid once a term. Payments are not punctual and months
not equally long, so a payment belongs to the renewal that it is nearest to, and whether a renewal took place is known
half a term after it was due. Only what is known of everybody at that delay is used: counting late payments of some, but
not yet the missing ones of others, would make retention look better than it is.
"""

import numpy as np
import numpy.typing as npt

from attribution.engine.lifetime.fitting import FloatArray


def renewals_of(recency: FloatArray, age: FloatArray, term: float) -> tuple[FloatArray, FloatArray]:
    """Renewals made, and whether the next one was missed (1) or is not known yet (0); columns (n,), `term` in units.

    Raises ValueError unless the term is positive.
    """
    _check(term)
    decided = np.maximum(np.floor(age / term - 0.5), 0.0)
    made = np.minimum(np.floor(recency / term + 0.5), decided)
    return made, (made < decided).astype(np.float64)


def durations_of(recency: FloatArray, age: FloatArray, term: float) -> tuple[FloatArray, FloatArray]:
    """How long customers stayed (n,), and whether they were lost then (1) or still there when last known (0).

    Who was lost stayed until the end of the last term paid. Raises ValueError unless the term is positive.
    """
    _check(term)
    known_until = np.maximum(age - term / 2, 0.0)
    paid_until = recency + term
    lost: npt.NDArray[np.bool_] = paid_until <= known_until
    return np.where(lost, paid_until, known_until), lost.astype(np.float64)


def _check(term: float) -> None:
    if not (np.isfinite(term) and term > 0):
        message = f"the term must be positive: {term:g}"
        raise ValueError(message)
