"""What clients send for a new password."""

from libs.schemas import Schema, ShortText
from user_service.accounts.schemas import Password, TriedPassword


class PasswordReset(Schema):
    """`grant` comes from a verified code that was asked for with the purpose `password_reset`."""

    grant: ShortText
    password: Password


class PasswordChange(Schema):
    """The present password and the next one."""

    old_password: TriedPassword
    password: Password
