"""A headless Chromium that looks at the page, as people do."""

import contextlib
import json
import shutil

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

KEYS = Keys

# What a test may ask of a page about its figures: long frames are seen from the first script on.
WATCH_FRAMES = """
window.frames_ = [];
let last = null;
const look = (now) => { if (last !== null) frames_.push(now - last); last = now; requestAnimationFrame(look); };
requestAnimationFrame(look);
window.tasks_ = [];
new PerformanceObserver((list) => tasks_.push(...list.getEntries().map((entry) => entry.duration)))
    .observe({ type: "longtask", buffered: true });
"""


def obstacle() -> str | None:
    """What is missing to open a browser here; None if nothing is."""
    missing = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    return f"{' and '.join(missing)} not on the PATH (Debian's chromium and chromium-driver)" if missing else None


def start() -> webdriver.Chrome:
    options = Options()
    options.binary_location = shutil.which("chromium")
    # Root has no sandbox, containers little shared memory; what this browser sees is the test's own service.
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run",
                     "--disable-background-networking", "--force-device-scale-factor=1"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


class Page:
    """A tab of its own: what it keeps for the tab no other test sees."""

    def __init__(self, driver: webdriver.Chrome, fleet, address=None):
        self.driver, self.fleet = driver, fleet
        self.address = address or f"{fleet.url}/ui/"
        driver.switch_to.new_window("tab")
        self.look()
        driver.get_log("browser")  # An earlier test's.

    def close(self):
        self.driver.close()
        self.driver.switch_to.window(self.driver.window_handles[0])

    def look(self, width=1280, height=900, scheme="light", media="screen"):
        """How wide the window is, and what its owner likes."""
        self.width = width
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.command("Emulation.setEmulatedMedia", media=media,
                     features=[{"name": "prefers-color-scheme", "value": scheme}])

    def command(self, name, **fields):
        return self.driver.execute_cdp_cmd(name, fields)

    def open(self, place="#/jobs", role: str | None = "reader"):
        """Goes to a place as somebody of the role, who has signed in before; with None as nobody."""
        self.driver.get(self.address)
        if role:
            self.script("sessionStorage.setItem('precache.token', arguments[0])", self.fleet.token(role))
        else:
            self.script("sessionStorage.clear()")
        self.driver.get(f"{self.address}?{place.count('/')}{len(place)}{place}")
        return self

    def follow(self, address, role="reader"):
        """Opens a link that somebody was given, as somebody of the role."""
        self.open("#/nowhere", role)
        self.driver.get("about:blank")  # A new document, also where only the fragment differs.
        self.driver.get(address)
        return self

    def go(self, place):
        """As by a link of the page."""
        self.script("location.hash = arguments[0]", place)
        return self

    def script(self, code, *arguments):
        return self.driver.execute_script(code, *arguments)

    def wait_for_module(self, code, *arguments):
        """What an async function with this body comes to."""
        told = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1], given = [...arguments].slice(0, -1);"
            f"(async (...given) => {{ {code} }})(...given).then((value) => done({{ value }}), (error) => done({{ error: `${{error}}` }}));",
            *arguments)
        assert "error" not in told, told
        return told["value"]

    @property
    def text(self) -> str:
        return self.script("return document.body.innerText")

    def sees(self, *texts, limit=None):
        """Waits until all of these stand on the page."""
        def all_there():
            shown = self.text
            return all(text in shown for text in texts)

        try:
            self.fleet.eventually(f"{texts} on the page", all_there, **({"limit": limit} if limit else {}))
        except AssertionError as error:
            raise AssertionError(f"{error}; it shows:\n{self.text}\n{self.complaints()}") from None
        return self

    def until(self, what, code, *arguments):
        """Waits until a script says something true, and returns it."""
        found = []

        def ask():
            found.append(self.script(code, *arguments))
            return found[-1]

        try:
            self.fleet.eventually(what, ask)
        except AssertionError as error:
            raise AssertionError(f"{error}; last: {found[-1]!r}; it shows:\n{self.text}\n{self.complaints()}") from None
        return found[-1]

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        found = self.all(selector)
        assert len(found) == 1, (selector, len(found), self.text)
        return found[0]

    def label(self, selector):
        """What an element is called aloud; asked in one go, for the page may put another in its place at any moment."""
        return self.until(f"one {selector}", """
            const found = document.querySelectorAll(arguments[0]);
            return found.length === 1 && found[0].getAttribute("aria-label");""", selector)

    def press(self, *keys):
        self.driver.switch_to.active_element.send_keys(*keys)

    def click(self, text, among="button, a, summary"):
        """Clicks what bears this text; what the page has put another in the place of meanwhile is looked for again."""
        def clicked():
            wanted = self.script("""
                const wanted = [...document.querySelectorAll(arguments[1])].find((element) => element.innerText.trim() === arguments[0]);
                return wanted && !wanted.disabled && wanted;""", text, among)
            with contextlib.suppress(StaleElementReferenceException):
                return wanted and (wanted.click() or True)

        self.fleet.eventually(f"{text!r} to click on", clicked)

    def complaints(self) -> list[str]:
        """What the browser itself complained of: errors of scripts, what the policy stopped; not answers of the API."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] == "SEVERE" and "Failed to load resource" not in entry["message"]]

    def broad(self) -> list[str]:
        """What is broader than the window, so that the page would scroll sideways."""
        return self.script("""
            const width = arguments[0];
            if (document.documentElement.scrollWidth <= width) return [];
            const wide = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > width)
                .map((element) => `${element.tagName}.${element.className} ${element.textContent.slice(0, 40)}`);
            return [document.documentElement.scrollWidth, ...wide.slice(0, 8)];""", self.width)

    def figures(self) -> dict:
        """First paint, and the longest of frames and of tasks since the page began to load, in milliseconds."""
        return json.loads(self.script("""
            const paint = performance.getEntriesByName("first-contentful-paint")[0];
            return JSON.stringify({ paint: paint && Math.round(paint.startTime), frame: Math.round(Math.max(0, ...frames_)),
                                    task: Math.round(Math.max(0, ...tasks_)), frames: frames_.length });"""))
