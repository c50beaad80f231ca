import socket
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, distributed, multiprocessing, nn
from torch.testing import assert_close

from src.models.batch_norm import BatchNorm

ROWS, WIDTH = 17, 5


def batches(count: int) -> Tensor:
    return torch.randn(count, ROWS, WIDTH, generator=torch.Generator().manual_seed(0)) * 3 + 2


def test_in_one_process_it_equals_torch() -> None:
    ours, reference = BatchNorm(WIDTH), nn.BatchNorm1d(WIDTH)
    for x in batches(3):
        assert_close(ours(x), reference(x), rtol=0, atol=0)
    assert_close(ours.state_dict(), reference.state_dict(), rtol=0, atol=0)
    x = batches(4)[-1]
    assert_close(ours.eval()(x), reference.eval()(x), rtol=0, atol=0)


def _norm_of(kind: type[nn.BatchNorm1d]) -> nn.BatchNorm1d:
    norm = kind(WIDTH)
    nn.init.uniform_(norm.weight, generator=torch.Generator().manual_seed(1))
    return norm


def _passed(norm: nn.BatchNorm1d, x: Tensor, factor: Tensor) -> dict[str, Tensor]:
    """Output, gradients and running statistics after a pass whose loss is sum(output * factor)."""
    x = x.clone().requires_grad_()
    y = norm(x)
    (y * factor).sum().backward()
    assert x.grad is not None
    assert norm.weight.grad is not None
    assert norm.bias.grad is not None
    state = {name: value.clone() for name, value in norm.state_dict().items()}
    return {"y": y.detach(), "x.grad": x.grad, "w.grad": norm.weight.grad, "b.grad": norm.bias.grad, **state}


def _process(rank: int, port: int, folder: str) -> None:
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=2)
    own = slice(0, 6) if rank == 0 else slice(6, ROWS)
    x, factor = batches(2)
    passed = _passed(_norm_of(BatchNorm), x[own], factor[own])
    with torch.autocast("cpu", torch.bfloat16):
        passed["half"] = BatchNorm(WIDTH)(x[own].bfloat16())
    torch.save(passed, Path(folder) / f"{rank}.pt")
    distributed.destroy_process_group()


@pytest.fixture
def two_processes(tmp_path: Path) -> list[dict[str, Any]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    multiprocessing.spawn(_process, (port, str(tmp_path)), nprocs=2)  # type: ignore[no-untyped-call, attr-defined]
    return [torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2)]


def test_two_processes_normalise_over_the_rows_of_both(two_processes: list[dict[str, Any]]) -> None:
    x, factor = batches(2)
    expected = _passed(_norm_of(nn.BatchNorm1d), x, factor)
    first, second = two_processes
    for name in ("y", "x.grad"):
        assert_close(torch.cat([first[name], second[name]]), expected[name], rtol=1e-5, atol=1e-6)
    for name in ("w.grad", "b.grad"):
        assert_close(first[name] + second[name], expected[name], rtol=1e-5, atol=1e-5)
    for name in ("running_mean", "running_var", "num_batches_tracked"):
        assert_close(first[name], expected[name])
        assert first[name].equal(second[name])
    assert first["half"].dtype == torch.bfloat16
    assert_close(torch.cat([first["half"], second["half"]]).float(), nn.BatchNorm1d(WIDTH)(x), rtol=0.02, atol=0.02)
