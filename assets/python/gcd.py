"""The seed's search under CPython: serial, threads or processes, timed inside.

Run by fanout as a child: `python -c "$(cat gcd.py)" HOW WORKERS CHUNK` with a pair a line on standard input. Prints a line for each event:
`done N` when N items are done, `result SECONDS ANSWER...` at the end. Ends with its parent: when standard input closes.
"""

import multiprocessing
import os
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor


def gcd(pair):
    a, b = pair
    low = min(a, b)
    for i in range(low, 0, -1):
        if a % i == 0 and b % i == 0:
            return i


def end_with_parent():
    # A byte that never comes: the pipe closes when the parent ends, however it ends. It is read past `sys.stdin`, whose lock a
    # forked child would find held for ever when it closes its copy.
    os.read(0, 1)
    os.killpg(0, 9)


def end_with_leader():
    # A process of the pool whose leader was killed would wait for work for ever, and hold the pipes open.
    def wait():
        multiprocessing.parent_process().join()
        os.killpg(0, 9)

    threading.Thread(target=wait, daemon=True).start()


def main():
    how, workers, chunk = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    pairs = []
    for line in iter(sys.stdin.readline, "end\n"):
        a, b = line.split(",")
        pairs.append((int(a), int(b)))
    threading.Thread(target=end_with_parent, daemon=True).start()
    results = []

    def collect(answers):
        for answer in answers:
            results.append(answer)
            print("done", len(results), flush=True)

    start = time.perf_counter()
    if how == "serial":
        collect(map(gcd, pairs))
    elif how == "threads":
        with ThreadPoolExecutor(max_workers=workers) as pool:
            collect(pool.map(gcd, pairs))
    else:
        # Forked, because the other ways to start a child read the script again, and there is no file of it.
        forked = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(max_workers=workers, mp_context=forked, initializer=end_with_leader) as pool:
            collect(pool.map(gcd, pairs, chunksize=chunk))
    seconds = time.perf_counter() - start
    print("result", repr(seconds), *results, flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
