"""Alembic's entry for this service."""

import user_service.accounts.models
import user_service.audit.models
import user_service.codes.models
import user_service.consents.models
import user_service.email_changes.models
import user_service.erasures.models
import user_service.exports.models
import user_service.google_links.models
import user_service.invites.models
import user_service.keys.models
import user_service.logins.models
import user_service.mails.models
import user_service.pictures.models
import user_service.profiles.models
import user_service.proofs.models
import user_service.tokens.models  # noqa: F401
from libs import inbox
from libs.migrate import run_env
from user_service.base import Base

run_env(Base.metadata, inbox.INBOX.metadata)
