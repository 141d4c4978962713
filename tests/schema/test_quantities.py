import pytest

from kt_gui.schema.quantities import (
    duration,
    file_size,
    gigabytes,
    logarithmic_share,
    number,
    percent,
    short,
    with_interval,
    with_spread,
)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (432, "432"),
        (999.4, "999"),
        (999.6, "1.0 k"),
        (4600, "4.6 k"),
        (18_300, "18 k"),
        (999_499, "999 k"),
        (11_200_000, "11.2 M"),
        (134_000_000, "134 M"),
        (1_300_000_000, "1.3 G"),
    ],
)
def test_a_count_is_short(count: float, text: str) -> None:
    assert plain(short(count)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.42, "0.4 s"), (14.2, "14 s"), (99, "99 s"), (180, "3 min"), (7500, "2 h 5 min")],
)
def test_a_time_has_its_unit(seconds: float, text: str) -> None:
    assert plain(duration(seconds)) == text


def test_bytes_shares_and_small_numbers() -> None:
    assert plain(gigabytes(400_000_000)) == "0.4 GB"
    assert plain(gigabytes(22_000_000_000)) == "22 GB"
    assert plain(gigabytes(12_000_000)) == "12 MB"
    assert plain(percent(0.56)) == "56.0 %"
    assert number(0.005) == "0.005"


def test_a_dash_stands_for_a_number_that_is_not_known() -> None:
    assert number(None) == percent(None) == with_interval(None, None, None) == with_spread(None, None, 0) == "–"


def test_a_share_stands_with_its_interval_or_its_spread_where_they_are_known() -> None:
    assert plain(with_interval(0.56, 0.481, 0.636)) == "56.0 % (48.1–63.6)"
    assert plain(with_interval(0.56, None, None)) == "56.0 %"
    assert plain(with_spread(0.56, 0.012, 5)) == "56.0 % ± 1.2 (n = 5)"
    assert plain(with_spread(0.56, None, 1)) == "56.0 % (n = 1)"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "1 kB"), (2600, "3 kB"), (14_100_000, "14.1 MB"), (1_200_000_000, "1.2 GB")]
)
def test_a_file_has_a_size(count: int, text: str) -> None:
    assert plain(file_size(count)) == text


def test_a_log_scale_is_held_at_its_ends() -> None:
    assert logarithmic_share(0.0, 1e-4, 1.0) == 0.0
    assert logarithmic_share(1e-2, 1e-4, 1.0) == pytest.approx(0.5)
    assert logarithmic_share(9.0, 1e-4, 1.0) == 1.0


@pytest.mark.parametrize(
    ("value", "text"), [(0.005, "0.005"), (999.4, "999"), (1000, "1000"), (20_000, "20000"), (1e6, "1e+06"), (0, "0")]
)
def test_a_small_number_has_three_digits_and_a_larger_one_no_exponent(value: float, text: str) -> None:
    assert number(value) == text
