"""The guessing game in Python's asyncio, as item 61 has it: a peer to test against, and nothing of fanout in it.

usage: peer.py serve            prints its port, serves until stdin ends
       peer.py play PORT GAMES  plays so many games over one connection, each line in a write of its own
"""
import asyncio
import contextlib
import random
import sys


async def answer(reader, writer):
    lower, upper, guesses, secret = None, None, [], None
    with contextlib.closing(writer):
        while line := (await reader.readline()).decode().rstrip("\n"):
            word, *rest = line.split(" ")
            if word == "PARAMS":
                lower, upper, guesses, secret = int(rest[0]), int(rest[1]), [], None
            elif word == "NUMBER":
                number = secret
                while number is None or (secret is None and number in guesses):
                    number = random.randint(lower, upper)
                guesses.append(number)
                writer.write(f"{number}\n".encode())
                await writer.drain()
            elif word == "REPORT":
                if rest[0] == "Correct":
                    secret = guesses[-1]
            else:
                raise ValueError(line)


async def serve():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


class Client:
    def __init__(self, reader, writer):
        self.reader, self.writer, self.secret, self.last = reader, writer, None, None

    async def send(self, line):
        self.writer.write(f"{line}\n".encode())
        await self.writer.drain()

    @contextlib.asynccontextmanager
    async def session(self, lower, upper, secret):
        self.secret, self.last = secret, None
        await self.send(f"PARAMS {lower} {upper}")
        try:
            yield
        finally:
            await self.send("PARAMS 0 -1")

    async def numbers(self, count):
        for _ in range(count):
            await self.send("NUMBER")
            line = await self.reader.readline()
            if not line:
                raise EOFError("the server closed the connection")
            yield int(line)
            if self.last == 0:
                return

    async def report(self, number):
        distance = abs(number - self.secret)
        if distance == 0:
            word = "Correct"
        elif self.last is None or distance == self.last:
            word = "Unsure"
        else:
            word = "Warmer" if distance < self.last else "Colder"
        self.last = distance
        await self.send(f"REPORT {word}")
        return word


async def play(port, games):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    client, found = Client(reader, writer), 0
    for _ in range(games):
        async with client.session(1, 5, 3):
            results = [(number, await client.report(number)) async for number in client.numbers(5)]
        assert all(1 <= number <= 5 for number, _ in results), results
        assert len({number for number, _ in results}) == len(results), results
        found += results[-1] == (3, "Correct")
    writer.close()
    await writer.wait_closed()
    print(found)


asyncio.run(serve() if sys.argv[1] == "serve" else play(int(sys.argv[2]), int(sys.argv[3])))
