"""How many examples the tests of properties try: 25, in CI always the same ones; 300 in `make test-all`."""

from hypothesis import HealthCheck, settings

# A test next to others on a busy machine takes long: it does not fail for that.
slow = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", slow, max_examples=25)
settings.register_profile("ci", settings.get_profile("quick"), derandomize=True, database=None)
settings.register_profile("thorough", slow, max_examples=300)
settings.load_profile("quick")
