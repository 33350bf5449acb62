# SPDX-License-Identifier: ISC
"""A broken build does not turn the queue into dead letters; bad mail does not stop the
service."""

import pathlib
import signal
import tempfile

import harness
import samples
from harness import TestCase, wait_for

CONFIG = {"breaker": {"window": 10, "share": "50%"}, "intake": {"scan": "200ms"}}


class Breaker(TestCase):
    def broken(self, config=None):
        """A service whose workers crash on every message as long as the file is there."""
        folder = tempfile.TemporaryDirectory(prefix="bulkhead-test.")
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "broken"
        self.file.touch()
        return self.service(harness.merge(CONFIG, config or {}),
                            environment={"BULKHEAD_CHAOS_ALL": str(self.file)})

    def fill(self, service, n, what="m"):
        names = [f"{what}{i}.eml" for i in range(n)]
        for i, name in enumerate(names):
            service.drop(name, samples.mail(f"{what} {i}"))
        return names

    def test_broken_build(self):
        """It stops, says so, keeps the mail, tries, and goes on by itself."""
        service = self.broken()
        names = self.fill(service, 60)
        opened = service.wait_event(harness.BREAKER_OPEN)[0]
        self.assertEqual("error", opened["level"])
        self.assertEqual((10, 10), (opened["crashed"], opened["of"]))
        service.wait_event(harness.BREAKER_CANARY, count=2)
        tried = {e["job"] for e in service.events(harness.FAILED)}
        self.assertLessEqual(len(tried), 10 + 3, "and those in hand")
        self.assertGreater(len(service.queued()), 40)
        service.signal(signal.SIGUSR1)
        self.assertEqual("open", service.wait_event(harness.STATE)[-1]["breaker"])
        canaries = service.events(harness.BREAKER_CANARY)
        self.assertEqual([("our own", 2000), ("our own", 4000)],
                         [(e["canary"], e["again_in_ms"]) for e in canaries[:2]])

        self.file.unlink()  # mended
        service.signal(signal.SIGHUP)
        service.wait_event(harness.BREAKER_CLOSED)
        service.wait_idle()
        self.assertGreater(len(service.results()), 40)
        self.assert_accounted(names, service)
        service.signal(signal.SIGUSR1)
        self.assertEqual("closed", service.wait_event(harness.STATE, 2)[-1]["breaker"])
        self.assertEqual(0, service.stop())

    def test_goes_on_without_being_told(self):
        service = self.broken()
        names = self.fill(service, 30)
        service.wait_event(harness.BREAKER_OPEN)
        self.file.unlink()
        service.wait_event(harness.BREAKER_CLOSED)
        service.wait_idle()
        self.assert_accounted(names, service)

    def test_new_mail_is_the_canary(self):
        """All that is in hand has crashed before: who comes next is tried."""
        service = self.broken({"breaker": {"window": 3}, "retry": {"delay": "1h"}})
        names = self.fill(service, 3, "old")
        service.wait_event(harness.BREAKER_OPEN)
        self.file.unlink()
        service.signal(signal.SIGHUP)
        names += self.fill(service, 1, "new")
        service.wait_event(harness.BREAKER_CLOSED)
        service.wait_result("new0.eml")
        self.assert_accounted(names, service)

    def test_some_bad_mail_does_not_open_it(self):
        service = self.service(CONFIG)
        for i in range(40):
            bad = i % 5 == 0
            service.drop(f"m{i:02}.eml", samples.marked("null") if bad else samples.mail(f"{i}"))
        service.wait_idle()
        self.assertEqual(8, len(service.letters()))
        self.assertFalse(service.events(harness.BREAKER_OPEN))

    def test_a_message_counts_once(self):
        """Its retries are no more crashes of the build."""
        service = self.service(harness.merge(CONFIG, {"retry": {"crash": 20, "delay": "0"}}))
        service.drop("bad.eml", samples.marked("null"))
        service.wait_letter("bad.eml")
        self.assertEqual(21, len(service.wait_event(harness.FAILED, 21)))
        self.assertFalse(service.events(harness.BREAKER_OPEN))

    def test_bad_mail_does_not_stop_the_service(self):
        """Nothing but bad mail opens it; each bad one leaves, and good mail closes it."""
        service = self.service(harness.merge(CONFIG, {"breaker": {"window": 5}}))
        names = []
        for i in range(12):
            names.append(f"bad{i:02}.eml")
            service.drop(names[-1], samples.marked("null"))
        service.wait_event(harness.BREAKER_OPEN)
        names += self.fill(service, 5, "good")
        service.wait_event(harness.BREAKER_CLOSED)
        for i in range(5):
            service.wait_result(f"good{i}.eml")
        service.wait_idle()
        self.assertEqual(12, len(service.letters()))
        canaries = service.events(harness.BREAKER_CANARY)
        self.assertEqual({("of the queue", 1000)},
                         {(e["canary"], e["again_in_ms"]) for e in canaries})
        self.assert_accounted(names, service)

    def test_stop_while_open(self):
        """What waits is put back or is charged in active/; the next start takes it up."""
        service = self.broken()
        names = self.fill(service, 30)
        service.wait_event(harness.BREAKER_OPEN)
        self.assertEqual(0, service.stop())
        self.assert_accounted(names, service)
        self.file.unlink()
        service.start()
        service.wait_idle()
        self.assert_accounted(names, service)

    def test_off(self):
        service = self.broken({"breaker": {"window": "off"}, "retry": {"crash": 0}})
        names = self.fill(service, 30)
        service.wait_idle()
        self.assertEqual(30, len(service.letters()))
        self.assertFalse(service.events(harness.BREAKER_OPEN))
        self.assert_accounted(names, service)


if __name__ == "__main__":
    harness.main()
