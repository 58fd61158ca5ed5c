"""Settings for all tests. Hypothesis has no deadline, because machines that share cores miss any,
and looks at the same examples in every run; the slow sets draw new ones."""

from hypothesis import settings

settings.register_profile("pyfabric", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("pyfabric")
