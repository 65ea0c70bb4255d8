from . import test_engine, test_linking, test_threading, test_visibility
