"""What part of a price is tax: exact values, and that parts always make up the whole (P-A10)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_service.invoices.arithmetic import half_up, share_out, split, split_next
from payment_service.invoices.money import shown
from payment_service.settings import TaxPart

PRICES = st.integers(0, 10**12)
RATES = st.decimals("0.0001", "100", places=4)
PARTS = st.lists(RATES, max_size=5).map(
    lambda rates: [TaxPart(name=f"T{i}", percent=rate) for i, rate in enumerate(rates)]
)


def tax(name: str, percent: str) -> TaxPart:
    return TaxPart(name=name, percent=Decimal(percent))


GST = [tax("CGST", "9"), tax("SGST", "9")]


def test_p_a10_taxes_in_a_price_are_rounded_half_up_and_the_rounding_is_shown() -> None:
    # 49,900 x 9 / 118 is 3,805.9322…
    assert split(49_900, GST) == (
        42_288,
        ((GST[0], 3_806, Decimal("0.0678")), (GST[1], 3_806, Decimal("0.0678"))),
    )
    assert split(49_900, GST).tax == 7_612
    assert split(49_900, []) == (49_900, ())
    assert split(0, GST) == (0, ((GST[0], 0, Decimal(0)), (GST[1], 0, Decimal(0))))
    # exactly a half goes up: 3 x 20 / 120 is 0.5
    assert split(3, [tax("VAT", "20")]) == (2, ((tax("VAT", "20"), 1, Decimal("0.5")),))
    assert split(1, [tax("VAT", "20")]).shares[0][1:] == (0, Decimal("-0.1667"))


@pytest.mark.parametrize(
    ("value", "rounded"), [("1/2", 1), ("-1/2", 0), ("3/2", 2), ("7/5", 1), ("-7/5", -1), ("2", 2)]
)
def test_p_a10_halves_go_up(value: str, rounded: int) -> None:
    assert half_up(Fraction(value)) == rounded


@given(PRICES, PARTS)
def test_p_a10_net_and_taxes_make_up_the_price(price: int, parts: list[TaxPart]) -> None:
    taken = split(price, parts)
    assert taken.net + sum(share.amount for share in taken.shares) == price
    assert [share.part for share in taken.shares] == parts
    assert all(abs(share.rounding) <= Decimal("0.5") for share in taken.shares)
    assert all(share.amount >= 0 for share in taken.shares)


def test_p_a10_a_second_credit_takes_back_what_the_first_one_left() -> None:
    vat = [tax("VAT", "20")]
    first, second = split_next(0, 1, vat), split_next(1, 2, vat)
    assert (first.net, first.tax, second.net, second.tax) == (1, 0, 1, 1)
    # a third of a unit would be exact; the first credit had a sixth too little
    assert second.shares[0].rounding == Decimal("0.6667")
    assert (split(3, vat).net, split(3, vat).tax) == (2, 1)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=8), PARTS)
def test_p_a10_credits_in_parts_take_back_what_the_invoice_said(
    amounts: list[int], parts: list[TaxPart]
) -> None:
    notes = [split_next(sum(amounts[:i]), amount, parts) for i, amount in enumerate(amounts)]
    assert [note.net + note.tax for note in notes] == amounts
    whole = split(sum(amounts), parts)
    assert sum(note.net for note in notes) == whole.net
    for i, share in enumerate(whole.shares):
        assert sum(note.shares[i].amount for note in notes) == share.amount


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (49_900, "INR", "₹499.00"),
        (5, "EUR", "€0.05"),
        (0, "USD", "USD 0.00"),
        (1_200, "JPY", "JPY 1200"),
        (1_234, "KWD", "KWD 1.234"),
    ],
)
def test_sums_are_written_in_the_currency_s_own_places(
    amount: int, currency: str, words: str
) -> None:
    assert shown(amount, currency) == words


def test_p_a6_a_sum_is_split_to_the_unit_by_largest_remainders() -> None:
    assert share_out(10_000, [1, 1, 1]) == [3_334, 3_333, 3_333]
    assert share_out(10_001, [1, 1, 1]) == [3_334, 3_334, 3_333]
    assert share_out(100, [1, 2, 3]) == [17, 33, 50]  # exactly 16.67, 33.33 and 50
    assert share_out(1, [1, 2]) == [0, 1]


@given(
    amount=st.integers(0, 10**12), weights=st.lists(st.integers(1, 10**6), min_size=1, max_size=20)
)
def test_p_a6_the_parts_of_a_sum_make_it_up(amount: int, weights: list[int]) -> None:
    parts = share_out(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(amount * weight, sum(weights))) < 1
