"""``python -m pyfabric.cli``."""

import sys

from pyfabric.cli import main

sys.exit(main())
