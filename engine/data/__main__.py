"""`python -m engine.data --help`."""

import sys

from engine.data.command import main

sys.exit(main())
