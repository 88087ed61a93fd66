"""PostgreSQL and Valkey as children: under every account, after a crash, with strange data."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from eventflow.local.children import CannotStart, is_port_free
from eventflow.local.postgres import EmbeddedPostgres, account_for, accounts_for_root, can_run
from eventflow.local.valkey import EmbeddedValkey
from tests.support.stack import is_alive

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="is about what root does")


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    folder = tmp_path_factory.mktemp("postgres")
    with EmbeddedPostgres(folder / "data", durable=False) as server:
        yield server


def ask(server: EmbeddedPostgres, query: str, user: str = "eventflow") -> list[tuple[object, ...]]:
    with psycopg.connect(server.dsn(user=user), autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()


def test_the_login_owns_its_database_and_nothing_else(postgres: EmbeddedPostgres) -> None:
    rights = "rolsuper, rolcreaterole, rolinherit, rolbypassrls, rolreplication"
    [row] = ask(postgres, f"SELECT {rights} FROM pg_roles WHERE rolname = current_user")
    assert row == (False, True, False, False, False)
    owner = "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'public'"
    assert ask(postgres, owner) == [("eventflow",)]
    with psycopg.connect(postgres.dsn()) as connection:
        connection.execute("CREATE SCHEMA an_organizer")
        connection.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM pg_authid")


def test_text_is_compared_as_in_c_utf8(postgres: EmbeddedPostgres) -> None:
    assert ask(postgres, "SELECT 'Z' < 'a', upper('ä'), 'é' ~ '^[[:alpha:]]$'") == [
        (True, "Ä", True)
    ]


def test_nobody_comes_in_without_the_password(postgres: EmbeddedPostgres) -> None:
    for user in ("postgres", "eventflow"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(
                host="127.0.0.1", port=postgres.port, user=user, password="x", dbname="eventflow"
            )


def test_a_database_is_made_once(postgres: EmbeddedPostgres) -> None:
    postgres.ensure_database("another")
    postgres.ensure_database("another")

    found = ask(postgres, "SELECT count(*) FROM pg_database WHERE datname = 'another'")
    assert found == [(1,)]
    with pytest.raises(CannotStart, match="is no name"):
        postgres.ensure_database('x"; DROP DATABASE eventflow')


def test_postgres_starts_again_after_a_crash_with_what_was_committed(
    postgres: EmbeddedPostgres,
) -> None:
    with psycopg.connect(postgres.dsn()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    before = postgres.pid

    postgres.kill()
    assert not postgres.child.is_alive()
    postgres.start()

    assert postgres.pid != before
    assert ask(postgres, "SELECT one FROM kept") == [(1,)]


def test_the_log_keeps_nothing_of_what_was_written(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute("CREATE TABLE buyers (mail text UNIQUE)")
        insert = b"INSERT INTO buyers VALUES ('ann@example.org')"
        connection.execute(insert)
        with pytest.raises(psycopg.errors.UniqueViolation, match=r"ann@example\.org"):
            connection.execute(insert)

    log = postgres.log_path.read_text()
    assert "buyers_mail_key" in log, "an error is noted"
    assert "ann@example.org" not in log


def test_a_lock_left_behind_by_another_program_is_no_obstacle(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "data", durable=False)
    server.start()
    server.stop()
    # After a reboot the number in the file belongs to whoever came first.
    (server.data_dir / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data_dir}\n0\n")

    with server:
        assert server.child.is_alive()


def test_data_of_another_version_is_refused_in_a_sentence(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "data")
    server.prepare()
    (server.data_dir / "PG_VERSION").write_text("17\n")

    with pytest.raises(CannotStart, match=r"was made by PostgreSQL 17, this is 18"):
        server.start()


def test_a_cut_off_first_start_leaves_no_half_data(tmp_path: Path) -> None:
    (tmp_path / "data.unfinished" / "base").mkdir(parents=True)

    with EmbeddedPostgres(tmp_path / "data", durable=False) as server:
        assert server.child.is_alive()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "data.log"]


def test_a_relative_folder_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    server = EmbeddedPostgres("data", durable=False)
    valkey = EmbeddedValkey("valkey", persistent=False)
    monkeypatch.chdir("/")

    with server, valkey:
        assert (tmp_path / "data" / "PG_VERSION").exists()
        assert (tmp_path / "valkey" / "valkey.conf").exists()


SCRIPT = """
import os, sys, time
from pathlib import Path
from eventflow.local import postgres
way, folder = sys.argv[1], Path(sys.argv[2])
if way != "chosen":
    postgres.account_for = lambda _: postgres.accounts_for_root()[way]
server = postgres.EmbeddedPostgres(folder / "data", durable=False)
server.start()
print(server.pid, postgres.account_for(folder).prefix[:1], flush=True)
time.sleep(600)
"""


@needs_root
@pytest.mark.parametrize("way", sorted(accounts_for_root()))
def test_root_runs_postgres_in_each_way_and_leaves_no_orphan(tmp_path: Path, way: str) -> None:
    open_to_all(tmp_path)
    if not can_run(accounts_for_root()[way], tmp_path):
        # A checkout under a closed home, or a container without namespaces: the next way serves.
        assert way != "passing"
        return
    starter = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, way, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    pid = int(starter.stdout.readline().split()[0])
    assert is_alive(pid)

    starter.kill()
    starter.wait()

    give_up_at = time.monotonic() + 15
    while is_alive(pid):
        assert time.monotonic() < give_up_at, f"{way}: PostgreSQL outlived its parent"
        time.sleep(0.05)


@needs_root
def test_root_under_a_closed_folder_finds_a_way(tmp_path: Path) -> None:
    open_to_all(tmp_path)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    account = account_for(closed)

    assert account.prefix[0] in {"unshare", "setpriv"}
    with EmbeddedPostgres(closed / "data", durable=False) as server:
        assert ask(server, "SELECT 1") == [(1,)]


@needs_root
def test_data_follows_when_root_must_change_the_account(tmp_path: Path) -> None:
    open_to_all(tmp_path)
    folder = tmp_path / "folder"
    folder.mkdir()
    for mode in (0o755, 0o700, 0o755):
        folder.chmod(mode)
        with EmbeddedPostgres(folder / "data", durable=False) as server:
            assert ask(server, "SELECT 1") == [(1,)]


def open_to_all(folder: Path) -> None:
    """Let others enter: pytest's own folders are closed."""
    top = Path(tempfile.gettempdir())
    for place in (folder, *folder.parents):
        if place == top or not place.is_relative_to(top):
            break
        place.chmod(0o755)


def test_valkey_needs_its_password_and_never_evicts(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path / "valkey", persistent=False) as server:
        client = redis.Redis.from_url(server.url(3))
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=server.port, retry=Retry(NoBackoff(), 0)).ping()
    assert is_port_free(server.port)


def test_persistent_valkey_keeps_after_a_crash_and_forgets_when_told(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path / "valkey") as server:
        client = redis.Redis.from_url(server.url())
        client.set("kept", "yes")
        client.waitaof(1, 0, 3000)
        url = server.url()

        server.kill()
        server.start()
        assert (server.url(), client.get("kept")) == (url, b"yes")

        server.stop()
        server.forget()
        server.start()
        assert client.get("kept") is None
        with pytest.raises(CannotStart, match="stop it"):
            server.forget()


def test_valkey_of_the_tests_starts_empty_after_a_crash(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path / "valkey", persistent=False) as server:
        client = redis.Redis.from_url(server.url())
        client.set("lost", "yes")

        server.kill()
        server.start()

        assert client.get("lost") is None
