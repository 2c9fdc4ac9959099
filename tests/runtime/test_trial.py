"""A database for a trial is at the program's revision, empty, and gone with its folder afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from runtime import migrate
from runtime.postgres import is_stopped
from runtime.trial import trial_database


def test_a_trial_leaves_no_server_and_no_file_behind():
    with trial_database() as database:
        server = database.server
        assert server is not None
        folder = server.data_dir
        with database.engine.connect() as connection:
            assert migrate.current_revision(connection) == migrate.head_revision()
            assert connection.scalar(text("SELECT count(*) FROM agency")) == 0
        assert not is_stopped(folder)
    assert not folder.parent.exists()


def test_a_trial_that_fails_leaves_nothing_behind_either():
    kept: list[Path] = []
    with pytest.raises(ZeroDivisionError), trial_database() as database:
        assert database.server is not None
        kept.append(database.server.data_dir)
        raise ZeroDivisionError
    assert not kept[0].parent.exists()
