"""Reports of a run as arrays and back."""

import numpy as np

from engine import stored_runs
from engine.glo.recording import Recorder, unpack


def heard():
    recorder = Recorder()
    for turn, examples in enumerate((0, 64, 128, 256, 320)):
        recorder("train glo", {"loss": 1 / (turn + 1), "examples": examples, "epoch": examples / 100})
        recorder(f"moment {turn:03d}", {"made": np.full((2, 3), turn, np.uint8), "examples": examples})
        recorder(
            "batch", {"codes": np.ones((4, 2), np.float32) * turn, "layers": ["dense"], "examples": examples}
        )
    recorder("norm 5", {"iteration": 0, "minimax": 0.5})
    recorder("norm 5", {"iteration": 10, "minimax": 0.25})
    recorder("model", {"file": np.zeros(9, np.uint8)})
    recorder("marker", {"text": "knob"})
    return recorder


def test_a_round_trip_through_a_stored_run(tmp_path):
    arrays = heard().arrays()
    stored_runs.write(
        "try",
        arrays,
        command="python",
        settings={},
        seed=0,
        headline={},
        bits={"batch/codes": 8},
        folder=tmp_path,
    )
    events = unpack(stored_runs.load("try", folder=tmp_path).arrays)
    losses = [values["loss"] for kind, values in events if kind == "train glo"]
    np.testing.assert_allclose(losses, [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5], rtol=1e-6)
    moments = [(kind, values["made"][0, 0]) for kind, values in events if kind.startswith("moment")]
    assert moments == [(f"moment {turn:03d}", turn) for turn in range(5)]
    norms = [values["minimax"] for kind, values in events if kind == "norm 5"]
    assert norms == [0.5, 0.25]
    assert not {"model", "marker"} & {kind for kind, _ in events}
    examples = [values["examples"] for kind, values in events if "examples" in values]
    assert examples == sorted(examples)


def test_batches_are_kept_that_double_what_was_seen():
    kept = [values["examples"] for kind, values in heard().events if kind == "batch"]
    assert kept == [0, 64, 128, 256]
