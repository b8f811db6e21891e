"""For all tests: what is kept between starts goes to a folder of this run, not to the user's."""

import os
import tempfile

os.environ["EXPLORER_CACHE"] = tempfile.mkdtemp(prefix="explorer-tests-")
os.environ["EXPLORER_DATABASE"] = f"sqlite:///{os.environ['EXPLORER_CACHE']}/runs.sqlite"
os.environ["EXPLORER_WORKERS"] = "1"  # of every server a test starts: getting warm takes a core some seconds
