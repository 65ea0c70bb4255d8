from . import test_engine, test_engine_changes, test_linking, test_threading, test_visibility
