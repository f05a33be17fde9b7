"""The shipped model, for real."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from limner.generators.imagen import Imagen, Source, picture, premultiplied
from limner.generators.request import ImageRequest, RequestError, check
from limner.generators.text_encoder import TextEncoder
from limner.server.catalogue import WEIGHTS


@pytest.fixture(scope="module")
def model() -> Imagen:
    return Imagen(WEIGHTS / "imagen-base", TextEncoder(WEIGHTS / "text"), threads=2)


def drawn(model: Imagen, request: ImageRequest, copies: int = 1) -> NDArray[np.float32]:
    """The picture, its rows put to the network `copies` times beside themselves."""
    drawing = model.draw(request, model.conditions([request])[0])
    step = next(drawing)
    while True:
        rows = {name: np.concatenate([value] * copies) for name, value in step.rows.items()}
        count = len(step.rows["x"])
        try:
            step = drawing.send(model.network(rows)[-count:])
        except StopIteration as end:
            x0: NDArray[np.float32] = end.value
            return x0


def test_chinese_and_english_mean_nearly_the_same_to_the_text_encoder(model: Imagen) -> None:
    pooled = model.text_encoder(["a stone brick wall", "石砖墙", "a cat"]).pooled
    assert pooled[0] @ pooled[1] > 0.6
    assert pooled[0] @ pooled[2] < 0.4


def test_a_picture_has_the_same_bits_alone_and_among_eight(model: Imagen) -> None:
    request = ImageRequest(prompt="a red dragon", steps=3, seed=5)
    np.testing.assert_array_equal(drawn(model, request), drawn(model, request, copies=4))


def test_a_row_has_the_same_bits_in_a_batch_of_any_size_at_any_place(model: Imagen) -> None:
    """Odd sizes and many noise levels: the runtime works off the last n % 4 entries of some operations differently."""
    requests = [ImageRequest(prompt=f"{number} swords", seed=number) for number in range(20)]
    asked = [next(model.draw(*pair)).rows for pair in zip(requests, model.conditions(requests), strict=True)]
    rows = {name: np.concatenate([one[name] for one in asked]) for name in asked[0]}
    rows["sigma"] = np.geomspace(0.03, 30, 40, dtype=np.float32)
    together = model.network(rows)
    for count in (1, 3, 7):
        for at in range(0, 40, count):
            some = model.network({name: value[at : at + count] for name, value in rows.items()})
            np.testing.assert_array_equal(some, together[at : at + count])


def test_a_sentence_has_the_same_features_alone_and_among_others(model: Imagen) -> None:
    texts = ["a red dragon", "石砖墙", "", "a very long sentence about a knight who rides over the hills and far away"]
    together = model.text_encoder(texts)
    for index, text in enumerate(texts):
        alone = model.text_encoder([text])
        np.testing.assert_array_equal(alone.pooled[0], together.pooled[index])
        np.testing.assert_array_equal(alone.tokens[0], together.tokens[index])


def test_the_number_of_threads_leaves_no_trace(model: Imagen) -> None:
    request = ImageRequest(prompt="a red dragon", steps=2)
    single = Imagen(WEIGHTS / "imagen-base", model.text_encoder, threads=1)
    np.testing.assert_array_equal(drawn(single, request), drawn(model, request))


def test_a_seed_and_a_candidate_make_a_difference(model: Imagen) -> None:
    first = drawn(model, ImageRequest(prompt="a red dragon", steps=2, seed=5))
    assert not np.array_equal(first, drawn(model, ImageRequest(prompt="a red dragon", steps=2, seed=6)))
    assert not np.array_equal(first, drawn(model, ImageRequest(prompt="a red dragon", steps=2, seed=5, item=1)))


def rows_by_sigma(model: Imagen, request: ImageRequest) -> dict[float, int]:
    """How many rows each noise level asks for, the answers being empty pictures."""
    drawing = model.draw(request, model.conditions([request])[0])
    found = {}
    step = next(drawing)
    while True:
        found[float(step.rows["sigma"][0])] = len(step.rows["sigma"])
        try:
            step = drawing.send(np.zeros_like(step.rows["x"]))
        except StopIteration:
            return found


def test_guidance_costs_a_second_row_inside_the_guidance_interval_only(model: Imagen) -> None:
    request = ImageRequest(prompt="a red dragon", steps=9, guidance_sigma_min=0.5, guidance_sigma_max=5.0)
    rows = rows_by_sigma(model, request)
    assert len(rows) == 9
    assert rows == {sigma: 2 if 0.5 <= sigma <= 5 else 1 for sigma in rows}
    assert set(rows.values()) == {1, 2}


def test_a_guidance_scale_of_one_never_asks_without_the_prompt(model: Imagen) -> None:
    assert set(rows_by_sigma(model, ImageRequest(prompt="a red dragon", guidance_scale=1.0)).values()) == {1}


def test_a_negative_prompt_takes_the_place_of_the_empty_condition(model: Imagen) -> None:
    plain, negative = model.conditions(
        [ImageRequest(prompt="a dragon"), ImageRequest(prompt="a dragon", negative_prompt="wings")]
    )
    assert not plain.mask[1].any()
    assert not plain.tokens[1].any()
    assert not plain.pooled[1].any()
    np.testing.assert_array_equal(negative.pooled[1], model.text_encoder(["wings"]).pooled[0])
    np.testing.assert_array_equal(negative.pooled[0], plain.pooled[0])


def walked(model: Imagen, request: ImageRequest, source: Source | None = None) -> NDArray[np.float32]:
    """The picture in a world where every pixel's clean value is half of what is seen, whatever the network thinks."""
    drawing = model.draw(request, model.conditions([request])[0], source)
    step = next(drawing)
    while True:
        try:
            step = drawing.send(step.rows["x"].astype(np.float32) / np.float32(2))
        except StopIteration as end:
            x0: NDArray[np.float32] = end.value
            return x0


def test_turning_around_the_edges_changes_nothing_where_no_place_is_special(model: Imagen) -> None:
    plain = walked(model, ImageRequest(prompt="grass", steps=5))
    tiled = walked(model, ImageRequest(prompt="grass", steps=5, tile_x=True, tile_y=True))
    np.testing.assert_array_equal(plain, tiled)


def test_only_the_axes_that_tile_are_turned(model: Imagen) -> None:
    request = ImageRequest(prompt="grass", steps=1, tile_x=True)
    plain = next(model.draw(replace(request, tile_x=False), model.conditions([request])[0])).rows["x"][0]
    turned = next(model.draw(request, model.conditions([request])[0])).rows["x"][0]
    assert not np.array_equal(plain, turned)
    np.testing.assert_array_equal(np.sort(plain, axis=2), np.sort(turned, axis=2))


def test_less_strength_keeps_more_of_the_source(model: Imagen) -> None:
    source = Source(np.random.default_rng(0).uniform(-1, 1, (4, 32, 32)).astype(np.float32))
    steps = {}
    for strength in (0.2, 0.5, 1.0):
        request = ImageRequest(prompt="x", steps=10, strength=strength)
        steps[strength] = next(model.draw(request, model.conditions([request])[0], source))
    assert [step.total for step in steps.values()] == [2, 5, 10]
    sigmas = [float(step.rows["sigma"][0]) for step in steps.values()]
    assert sigmas == sorted(sigmas)


def test_nothing_changes_outside_the_mask(model: Imagen) -> None:
    mask = np.zeros((32, 32), np.bool_)
    mask[8:20, 4:30] = True
    source = Source(np.random.default_rng(0).uniform(-1, 1, (4, 32, 32)).astype(np.float32), mask)
    x0 = walked(model, ImageRequest(prompt="x", steps=4, strength=0.9), source)
    np.testing.assert_array_equal(x0[:, ~mask], source.x0[:, ~mask])
    assert (x0[:, mask] != source.x0[:, mask]).mean() > 0.9


def test_a_picture_comes_back_from_what_the_networks_see() -> None:
    rgba = np.random.default_rng(1).integers(0, 256, (8, 8, 4), np.uint8)
    rgba[..., 3] = np.where(rgba[..., 3] < 128, 0, 255)
    rgba[rgba[..., 3] == 0] = 0
    np.testing.assert_array_equal(picture(premultiplied(rgba)), rgba)


def test_a_picture_is_straight_alpha() -> None:
    x0 = np.array([0.25, 0.0, 0.5, 0.5], np.float32).reshape(4, 1, 1) * 2 - 1
    assert picture(x0).tolist() == [[[128, 0, 255, 128]]]


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (ImageRequest(prompt="x", guidance_scale=float("nan")), "sampling.guidance_scale"),
        (ImageRequest(prompt="x", kind="ghost"), "kind"),
        (ImageRequest(prompt="x", steps=0), "sampling.steps"),
        (ImageRequest(prompt="x", seed=2**53), "seed"),
        (ImageRequest(prompt="x", strength=0.0), "strength"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_value_out_of_range_is_refused_by_name(request_: ImageRequest, field: str) -> None:
    with pytest.raises(RequestError) as refused:
        check(request_)
    assert refused.value.field == field
