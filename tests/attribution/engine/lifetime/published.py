"""Data that the papers used, and customers made up as their models say."""

import datetime as dt
import importlib.util
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations

from attribution.engine.lifetime.fitting import FloatArray
from attribution.engine.lifetime.summary import Summary, summarise

CALIBRATED_UNTIL: Final = dt.date(1997, 9, 30)
"""The end of the 39 weeks in which Fader, Hardie and Lee fit their models."""
History = tuple[FloatArray, FloatArray, FloatArray]
"""Frequency, recency, age."""
BGNBD: Final = np.array([0.2426, 4.4136, 0.7929, 2.4259])
PARETO: Final = np.array([0.5533, 10.578, 0.6061, 11.669])
GAMMA_GAMMA: Final = np.array([6.25, 3.74, 15.44])


def datasets() -> Path:
    """The folder of data in the package `lifetimes`, found without importing it: that warns and is slow."""
    found = importlib.util.find_spec("lifetimes")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "datasets"


@cache
def transactions() -> Any:
    """The 1/10 sample of CDNOW's customers of 1997: 6,919 transactions of 2,357 customers, 18 months."""
    rows = [line.split() for line in (datasets() / "CDNOW_sample.txt").read_text().splitlines()]
    return pa.table(
        {
            "customer_id": [row[1] for row in rows],
            "date": [f"{row[2][:4]}-{row[2][4:6]}-{row[2][6:]}" for row in rows],
            "amount": [float(row[4]) for row in rows],
        }
    )


@cache
def cdnow() -> Summary:
    """What the models read of the first 39 weeks, in weeks."""
    return summarise(transactions(), "week", CALIBRATED_UNTIL)


def one(frequency: float, recency: float, age: float) -> History:
    """The history of one customer."""
    return np.array([float(frequency)]), np.array([float(recency)]), np.array([float(age)])


def two(first: float, second: float) -> tuple[FloatArray, FloatArray]:
    """Two columns of one row: frequency and age, frequency and mean value, or duration and lost."""
    return np.array([float(first)]), np.array([float(second)])


def buyers(size: int, seed: int, parameters: FloatArray = BGNBD) -> History:
    """Frequency, recency and age of customers that buy and are lost as the BG/NBD model says."""
    chance = np.random.default_rng(seed)
    r, alpha, a, b = parameters
    rate, lost = chance.gamma(r, 1 / alpha, size), chance.beta(a, b, size)
    age = chance.integers(20, 53, size).astype(np.float64)
    frequency, recency = np.zeros(size), np.zeros(size)
    for at in range(size):
        time = chance.exponential(1 / rate[at])
        while time < age[at]:
            frequency[at], recency[at] = frequency[at] + 1, time
            if chance.random() < lost[at]:
                break
            time += chance.exponential(1 / rate[at])
    return frequency, recency, age
