"""Nets beside the same in PyTorch: the same scores, and a step with a batch."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

import problems
from bench.core.spec import Batch, Named
from bench.measurement.budget import NO_LIMITS
from bench.measurement.clock import Ledger, limits, timed
from bench.measurement.oracle import Oracle
from bench.measurement.programs import Programs
from claims.blog import torch_loop

from .figure import Figure
from .pairs import Ratio, ratio

BATCH, RATE = 64, 1e-3
NETS: dict[str, tuple[str, dict[str, Any], str]] = {
    "convnet on digits": ("convnet", {}, ">= 2"),
    "2c2d on digits": ("convnet", {"architecture": "2c2d"}, ""),
    "mnist1d mlp": ("mnist1d", {"architecture": "mlp"}, ""),
    "mnist1d conv": ("mnist1d", {"architecture": "conv"}, ""),
    "mnist1d recurrent": ("mnist1d", {"architecture": "recurrent"}, ""),
}
LEAST = 0.3
"""Seconds that one side of a pair lasts."""
FIRST = 20
"""Steps by which a side's number of steps is chosen."""
MOST_STEPS = 1_000


def figures() -> Iterator[Figure]:
    """Yield a step of PyTorch's over ours, with Adam on batches of 64."""
    if not torch_loop.installed():
        print("PyTorch is not installed: nothing to compare with")
        return
    for name, (problem, settings, goal) in NETS.items():
        made = problems.make(problem, **settings)
        title = f"step of adam on a batch of {BATCH}, PyTorch over ours, {name}"
        yield Figure.of(title, goal, torch_over_ours(made))


def torch_over_ours(problem: Any, pairs: int = 5) -> Ratio:
    """Return the seconds of a step there over those of one here.

    Raises:
        AssertionError: Their losses at the start differ.
    """
    params = problem.init(jax.random.key(0))
    theirs, ours = _theirs(problem, params), _ours(problem, params)
    steps = [
        int(np.clip(LEAST * FIRST / side(FIRST), FIRST, MOST_STEPS))
        for side in (theirs, ours)
    ]
    return ratio(
        lambda: theirs(steps[0]) / steps[0], lambda: ours(steps[1]) / steps[1], pairs
    )


def _ours(problem: Any, params: Any) -> Callable[[int], float]:
    """Return the seconds of so many steps of a trial."""
    adam, oracle = Named("adam", {"learning_rate": RATE}), Oracle(batch=Batch(BATCH))
    ready = Programs().get(problem, params, adam, Ledger(), oracle)
    program = ready.program

    def seconds(steps: int) -> float:
        bounds = limits(steps, float("-inf"), NO_LIMITS, program.dtype)
        start = program.start(params)
        return timed(program, problem, ready.numbers, start, bounds)[0]

    return seconds


def _theirs(problem: Any, params: Any) -> Callable[[int], float]:
    """Return the seconds of so many steps of the loop that people write."""
    import torch

    model = _model(problem, jax.tree.map(_tensor, params))
    x, y = (_tensor(problem.train.tree[name]) for name in ("inputs", "targets"))
    y = y.long()
    criterion = torch.nn.CrossEntropyLoss()
    with torch.no_grad():
        found = criterion(model(x), y).item()
    expected = jax.jit(lambda p, at: p.loss(at, p.train))(problem, params)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    adam = torch.optim.Adam(model.parameters(), lr=RATE)

    def seconds(steps: int) -> float:
        start, done = time.perf_counter(), 0
        while True:
            for chosen in torch.randperm(len(x)).split(BATCH)[: len(x) // BATCH]:
                if done == steps:
                    return time.perf_counter() - start
                adam.zero_grad()
                loss = criterion(model(x[chosen]), y[chosen])
                loss.backward()
                adam.step()
                loss.item()
                done += 1

    return seconds


def _tensor(array: Any) -> Any:
    import torch

    return torch.tensor(np.asarray(array))


def _model(problem: Any, params: Any) -> Any:
    kinds = {
        "ConvNet": _image_net,
        "ResidualMLP": _residual,
        "SignalConvNet": _signal_net,
        "RecurrentNet": _recurrent,
    }
    return kinds[type(problem.net).__name__](problem.net, params)


def _image_net(net: Any, params: Any) -> Any:
    from torch import nn

    layers: list[Any] = []
    for weight, bias in params[: len(net.channels)]:
        conv = nn.Conv2d(weight.shape[3], len(weight), net.kernel, padding="same")
        layers += [_filled(conv, weight.permute(0, 3, 1, 2), bias), nn.ReLU()]
        layers += [nn.MaxPool2d(2, ceil_mode=True)]
    layers += [nn.Flatten()]
    for weight, bias in params[len(net.channels) :]:
        layers += [_linear(weight, bias), nn.ReLU()]

    class Net(nn.Sequential):
        def forward(self, x: Any) -> Any:
            return super().forward(x.permute(0, 3, 1, 2))

    return Net(*layers[:-1])


def _residual(net: Any, params: Any) -> Any:
    from torch import nn

    del net

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second, self.last = (_linear(*layer) for layer in params)

        def forward(self, x: Any) -> Any:
            h = self.first(x).relu()
            return self.last(h + self.second(h).relu())

    return Net()


def _signal_net(net: Any, params: Any) -> Any:
    from torch import nn

    del net
    layers: list[Any] = []
    for weight, bias in params[:-1]:
        conv = nn.Conv1d(weight.shape[2], len(weight), weight.shape[1], 2, 1)
        layers += [_filled(conv, weight.permute(0, 2, 1), bias), nn.ReLU()]

    class Net(nn.Sequential):
        def forward(self, x: Any) -> Any:
            return super().forward(x[:, None])

    return Net(*layers, nn.Flatten(), _linear(*params[-1]))


def _recurrent(net: Any, params: Any) -> Any:
    from torch import nn

    gru = nn.GRU(1, net.width, batch_first=True, bidirectional=True)
    for gates, ending in ((params.forward, ""), (params.backward, "_reverse")):
        for name, values in zip(
            ("weight", "bias"), (gates[:2], gates[2:]), strict=True
        ):
            for side, array in zip(("ih", "hh"), values, strict=True):
                getattr(gru, f"{name}_{side}_l0{ending}").data = array

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru, self.last = gru, _linear(*params.last)

        def forward(self, x: Any) -> Any:
            return self.last(self.gru(x[..., None])[0].flatten(1))

    return Net()


def _linear(weight: Any, bias: Any) -> Any:
    from torch import nn

    return _filled(nn.Linear(weight.shape[1], len(weight)), weight, bias)


def _filled(layer: Any, weight: Any, bias: Any) -> Any:
    layer.weight.data, layer.bias.data = weight.contiguous(), bias
    return layer
