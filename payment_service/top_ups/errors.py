"""What can go wrong when a wallet is topped up."""

from libs.errors import FieldProblem, Invalid, NotFound


class TopUpNotFound(NotFound):
    """There is no such top-up, or it is not yours."""

    code = "top_up_not_found"


class AmountOutOfRange(Invalid):
    """So much, or so little, cannot be paid in at once."""

    code = "amount_out_of_range"

    def __init__(self, least: int = 0, most: int = 0) -> None:
        limits = f"At least {least} and at most {most}, in minor units."
        super().__init__(fields=[FieldProblem("/amount", self.code, limits)])


class CurrencyNotTaken(Invalid):
    """Wallets are not kept in this currency."""

    code = "currency_not_taken"

    def __init__(self, taken: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.fields = (FieldProblem("/currency", self.code, self.detail, taken),)
