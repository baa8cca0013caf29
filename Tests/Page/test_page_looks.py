"""The page by keyboard, on a phone, in the dark, on paper, to who sees few colours."""

import math

import pytest

from browser import KEYS
from fleet import speaking
from image_server import entry

RATIO = """
const channel = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
const rgba = (text) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
                         return [...canvas.getImageData(0, 0, 1, 1).data]; };
const light = ([red, green, blue]) => 0.2126 * channel(red / 255) + 0.7152 * channel(green / 255) + 0.0722 * channel(blue / 255);
const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
        const colour = rgba(getComputedStyle(at).backgroundColor);
        if (colour[3] === 255) return colour;
    }
    return [255, 255, 255];
};
const found = [];
for (const element of document.querySelectorAll("header *, main *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility() || element.closest("svg, .unseen, .none, :disabled")) continue;
    const one = light(rgba(getComputedStyle(element).color)), other = light(ground(element));
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) found.push(`${element.tagName}.${element.className} ${element.textContent.slice(0, 30)}: ${ratio.toFixed(2)}`);
}
return found;
"""

SELECT = """
const label = [...document.querySelectorAll(".map label")].find((label) => label.firstChild.textContent === arguments[0]);
const select = label.querySelector("select");
select.value = arguments[1];
select.dispatchEvent(new Event("change"));
"""

PLACES = ["#/jobs", "#/jobs/JOB", "#/coverage", "#/coverage/web", "#/coverage/web/one", "#/policies", "#/policies/base", "#/hosts",
          "#/hosts/a-host-with-a-name-that-is-rather-long-0.rack-1.example.net", "#/service"]


@pytest.fixture
def life(page, fleet, images):
    """A bit of everything, with long names; the page and a job."""
    images.add("one", b"1" * 1000)
    images.add("an-image-with-a-name-that-is-long-2026.11.30-x86_64", b"1" * 1000, status=404)
    fleet.start(webhooks__allow_internal=True)
    for number in range(4):
        speaking(fleet, f"a-host-with-a-name-that-is-rather-long-{number}.rack-1.example.net")
    fleet.apply([entry(images, name[1:]) for name in images.images])
    job = fleet.await_end(fleet.cache("one", "an-image-with-a-name-that-is-long-2026.11.30-x86_64")["id"])
    window = {"cron": "0 1 * * *", "hours": 1, "timezone": "UTC"}
    policy = {"aggregates": ["web"], "images": [{"id": "one"}, {"newest": {"tag": "golden"}}], "windows": [window]}
    assert fleet.call("PUT", "/v1/policies/base", policy).status == 201
    hook = {"url": "http://127.0.0.1:9/a-rather-long-path-of-a-webhook/that-goes-on-and-on"}
    assert fleet.call("PUT", "/v1/webhooks/ends", hook).status == 201
    return job


def each_place(page, job):
    for place in PLACES:
        page.open(place.replace("JOB", job["id"]), role="operator")
        page.until(f"{place} being there", "return document.querySelector('main h1') && document.querySelector('nav [aria-current]')")
        page.until("what comes later", "return !document.body.innerText.includes('Asking its agent')")
        yield place


def test_all_of_it_fits_360_pixels(page, life):
    page.look(360, 740)
    assert {place: page.broad() for place in each_place(page, life)} == {place: [] for place in PLACES}


def test_why_something_failed_has_room_on_a_phone(page, life):
    page.look(360, 740)
    for place in ("#/jobs/JOB", "#/coverage/web/an-image-with-a-name-that-is-long-2026.11.30-x86_64", PLACES[-2]):
        page.open(place.replace("JOB", life["id"]))
        widths = page.until(f"{place} saying why", """
            const cells = [...document.querySelectorAll('td[data-title="Why"]')].filter((cell) => cell.innerText.includes("source"));
            return cells.length > 0 && cells.map((cell) => [cell.childNodes.length, cell.firstElementChild.getBoundingClientRect().width]);""")
        assert all(count == 1 and width > 150 for count, width in widths), widths


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_texts_can_be_read_by_day_and_by_night(page, life, scheme):
    page.look(scheme=scheme)
    assert {place: page.script(RATIO) for place in each_place(page, life)} == {place: [] for place in PLACES}
    ground = page.script("return getComputedStyle(document.documentElement).backgroundColor")
    assert (max(int(part) for part in ground[4:-1].split(",")) < 60) == (scheme == "dark"), ground


def test_every_place_has_a_title_headings_in_order_and_names_for_what_one_acts_on(page, life):
    titles = []
    for place in each_place(page, life):
        titles.append(page.driver.title)
        assert len(page.all("main h1")) == 1, place
        nameless = page.script("""
            return [...document.querySelectorAll("main :is(button, a, select, input, canvas, svg[role=img])")].filter((element) =>
                element.checkVisibility() && !(element.getAttribute("aria-label") || element.innerText?.trim() || element.labels?.length))
                .map((element) => element.outerHTML.slice(0, 120));""")
        assert nameless == [], place
        assert page.script("return document.querySelectorAll('main table').length === document.querySelectorAll('main caption').length")
    assert len(set(titles)) == len(titles), titles


def test_everything_can_be_done_by_keyboard(page, life, fleet):
    page.open(f"#/jobs/{life['id']}").sees("partial", "What did not end well")
    page.script("document.activeElement.blur()")
    seen = []
    for _ in range(40):
        page.press(KEYS.TAB)
        seen.append(page.script("return document.activeElement.tagName + ' ' + document.activeElement.innerText"))
        if seen[-1].startswith("CANVAS"):
            break
    assert seen[0].startswith("A To the content") and any("Coverage" in one for one in seen), seen
    assert seen[-1].startswith("CANVAS")
    said = "return document.querySelector('.heat [aria-live]').textContent"
    hosts = sorted(fleet.agents)
    page.until("the first host's name", f"{said[:6]} {said[7:]}.startsWith('{hosts[0]}: ')")
    page.press(KEYS.ARROW_RIGHT)
    page.until("the second", f"return {said[7:]}.startsWith('{hosts[1]}: ')")
    page.press(KEYS.END)
    page.until("the last", f"return {said[7:]}.startsWith('{hosts[3]}: ')")
    page.press("n")
    told = page.until("the next failure, which is the first host", f"return {said[7:]}.startsWith('{hosts[0]}: ') && {said[7:]}")
    assert "one cached" in told and "error, image not found" in told
    page.press(KEYS.ENTER)
    page.until("what happened there", "return document.querySelector('.picked').innerText.includes('Do: is the id right')")
    page.press(KEYS.ESCAPE)
    page.until("the hint being gone", "return document.querySelector('.tip').hidden")
    # And whoever can't see the map has the list.
    page.one(".results input[type=search]").send_keys("not found")
    page.until("four rows", "return document.querySelectorAll('.results tbody tr').length === 4")


def test_a_hover_tells_a_host_and_the_colours_may_show_progress(page, life, fleet):
    page.open(f"#/jobs/{life['id']}").sees("What did not end well")
    page.script("""
        const canvas = document.querySelector("canvas"), box = canvas.getBoundingClientRect();
        canvas.dispatchEvent(new PointerEvent("pointermove", { clientX: box.left + 5, clientY: box.top + 22, bubbles: true }));
        canvas.dispatchEvent(new PointerEvent("pointermove", { clientX: box.left + 5, clientY: box.top + 8, bubbles: true }));""")
    tip = page.until("the hint", "const tip = document.querySelector('.tip'); return !tip.hidden && tip.innerText")
    assert min(fleet.agents) in tip and "image not found" in tip
    page.script("""
        const canvas = document.querySelector("canvas"), box = canvas.getBoundingClientRect();
        canvas.dispatchEvent(new MouseEvent("click", { clientX: box.left + 5, clientY: box.top + 8, bubbles: true }));""")
    page.until("what happened to who was clicked", "return document.querySelector('.picked').innerText.includes('Do: is the id right')")
    assert min(fleet.agents) in page.one(".picked").text
    page.script(SELECT, "Image", "0")
    before = page.script("return document.querySelector('canvas').toDataURL()")
    page.script(SELECT, "Colour", "progress")
    assert page.script("return document.querySelector('canvas').toDataURL()") != before


def test_on_paper_there_is_what_one_reads_and_nothing_to_click(page, life):
    page.look(scheme="dark")
    page.open(f"#/jobs/{life['id']}", role="operator").sees("partial", "Retry 4 results", "What did not end well")
    page.look(scheme="dark", media="print")
    # Lists and charts are drawn a piece a frame.
    shown = page.until("all pieces", """
        const found = ["nav", ".head button", ".controls", "canvas", ".results table", ".reasons"].map((selector) =>
            [selector, document.querySelector(selector)]);
        return found.every(([, element]) => element)
            && Object.fromEntries(found.map(([selector, element]) => [selector, element.checkVisibility()]));""")
    assert shown == {"nav": False, ".head button": False, ".controls": False, "canvas": True, ".results table": True, ".reasons": True}
    assert page.script("return getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    page.script("dispatchEvent(new Event('beforeprint'))")
    corner = page.script("return [...document.querySelector('canvas').getContext('2d').getImageData(0, 0, 1, 1).data]")
    assert corner == [255, 255, 255, 255], "the map is on white, too"
    assert len(page.command("Page.printToPDF")["data"]) > 10_000


# How people see who lack a kind of cone: linear RGB, as Machado, Oliveira and Fernandes have it (2009), at full severity.
DEFICIENCIES = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(colour: str, deficiency: list | None) -> tuple:
    """A colour of sRGB as CIE L*a*b* (D65), as somebody sees it."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
              for part in (int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5))]
    if deficiency:
        linear = [min(1, max(0, sum(weight * part for weight, part in zip(row, linear)))) for row in deficiency]
    rows = [(0.4124, 0.3576, 0.1805, 0.95047), (0.2126, 0.7152, 0.0722, 1), (0.0193, 0.1192, 0.9505, 1.08883)]
    x, y, z = (sum(weight * part for weight, part in zip(row, linear)) / row[3] for row in rows)
    x, y, z = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_who_sees_few_colours_can_tell_outcomes_apart(page, life, scheme):
    page.look(scheme=scheme)
    page.open(f"#/jobs/{life['id']}").sees("partial")
    names = ["cached", "existing", "unsupported", "running", "error", "skipped", "cancelled", "hollow"]
    colours = page.script("""
        const style = getComputedStyle(document.documentElement);
        return Object.fromEntries(arguments[0].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));""", names)
    colours = {name: "#" + "".join(sign * 2 for sign in colour[1:]) if len(colour) == 4 else colour for name, colour in colours.items()}
    # What bears a mark besides its colour: a slash, a bar, a dot. Two without one must differ by colour alone.
    marked = {"error", "skipped", "cancelled"}
    for sight, matrix in [("all colours", None), *DEFICIENCIES.items()]:
        seen = {name: lab(colour, matrix) for name, colour in colours.items()}
        near = {(one, other): round(math.dist(seen[one], seen[other])) for one in names for other in names
                if one < other and not {one, other} & marked and math.dist(seen[one], seen[other]) < 15}
        assert near == {}, sight
    # And the marks are there: an error's square has two colours.
    inks = page.wait_for_module("""
        const canvas = document.querySelector("canvas"), context = canvas.getContext("2d");
        const seen = new Set();
        const { data } = context.getImageData(0, 0, Math.min(16, canvas.width), Math.min(40, canvas.height));
        for (let at = 0; at < data.length; at += 4) seen.add("#" + [...data.slice(at, at + 3)].map((part) => part.toString(16).padStart(2, "0")).join(""));
        const style = getComputedStyle(canvas);
        return [seen.has(style.getPropertyValue("--error").trim()), seen.size];""")
    assert inks[0] and inks[1] >= 3, inks
