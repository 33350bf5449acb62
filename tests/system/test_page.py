# SPDX-License-Identifier: ISC
"""The operators' page, in a real browser: what it shows, what can be done by it, and that no
message can do anything to it."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest

import harness
import samples
from harness import BUILD, SOURCE, TestCase, wait_for

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service as Driver
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    MISSING = None if shutil.which("chromium") and shutil.which("chromedriver") else "no chromium"
except ImportError:
    MISSING = "no python3-selenium"

TOKEN = "a-token-of-the-tests"
AXE = "axe-core@4.14.1"
MARKUP = '<script>document.title="owned"</script><img src=x onerror="document.title=\'owned\'">'
TURNED = "\u202egpj.exe\u2066 \u200f"


def axe_source():
    """The accessibility checker, by npm's own client; kept in the build folder. None: not to be had."""
    kept = BUILD / "tests" / (AXE + ".js")
    if not kept.exists():
        if not shutil.which("npm"):
            return None
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix",
                                   folder, AXE], capture_output=True, check=False)
            source = pathlib.Path(folder, "node_modules/axe-core/axe.min.js")
            if done.returncode != 0 or not source.exists():
                return None
            shutil.copy(source, kept)
    return kept.read_text(encoding="utf-8")


@unittest.skipIf(MISSING, f"the page needs a browser: {MISSING}")
class Page(TestCase):
    @classmethod
    def setUpClass(cls):
        options = Options()
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                         "--window-size=1280,1800", "--force-prefers-reduced-motion"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        cls.browser = webdriver.Chrome(service=Driver("/usr/bin/chromedriver"), options=options)
        cls.browser.set_script_timeout(harness.PATIENCE)

    @classmethod
    def tearDownClass(cls):
        cls.browser.quit()

    # ---- the ground ----

    def page(self, config=None, fill=None):
        """A service whose page is open."""
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        service = self.service(start=False, config=harness.merge(
            {"http": {"listen": f"127.0.0.1:{port}"}, "retry": {"crash": 0}}, config or {}))
        token = service.root / "token"
        token.write_text(TOKEN + "\n")
        service.config["http"]["token_file"] = str(token)
        service.start()
        if fill:
            fill(service)
        self.browser.get(f"http://127.0.0.1:{port}/")
        self.browser.get_log("browser")
        self.browser.execute_script("sessionStorage.setItem('token', arguments[0])", TOKEN)
        self.until(lambda: self.turns() > 0, "the live state")
        return service

    def until(self, condition, what):
        def said():
            words = what() if callable(what) else what
            return f"{words}; the browser says {self.browser.get_log('browser')}"
        return wait_for(condition, said, harness.PATIENCE)

    def turns(self):
        return int(self.browser.execute_script("return document.body.dataset.turns || 0"))

    def text(self, selector):
        return self.browser.execute_script(
            "return document.querySelector(arguments[0])?.textContent ?? ''", selector)

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def press(self, selector):
        self.browser.execute_script(
            "const e = document.querySelector(arguments[0]); e.scrollIntoView(); e.click()", selector)

    def listed(self):
        """The letters of the first group, asked for anew."""
        self.press("#dead-refresh")
        self.until(lambda: self.browser.find_elements(By.CSS_SELECTOR, "#groups tbody tr[data-group] button"),
                   "a group")
        self.press("#groups tbody tr[data-group] button")
        return self.browser.execute_script(
            "return [...document.querySelectorAll('#letters tbody tr')].map(row => row.dataset.id)")

    def open_first_letter(self, service):
        there = {os.path.basename(path).decode()[:16] for path in map(os.fsencode, service.letters())}
        self.until(lambda: set(self.listed()) == there, "the letters that there are")
        self.press("#letters tbody button")
        self.until(lambda: self.text("#letter-preview") not in ("", "…"), "the letter's preview")

    def assert_untouched(self):
        """No script of a message ran and nothing was loaded or refused."""
        self.assertNotIn("owned", self.browser.title)
        # The browser tells of each answer that is an error, as of a message that is refused.
        self.assertEqual([], [e for e in self.browser.get_log("browser")
                              if e["level"] == "SEVERE" and "status of 422" not in e["message"]])
        self.assertEqual(0, self.browser.execute_script("return document.images.length"))
        self.assertEqual(1, self.browser.execute_script("return document.scripts.length"))
        others = self.browser.execute_script(
            "return performance.getEntriesByType('resource').map(e => e.name)"
            ".filter(n => !n.startsWith(location.origin) && !n.startsWith('blob:'))")
        self.assertEqual([], others)

    # ---- what it shows ----

    def test_mail_flows_and_the_charts_move(self):
        service = self.page()
        self.assertEqual("yes", self.find("#flow").get_attribute("data-flow"))
        self.assertEqual(len(service.workers()),
                         len(self.browser.find_elements(By.CSS_SELECTOR, "#workers tbody tr")))
        service.drop("good.eml", samples.mail())
        service.wait_result("good.eml")
        self.until(lambda: "passed through1" in "".join(
            reversed(self.text("#numbers > div:nth-child(5)").partition("passed through"))) or
            self.text("#numbers > div:nth-child(5) dd") == "1", "the count")
        def points():
            return int(self.browser.execute_script(
                "return document.querySelector('#chart-rate')?.dataset.points ?? 0"))
        first = self.until(points, "a first point")
        self.until(lambda: points() > first, "one more point")
        self.assertTrue(self.browser.find_elements(By.CSS_SELECTOR, "#chart-rate canvas"))
        self.assertIn("good", self.text("#events"))
        self.assert_untouched()

    def test_a_hung_worker_jumps_to_the_eye(self):
        service = self.page()
        service.drop("hangs.eml", samples.marked("hang"))
        self.until(lambda: self.browser.find_elements(By.CSS_SELECTOR, "#workers tr.hung"), "the hung worker")
        self.assertIn("hangs.eml", self.text("#workers tr.hung"))
        self.assertIn("no processor time", self.text("#workers tr.hung"))
        self.assertIn("1 worker hangs", self.text("#flow"))
        self.press("#workers tr.hung button")
        self.press("#sure-yes")
        service.wait_letter("hangs.eml")
        self.until(lambda: not self.browser.find_elements(By.CSS_SELECTOR, "#workers tr.hung"), "it to be gone")

    def test_dead_letters_are_opened_retried_removed(self):
        def fill(service):
            for name in ("one.eml", "two.eml"):
                service.drop(name, samples.marked("null", subject=f"Crash of {name}"))
                service.wait_letter(name)
        service = self.page(fill=fill)
        self.open_first_letter(service)
        self.assertIn("Crash of", self.text("#letter-head"))
        self.assertIn("#0", self.text("#letter-stack"))
        self.assertIn("Subject: Crash of", self.text("#letter-preview"))
        self.assertIn('"verdict": "crashed"', self.text("#letter-report"))
        before = len(service.events(harness.TAKEN))
        self.press("#letter-actions [data-do=retry]")
        service.wait_event(harness.TAKEN, before + 1)
        self.until(lambda: len(service.letters()) == 2 and service.idle(), "both dead again")
        self.open_first_letter(service)
        self.press("#letter-actions [data-do=hold]")
        self.until(lambda: "(held)" in self.text("#letters"), "the held one")
        self.open_first_letter(service)
        self.press("#letter-actions [data-do=remove]")
        self.press("#sure-yes")
        self.until(lambda: len(service.letters()) == 1, "one to be gone")
        self.assert_untouched()

    def test_pause_and_resume(self):
        service = self.page()
        self.press("#pause")
        self.until(lambda: self.find("#flow").get_attribute("data-flow") == "no", "the pause")
        self.assertIn("paused by command", self.text("#flow"))
        self.press("#pause")
        self.until(lambda: self.find("#flow").get_attribute("data-flow") == "yes", "mail to flow")
        service.drop("good.eml", samples.mail())
        service.wait_result("good.eml")

    def test_a_file_is_converted(self):
        service = self.page()
        for name, data, wanted in (("winmail.dat", samples.tnef(subject="Dropped here"), "Subject: Dropped here"),
                                   ("bad.txt", b"no message at all", "refused")):
            path = service.root / name
            path.write_bytes(data)
            self.find("#file").send_keys(str(path))
            self.until(lambda w=wanted: w in self.text("#converted"), wanted)
        self.assert_untouched()

    def test_a_file_is_dropped_on_the_page(self):
        self.page()
        data = list(samples.tnef(subject="Let go of over the page"))
        held = self.browser.execute_script("""
            const files = new DataTransfer();
            files.items.add(new File([new Uint8Array(arguments[0])], "winmail.dat"));
            const place = document.querySelector("#drop");
            return ["dragover", "drop"].map((name) => !place.dispatchEvent(
                new DragEvent(name, { dataTransfer: files, bubbles: true, cancelable: true })));""", data)
        self.assertEqual([True, True], held, "the browser would open it instead")
        self.until(lambda: "Subject: Let go of over the page" in self.text("#converted"), "the result")
        self.assert_untouched()

    def test_a_message_in_hand_is_held(self):
        service = self.page()
        service.drop("slow.eml", samples.marked("slow", "600000"))
        self.until(lambda: self.browser.find_elements(By.CSS_SELECTOR, "#queue tbody tr button"), "it in the queue")
        self.press("#queue tbody tr button")
        letter, report = service.wait_letter("slow.eml")
        self.assertEqual("withdrawn", report["verdict"])
        number = os.path.basename(letter)[:16].decode()
        self.until((service.spool / "dead" / f".{number}.held").exists, "its mark")

    # ---- what must not be ----

    def test_hostile_names_and_subjects_do_no_harm(self):
        def fill(service):
            for i, subject in enumerate((MARKUP, TURNED + "turned", "x" * 10000)):
                name = (MARKUP.replace("/", "|") if i == 0 else TURNED if i == 1 else "n" * 200) + ".eml"
                service.drop(name, samples.marked("null", subject=subject, sender='"<b>x</b>"@example.org'))
                service.wait_letter(name)
            service.drop(MARKUP.replace("/", "|") + ".hang.eml", samples.marked("hang", subject=MARKUP))
        self.page(fill=fill)
        self.until(lambda: "<script>" in self.text("#workers tbody"), "the name as text")
        self.press("#dead-refresh")
        self.until(lambda: self.browser.find_elements(By.CSS_SELECTOR, "#groups tbody tr[data-group] button"), "groups")
        self.press("#groups tbody tr[data-group] button")
        self.until(lambda: len(self.browser.find_elements(By.CSS_SELECTOR, "#letters tbody button")) == 3, "three")
        for i in range(1, 4):
            self.press(f"#letters tbody tr:nth-child({i}) button")
            self.until(lambda: self.text("#letter-preview") not in ("", "…"), "the preview")
            self.assertEqual(0, self.browser.execute_script(
                "return document.querySelectorAll('dialog script, dialog img, main script, main img, td b').length"))
            self.assertNotRegex(self.text("#letter-facts") + self.text("#letters"), "[\u202a-\u202e\u2066-\u2069\u200f]")
            self.press("#letter-actions [data-do=close]")
        wide = self.browser.execute_script(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        self.assertLessEqual(wide, 0)
        self.assert_untouched()

    def test_without_the_token_it_is_asked_for(self):
        service = self.page()
        self.browser.execute_script("sessionStorage.clear()")
        self.press("#pause")
        self.until(lambda: self.find("#token").get_attribute("open") is not None, "the question for it")
        self.assertEqual([], service.events(harness.PAUSED))
        self.find("#token-text").send_keys(TOKEN, Keys.ENTER)
        self.until(lambda: self.find("#token").get_attribute("open") is None, "the question gone")
        self.press("#pause")
        service.wait_event(harness.PAUSED)

    # ---- for everybody ----

    def violations(self):
        source = axe_source()
        if source is None:
            self.skipTest(f"npm cannot fetch {AXE}")
        self.browser.execute_cdp_cmd("Runtime.evaluate", {"expression": source})
        found = self.browser.execute_async_script(
            "const done = arguments[0]; axe.run().then(r => done(r.violations.map(v => "
            "[v.id, v.help, v.nodes.map(n => n.html)])), e => done([[String(e)]]))")
        return found

    def media(self, scheme, width=1280, height=1800):
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})

    def wider(self):
        """What is wider than the screen."""
        return self.browser.execute_script("""
            return [...document.querySelectorAll("body *")]
                .filter(e => e.getBoundingClientRect().right > innerWidth + 1 &&
                             !e.closest(".wide, .hidden"))
                .map(e => e.tagName + "." + e.className + "#" + e.id + " " +
                          e.getBoundingClientRect().right)""")

    def test_axe_finds_nothing_light_dark_and_on_a_phone(self):
        def fill(service):
            service.drop("bad.eml", samples.marked("null", subject="Crash"))
            service.wait_letter("bad.eml")
            service.drop("hangs.eml", samples.marked("hang"))
        service = self.page(fill=fill)
        self.addCleanup(self.media, "light")
        self.until(lambda: self.browser.find_elements(By.CSS_SELECTOR, "#workers tr.hung"), "the hung worker")
        for scheme, width in (("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)):
            self.media(scheme, width)
            with self.subTest(scheme=scheme, width=width):
                self.until(lambda w=width: self.browser.execute_script(
                    "return document.documentElement.scrollWidth") <= w,
                    lambda: "no wider than the screen: " + str(self.wider()))
                self.assertEqual([], self.violations())
        self.media("light")
        self.open_first_letter(service)
        self.assertEqual([], self.violations())

    def test_the_keyboard_reads_a_chart(self):
        self.page()
        self.until(lambda: self.browser.execute_script(
            "return Number(document.querySelector('#chart-rate')?.dataset.points ?? 0)"), "a point")
        plot = self.find("#chart-rate .plot")
        plot.send_keys(Keys.ARROW_LEFT)
        self.until(lambda: "a second" in self.text("#said"), "the point's words")
        table = plot.get_attribute("aria-details")
        self.assertIn("Time", self.text(f"#{table}"))

    def test_the_policy_is_strict(self):
        service = self.page()
        self.browser.execute_script(
            "const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
            "document.body.append(s); const i = new Image(); i.src = '/v1/status'; document.body.append(i)")
        self.assertIsNone(self.browser.execute_script("return window.ran ?? null"))
        refused = self.until(lambda: [e for e in self.browser.get_log("browser")
                                      if "Content Security Policy" in e["message"]], "the refusal")
        self.assertTrue(refused)
        self.assertTrue(service.running())

    def test_a_picture_for_the_readme(self):
        """deploy/page.png is what this shows; BULKHEAD_PICTURE=FILE says where to write it."""
        def fill(service):
            for i in range(40):
                service.drop(f"mail-{i}.eml", samples.mail(subject=f"Minutes {i}"))
            for name in ("offer.eml", "offer-2.eml", "invoice.eml"):
                service.drop(name, samples.marked("null", subject="Offer", sender="carol@example.net"))
                service.wait_letter(name)
            service.drop("scan.txt", b"no message\n")
            service.drop("agenda.eml", samples.marked("hang", subject="Agenda"))
        self.page({"workers": 3, "limits": {"silence": "10m", "time": "20m"}}, fill)
        self.until(lambda: self.browser.find_elements(By.CSS_SELECTOR, "#workers tr.hung"), "the hung worker")
        self.until(lambda: int(self.browser.execute_script(
            "return document.querySelector('#chart-rate')?.dataset.points ?? 0")) >= 3, "the charts")
        self.press("#dead-refresh")
        self.until(lambda: self.browser.find_elements(By.CSS_SELECTOR, "#groups tbody tr[data-group]"), "groups")
        self.browser.execute_script("scrollTo(0, 0)")
        path = os.environ.get("BULKHEAD_PICTURE", str(BUILD / "tests" / "page.png"))
        self.assertTrue(self.browser.save_screenshot(path))
        self.assertEqual(b"\x89PNG", pathlib.Path(path).read_bytes()[:4])
        self.assertIn("page.png", (SOURCE / "README.md").read_text())


if __name__ == "__main__":
    harness.main()
