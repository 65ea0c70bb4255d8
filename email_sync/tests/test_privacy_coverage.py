"""Nothing of the addon is left out of the table: what is new must be declared in `privacy`."""

import inspect

from odoo import fields
from odoo.tests import TransactionCase, tagged

from .privacy import CLOSED_FIELDS, FIELDS, FOREIGN_FIELDS, METHODS, MODELS, ROUTES

MODULE = "email_sync"
TELLING_TYPES = ("char", "text", "html", "many2one", "one2many", "many2many", "binary", "reference")


@tagged("post_install", "-at_install")
class TestPrivacyCoverage(TransactionCase):
    maxDiff = None

    def _get_own_models(self):
        return {
            name for name, model in self.env.registry.items() if model._original_module == MODULE
        }

    def test_every_model_is_declared(self):
        self.assertEqual(self._get_own_models(), set(MODELS))
        for name, readers in MODELS.items():
            model = self.env[name]
            self.assertEqual(readers == "abstract", model._abstract, name)
            self.assertEqual(readers == "own", model._transient, name)

    def test_every_telling_field_is_declared(self):
        technical = {"create_uid", "write_uid", "display_name"}
        found = {
            name: {
                field.name
                for field in self.env[name]._fields.values()
                if field.type in TELLING_TYPES and field.name not in technical
            }
            for name in self._get_own_models()
            if not (self.env[name]._abstract or self.env[name]._transient)
        }
        self.assertEqual(found, {name: set(names.split()) for name, names in FIELDS.items()})

    def test_every_field_of_other_models_is_declared(self):
        found = {}
        for name in set(self.env.registry) - self._get_own_models():
            names = {
                field.name
                for field in self.env[name]._fields.values()
                if field._module == MODULE and not field.inherited
            }
            if names:
                found[name] = names
        self.assertEqual(
            found, {name: set(names.split()) for name, names in FOREIGN_FIELDS.items()}
        )

    def test_closed_fields(self):
        for model_name, field_name in CLOSED_FIELDS:
            field = self.env[model_name]._fields[field_name]
            self.assertEqual(field.groups, fields.NO_ACCESS, (model_name, field_name))

    def test_every_route_is_declared(self):
        routes = {
            rule.rule
            for rule in self.env["ir.http"].routing_map().iter_rules()
            if f".{MODULE}." in rule.endpoint.func.__module__
        }
        self.assertEqual(routes, set(ROUTES))

    def test_every_method_callable_by_rpc_is_declared(self):
        found = {}
        for name, model in self.env.registry.items():
            foreign, own = set(), set()
            for definition in model.__mro__:
                if definition is model:
                    continue
                is_own = getattr(definition, "_module", None) == MODULE
                (own if is_own else foreign).update(
                    name
                    for name, value in vars(definition).items()
                    if not name.startswith("_")
                    and inspect.isfunction(value)
                    and not getattr(value, "_api_private", False)
                )
            if own - foreign:
                found[name] = own - foreign
        self.assertEqual(found, {name: set(methods) for name, methods in METHODS.items()})

    def test_models_have_rules(self):
        """No row without a rule: what the access list opens, a rule narrows."""
        for name, readers in MODELS.items():
            if readers in ("abstract", "nobody"):
                continue
            rules = self.env["ir.rule"].search([("model_id.model", "=", name)])
            self.assertTrue(rules, name)
            if readers in ("conversation", "members", "own", "user", "data_protection"):
                self.assertTrue(all(rule["global"] for rule in rules), name)
