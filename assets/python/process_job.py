"""Jobs of CPython's ProcessPoolExecutor that do nothing, timed inside.

Run by fanout as a child: `python -c "$(cat process_job.py)" WHAT WORKERS COUNT`. WHAT is `round-trip` (one job after another), `stream`
(all handed over at once) or `waiting` (memory while all wait). Prints a number a line, seconds
of each job or bytes of each, and `end`. Ends with its parent: when standard input closes.
"""

import multiprocessing
import os
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor


def nothing(number):
    return number


def end_with_parent():
    # A byte that never comes: the pipe closes when the parent ends, however it ends.
    os.read(0, 1)
    os.killpg(0, 9)


def end_with_leader():
    # A process of the pool whose leader was killed would wait for work for ever, and hold the pipes open.
    def wait():
        multiprocessing.parent_process().join()
        os.killpg(0, 9)

    threading.Thread(target=wait, daemon=True).start()


def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main():
    what, workers, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    threading.Thread(target=end_with_parent, daemon=True).start()
    # Forked, because the other ways to start a child read the script again, and there is no file of it.
    forked = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(max_workers=workers, mp_context=forked, initializer=end_with_leader) as pool:
        list(pool.map(nothing, range(100)))
        if what == "round-trip":
            for number in range(count):
                start = time.perf_counter()
                pool.submit(nothing, number).result()
                print(repr(time.perf_counter() - start))
        elif what == "stream":
            start = time.perf_counter()
            for _ in pool.map(nothing, range(count)):
                pass
            print(repr((time.perf_counter() - start) / count))
        else:
            before = resident()
            jobs = [pool.submit(nothing, number) for number in range(count)]
            print((resident() - before) / count)
            for job in jobs:
                job.cancel()
    print("end", flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
