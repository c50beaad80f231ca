from typing import Any

import pytest
import torch

from src.config.trainer import Trainer as Settings
from src.trainer import SMALL, precision_of, threads_of

LARGE = int(SMALL)


def with_products(monkeypatch: pytest.MonkeyPatch, **found: bool) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found)


@pytest.mark.parametrize("instruction", ["avx512_bf16", "amx_bf16"])
def test_auto_takes_bfloat16_for_large_networks_where_the_processor_has_it(
    monkeypatch: pytest.MonkeyPatch, instruction: str
) -> None:
    settings = Settings(accelerator="cpu", precision="auto")
    with_products(monkeypatch, **{instruction: True})
    assert precision_of(settings, LARGE) == "bf16"
    assert precision_of(settings, LARGE - 1) == "32"
    with_products(monkeypatch)  # an older one, or one of another kind
    assert precision_of(settings, LARGE) == "32"


@pytest.mark.parametrize("precision", [32, "bf16", 16])
def test_a_precision_that_is_said_is_taken(monkeypatch: pytest.MonkeyPatch, precision: Any) -> None:
    with_products(monkeypatch, avx512_bf16=True)
    assert precision_of(Settings(accelerator="cpu", precision=precision), LARGE) == str(precision)


def test_a_small_network_gets_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("src.trainer.cores", lambda: 6)
    assert threads_of(Settings(), LARGE - 1) == 1
    assert threads_of(Settings(), LARGE) == 6
    assert threads_of(Settings(devices=2), LARGE) == 3
    assert threads_of(Settings(threads=4), 1) == 4
