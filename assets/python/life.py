"""The seed's Game of Life under CPython: serial, a task a cell on a thread pool, or a coroutine a cell.

Run as `python -c "$(cat life.py)" HOW SIZE GENERATIONS`, HOW being serial, pool, coroutines, or waiting: coroutines that each wait a
millisecond once. Prints the seconds that a generation took.
"""

import asyncio
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

ALIVE, EMPTY = "*", "-"
WORKERS = 10


class Grid:
    def __init__(self, height, width):
        self.height, self.width = height, width
        self.rows = [[EMPTY] * width for _ in range(height)]

    def get(self, y, x):
        return self.rows[y % self.height][x % self.width]

    def set(self, y, x, state):
        self.rows[y % self.height][x % self.width] = state


class LockedGrid(Grid):
    def __init__(self, height, width):
        super().__init__(height, width)
        self.lock = threading.Lock()

    def get(self, y, x):
        with self.lock:
            return super().get(y, x)

    def set(self, y, x, state):
        with self.lock:
            super().set(y, x, state)


def count_neighbors(y, x, get):
    above = [get(y - 1, x - 1), get(y - 1, x), get(y - 1, x + 1)]
    below = [get(y + 1, x - 1), get(y + 1, x), get(y + 1, x + 1)]
    return [*above, get(y, x - 1), get(y, x + 1), *below].count(ALIVE)


def game_logic(state, neighbors):
    if state == ALIVE:
        return ALIVE if neighbors in (2, 3) else EMPTY
    return ALIVE if neighbors == 3 else state


def step_cell(y, x, get, put):
    put(y, x, game_logic(get(y, x), count_neighbors(y, x, get)))


async def step_cell_waiting(y, x, get, put, delay):
    neighbors = count_neighbors(y, x, get)
    if delay:
        await asyncio.sleep(delay)
    put(y, x, game_logic(get(y, x), neighbors))


def cells(grid):
    return [(y, x) for y in range(grid.height) for x in range(grid.width)]


def serial(grid):
    after = Grid(grid.height, grid.width)
    for y, x in cells(grid):
        step_cell(y, x, grid.get, after.set)
    return after


def on_a_pool(grid, pool):
    after = LockedGrid(grid.height, grid.width)
    for future in [pool.submit(step_cell, y, x, grid.get, after.set) for y, x in cells(grid)]:
        future.result()
    return after


async def in_coroutines(grid, delay):
    after = Grid(grid.height, grid.width)
    await asyncio.gather(*[step_cell_waiting(y, x, grid.get, after.set, delay) for y, x in cells(grid)])
    return after


async def generations_in_coroutines(grid, count, delay):
    for _ in range(count):
        grid = await in_coroutines(grid, delay)


def main():
    how, size, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    dice = random.Random(42)
    grid = LockedGrid(size, size) if how == "pool" else Grid(size, size)
    for y, x in cells(grid):
        if dice.random() < 0.5:
            grid.set(y, x, ALIVE)
    start = time.perf_counter()
    if how == "serial":
        for _ in range(count):
            grid = serial(grid)
    elif how == "pool":
        with ThreadPoolExecutor(max_workers=WORKERS) as pool:
            for _ in range(count):
                grid = on_a_pool(grid, pool)
    else:
        asyncio.run(generations_in_coroutines(grid, count, 0.001 if how == "waiting" else 0))
    print((time.perf_counter() - start) / count)


if __name__ == "__main__":
    main()
