"""What `make run` says when everything runs."""


def welcome(world):
    """Return the lines (list of str) that greet the visitor."""
    return ["", f"Odoo runs at {world.server.url}", "", "  admin / admin    demo / demo"]
