"""Both models predict the 39 weeks after those they were fitted to as well as the paper says."""

import datetime as dt

import numpy as np
import pytest

from attribution.engine.lifetime import bgnbd, paretonbd
from attribution.engine.lifetime.purchases import expected_purchases
from attribution.engine.lifetime.summary import summarise
from tests.attribution.engine.lifetime.published import cdnow, transactions


def test_the_holdout_is_predicted_as_well_as_in_the_paper() -> None:
    # Fader, Hardie and Lee (2005), section 4: at week 78 BG/NBD forecasts 4 per cent too little, Pareto/NBD 2; table 3:
    # what single customers do and what is expected of them correlate by 0.626 and 0.630, both expectations by 0.996.
    customers, later = cdnow(), summarise(transactions(), "week", dt.date(1998, 6, 30))
    assert (customers.customer_id == later.customer_id).all()
    bought = later.frequency - customers.frequency
    assert bought.sum() == 1882
    history = (customers.frequency, customers.recency, customers.age)
    new = np.zeros(later.age.size)
    expected = []
    for module, too_little, correlation in ((bgnbd, 0.04, 0.626), (paretonbd, 0.02, 0.630)):
        at = module.fit(*history).estimates
        cumulated = module.purchases_if_alive(at, new, new, later.age).sum()
        assert cumulated / later.frequency.sum() == pytest.approx(1 - too_little, abs=0.005)
        expected.append(expected_purchases(module.MODEL, at, *history, 39.0))
        assert np.corrcoef(expected[-1], bought)[0, 1] == pytest.approx(correlation, abs=0.001)
    assert np.corrcoef(expected[0], expected[1])[0, 1] == pytest.approx(0.996, abs=0.001)
