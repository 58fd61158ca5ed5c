"""Settings for all tests. Hypothesis has no deadline, because machines that share cores miss any,
and looks at the same examples in every run; the slow sets draw new ones."""

import signal

from hypothesis import settings

settings.register_profile("pyfabric", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("pyfabric")

# Shells start jobs in the background deaf to Ctrl-C; those that tests interrupt would inherit it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
