"""``python -m connsim.cli`` is the command ``connsim``."""

import sys

from connsim.cli.command import main

sys.exit(main())
