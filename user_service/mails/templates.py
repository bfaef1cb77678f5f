"""The texts of mails. English; other languages join here as catalogues."""

from html import escape

from user_service.mails.smtp_gateway import Mail


def sign_up_code(to: str, code: str) -> Mail:
    """The code for a new account."""
    return _mail(
        to,
        f"{code} is your StudyZed code",
        "Welcome to StudyZed.",
        f"Your code is {code}. It is good for ten minutes.",
        "If you did not ask for it, ignore this message: nothing happens without the code.",
    )


def already_registered(to: str) -> Mail:
    """Instead of a code, when the address has an account: only its owner learns so."""
    return _mail(
        to,
        "You already have a StudyZed account",
        "Somebody, perhaps you, wanted to sign up with this address.",
        "There is an account with it already: sign in, or ask for a new password.",
        "If it was not you, there is nothing to do.",
    )


def _mail(to: str, subject: str, *paragraphs: str) -> Mail:
    inner = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    html = (
        f'<!doctype html><html lang="en"><body style="font-family:sans-serif">{inner}</body></html>'
    )
    return Mail(to, subject, "\n\n".join(paragraphs) + "\n", html)
