"""Archives that were made to do harm, and good ones that were damaged: a scene or an ExportError, never more memory than the scene."""

import base64
import contextlib
import gzip
import io
import json
import os
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limner.atlas.scene_checks import check_scene
from limner.exporters.files import ExportError
from limner.server import bundles
from tests.exporters.scene_art import island

ODD: tuple[Any, ...] = (0, -1, 1, 2**31, 10**9, 10**18, 1e300, None, "", "../../x", [], {}, True, "x" * 1000, "\x00")
MIB = 1 << 20


@cache
def files() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(bundles.packed(island()))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(**changed: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**files(), **changed}.items():
            archive.writestr(name, content)
    return out.getvalue()


def with_map(change: Callable[[Any], None]) -> bytes:
    tree = json.loads(files()[bundles.MAP])
    change(tree)
    return zipped(**{bundles.MAP: json.dumps(tree).encode()})


def packed_layer(compression: str, content: bytes) -> bytes:
    def change(tree: Any) -> None:
        layer = next(each for each in tree["layers"] if each["type"] == "tilelayer")
        layer |= {"encoding": "base64", "compression": compression, "data": base64.b64encode(content).decode()}

    return with_map(change)


def first_tileset(**values: Any) -> bytes:
    return with_map(lambda tree: tree["tilesets"][0].update(values))


HARMFUL = {
    "zlib bomb in a layer": lambda: packed_layer("zlib", zlib.compress(bytes(200 * MIB))),
    "gzip bomb in a layer": lambda: packed_layer("gzip", gzip.compress(bytes(200 * MIB), 1)),
    "a billion tiles": lambda: first_tileset(tilecount=10**9),
    "a billion tiles in one place": lambda: first_tileset(tilecount=10**9, spacing=-16, tilewidth=16),
    "tiles without width": lambda: first_tileset(tilewidth=0),
    "a picture that is a program": lambda: zipped(
        **{"scene-terrain.png": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"}
    ),
    "a path out of the archive": lambda: first_tileset(image="../../../../etc/passwd"),
    "deep groups": lambda: zipped(**{bundles.MAP: b'{"layers":' + b"[" * 100_000}),
}


@pytest.mark.parametrize("harm", HARMFUL)
def test_what_was_made_to_do_harm_is_refused_within_160_mib(harm: str) -> None:
    content = HARMFUL[harm]()
    assert len(content) < 2 * MIB
    tracemalloc.start()
    try:
        with pytest.raises(ExportError):
            bundles.unpacked(content, "scene")
        assert tracemalloc.get_traced_memory()[1] < 160 * MIB
    finally:
        tracemalloc.stop()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    if draw(st.booleans()):
        content = bytearray(zipped())
        for at in draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
            content[at] ^= draw(st.integers(1, 255))
        return bytes(content[: draw(st.integers(0, len(content)))] if draw(st.booleans()) else content)
    tree = json.loads(files()[bundles.MAP])
    for _ in range(draw(st.integers(1, 3))):
        place, key = draw(st.sampled_from(places(tree)))
        place[key] = draw(st.sampled_from(ODD))
    return zipped(**{bundles.MAP: json.dumps(tree).encode()})


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Every value in a tree by what holds it; of a long list, the first ten."""
    if isinstance(tree, dict):
        return [place for key in tree for place in ((tree, key), *places(tree[key]))]
    if isinstance(tree, list):
        return [place for at in range(min(10, len(tree))) for place in ((tree, at), *places(tree[at]))]
    return []


@settings(
    max_examples=max(60, int(os.environ.get("FUZZ_MESSAGES", "0")) // 20),
    deadline=None,
    derandomize="FUZZ_MESSAGES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)
@given(damaged())
def test_a_damaged_archive_is_a_scene_or_an_error_that_says_why(content: bytes) -> None:
    with contextlib.suppress(ValueError, TypeError, OSError):  # what the brief's check turns into a field violation
        check_scene(bundles.unpacked(content, "scene"))
