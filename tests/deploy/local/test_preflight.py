"""Each refusal before a start is one sentence that says what to do."""

import shutil
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from deploy.local import preflight
from deploy.local.places import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A data folder that does not exist yet."""
    return Place(tmp_path / "data")


def test_taken_port_names_another(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(preflight.Refused) as refusal:
            preflight.gateway_port({"STUDYZED_PORT": str(port)})
    assert str(refusal.value) == (
        f"Port {port} is taken: stop the program that uses it, "
        f"or choose another port, such as `STUDYZED_PORT={port + 1} make up`."
    )
    assert preflight.gateway_port({"STUDYZED_PORT": str(port)}) == port
    monkeypatch.setattr(preflight, "DEFAULT_PORT", port)
    assert preflight.gateway_port({}) == port


@pytest.mark.parametrize("word", ["0", "65536", "http", "-1"])
def test_port_that_is_none(word: str) -> None:
    with pytest.raises(preflight.Refused, match="give a number from 1 to 65535"):
        preflight.gateway_port({"STUDYZED_PORT": word})


def test_other_python_is_refused() -> None:
    preflight.python((3, 11))
    with pytest.raises(preflight.Refused, match=r"This is Python 3\.12, StudyZed needs 3\.11"):
        preflight.python((3, 12))


def test_data_folder_is_made_and_found_again(place: Place) -> None:
    preflight.data_folder(place)
    assert place.data.stat().st_mode & 0o777 == 0o700
    preflight.data_folder(place)  # a start that failed early left run/ and logs/
    place.keys.touch()
    (place.data / "mongo").mkdir()
    preflight.data_folder(place)


def test_folder_with_other_things_is_refused(place: Place) -> None:
    place.data.mkdir()
    (place.data / "thesis.txt").touch()
    with pytest.raises(preflight.Refused, match="holds something else"):
        preflight.data_folder(place)
    assert (place.data / "thesis.txt").exists()


def test_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(preflight.Refused, match="cannot be written"):
        preflight.data_folder(Place(tmp_path / "file" / "data"))


def test_full_disk_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    preflight.data_folder(place)
    preflight.disk_space(place)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=12_000_000))
    with pytest.raises(preflight.Refused, match=r"Only 12 MB are free where .* needs 1000"):
        preflight.disk_space(place)


def test_client_folder(tmp_path: Path) -> None:
    assert preflight.client_folder({}) is None
    assert preflight.client_folder({"SPA_DIR": ""}) is None
    with pytest.raises(preflight.Refused, match=r"holds no index\.html"):
        preflight.client_folder({"SPA_DIR": str(tmp_path)})
    (tmp_path / "index.html").touch()
    assert preflight.client_folder({"SPA_DIR": str(tmp_path)}) == tmp_path


def test_only_one_platform_per_folder(place: Place) -> None:
    preflight.data_folder(place)
    assert place.holder() is None
    lock = place.hold()
    assert lock is not None
    assert place.hold() is None
    assert place.holder() == int(place.lock.read_text())
    assert place.running_state() is None  # it is still starting
    place.write_private(place.state, {"url": "http://127.0.0.1:1"})
    assert place.running_state() == {"url": "http://127.0.0.1:1"}
    lock.close()
    assert place.holder() is None
    assert place.running_state() is None  # the file of a run that was killed counts for nothing


def test_socket_path_fits_the_kernel(tmp_path: Path) -> None:
    assert Place(tmp_path / ("x" * 150)).socket.parent.parent != tmp_path
    assert len(str(Place(tmp_path / ("x" * 150)).socket)) < 100
    assert Place(Path("/srv/a")).socket == Path("/srv/a/run/supervisor.sock")
