"""The commands of the development world, once everything is installed."""

import time

from . import paths
from .console import WorldError, say
from .demo.welcome import welcome
from .world import World


def start():
    """Start the world in the background and say what to look at."""
    world = World()
    world.start()
    say(*welcome(world), "", "It runs in the background; «make stop» ends it.")


def run():
    """Start the world, stay until Ctrl-C, and stop what was started."""
    world = World()
    if not world.start():
        say(*welcome(world), "", "It was running already; «make stop» ends it.")
        return
    say(*welcome(world), "", "Ctrl-C stops it.")
    try:
        while world.server.daemon.pid:
            time.sleep(0.5)
        raise WorldError(f"Odoo has ended by itself; its log is {world.server.log}.")
    except KeyboardInterrupt:
        say("", "Stopping ...")
    finally:
        world.stop_started()


def stop():
    """Stop every server of the world."""
    World().stop()


def status():
    """Say which servers run, and where."""
    for name, address, runs in World().states():
        say(f"  {name:<12} {'running' if runs else 'stopped':<10} {address}")


def reset():
    """Stop everything and start afresh at the next run."""
    World().reset()
    say(f"Databases and mail of {paths.WORLD} are gone; «make run» makes new ones.")
