"""The engine on Courier: no CONDSTORE, MOVE or SPECIAL-USE, and all folders below INBOX."""

from odoo.tests import tagged

from .servers import CourierMailbox
from .test_engine import TestEngine
from .test_engine_changes import TestEngineChanges
from .test_engine_complete import TestEngineComplete
from .test_engine_recognition import TestEngineRecognition
from .test_engine_two_way import TestTwoWay


@tagged("post_install", "-at_install")
class TestEngineCourier(TestEngine):
    allow_inherited_tests_method = True
    mailbox_class = CourierMailbox


@tagged("post_install", "-at_install")
class TestEngineChangesCourier(TestEngineChanges):
    allow_inherited_tests_method = True
    mailbox_class = CourierMailbox


@tagged("post_install", "-at_install")
class TestEngineCompleteCourier(TestEngineComplete):
    allow_inherited_tests_method = True
    mailbox_class = CourierMailbox
    # Without mod-sequences, a count that changed is looked into by listing the folder.
    test_new_mail_that_is_gone_again_needs_no_second_search = None


@tagged("post_install", "-at_install")
class TestEngineRecognitionCourier(TestEngineRecognition):
    allow_inherited_tests_method = True
    mailbox_class = CourierMailbox


@tagged("post_install", "-at_install")
class TestTwoWayCourier(TestTwoWay):
    allow_inherited_tests_method = True
    mailbox_class = CourierMailbox
