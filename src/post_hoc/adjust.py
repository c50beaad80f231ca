"""What becomes of the answers of a head before anybody sees them: calibration, decision, sets or intervals.

All of it is operations on tensors, for each row by itself, so that it can be traced and exported with the network.
"""

from dataclasses import replace

from src.heads.head import Prediction
from src.post_hoc import calibration, conformal, decision
from src.spec import OutputSpec


def adjusted(prediction: Prediction, output: OutputSpec) -> Prediction:
    """As `output.post_hoc` says; unchanged where that is empty."""
    post_hoc = output.post_hoc
    if post_hoc.temperature or post_hoc.curves:
        probability = calibration.calibrated(prediction.probability, output)
        prediction = replace(prediction, point=decision.most_probable(probability, output), probability=probability)
    if post_hoc.threshold or post_hoc.costs:
        prediction = replace(prediction, point=decision.decided(prediction.probability, output))
    if post_hoc.coverage is None:
        return prediction
    if output.has_sets:
        return replace(prediction, sets=conformal.sets(prediction, output))
    lower, upper = conformal.interval(prediction, output)
    return replace(prediction, beside={**prediction.beside, "lower": lower, "upper": upper})
