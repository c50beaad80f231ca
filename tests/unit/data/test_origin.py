import hashlib
from pathlib import Path

import pytest

from src.data.origin import dvc_hash, sha256
from src.errors import DataError


def test_sha256_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"a,b\r\n1,2")
    assert sha256([tmp_path / "t.csv"]) == hashlib.sha256(b"a,b\r\n1,2").hexdigest()


def test_a_file_in_the_versioned_folder_has_the_hash_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "data.dvc").write_text("outs:\n- md5: 1a2b.dir\n  size: 3\n  nfiles: 1\n  hash: md5\n  path: data\n")
    assert dvc_hash([tmp_path / "data" / "t.csv"], tmp_path) == "1a2b.dir"
    assert dvc_hash([tmp_path / "data" / "deep" / "t.csv"], tmp_path) == "1a2b.dir"
    assert dvc_hash([tmp_path / "other" / "t.csv"], tmp_path) is None


def test_a_versioned_file_has_its_own_hash(tmp_path: Path) -> None:
    (tmp_path / "data.dvc").write_text("outs:\n- md5: 1a2b\n  path: t.csv\n")
    assert dvc_hash([tmp_path / "t.csv"], tmp_path) == "1a2b"


def test_without_dvc_there_is_no_hash(tmp_path: Path) -> None:
    assert dvc_hash([tmp_path / "t.csv"], tmp_path) is None


def test_a_broken_pointer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data.dvc").write_text("outs: 3\n")
    with pytest.raises(DataError, match=r"data\.dvc is not as DVC writes it"):
        dvc_hash([tmp_path / "t.csv"], tmp_path)
