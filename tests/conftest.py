"""Settings for all tests. Hypothesis has no deadline: machines that share cores miss any."""

from hypothesis import settings

settings.register_profile("pyfabric", deadline=None, print_blob=True)
settings.load_profile("pyfabric")
