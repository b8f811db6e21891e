"""Small runs of SimCLR for the tests: few pictures, a narrow encoder, seconds at most."""

from engine.contrastive.experiment import Settings
from engine.models import Encoder, Head
from engine.training import Plan


def small(**changes):
    """Settings of a run that takes about a second on one core."""
    base = {
        "data": "shapes-plain",
        "pictures": 256,
        "encoder": Encoder(depth=3, width=8),
        "head": Head(outputs=16),
        "plan": Plan(epochs=2, batch_size=64, seed=3),
    }
    return Settings(**{**base, **changes})


class Listener:
    """A progress function that remembers."""

    def __init__(self):
        self.events = []

    def __call__(self, kind, values):
        self.events.append((kind, dict(values)))

    def of(self, kind):
        """All reports of a kind."""
        return [values for found, values in self.events if found == kind]
