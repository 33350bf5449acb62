# SPDX-License-Identifier: ISC
"""Stores that lead back to themselves: they end, what can be reached is converted, the rest is told."""

import json
import sys

import harness
from harness import SOURCE
from test_stores import StoreTest

sys.path.insert(0, str(SOURCE / "tests/corpus"))
import pst_loops  # noqa: E402


class Loops(StoreTest):
    def told(self, data, **counts):
        """{item, 0 of the store: its line}"""
        name = self.put("box.pst", data)
        done = self.run_it("--json", "--force", "-o", self.out, name)
        lines = [json.loads(line) for line in done.out.splitlines()]
        summary = next(line["summary"] for line in lines if "summary" in line)
        self.assertEqual({k: v for k, v in summary.items() if v and k not in ("found", "elapsed_ms")},
                         {"opened": 1, **counts})
        return {line.get("item", 0): line for line in lines if "summary" not in line}

    def layer(self, name, **counts):
        """What is told of a store with this loop, of each kind."""
        for kind in pst_loops.KINDS:
            with self.subTest(kind):
                yield self.told(pst_loops.in_memory(pst_loops.LAYERS[name], kind), **counts)

    def reasons(self, line):
        return " ".join(n["reason"] for n in line.get("notes", []))

    def test_a_block_that_lists_itself(self):
        for told in self.layer("data_tree", converted=4, refused=1):
            self.assertEqual(told[2]["reason"], "its properties cannot be read (message)")

    def test_a_nodes_own_tree(self):
        for told in self.layer("subnodes", converted=5):
            self.assertEqual(told[2]["subject"], "number 1")
            self.assertIn("a node's own tree is damaged", self.reasons(told[2]))

    def test_the_index_of_a_heap(self):
        for told in self.layer("properties", converted=5):
            self.assertGreater(told[2]["lost"], 0)
            self.assertNotEqual(self.reasons(told[2]), "")

    def test_a_tables_index_and_rows(self):
        """The messages of that table come as orphans: three, beside the one there is."""
        for layer in "row_index", "rows":
            for told in self.layer(layer, converted=5):
                self.assertIn("4 messages that no folder lists", self.reasons(told[0]))

    def test_trees_of_pages(self):
        for kind in pst_loops.KINDS:
            for around in False, True:
                with self.subTest(kind=kind, around=around):
                    told = self.told(pst_loops.tree("nodes", around, kind), converted=5)
                    self.assertIn("a tree runs in circles", self.reasons(told[0]))
                    self.told(pst_loops.tree("blocks", around, kind), converted=5)


if __name__ == "__main__":
    harness.main()
