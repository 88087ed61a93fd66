"""Install everything into `.venv`, from hash-checked locks; do nothing when it is there already.

Run as a file by any Python 3 before anything is installed: standard library only, and syntax that
an old Python can read, so that it is told what is missing.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
STAMP = VENV / ".eventflow-installed"
LEAST_PYTHON = (3, 11)
STARTED_AT = time.monotonic()


class CannotInstall(Exception):
    """One plain sentence for the person at the terminal."""


def main() -> int:
    try:
        check_python()
        TOOLS.mkdir(exist_ok=True)
        with (TOOLS / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two `make` at once: the second finds all done
            install()
    except CannotInstall as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        place = error.filename or ROOT
        print("%s: %s." % (place, error.strerror or error), file=sys.stderr)  # noqa: UP031
        return 1
    except KeyboardInterrupt:
        return 1
    return 0


def check_python() -> None:
    """Refuse a Python that is too old or cannot make virtual environments."""
    if sys.version_info < LEAST_PYTHON:
        found = ".".join(str(part) for part in sys.version_info[:3])
        raise CannotInstall(f"EventFlow needs Python 3.11 or newer, this is {found}.")
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        raise CannotInstall(
            "This Python has no venv: install it (Debian, Ubuntu: apt install python3-venv)."
        ) from None


def install() -> None:
    """Bring the virtual environment up to the locks."""
    wanted = _wanted()
    found = _found()
    if found == wanted:
        return
    # A venv knows its own place and Python by heart: moved or upgraded, it is made anew.
    is_usable = found.get("root") == wanted["root"] and found.get("python") == wanted["python"]
    uv = ensure_uv()
    if not is_usable or not (VENV / "bin" / "python").exists():
        _say("Making a virtual environment in .venv")
        shutil.rmtree(VENV, ignore_errors=True)
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)])
    STAMP.unlink(missing_ok=True)
    _say("Installing the packages of requirements.lock, each checked by its hash")
    python = ["--python", str(VENV / "bin" / "python")]
    lock = str(ROOT / "requirements.lock")
    _run([uv, "pip", "sync", "--quiet", "--require-hashes", *python, lock])
    flags = ["--quiet", "--no-deps", "--no-build-isolation", "--offline"]
    _run([uv, "pip", "install", *flags, *python, "--editable", str(ROOT)])
    STAMP.write_text(json.dumps(wanted), encoding="utf-8")
    _say("Everything is installed")


def ensure_uv() -> str:
    """Install uv, checked by its hash, into a virtual environment of its own; give its path."""
    home = TOOLS / "uv"
    program = home / "bin" / "uv"
    lock = ROOT / "bootstrap.lock"
    stamp = home / ".installed"
    digest = _digest(lock) + str(home)
    if program.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return str(program)
    _say("Fetching uv, which installs the rest")
    shutil.rmtree(home, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(home)])
    flags = ["--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes"]
    _run([str(home / "bin" / "pip"), "install", *flags, "--requirement", str(lock)])
    stamp.write_text(digest, encoding="utf-8")
    return str(program)


def _wanted() -> dict[str, str]:
    return {
        "root": str(ROOT),
        "python": f"{Path(sys.base_prefix).resolve()} {sys.version}",
        "packages": _digest(ROOT / "requirements.lock", ROOT / "pyproject.toml"),
    }


def _found() -> dict[str, str]:
    try:
        found = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _run(command: list[str]) -> None:
    """Run a command; its words are shown only when it fails."""
    environment = {"UV_PYTHON_DOWNLOADS": "never", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    if "PIP_INDEX_URL" in os.environ:  # a mirror that pip is told of serves uv as well
        environment["UV_DEFAULT_INDEX"] = os.environ["PIP_INDEX_URL"]
    result = subprocess.run(
        command, check=False, capture_output=True, text=True, env={**environment, **os.environ}
    )
    if result.returncode != 0:
        said = (result.stderr or result.stdout).strip()
        print(said, file=sys.stderr)
        name = " ".join([Path(command[0]).name, *command[1:3]])
        raise CannotInstall(
            f"Installing failed at `{name}`: see above. It needs the network and free disk space."
        )


def _say(line: str) -> None:
    print(f"{time.monotonic() - STARTED_AT:7.1f} s  {line}.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
