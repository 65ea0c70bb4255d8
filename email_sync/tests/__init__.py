from . import test_linking, test_threading, test_visibility
