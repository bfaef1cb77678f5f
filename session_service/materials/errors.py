"""What can go wrong with material."""

from libs.errors import Conflict, NotFound


class MaterialNotFound(NotFound):
    """There is no such material, or it is none of yours to see."""

    code = "material_not_found"


class NothingToPublish(Conflict):
    """No file has been uploaded for this yet."""

    code = "nothing_to_publish"


class AlreadyPublished(Conflict):
    """This is published, and there is nothing newer to publish later."""

    code = "already_published"
