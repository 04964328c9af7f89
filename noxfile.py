"""The checks of the project: one session each, in an environment of its own.

`make test` runs the sessions of a release, two at a time. To run one: `.tooling/bin/nox -s docs`. Arguments
after `--` go to pytest: `.tooling/bin/nox -s tests -- -k pager`.
"""

import datetime as dt
import hashlib
import itertools
import os
import shutil
import zipfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False

PROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PROJECT)
# The extra `all` only names the others.
EXTRAS = {
    name: bounds for name, bounds in PROJECT["project"]["optional-dependencies"].items() if name != "all"
}

# pyenv's Pythons are not on PATH until they are activated.
PYENV = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
PYENV_FOLDERS = [str(folder) for version in PYTHONS for folder in PYENV.glob(f"versions/{version}.*/bin")]
os.environ["PATH"] = os.pathsep.join([*PYENV_FOLDERS, os.environ["PATH"]])
OLDEST_FOUND = next((version for version in PYTHONS if shutil.which(f"python{version}")), None)

# The tests start hundreds of processes, which would all compile boto3 anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

JAVASCRIPT = [
    "v3@npm:@aws-sdk/client-voice-id",
    "v3-older@npm:@aws-sdk/client-voice-id@3.523.0",
    "v2@npm:aws-sdk",
    "v2-older@npm:aws-sdk@2.1200.0",  # From before there were watchlists.
    "@aws-sdk/client-s3",
    "@aws-sdk/lib-storage",
    "@aws-sdk/s3-request-presigner",
]
IN_EVERY_WHEEL = {
    "voiceid_sdk/local/voices/campplus_calibrations.json",
    "voiceid_sdk/local/voices/campplus_telephone.npz",
    "voiceid_sdk/py.typed",
    "voiceid_sdk/service_model/voice-id/2021-09-27/paginators-1.json",
    "voiceid_sdk/service_model/voice-id/2021-09-27/service-2.json",
}
# The behaviour that another Python and the lowest versions of dependencies can change: the wire, pickling,
# processes, and the libraries underneath. `tests` and `uncovered` cover everything else, once, and run all
# cases of each test: another Python runs the same lines for the data of each.
PORTABILITY_TESTS = [
    "tests/test_columns.py",
    "tests/test_conversion.py",
    "tests/test_forked_clients.py",
    "tests/test_models.py",
    "tests/test_pickling.py",
    "tests/test_responses.py",
    "tests/aio/test_calls.py",
    "tests/local/test_in_process.py",
    "tests/local/test_server.py",
    "tests/testing/test_instant_waits.py",
    "tests/testing/test_stub.py",
    "tests/testing/test_unexpected_calls.py",
]
# What only Python can change: the language, and the modules that come with it.
PYTHON_TESTS = [
    "tests/test_enums.py",
    "tests/test_files.py",
    "tests/test_service_model.py",
    "tests/local/test_protocol.py",
    "tests/local/test_store.py",
    "tests/testing/test_pytest_plugin.py",
    "tests/test_waiting.py::test_errors_of_waits_pickle_with_what_was_seen",
    "tests/test_waiting.py::test_the_system_clock_never_goes_back",
    "tests/test_waiting.py::test_the_system_clock_sleeps_until_it_is_cancelled",
    "tests/batch/test_results.py::test_copies_and_pickles_are_equal_and_hash_alike",
    "tests/local/voices/test_network.py::test_a_file_with_anything_but_weights_is_refused",
    "tests/local/voices/test_network.py::test_weights_are_read_from_a_checkpoint_and_counters_left_out",
]
# What only a dependency can change, such as botocore or numpy. Every Python has the same newest versions.
DEPENDENCY_TESTS = [
    "tests/test_drift.py",
    "tests/test_survives_botocore.py",
    "tests/test_transport.py",
    "tests/test_wait_conditions.py",
    "tests/test_waiting.py",
    "tests/batch/test_results.py",
    "tests/local/test_interoperability.py",
    "tests/local/test_mocking.py",
    "tests/local/voices/test_network.py",
]
# Tests of these files that start a process for what neither changes.
NOT_PORTABILITY_TESTS = [
    # which modules of the package are imported
    "tests/testing/test_pytest_plugin.py::test_the_plugin_imports_nothing_that_slows_pytest_down",
    # that the system keeps what SQLite has committed; the tests beside it show that it has
    "tests/local/test_store.py::test_an_answered_write_survives_a_kill_and_the_file_can_be_opened_again",
]
PORTABLE = [
    "--installed",
    "-m",
    "not slow and not uncovered",
    "--hypothesis-profile",
    "quick",
    # as many as there are worlds of a test: sync, and two event loops
    "--cases",
    "3",
    *(f"--deselect={test}" for test in NOT_PORTABILITY_TESTS),
    *PORTABILITY_TESTS,
]
# Coverage doubles the time of a test, and these tests repeat what others cover.
NOT_COVERED = "uncovered or hypothesis"
COVERED = f"not ({NOT_COVERED})"
SLOWEST = ["--durations", "10", "--durations-min", "0.5"]
IMPORT_EVERYTHING = """
import importlib, pkgutil, voiceid_sdk
names = [module.name for module in pkgutil.walk_packages(voiceid_sdk.__path__, "voiceid_sdk.")]
from_extras = {"cryptography", "httptools", "numpy", "pytest", "uvicorn"}
for name in names:
    if not name.endswith("__main__"):
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name not in from_extras:
                raise
"""


def build(session: nox.Session, folder: Path) -> Path:
    """Build the sdist, and the wheel from the sdist as a release does; return the wheel."""
    shutil.rmtree(folder, ignore_errors=True)
    session.run("uv", "build", "--quiet", "--out-dir", str(folder))
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(session: nox.Session, *arguments: str) -> None:
    """Install the built wheel with all its extras, and the packages of ``arguments``."""
    built = os.environ.get("VOICEID_SDK_WHEEL")  # .ci/stages.py builds one for all sessions
    wheel = Path(built) if built else build(session, Path(session.bin).with_name("dist"))
    requirements = ["--reinstall-package", "voiceid-sdk", f"{wheel}[{','.join(EXTRAS)}]", *arguments]
    install_once(session, wheel.read_bytes(), *requirements)
    # Programs that tests start must not import the source tree from their working directory.
    session.env["PYTHONSAFEPATH"] = "1"


def install_once(session: nox.Session, wheel: bytes, *arguments: str) -> None:
    """Install what the environment does not have yet: another wheel, or today's releases of dependencies."""
    wanted = hashlib.sha256(wheel)
    wanted.update(repr((arguments, PROJECT, dt.datetime.now(dt.UTC).date())).encode())
    installed = Path(session.bin).with_name("installed")
    if not installed.is_file() or installed.read_text() != wanted.hexdigest():
        installed.unlink(missing_ok=True)
        session.install(*arguments)
        installed.write_text(wanted.hexdigest())


@nox.session
def lint(session: nox.Session) -> None:
    """Check formatting, style, the direction of imports, and the files that tools make."""
    install_once(session, b"", "--group", "lint")
    session.run("ruff", "format", "--check")
    session.run("ruff", "check")
    session.run("lint-imports", "--no-cache", "--no-logo")
    session.run("python", "tools/draw_layers.py", "--check")
    session.run("python", "tools/make_async.py", "--check")


@nox.session(name="format")
def format_code(session: nox.Session) -> None:
    """Format the code and mend what ruff can mend."""
    session.install("--group", "lint")
    session.run("ruff", "format")
    session.run("ruff", "check", "--fix")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of all code, and of programs with and without mistakes."""
    install(session, "--group", "typing")
    session.run("mypy")
    run_pyright(session)


@nox.session
def public_types(session: nox.Session) -> None:
    """Check that everything public has a complete type."""
    install(session, "--group", "typing")
    run_pyright(session, "--verifytypes", "voiceid_sdk", "--ignoreexternal")


def run_pyright(session: nox.Session, *arguments: str) -> None:
    """Run pyright, which has no cache, unless it has passed with the same files and packages before."""
    passed = Path(session.bin).with_name("pyright-passed")
    now = checked_by_pyright(session)
    if passed.is_file() and passed.read_text() == now:
        session.log("pyright has passed with these files and packages before")
        return
    # Without --project, pyright reads a pyrightconfig.json in a parent folder.
    # nox shows the output if pyright fails; else it is hundreds of names of modules.
    session.run("pyright", "--project", "pyproject.toml", *arguments, silent=True)
    passed.write_text(now)


def checked_by_pyright(session: nox.Session) -> str:
    """Return a digest of all that the outcome of pyright depends on: its settings, files and packages."""
    digest = hashlib.sha256(Path("pyproject.toml").read_bytes())
    digest.update(Path(session.bin).with_name("installed").read_bytes())
    for folder in PROJECT["tool"]["pyright"]["include"]:
        for file in sorted(Path(folder).rglob("*.py*")):
            if file.suffix in {".py", ".pyi"}:
                digest.update(f"{file}\n".encode() + file.read_bytes())
    return digest.hexdigest()


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests with the newest dependencies."""
    install_newest(session)
    session.run("pytest", "--installed", *SLOWEST, *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Run the tests that `uncovered` does not run, and measure branch coverage."""
    install_newest(session)
    session.env["COVERAGE_FILE"] = str(Path(session.bin).with_name("coverage"))
    session.run("coverage", "erase")
    # Not `-m pytest`, because that puts the source tree on sys.path.
    pytest = [str(Path(session.bin, "pytest")), "--installed", "-m", COVERED, *SLOWEST]
    session.run("coverage", "run", *pytest, *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session
def uncovered(session: nox.Session) -> None:
    """Run the tests that need no coverage: of properties, and those that repeat what others cover."""
    install_newest(session)
    session.run("pytest", "--installed", "-m", NOT_COVERED, *SLOWEST, *session.posargs)


def install_newest(session: nox.Session) -> None:
    """Install the wheel and the newest dependencies; the session `voices` tests with speech and the model."""
    install(session, "--upgrade", "--group", "tests")
    session.env["VOICEID_SDK_SPEECH"] = ""


@nox.session(python=PYTHONS)
def quick(session: nox.Session) -> None:
    """Run the tests whose outcome can depend on the Python that runs them, without the slow ones."""
    install(session, "--group", "tests")
    session.run("pytest", *PORTABLE, *PYTHON_TESTS, *session.posargs)


@nox.session(python=OLDEST_FOUND)
def lowest(session: nox.Session) -> None:
    """Run the tests whose outcome can depend on a dependency, with the lowest supported versions."""
    bounds = itertools.chain(PROJECT["project"]["dependencies"], *EXTRAS.values())
    promised = {bound.replace(">=", "==") for bound in bounds}
    constraints = Path(session.bin).with_name("lowest.txt")
    constraints.write_text("\n".join(sorted(promised)))
    install(session, "--group", "tests", "--constraints", str(constraints))
    installed = str(session.run("uv", "pip", "freeze", silent=True)).splitlines()
    if not promised.issubset(installed):
        session.error(f"not installed in their lowest versions: {promised.difference(installed)}")
    # The old botocore calls functions that Python 3.12 deprecated.
    ignored = ["-W", "ignore:datetime.datetime.utc:DeprecationWarning"]
    session.run("pytest", *PORTABLE, *DEPENDENCY_TESTS, *ignored, *session.posargs)


@nox.session
def voices(session: nox.Session) -> None:
    """Download the speaker model, and measure it on the speech in the folder VOICEID_SDK_SPEECH."""
    if not os.environ.get("VOICEID_SDK_SPEECH"):
        session.skip("VOICEID_SDK_SPEECH names no folder with speech")
    install(session, "--group", "tests", "pip")
    session.env["VOICEID_SDK_MODELS"] = str(Path(session.bin).with_name("models"))
    session.run("python", "-m", "voiceid_sdk.local", "download-model")
    # The longest of these tests takes a minute, and more on a busy machine.
    options = ["--installed", "-o", "faulthandler_timeout=900", *SLOWEST]
    session.run("pytest", *options, "tests/local/voices/test_real_voices.py", *session.posargs)


@nox.session
def cli(session: nox.Session) -> None:
    """Test Local Voice ID with the AWS CLI as the client; it requires a botocore of its own."""
    install(session, "--group", "tests", "awscli")
    files = ["tests/local/test_server_cli.py", "tests/local/s3/test_aws_cli.py"]
    session.run("pytest", "--installed", *files, *session.posargs)


@nox.session
def interoperability(session: nox.Session) -> None:
    """Test Local Voice ID over HTTP with the SDKs for JavaScript and with aiobotocore."""
    if shutil.which("npm") is None:
        session.skip("npm was not found")
    install(session, "--group", "tests", "aiobotocore")
    folder = Path(session.bin).with_name("javascript")
    npm = ["npm", "install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]
    session.run(*npm, "--prefix", str(folder), *JAVASCRIPT, external=True)
    session.env["VOICEID_SDK_NODE_MODULES"] = str(folder)
    session.run("pytest", "--installed", "tests/local/test_interoperability.py", *session.posargs)


@nox.session
def aiobotocore(session: nox.Session) -> None:
    """Test the async client with clients of aiobotocore, which excludes the newest boto3."""
    install(session, "--group", "tests", "aiobotocore")
    files = ["tests/aio/test_aiobotocore.py", "tests/handles"]
    session.run("pytest", "--installed", "-k", "aiobotocore", *files, *session.posargs)


@nox.session
def soak(session: nox.Session) -> None:
    """Attack bulk runs and Local Voice ID, join a million speakers' data, and print a table of the attacks.

    ``VOICEID_SDK_SOAK`` is the share of the largest sizes, from 0 to 1.
    """
    install(session, "--group", "tests")
    session.env["VOICEID_SDK_SOAK"] = os.environ.get("VOICEID_SDK_SOAK", "0.25")
    files = ["tests/local/test_kill.py", "tests/local/test_hostile.py", "tests/migration/test_archive.py"]
    files += [
        "tests/bulk/test_interrupts.py",
        "tests/local/test_interrupts.py",
        "tests/aio/test_bulk_interrupts.py",
    ]
    files += ["tests/bulk/test_injected_faults.py", "tests/bulk/test_executors.py"]
    files += ["tests/test_forked_clients.py"]
    files += ["tests/local/test_forked.py", "tests/local/test_server_limits.py"]
    files += ["tests/local/test_server_conformance.py"]
    files += ["tests/local/voices/test_killed_jobs.py", "tests/batch/runs"]
    files += ["tests/batch/test_injected_faults.py"]
    # One test makes all the forks, or interrupts all the bulk runs, which takes longer than other tests may.
    patience = ["-o", "faulthandler_timeout=7200"]
    session.run("pytest", "--installed", *patience, *files, *session.posargs)
    properties = ["-m", "hypothesis", "--hypothesis-profile", "soak"]
    session.run("pytest", "--installed", *patience, *properties, *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """Make small changes to the code; fail if the tests notice less than 85 % of them.

    Arguments after ``--`` are areas of tools/areas.py, by default all of them.
    """
    # The source tree, because mutmut changes a copy of it.
    session.install("--group", "mutants", "--editable", f".[{','.join(EXTRAS)}]")
    session.run("python", "tools/mutate.py", session.create_tmp(), *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Run the examples in README.md and docs/, and build the documentation; warnings are errors."""
    install(session, "--group", "docs")
    session.run("pytest", "--installed", "README.md", "docs", *session.posargs)
    # Sphinx builds only the pages that changed, and would be silent about another page that had a warning.
    whole = Path("docs/_build/whole")
    if not whole.exists():
        shutil.rmtree("docs/_build", ignore_errors=True)
    whole.unlink(missing_ok=True)
    session.run("sphinx-build", "-W", "-n", "-q", "--keep-going", "docs", "docs/_build/html")
    whole.touch()


@nox.session
def dist(session: nox.Session) -> None:
    """Build the sdist and the wheel into dist/; check the wheel's content, and import all its modules."""
    built = os.environ.get("VOICEID_SDK_WHEEL")
    if built:
        shutil.rmtree("dist", ignore_errors=True)
        wheel = Path(shutil.copytree(Path(built).parent, "dist"), Path(built).name)
    else:
        wheel = build(session, Path("dist"))
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    files = [path for path in Path("voiceid_sdk").rglob("*") if path.is_file()]
    expected = {path.as_posix() for path in files if path.suffix != ".pyc"} | IN_EVERY_WHEEL
    if packed != expected:
        session.error(f"the wheel and the package differ in {sorted(packed ^ expected)}")
    session.install("--reinstall-package", "voiceid-sdk", str(wheel))
    session.log("importing every module of the wheel, with nothing else installed")
    session.run("python", "-I", "-W", "error", "-c", IMPORT_EVERYTHING, log=False)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure against raw boto3 and its peers; fail if a goal in the column "must reach" is missed."""
    measure(session)


@nox.session(python=PYTHONS)
def figures(session: nox.Session) -> None:
    """Measure on one Python, and write the results of all Pythons into the documentation."""
    if "--quick" not in session.posargs:
        session.notify("publish")
    measure(session)


@nox.session
def publish(session: nox.Session) -> None:
    """Write the latest results into docs/benchmarks.md."""
    install_to_measure(session)
    session.run("python", "-m", "benchmarks.publish")


def measure(session: nox.Session) -> None:
    """Run all measurements, or those named after ``--``."""
    install_to_measure(session)
    # aiobotocore requires a botocore of its own. If it cannot be installed, its measurement is skipped.
    peers = Path(session.bin).with_name("aiobotocore")
    session.run("uv", "venv", "--quiet", "--clear", "--python", str(Path(session.bin, "python")), str(peers))
    install_peers = [
        "uv",
        "pip",
        "install",
        "--quiet",
        "--python",
        str(peers),
        "aiobotocore",
        "boto3",
        # `async_client` gives a client of aiobotocore to the package.
        *PROJECT["project"]["dependencies"],
    ]
    session.run(*install_peers, success_codes=range(256))
    session.env["AIOBOTOCORE_PYTHON"] = str(peers / "bin" / "python")
    session.run("python", "-m", "benchmarks", *session.posargs)


def install_to_measure(session: nox.Session) -> None:
    """Install the source tree, because the measurements are part of it."""
    session.install("--group", "bench", "--editable", f".[{','.join(EXTRAS)}]")
