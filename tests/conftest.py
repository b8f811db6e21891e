"""For all tests: what is kept between starts goes to a folder of this run, not to the user's."""

import os
import tempfile

os.environ["EXPLORER_CACHE"] = tempfile.mkdtemp(prefix="explorer-tests-")
os.environ["EXPLORER_DATABASE"] = f"sqlite:///{os.environ['EXPLORER_CACHE']}/runs.sqlite"
os.environ["EXPLORER_WORKERS"] = "1"  # of every server a test starts: getting warm takes a core some seconds

# Tests run in several processes, so one thread is enough for each and for the servers it starts: threads that wait
# for one another take up to three times the processor. Read when torch and NumPy are imported; jobs set their own.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
