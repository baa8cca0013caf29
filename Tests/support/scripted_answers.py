"""What the page is answered, said by a test: jobs that nobody runs, streams that break, reads that fail or wait."""

# In the page, before the view that a test is about: `told` is what it says, `asked` what the page asked for.
SCRIPT = """
window.asked = [];
const told = window.told = { jobs: [], streams: new Set(), refusals: [], gates: [], answers: {} };
const outcomes = ["cached", "existing", "unsupported", "error", "skipped", "cancelled", "running"];

/** A job, the newest of all. */
told.add = (number, state = "queued") => told.jobs.unshift({
    id: String(number).padStart(8, "0"), state, aggregate: "web", images: [{ id: "one", name: null }], priority: "normal",
    created_at: new Date(Date.UTC(2026, 10, 30) + 1000 * number).toISOString(), started_at: null, finished_at: null,
    predicted_finish_at: null, policy: null, requested_by: null, retry_of: null, hosts: { done: 0, total: 1 },
    bytes: { done: 0, total: 0 }, transfer: { from_source_bytes: 0, from_peers_bytes: 0 },
    results: { ...Object.fromEntries(outcomes.map((outcome) => [outcome, 0])), pending: 1 } });
told.tell = (type, number) => {
    const text = `id: 2\\nevent: ${type}\\ndata: ${JSON.stringify({ type, aggregate: "web",
        job_id: String(number).padStart(8, "0") })}\\n\\n`;
    for (const stream of told.streams) stream.enqueue(new TextEncoder().encode(text));
};
told.become = (number, state) => {
    const index = told.jobs.findIndex((job) => Number(job.id) === number);
    told.jobs[index] = { ...told.jobs[index], state };
    told.tell("finished", number);
};
/** Keeps a request whose address holds the word until it is let go. */
told.hold = (word) => {
    const gate = { word };
    gate.opened = new Promise((resolve) => { gate.open = resolve; });
    told.gates.push(gate);
    return gate;
};
told.cut = () => {
    for (const stream of told.streams) stream.close();
    told.streams.clear();
};

const json = (value) => new Response(JSON.stringify(value), { headers: { "Content-Type": "application/json" } });

function stream(signal) {
    let own;
    const body = new ReadableStream({ start(controller) { own = controller; } });
    own.enqueue(new TextEncoder().encode("id: 1\\n\\n"));
    told.streams.add(own);
    signal?.addEventListener("abort", () => {
        if (told.streams.delete(own)) own.error(signal.reason);
    });
    return new Response(body);
}

function list(fields) {
    const fitting = told.jobs.filter((job) => !fields.get("state") || job.state === fields.get("state"));
    const from = Number(fields.get("after") ?? 0), end = from + Number(fields.get("limit"));
    return json({ jobs: fitting.slice(from, end), next: end < fitting.length ? String(end) : null });
}

const real = window.fetch;
window.fetch = async (address, options) => {
    const url = new URL(address), path = url.pathname.replace(/^.*\\/v1/, "/v1"), whole = path + url.search;
    window.asked.push({ path: whole, headers: options.headers ?? {} });
    await Promise.all(told.gates.filter(({ word }) => whole.includes(word)).map(({ opened }) => opened));
    options.signal?.throwIfAborted();
    const refusal = told.refusals.findIndex(({ word }) => whole.includes(word));
    if (refusal >= 0) return new Response("", { status: told.refusals.splice(refusal, 1)[0].status });
    if (told.answers[path]) return json(told.answers[path](url.searchParams));
    if (path === "/v1/events") return stream(options.signal);
    if (path === "/v1/jobs") return list(url.searchParams);
    if (!path.startsWith("/v1/jobs/")) return real(address, options);
    const job = told.jobs.find(({ id }) => path === `/v1/jobs/${id}`);
    return job ? json({ job }) : new Response("", { status: 404 });
};

// What a view does every few seconds it does all the time, and a test can count it.
const later = window.setTimeout;
told.rounds = 0;
window.setTimeout = (work, wait, ...more) => {
    if (wait >= 2000 && wait <= 60000) told.rounds += 1;
    return later(work, wait >= 2000 ? 20 : wait, ...more);
};
"""


def scripted(page, fleet):
    """The page, answered by the script from now on; it stands where no job is asked for."""
    fleet.start()
    page.open("#/service").sees("Controllers")
    page.script(SCRIPT)
    return page


def refuse(page, word: str, status: int, times=1):
    """The next requests whose address holds the word are answered so, by whatever stands between."""
    page.script("for (let left = arguments[2]; left > 0; left -= 1) told.refusals.push({ word: arguments[0], status: arguments[1] });",
                word, status, times)
