"""The code panel of the Runs page: the run again, or a stored run read."""

from __future__ import annotations

from engine.runs import Run, shipped, to_script


def code(run: Run | None) -> str:
    """For one's own run the experiment with its settings; for a stored one its figures, and what makes it again."""
    if run is None:
        return (
            "from engine.runs import shipped\n\nprint(shipped.names())  # nothing of one's own is kept yet\n"
        )
    if not run.id.startswith(shipped.PREFIX):
        return to_script(run)
    return f"""from engine.runs import curves, shipped

run = shipped.read({run.id.removeprefix(shipped.PREFIX)!r})
print(run.provenance["command"])  # makes it again
for name, value in run.metrics.items():
    print(f"{{name:32}}{{value:12.5g}}")
for name in curves.names(run):
    x, y = curves.series(run, name, curves.axes(run, name)[0])
    print(f"{{name}}: {{len(y)}} points, the last {{y[-1]:.5g}}")
"""
