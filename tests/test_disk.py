"""Files that take another one's place."""

from __future__ import annotations

from pathlib import Path

import pytest

from qaseed.disk import make_parents, replacing


def test_a_file_is_replaced_at_the_end_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("before")
    path.chmod(0o640)
    with replacing(path) as file:
        file.write(b"after")
        assert path.read_text() == "before"
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("after", 0o640)
    with replacing(path, 0o604):
        pass
    assert path.stat().st_mode & 0o777 == 0o604


def test_what_fails_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("before")
    with pytest.raises(TypeError), replacing(path) as file:
        file.writelines([b"half", "text"])  # type: ignore[list-item]
    assert path.read_text() == "before"
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError), replacing(tmp_path / "folder"):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "x"]


def test_a_folder_that_was_removed_is_not_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    with pytest.raises(FileNotFoundError):
        make_parents(folder, folder / "data" / "client" / "x")
    assert not folder.exists()
    folder.mkdir()
    for _ in range(2):
        make_parents(folder, folder / "data" / "client" / "x")
    assert [path.name for path in folder.rglob("*")] == ["data", "client"]
