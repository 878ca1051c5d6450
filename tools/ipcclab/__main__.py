"""`python -m ipcclab` is `ipcclab`."""

import sys

from ipcclab.cli import main

sys.exit(main())
