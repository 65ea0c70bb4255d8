"""The parts that the end-to-end tests stand on: a server with the addon, a browser, the bus."""


def test_salesperson_signs_in_and_sees_crm(odoo_server, new_page):
    page = new_page(odoo_server())
    page.goto(f"{page.url.split('/odoo')[0]}/odoo/crm")
    page.wait_for_selector(".o_kanban_view")
