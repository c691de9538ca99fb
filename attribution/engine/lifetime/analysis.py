"""What the command works out for each model: parameters as JSON, customers and curves as columns."""

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from attribution.engine.errors import RefusedError
from attribution.engine.lifetime import bgnbd, gamma_gamma, paretonbd, sbg
from attribution.engine.lifetime.contracts import durations_of, renewals_of
from attribution.engine.lifetime.files import identity_of
from attribution.engine.lifetime.fitting import Fit, NotFittedError, grouped
from attribution.engine.lifetime.intervals import (
    errors_of,
    positive_interval,
    probability_interval,
    with_jacobian,
)
from attribution.engine.lifetime.kaplan_meier import kaplan_meier
from attribution.engine.lifetime.purchases import Discounting, PurchaseModel, expected_purchases
from attribution.engine.lifetime.summary import DAYS, Summary, read_summary, summarise
from attribution.engine.lifetime.value import LifetimeValues, Terms, Total, lifetime_values, rate_of_days

_YEARS: Final = 3


@dataclass(frozen=True)
class Options:
    """What is asked for: `horizon` and `term` in units, None for three years and one month; rates are yearly."""

    unit: str = "week"
    observed_until: dt.date | None = None
    margin: float = 1.0
    discount_rate: float = 0.1
    horizon: int | None = None
    term: float | None = None
    level: float = 0.95

    @property
    def units_ahead(self) -> int:
        """The horizon in whole units."""
        return round(_YEARS * 365.25 / DAYS[self.unit]) if self.horizon is None else self.horizon

    @property
    def term_units(self) -> float:
        """The term of a contract in units."""
        return 365.25 / 12 / DAYS[self.unit] if self.term is None else self.term


@dataclass(frozen=True)
class Analysis:
    """What is written: the content of parameters.json, the columns of customers, and of a curve where there is one."""

    parameters: dict[str, Any]
    customers: dict[str, Any]
    curve: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    values: LifetimeValues | None = None
    """Where there are lifetime values: themselves, for what is asked of groups of customers."""


def read_customers(table: Any, options: Options) -> Summary:
    """Customers from transactions or from a summary, by the columns of an Arrow table. Raises RefusedError."""
    names = set(table.column_names)
    if "date" in names or "amount" in names:
        return summarise(table, options.unit, options.observed_until)
    if "frequency" in names:
        return read_summary(table)
    message = "needed are customer_id, date, amount or customer_id, frequency, recency, age, mean_value"
    raise RefusedError(message)


def analyse(model: str, customers: Summary, options: Options) -> Analysis:
    """All that one model says of the customers.

    Raises NotFittedError where the data do not determine it, ValueError for options that cannot be.
    """
    return ANALYSES[model](customers, options)


def _described(model: str, customers: Summary, options: Options, fit: Fit | None) -> dict[str, Any]:
    until = customers.observed_until or options.observed_until
    described: dict[str, Any] = {
        "model": model,
        "unit": options.unit,
        "observed_until": None if until is None else until.isoformat(),
        "n": int(customers.customer_id.size),
        "left_out": {
            "rows_after_observed_until": customers.after_end,
            "customers_without_purchase": customers.without_purchase,
        },
    }
    return described if fit is None else described | _estimates(fit)


def _estimates(fit: Fit) -> dict[str, Any]:
    return {
        "n": fit.count,
        "estimates": dict(zip(fit.names, fit.estimates.tolist(), strict=True)),
        "standard_errors": dict(zip(fit.names, fit.standard_errors.tolist(), strict=True)),
        "log_likelihood": fit.log_likelihood,
    }


def _total(total: Total) -> dict[str, float]:
    return {"value": total.value, "low": total.low, "high": total.high}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _purchases(model: PurchaseModel, customers: Summary, options: Options) -> Analysis:
    terms = Terms(
        options.margin, Discounting(options.units_ahead, rate_of_days(options.discount_rate, DAYS[options.unit]))
    )
    fit = model.fit(customers.frequency, customers.recency, customers.age)
    # Customers of one history cost once.
    (x, recency, age), _count, group = grouped(customers.frequency, customers.recency, customers.age)
    alive, alive_jacobian = with_jacobian(lambda p: model.probability_alive(p, x, recency, age), fit.estimates)
    ahead, ahead_jacobian = with_jacobian(
        lambda p: expected_purchases(model, p, x, recency, age, terms.discounting.horizon), fit.estimates
    )
    alive_low, alive_high = probability_interval(alive, errors_of(alive_jacobian, fit.log_covariance), options.level)
    low, high = positive_interval(ahead, errors_of(ahead_jacobian, fit.log_covariance), options.level)
    columns = identity_of(customers) | {
        "mean_value": customers.mean_value,
        "probability_alive": alive[group],
        "probability_alive_low": alive_low[group],
        "probability_alive_high": alive_high[group],
        "expected_purchases": ahead[group],
        "expected_purchases_low": low[group],
        "expected_purchases_high": high[group],
    }
    parameters = _described(model.name, customers, options, fit) | {
        "settings": {
            "horizon": terms.discounting.horizon,
            "margin": options.margin,
            "discount_rate": options.discount_rate,
            "level": options.level,
        }
    }
    try:
        value, value_columns, values = _values(model, fit, customers, terms, options.level)
    except NotFittedError as error:
        return Analysis(parameters | {"value": None}, columns, notes=(f"no lifetime values: {error}",))
    return Analysis(parameters | {"value": value}, columns | value_columns, values=values)


def _values(
    model: PurchaseModel, fit: Fit, customers: Summary, terms: Terms, level: float
) -> tuple[dict[str, Any], dict[str, Any], LifetimeValues]:
    """What Gamma-Gamma adds: its parameters and the total, the columns of value, and what they are made of."""
    value_fit = gamma_gamma.fit(customers.frequency, customers.mean_value)
    found = lifetime_values(model, fit, value_fit, customers, terms, level)
    columns: dict[str, Any] = {
        "discounted_purchases": found.purchases,
        "expected_purchase_value": found.purchase_value,
        "future_value": found.future,
        "future_value_low": found.future_low,
        "future_value_high": found.future_high,
    }
    if found.net is not None:
        columns |= {
            "value_to_date": found.net,
            "lifetime_value": found.value,
            "lifetime_value_low": found.low,
            "lifetime_value_high": found.high,
        }
    described = {
        "model": "gamma-gamma",
        **_estimates(value_fit),
        "correlation_with_frequency": _number(gamma_gamma.correlation(customers.frequency, customers.mean_value)),
        "refund_share": customers.refund_share,
        "total_future_value": _total(found.total_future),
        "total_value_to_date": None if found.net is None else float(found.net.sum()),
    }
    return described, columns, found


def _gamma_gamma(customers: Summary, options: Options) -> Analysis:
    fit = gamma_gamma.fit(customers.frequency, customers.mean_value)
    worth, jacobian = with_jacobian(
        lambda p: gamma_gamma.expected_value(p, customers.frequency, customers.mean_value), fit.estimates
    )
    low, high = positive_interval(worth, errors_of(jacobian, fit.log_covariance), options.level)
    columns = identity_of(customers) | {
        "mean_value": customers.mean_value,
        "expected_purchase_value": worth,
        "expected_purchase_value_low": low,
        "expected_purchase_value_high": high,
    }
    correlation = _number(gamma_gamma.correlation(customers.frequency, customers.mean_value))
    described = _described("gamma-gamma", customers, options, fit)
    return Analysis(
        described | {"settings": {"level": options.level}, "correlation_with_frequency": correlation}, columns
    )


def _sbg(customers: Summary, options: Options) -> Analysis:
    term = options.term_units
    renewals, lost = renewals_of(customers.recency, customers.age, term)
    fit = sbg.fit(renewals, lost)
    rate = rate_of_days(options.discount_rate, term * DAYS[options.unit])
    kept, kept_jacobian = with_jacobian(lambda p: sbg.retention(p, renewals), fit.estimates)
    residual, residual_jacobian = with_jacobian(lambda p: sbg.residual_lifetime(p, renewals, rate), fit.estimates)
    kept_low, kept_high = probability_interval(kept, errors_of(kept_jacobian, fit.log_covariance), options.level)
    low, high = positive_interval(residual, errors_of(residual_jacobian, fit.log_covariance), options.level)
    expected = {
        "next_renewal": kept,
        "next_renewal_low": kept_low,
        "next_renewal_high": kept_high,
        "residual_renewals": residual,
        "residual_renewals_low": low,
        "residual_renewals_high": high,
    }
    # Who is lost renews no more: that is known, not estimated.
    there = {name: np.where(lost == 1, 0.0, column) for name, column in expected.items()}
    columns = identity_of(customers) | {"renewals": renewals.astype("int64"), "lost": lost.astype("int64")} | there
    described = _described("sbg", customers, options, fit)
    settings = {"term": term, "discount_rate": options.discount_rate, "level": options.level}
    return Analysis(described | {"settings": settings, "lost": int(lost.sum())}, columns)


def _kaplan_meier(customers: Summary, options: Options) -> Analysis:
    term = options.term_units
    duration, lost = durations_of(customers.recency, customers.age, term)
    found = kaplan_meier(duration, lost, options.level)
    names = ("time", "at_risk", "lost", "survival", "low", "high")
    curve = {name: getattr(found, name) for name in names} | {"standard_error": np.sqrt(found.variance)}
    columns = identity_of(customers) | {
        "duration": duration,
        "lost": lost.astype("int64"),
        "survival": found.at(duration),
    }
    described = _described("km", customers, options, None)
    rest = {
        "estimates": {"median": found.median()},
        "standard_errors": {},
        "log_likelihood": None,
        "settings": {"term": term, "level": options.level},
        "lost": int(lost.sum()),
    }
    return Analysis(described | rest, columns, curve)


ANALYSES: Final[Mapping[str, Callable[[Summary, Options], Analysis]]] = MappingProxyType(
    {
        "bgnbd": lambda customers, options: _purchases(bgnbd.MODEL, customers, options),
        "pareto": lambda customers, options: _purchases(paretonbd.MODEL, customers, options),
        "gamma-gamma": _gamma_gamma,
        "sbg": _sbg,
        "km": _kaplan_meier,
    }
)
"""The models by the names that the command line knows."""
