"""What can go wrong with invitations."""

from libs.errors import Conflict, NotFound


class InvitationNotFound(NotFound):
    """There is no such invitation, or it was taken back, or it is none of yours."""

    code = "invitation_not_found"


class InvitationExpired(Conflict):
    """This invitation is too old: ask the tutor for a new one."""

    code = "invitation_expired"


class InvitationUsedUp(Conflict):
    """This invitation was used as often as it may be: ask the tutor for a new one."""

    code = "invitation_used_up"
