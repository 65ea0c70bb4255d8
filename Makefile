# The development world: everything lives in .world, which git ignores. See README.md.
#
#   make run      Odoo, mail servers and demo mail, until Ctrl-C   (PORT=8070 for another port)
#   make start    the same in the background; make stop, make status
#   make reset    forget databases and mail
#   make test     everything that must hold   (T=mime, T=odoo, T=end_to_end, T=tests/x.py: a part)
#   make bench    how fast it is, against mbsync and Odoo's own gateway   (M=first_sync: one measure)
#   make test-faults  kills, broken connections and full disks, long; SEED=7 tries one seed
#   make lint     the checks of style; make format writes what they want
#
# ODOO_SOURCE=/path/to/odoo runs a clone of Odoo 19.0 instead of Debian's package.

PYTHON ?= python3
export PORT MAIL_PORTS ODOO_SOURCE SEED STEPS

.PHONY: setup run start stop status reset test test-faults bench lint format
.DEFAULT_GOAL := run

setup run start stop status reset lint format:
	@$(PYTHON) -m tools.world $@

test:
	@$(PYTHON) -m tools.world test $(T)

bench:
	@$(PYTHON) -m tools.world bench $(M)

test-faults:
	@FAULTS=long $(PYTHON) -m tools.world test $(or $(T),faults)
