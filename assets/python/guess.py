"""The guessing game under CPython's asyncio, as the seed plays it: one loop that serves, another that plays.

Run as `python -c "$(cat guess.py)" serve`, which prints its port once it listens, or `… play PORT CLIENTS SESSIONS`: SESSIONS in all, in
the range 1 to 100. `play` prints the numbers it was given a second.
"""

import asyncio
import random
import sys
import time

LOWER, UPPER = 1, 100


class Session:
    """What the server knows of a connection: the range, and what it has guessed in it."""

    def __init__(self):
        self.lower, self.upper, self.guesses = 0, -1, []

    def set_params(self, lower, upper):
        self.lower, self.upper, self.guesses = lower, upper, []

    def next_guess(self):
        while True:
            guess = random.randint(self.lower, self.upper)
            if guess not in self.guesses:
                self.guesses.append(guess)
                return guess


async def serve_connection(reader, writer):
    session = Session()
    while line := await reader.readline():
        match line.decode().split():
            case ["PARAMS", lower, upper]:
                session.set_params(int(lower), int(upper))
            case ["NUMBER"]:
                writer.write(b"%d\n" % session.next_guess())
                await writer.drain()
            case ["REPORT", _]:
                pass
            case words:
                raise ValueError(f"unknown command {words}")
    writer.close()


async def serve():
    server = await asyncio.start_server(serve_connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


def decide(guess, last, secret):
    if guess == secret:
        return "Correct"
    if last is None or abs(guess - secret) == abs(last - secret):
        return "Unsure"
    return "Warmer" if abs(guess - secret) < abs(last - secret) else "Colder"


async def play_sessions(port, sessions):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    numbers = 0
    for _ in range(sessions):
        secret, last, decision = random.randint(LOWER, UPPER), None, ""
        writer.write(b"PARAMS %d %d\n" % (LOWER, UPPER))
        while decision != "Correct":
            writer.write(b"NUMBER\n")
            await writer.drain()
            guess = int(await reader.readline())
            numbers += 1
            decision = decide(guess, last, secret)
            last = guess
            writer.write(b"REPORT %s\n" % decision.encode())
        writer.write(b"PARAMS 0 -1\n")
    await writer.drain()
    writer.close()
    return numbers


async def play(port, clients, sessions):
    start = time.perf_counter()
    numbers = await asyncio.gather(*[play_sessions(port, sessions // clients) for _ in range(clients)])
    print(sum(numbers) / (time.perf_counter() - start))


if __name__ == "__main__":
    what = {"serve": serve, "play": play}[sys.argv[1]]
    asyncio.run(what(*map(int, sys.argv[2:])))
