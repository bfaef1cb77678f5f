"""What can go wrong with folders."""

from libs.errors import Conflict, NotFound


class FolderNotFound(NotFound):
    """There is no such folder, or it is none of yours."""

    code = "folder_not_found"


class FolderCycle(Conflict):
    """A folder cannot lie in itself, nor in a folder that lies in it."""

    code = "folder_cycle"


class FolderTooDeep(Conflict):
    """Folders lie in each other eight deep at most."""

    code = "folder_too_deep"


class TooManyFolders(Conflict):
    """A class has 500 folders at most."""

    code = "too_many_folders"


class FolderNotEmpty(Conflict):
    """Something lies in this folder: move it or delete it first."""

    code = "folder_not_empty"
