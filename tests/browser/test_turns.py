"""Long work in turns, in a browser: every step once and in order, other work between the turns, and it stops."""

IMPORT = "const { inTurns } = await import('/assets/x/common/turns.js');"
BUSY = "const busy = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };"


def test_steps_run_once_in_order_and_let_others_in(modules):
    done = modules.evaluate(f"""async () => {{
      {IMPORT} {BUSY}
      const [steps, turns] = [[], []];
      let between = 0;
      const other = setInterval(() => between++, 0);
      await new Promise((resolve) => inTurns(40, (i) => {{ steps.push(i); busy(4); }}, (finished) => {{
        turns.push(steps.length);
        if (finished) resolve();
      }}));
      clearInterval(other);
      return {{ steps, turns, between }};
    }}""")
    assert done["steps"] == list(range(40))
    assert done["turns"][-1] == 40
    assert done["turns"] == sorted(set(done["turns"])), "a turn without a step"
    most = max(b - a for a, b in zip([0, *done["turns"]], done["turns"], strict=False))
    assert most <= 4, "12 ms hold three steps of 4 ms, and the one that is under way"
    assert done["between"] > 0, "nothing else ran until it was over"


def test_stopped_work_does_no_further_step(modules):
    counts = modules.evaluate(f"""async () => {{
      {IMPORT} {BUSY}
      let count = 0;
      const stop = inTurns(100, () => {{ count++; busy(4); }});
      const first = count;
      stop();
      await new Promise((resolve) => setTimeout(resolve, 100));
      return [first, count];
    }}""")
    assert 0 < counts[0] < 100
    assert counts[1] == counts[0]


def test_no_work_is_finished_at_once(modules):
    assert modules.evaluate(
        f"async () => {{ {IMPORT} let over; inTurns(0, () => 0, (finished) => (over = finished)); return over; }}"
    )
