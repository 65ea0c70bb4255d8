from . import (
    test_account,
    test_composer,
    test_engine,
    test_engine_changes,
    test_linking,
    test_privacy_coverage,
    test_privacy_matrix,
    test_privacy_roundabout,
    test_setup,
    test_threading,
    test_visibility,
)
