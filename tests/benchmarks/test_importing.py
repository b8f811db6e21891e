"""All ways read the same archive to the same pictures, and one that did not would stop the benchmark."""

import pytest

from benchmarks.importing import OURS, archive, arms, check


def test_all_arms_agree(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    found = arms(archive(tmp_path / "set.zip", pictures=60), tmp_path)
    assert set(check(found)) == {OURS, "zipfile + Pillow", "unzip + ImageFolder"}
    found["half"] = lambda: found[OURS]() // 2
    with pytest.raises(AssertionError, match="half reads something else"):
        check(found)
