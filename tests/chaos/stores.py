# SPDX-License-Identifier: ISC
"""Rows of the table: one store, each of whose items has its own end."""

import collections
import os
import re
import time

import harness
import rows
import samples
from rows import finish, power_model, row
from scene import POISON, Figures, NoTaker, Scene, Taker, good

MARK = b"From anna@example.com Wed Jan  1 10:00:00 2020\n"
CONFIG = {"stores": "items"}
STORE_DONE = 3311


def item_of(name):
    """Its number, by the name of its result or letter; None: it is none of an item."""
    match = re.fullmatch(rb"(?:[0-9a-f]{16}\.box\.mbox-)?(\d{7})\.eml", name)
    return int(match.group(1)) if match else None


class ItemTaker(Taker):
    """A consumer of the items' results."""

    def take(self, path, into):
        name = os.path.basename(path)
        with open(path, "rb") as f:
            data = f.read()
        if into is self.results and (item_of(name) is None or data != good(item_of(name))):
            self.damaged.append(path)
        os.unlink(path)
        into.append((name, b""))
        return 1


class NoItemTaker(ItemTaker, NoTaker):
    """Nobody takes anything."""


class StoreScene(Scene):
    """The messages are items of one mailbox."""
    somebody, nobody = ItemTaker, NoItemTaker

    def __init__(self, config=None, taker=ItemTaker, **kwargs):
        super().__init__(harness.merge(CONFIG, config or {}), taker=taker, **kwargs)

    def put(self, count, bad=0.0, action="null", argument="", long_names=False):
        every = int(1 / bad)
        first = int(self.phase * every)
        self.poison = {n for n in range(1, count + 1) if n % every == first}
        self.dropped = dict.fromkeys(range(1, count + 1), time.time())
        self.service.drop("box.mbox", b"".join(
            MARK + (samples.marked(action, argument, subject=f"m {n}")
                    if n in self.poison else good(n)) + b"\n"
            for n in self.dropped))

    def put_few(self):
        self.put(150, 0.1)

    def made(self):
        return sum(len(os.listdir(d)) for d in self.service.spool.glob("tmp/*.items")) \
            or len(self.service.results())

    def figures(self, note="", what=""):
        ends = collections.Counter(dict.fromkeys(self.dropped, 0))
        kinds = collections.Counter(queued=len(self.service.queued()))
        spared, innocent, strangers = 0, 0, []
        found = {"result": [n for n, _ in self.taker.results], "letter": [n for n, _ in self.taker.letters]}
        found["result"] += [os.path.basename(p) for p in self.service.results()]
        found["letter"] += [os.path.basename(p) for p in self.service.letters()]
        for kind, names in found.items():
            for name in names:
                number = item_of(name)
                if number not in self.dropped:
                    strangers.append(name)
                    continue
                ends[number] += 1
                kinds[kind] += 1
                spared += kind == "result" and number in self.poison
                innocent += kind == "letter" and number not in self.poison
        wrong = [f"{count} {what}" for count, what in (
            (kinds["queued"], "not done in time"), (len(strangers), f"strangers: {strangers[:3]}"),
            (len(self.taker.damaged), f"damaged: {self.taker.damaged[:3]}"),
            (innocent, "innocents buried"), (spared, "culprits spared")) if count]
        if self.code != 0:
            wrong.append(f"it ended with {self.code}")
        lost = sum(n == 0 for n in ends.values()) + len(self.taker.damaged)
        doubled = sum(n - 1 for n in ends.values() if n > 1)
        return Figures(self.done, len(self.dropped), kinds["result"], kinds["letter"],
                       kinds["queued"], lost, doubled, wrong, note, what)


@row("store", "a store's items: 1 in 100 crashes, kill -9 of all at once")
def store():
    count, every, kills = rows.rounds((4000, 100, 6), (100000, 1000, 100))
    with StoreScene(POISON) as scene:
        scene.put(count, 1 / every)
        began = time.monotonic()
        scene.start()
        for step in range(1, kills + 1):
            harness.wait_for(lambda step=step: scene.made() >= step * count // (kills + 1),
                             scene.service.last_words, 7200)
            scene.kill([scene.service.pid, *scene.service.workers(), *scene.service.janitors()])
            scene.again()
        finish(scene)
        seconds = time.monotonic() - began
        return scene.figures(f"{count / seconds:.0f} items a second",
                             f"{count} items of a store, 1 in {every} crashes; kill -9 of all")


@row("store-power", "a store's items: power loss, as power-model")
def store_power():
    return power_model(StoreScene)
