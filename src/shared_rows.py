"""The rows that several learners learn from, held once for all that have the same."""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from src.feed import Resident
from src.learner import Learner
from src.stacked import Rows


class SharedRows:
    """Those of the part `name` (train or validation) of each learner."""

    def __init__(self, learners: Sequence[Learner], name: str, device: torch.device) -> None:
        self.learners = learners
        found: dict[int, Resident] = {}
        for learner in learners:
            part = learner.parts[name]
            if id(part) not in found:
                encode = copy.deepcopy(learner.network.numeric).to(device)
                balanced = learner.plan.sampling == "balanced"
                found[id(part)] = Resident(part, encode, learner.loss, device, balanced)
        self.feeds = [found[id(learner.parts[name])] for learner in learners]
        self.tables = [*found.values()]
        ends = torch.tensor([len(each) for each in self.tables]).cumsum(0).tolist()
        begins = dict(zip(found, [0, *ends[:-1]], strict=True))
        self.begins = [begins[id(learner.parts[name])] for learner in learners]
        self.x, self.x_cat, self.target, weight = (
            torch.cat(each) if len(each) > 1 else each[0]
            for each in zip(*(vars(table.rows).values() for table in self.tables), strict=True)
        )
        self.weight = weight[:, 0] if weight.shape[1] else None

    def at(self, index: Tensor, counts: Tensor) -> Rows:
        """The rows `index` (int64, of any shape), which count `counts` (float32, of the same)."""
        flat = index.flatten()
        weight = counts if self.weight is None else counts * self.weight[flat].view(index.shape)
        x, x_cat, target = (
            each.index_select(0, flat).view(*index.shape, *each.shape[1:])
            for each in (self.x, self.x_cat, self.target)
        )
        return Rows(x, x_cat, target, weight)

    def whole(self, scored: bool) -> Rows:
        """All rows of each learner, filled up to the same number; or once, where all have the same. With y if they are
        `scored`."""
        if len(self.tables) == 1:
            counts = torch.ones(len(self.x), device=self.x.device) if self.weight is None else self.weight
            return Rows(self.x, self.x_cat, self.target, counts, self.tables[0].y if scored else None)
        sizes = [len(feed) for feed in self.feeds]
        own = [torch.arange(begin, begin + size) for begin, size in zip(self.begins, sizes, strict=True)]
        index = pad_sequence(own, batch_first=True).to(self.x.device)
        counts = pad_sequence([torch.ones(size) for size in sizes], batch_first=True).to(self.x.device)
        rows, y = self.at(index, counts), torch.cat([table.y for table in self.tables])
        return Rows(rows.x, rows.x_cat, rows.target, rows.weight, y[index] if scored else None)

    def orders(self, epoch: int) -> Tensor:
        """int64 [m, n]: the rows of each learner in the order of its epoch, filled up to the same number."""
        found = []
        for learner, feed, begin in zip(self.learners, self.feeds, self.begins, strict=True):
            feed.start_epoch(learner.plan.seed, epoch)
            found.append(feed.order + begin if begin else feed.order)
        return pad_sequence(found, batch_first=True)


class Batches:
    """Which positions of an epoch's order are in each batch, of all learners: int64 [m, steps, rows], filled up; and
    `counts` float32 [steps, m, rows]: 0 where it is filled up, else 1."""

    def __init__(self, learners: Sequence[Learner], device: torch.device) -> None:
        starts = torch.tensor([each.plan.batch_starts for each in learners])  # [m, steps + 1]
        first, sizes = starts[:, :-1, None], starts.diff().unsqueeze(2)
        places = torch.arange(int(sizes.max()))
        self.positions = torch.where(places < sizes, first + places, 0).to(device)
        self.counts = (places < sizes).transpose(0, 1).float().to(device)

    def of(self, orders: Tensor) -> Tensor:
        """int64 [steps, m, rows]: the rows of each batch."""
        m, steps, rows = self.positions.shape
        return orders.gather(1, self.positions.view(m, -1)).view(m, steps, rows).transpose(0, 1).contiguous()
