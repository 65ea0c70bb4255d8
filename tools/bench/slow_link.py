"""A way to the server that takes its time: a loopback proxy that delays both directions.

Bytes are forwarded as they come, each ``seconds`` later: latency without a limit of bandwidth. Run
as a program it prints its port and serves until its standard input ends.
"""

import asyncio
import contextlib
import subprocess
import sys

from tools.world import paths

CHUNK = 256 * 1024
IN_FLIGHT = 256  # chunks under way in one direction


@contextlib.contextmanager
def slow_link(port, round_trip):
    """Yield the port of a proxy to ``port``, in a process of its own.

    :param float round_trip: seconds there and back
    """
    command = [sys.executable, "-m", "tools.bench.slow_link", str(port), str(round_trip)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=paths.CHECKOUT
    ) as process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()


class SlowLink:
    """The proxy.

    :param port: where the server listens, on 127.0.0.1
    :param round_trip: seconds there and back
    """

    def __init__(self, port, round_trip):
        self.port = port
        self.one_way = round_trip / 2

    async def connected(self, reader, writer):
        """Serve a client."""
        # TCP's handshake: the server accepts when the client's second packet has arrived.
        await asyncio.sleep(3 * self.one_way)
        try:
            server_reader, server_writer = await asyncio.open_connection(
                "127.0.0.1", self.port, limit=CHUNK
            )
        except OSError:
            writer.close()
            return
        ways = [
            asyncio.ensure_future(self._forward(reader, server_writer)),
            asyncio.ensure_future(self._forward(server_reader, writer)),
        ]
        await asyncio.wait(ways)

    async def _forward(self, reader, writer):
        loop = asyncio.get_running_loop()
        queue = asyncio.Queue(IN_FLIGHT)
        delivery = asyncio.ensure_future(self._deliver(queue, writer))
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                await queue.put((loop.time() + self.one_way, data))
        await queue.put((loop.time() + self.one_way, b""))
        await delivery

    async def _deliver(self, queue, writer):
        loop = asyncio.get_running_loop()
        is_open = True
        while True:
            due, data = await queue.get()
            if (wait := due - loop.time()) > 0:
                await asyncio.sleep(wait)
            if not data:
                break
            if is_open:
                try:
                    writer.write(data)
                    await writer.drain()
                except ConnectionError:
                    is_open = False
        writer.close()


async def serve(port, round_trip):
    """Serve on a free port until standard input ends."""
    link = SlowLink(port, round_trip)
    server = await asyncio.start_server(link.connected, "127.0.0.1", 0, limit=CHUNK, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
