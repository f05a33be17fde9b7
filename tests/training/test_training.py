"""The data pipeline and the network, on small made-up pictures."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from limner.training import captions, dataset, diffusion, pictures
from limner.training.batches import turned
from limner.training.export import difference, export
from limner.training.optimisers import muon_and_adamw
from limner.training.unet import UNet, UNetConfig, example_inputs, free_axes
from limner.training.warm_start import restore

SMALL = UNetConfig(widths=(8, 16, 24), blocks=(1, 1), heads=2, condition=16, context=16)


def test_enlarged_pixel_art_comes_back_at_one_pixel_a_pixel() -> None:
    small = np.random.default_rng(0).integers(0, 255, (9, 8, 4), np.uint8)
    np.testing.assert_array_equal(pictures.unscaled(small.repeat(4, 0).repeat(4, 1)), small)


def test_a_small_sprite_is_doubled_and_centred() -> None:
    dot = np.full((4, 4, 4), 255, np.uint8)
    out = pictures.fitted(dot, 32, "item")
    assert out is not None
    assert np.argwhere(out[..., 3]).min(axis=0).tolist() == [12, 12]
    assert (out[..., 3] > 0).sum() == 64


def test_turning_hues_by_a_third_makes_red_green() -> None:
    red = np.array([[[255, 0, 0, 200]]], np.uint8)
    np.testing.assert_allclose(pictures.hue_turned(red, 120)[0, 0], [0, 255, 0, 200], atol=4)


def test_a_quarter_turn_moves_the_right_edge_up_and_no_turn_moves_nothing() -> None:
    picture = np.zeros((5, 5, 4), np.uint8)
    picture[1:4, 4] = (200, 100, 50, 255)
    np.testing.assert_array_equal(turned(picture, 0, 1), picture)
    quarter = turned(picture, 90, 1)
    expected = np.broadcast_to(np.array([200, 100, 50, 255]), (3, 4))
    np.testing.assert_allclose(quarter[0, 1:4].astype(int), expected, atol=1)  # rounded twice
    assert not quarter[1:].any()


def test_captions_are_tidied_and_translated_by_the_longest_phrase() -> None:
    assert captions.tidied("long red (hair layer) 12") == "long red"
    assert captions.with_article("orange cat") == "an orange cat"
    assert captions.translated("treasure chest") == "宝箱"
    assert captions.translated("qwxyz plugh") is None


def test_the_held_out_split_depends_on_the_words_of_the_subject_alone() -> None:
    assert dataset.held_out("Red Dragon") == dataset.held_out("red dragon")
    share = np.mean([dataset.held_out(f"subject {number}") for number in range(5000)])
    assert share == pytest.approx(1 / dataset.HELD_OUT, abs=0.008)


def test_copies_are_dropped_and_their_captions_kept() -> None:
    picture = np.full((32, 32, 4), 200, np.uint8)
    first = dataset.Example(picture, ["a"], 1, 1, 1.0, True, False)
    second = dataset.Example(picture.copy(), ["b"], 1, 1, 1.0, True, True)
    report: Counter[str] = Counter()
    (kept,) = dataset.cleaned(iter([first, second]), report)
    assert (kept.captions, kept.held_out, report["exact copies"]) == (["a", "b"], True, 1)


def test_a_perfect_network_has_no_loss() -> None:
    x0 = torch.rand(2, 4, 32, 32)
    loss = diffusion.denoising_loss(lambda *_: x0, x0, torch.randn_like(x0), torch.tensor([0.1, 5.0]), (), 0.6)
    assert float(loss) == 0.0


@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning"
)  # the exporter of torch itself
def test_a_packed_onnx_file_answers_like_torch(tmp_path: Path) -> None:
    torch.manual_seed(0)
    unet = UNet(SMALL)
    torch.nn.init.normal_(unet.leave.weight, std=0.05)
    inputs = example_inputs(32)
    free = {name: {0: "n"} for name in (*inputs, "denoised")}
    assert export(unet, inputs, ["denoised"], tmp_path / "half.onnx", "float16", free) < 0.01
    assert export(unet, inputs, ["denoised"], tmp_path / "int8.onnx", "int8", free) < 0.05


def test_the_network_sees_the_text(tmp_path: Path) -> None:
    torch.manual_seed(0)
    unet = UNet(SMALL).eval()
    for parameter in unet.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    inputs = example_inputs(32)
    other = inputs | {"tokens": inputs["tokens"] * 0, "token_mask": inputs["token_mask"] & False}
    with torch.no_grad():
        assert not torch.equal(unet(*inputs.values()), unet(*other.values()))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_trained_weights_come_back_from_a_model_file(tmp_path: Path) -> None:
    torch.manual_seed(0)
    unet, again = UNet(SMALL), UNet(SMALL)
    for parameter in unet.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    inputs = example_inputs(32)
    export(unet, inputs, ["denoised"], tmp_path / "unet.onnx", "int8", free_axes())
    restore(again, inputs, free_axes(), tmp_path / "unet.onnx")
    assert difference(again, inputs, tmp_path / "unet.onnx") < 1e-4
    with pytest.raises(ValueError, match="the network"):
        restore(
            UNet(UNetConfig(widths=(8, 16, 24), blocks=(1, 2), heads=2)), inputs, free_axes(), tmp_path / "unet.onnx"
        )


def test_muon_takes_the_matrices_of_the_blocks_and_adamw_the_rest() -> None:
    unet = UNet(SMALL)
    muon, adamw = muon_and_adamw(unet, 1e-3, 7e-4)
    taken = [weight for group in muon.param_groups for weight in group["params"]]
    others = [weight for group in adamw.param_groups for weight in group["params"]]
    assert {weight.ndim for weight in taken} == {2}
    assert sum(weight.numel() for weight in [*taken, *others]) == sum(weight.numel() for weight in unet.parameters())
    assert any(weight is unet.where_wide for weight in others)
