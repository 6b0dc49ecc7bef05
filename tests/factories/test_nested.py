"""Settings inside settings by their paths."""

import pytest

import factories

SETTINGS = {
    "rate": {"schedule": "s", "peak": 0.1},
    "chain": [{"name": "clip"}, {"name": "adam", "b1": 0.9}],
    "plain": 3,
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("plain", 3),
        ("rate.peak", 0.1),
        ("chain.1.b1", 0.9),
        ("rate.end", ...),
        ("chain.0.b1", ...),
        ("other", ...),
    ],
)
def test_a_value_is_found_replaced_and_left_out(path, value):
    assert factories.stated(SETTINGS, path) == value
    changed = factories.placed(SETTINGS, {path: 7})
    assert factories.stated(changed, path) == 7
    assert factories.stated(SETTINGS, path) == value  # which is unchanged
    bare = factories.without(changed, [path])
    assert factories.stated(bare, path) is ...
    assert bare == factories.without(SETTINGS, [path])


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("rates.peak", 'there is no "rates" in these settings. Did you mean "rate"?'),
        ("chain.2.b1", 'there is no "2" in these settings'),
        ("chain.x.b1", 'there is no "x" in these settings'),
        ("plain.b1", '"plain" is 3 and no table'),
    ],
)
def test_a_path_that_leads_nowhere_is_an_error(path, words):
    for of in (factories.stated, lambda s, p: factories.placed(s, {p: 1})):
        with pytest.raises(factories.FactoryError) as caught:
            of(SETTINGS, path)
        assert words in str(caught.value)
        assert caught.value.key == path
