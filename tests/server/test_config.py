"""Settings that are lists, from the file and from the environment."""

import os
from pathlib import Path

import pytest

from limner.server.config import ServerConfig
from limner.server.errors import ConfigError


def test_lists_of_texts_stay_texts_and_lists_of_folders_are_beside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "limner.toml"
    path.write_text('web_origins = ["https://game.example"]\nmodel_dirs = ["models"]\n')
    config = ServerConfig.read(path, {})
    assert config.web_origins == ("https://game.example",)
    assert config.model_dirs == (tmp_path / "models",)


def test_the_environment_separates_texts_by_commas_and_folders_as_in_path() -> None:
    environment = {
        "LIMNER_WEB_ORIGINS": "https://a.example:1, https://b.example",
        "LIMNER_MODEL_DIRS": os.pathsep.join(["a", "b"]),
    }
    config = ServerConfig.read(None, environment)
    assert config.web_origins == ("https://a.example:1", "https://b.example")
    assert config.model_dirs == (Path("a"), Path("b"))


@pytest.mark.parametrize("value", ["https://a.example", ["https://a.example", 1], [""]])
def test_what_is_no_list_of_texts_is_refused_by_name(value: object) -> None:
    with pytest.raises(ConfigError, match=r"web_origins.*a list of texts"):
        ServerConfig.of({"web_origins": value})
