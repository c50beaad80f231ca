"""Test accuracy of the lesson's network over 20 seeds, each on the recipe's own fixed split.

    python -m benchmarks.lesson                       experiment=penguins_lesson as it is
    python -m benchmarks.lesson optimizer.lr=1e-3     with overrides
"""

import logging
import statistics
import sys
import tempfile
from pathlib import Path

from src.assemble import assemble
from src.bundle import Bundle, write
from src.config.compose import compose
from src.data.prepare import prepare
from src.inference import Predictor
from src.machine import ROOT
from src.metrics.evaluate import evaluate
from src.signals import StopFlag
from src.trainer import fit

SEEDS = 20


def accuracies(overrides: list[str]) -> list[float]:
    """One for each seed, from the bundle of the best epoch."""
    found = []
    for seed in range(SEEDS):
        config = compose(["experiment=penguins_lesson", *overrides, f"seed={seed}"]).config
        prepared = prepare(config.dataset, ROOT)
        with StopFlag() as stop, tempfile.TemporaryDirectory() as folder:
            learner = assemble(config, prepared, stop)
            fit(learner, config.trainer)
            weights = learner.progress.best_weights
            write(Path(folder), weights, prepared.features, config.model.model_dump(), {"example": []})
            predictor = Predictor(Bundle.load(folder))
        test = prepared.parts["test"]
        predicted = predictor.predict_encoded(test.x_num, test.x_cat)
        found.append(evaluate(predicted, test.y, prepared.features.output)["accuracy"])
    return found


def main() -> None:
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    found = accuracies(sys.argv[1:])
    print(f"mean {statistics.mean(found):.4f}  lowest {min(found):.4f}  {[round(each, 3) for each in sorted(found)]}")


if __name__ == "__main__":
    main()
