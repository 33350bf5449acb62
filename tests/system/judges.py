# SPDX-License-Identifier: ISC
"""Readers of calendars and cards that are not ours: libical by its C interface, ical.js where
npm can fetch it."""

import ctypes
import ctypes.util
import json
import os
import subprocess

import npm

ICAL_JS = "ical.js@2.2.1"


def library():
    """libical.so.3, or None."""
    try:
        ical = ctypes.CDLL("libical.so.3")
    except OSError:
        return None
    ical.icalparser_parse_string.restype = ctypes.c_void_p
    ical.icalparser_parse_string.argtypes = [ctypes.c_char_p]
    for name in ("icalcomponent_count_errors", "icalrestriction_check"):
        getattr(ical, name).argtypes = [ctypes.c_void_p]
    ical.icalcomponent_free.argtypes = [ctypes.c_void_p]
    ical.icalcomponent_count_components.argtypes = [ctypes.c_void_p, ctypes.c_int]
    ical.icalrecur_expand_recurrence.argtypes = [
        ctypes.c_char_p, ctypes.c_long, ctypes.c_int, ctypes.POINTER(ctypes.c_long)]
    return ical


class Libical:
    EVENT, TODO, JOURNAL = 4, 5, 6  # icalcomponent_kind

    def __init__(self):
        self.ical = library()

    def __bool__(self):
        return self.ical is not None

    def read(self, data):
        """(errors, events, tasks, journal entries) of a calendar."""
        root = self.ical.icalparser_parse_string(data)
        if not root:
            return None
        counts = [self.ical.icalcomponent_count_errors(root)] + [
            self.ical.icalcomponent_count_components(root, k)
            for k in (self.EVENT, self.TODO, self.JOURNAL)]
        self.ical.icalcomponent_free(root)
        return tuple(counts)

    def expand(self, rule, start, count):
        """Seconds since 1970 of the first occurrences, by a clock without changes."""
        found = (ctypes.c_long * count)()
        if not self.ical.icalrecur_expand_recurrence(rule.encode(), start, count, found):
            return []
        return [n for n in found if n]


SCRIPT = """
const ICAL = require('ical.js').default || require('ical.js');
const out = [];
for (const text of JSON.parse(require('fs').readFileSync(0, 'utf8'))) {
  try {
    const root = new ICAL.Component(ICAL.parse(text));
    const names = root.getAllSubcomponents().map(c => c.name).filter(n => n !== 'vtimezone');
    const starts = [];
    const events = root.getAllSubcomponents('vevent');
    for (const zone of root.getAllSubcomponents('vtimezone'))
      ICAL.TimezoneService.register(zone);
    const master = events.find(e => e.hasProperty('rrule'));
    if (master) {
      const event = new ICAL.Event(master, {
        exceptions: events.filter(e => e.hasProperty('recurrence-id')) });
      const iterator = event.iterator();
      for (let next; starts.length < 20 && (next = iterator.next());)
        starts.push(event.getOccurrenceDetails(next).startDate.toString());
    }
    out.push({ names, starts, kind: root.name });
  } catch (why) { out.push({ error: String(why) }); }
}
console.log(JSON.stringify(out));
"""


def ical_js():
    """Where ical.js is, None: not to be had here."""
    return npm.modules("ical.js", ICAL_JS)


def read_js(texts):
    """What ical.js reads of each: names of components, starts of the first occurrences."""
    done = subprocess.run(["node", "-e", SCRIPT], input=json.dumps(texts), text=True,
                          capture_output=True, check=True,
                          env={**os.environ, "NODE_PATH": str(ical_js())})
    return json.loads(done.stdout)
