import HTTPDoor
import HTTPServing
import HTTPTypes
import Logging
import PrecacheAPI
import PrecacheModel
import PullWork

extension AgentRoutes {
    func addTasks(to router: inout Router) {
        let (desk, host, logger) = (desk, host, logger)
        on(&router, .put, "/v1/tasks/{task}") { request, parameters throws(Problem) in
            let id = try Self.taskID(parameters)
            var task = try await request.json(upTo: Self.taskBytes) { AgentTask(id: id, $0, &$1) }
            if let trace = request.trace { task.join(trace) }
            if let wanted = task.host, wanted != host {
                let refusal = WrongHost(wanted: wanted, own: host)
                logger.warning(
                    "order for another host refused",
                    metadata: request.marks.merging([
                        "task": "\(id)", "job": "\(task.job)", "wanted": "\(wanted)", "host": "\(host)",
                    ]) { $1 }
                )
                return refusal.lines(task)
            }
            do throws(PullRefusal) {
                return Self.lines(try await desk.submit(task))
            } catch {
                throw Self.problem(error)
            }
        }
        on(&router, .delete, "/v1/tasks/{task}") { request, parameters throws(Problem) in
            let id = try Self.taskID(parameters)
            let attempt = try Query(request, knows: ["attempt"]).integer("attempt", 1...1_000_000)
            let isKnown: Bool
            do throws(PullRefusal) {
                isKnown = try await desk.cancel(id, attempt: attempt)
            } catch {
                throw Self.problem(error)
            }
            guard isKnown else { throw Self.missing(id) }
            return Response(status: .noContent)
        }
        on(&router, .get, "/v1/tasks/{task}") { _, parameters throws(Problem) in
            let id = try Self.taskID(parameters)
            guard let snapshot = await desk.snapshot(id) else { throw Self.missing(id) }
            var json = JSONWriter()
            json.object { json in
                json.key("task")
                Self.write(snapshot, &json)
            }
            return .json(json.bytes)
        }
        on(&router, .get, "/v1/tasks") { _, _ in
            let snapshots = await desk.snapshots()
            var json = JSONWriter(capacity: 64 + snapshots.count * 512)
            json.object { json in json.array("tasks", snapshots) { Self.write($1, &$0) } }
            return .json(json.bytes)
        }
    }

    /// A task's events as lines of JSON.
    ///
    /// The caller may go away at any time: the task goes on.
    private static func lines(_ watch: PullWatch) -> Response {
        Response(
            headers: [.contentType: "application/jsonl", .cacheControl: "no-store"],
            // Endless: a stopping agent doesn't wait for downloads; the service attaches again.
            body: .stream(length: nil, endless: true) { writer in
                var watch = watch
                while let events = try await watch.next() {
                    var lines: [UInt8] = []
                    for event in events { lines += event.line() }
                    try await writer.write(lines)
                }
            }
        )
    }

    private static func taskID(_ parameters: PathParameters) throws(Problem) -> TaskID {
        do throws(InvalidValue) {
            return try TaskID(parameters["task"] ?? "")
        } catch {
            throw .parameter("task", "a task's id has \(error.rule)")
        }
    }

    private static func missing(_ id: TaskID) -> Problem {
        Problem(.notFound, "task_not_found", "there is no task \(id)")
    }

    private static func problem(_ refusal: PullRefusal) -> Problem {
        switch refusal {
        case .staleAttempt(let current):
            Problem(.conflict, "stale_attempt", "that attempt is over; the task is at attempt \(current)")
        case .conflict:
            Problem(.conflict, "task_conflict", "this attempt of the task was ordered with other images")
        case .tooManyTasks(let limit):
            Problem(.serviceUnavailable, "overloaded", "\(limit) tasks are running already").retryAfter(
                .seconds(10)
            )
        case .tooManyImages(let inHand):
            Problem(
                .serviceUnavailable,
                "overloaded",
                "\(inHand) images of other tasks are in hand already, too many to take these"
            )
            .retryAfter(.seconds(10))
        case .stopping:
            Problem(.serviceUnavailable, "not_ready", "the agent is stopping").retryAfter(.seconds(5))
        }
    }

    private static func write(_ task: PullSnapshot, _ json: inout JSONWriter) {
        json.object { json in
            json.member("id", task.id.text)
            json.member("job_id", task.job.text)
            json.member("attempt", task.attempt)
            json.member("state", task.isFinished ? "finished" : "running")
            json.array("images", task.images) { json, image in
                let outcome = image.outcome
                json.object { json in
                    json.member("id", image.id.text)
                    json.member("outcome", outcome.outcome.rawValue)
                    json.member("reason", outcome.reason?.rawValue)
                    json.member("detail", outcome.detail)
                    json.member("bytes_done", outcome.bytesDone)
                    json.member("bytes_total", outcome.bytesTotal)
                }
            }
        }
    }
}

/// What is said to whoever means another host than this: its inventory has the wrong address, or two names for one.
struct WrongHost {
    let wanted: HostName
    let own: HostName

    private var detail: String {
        "the service means host \(wanted), and this agent is host \(own): mend the address of \(wanted) in the "
            + "inventory, or the setting 'host' of this agent"
    }

    var problem: Problem { Problem(.misdirectedRequest, "wrong_host", detail) }

    /// What is to be said to a request whose field `Precache-Host` names another host; older services send none.
    static func objection(to request: Request, _ own: HostName) -> Problem? {
        guard let name = request.header(.precacheHost) else { return nil }
        guard let wanted = try? HostName(name) else {
            return Problem(
                .badRequest,
                "bad_request",
                "Precache-Host names no host: it must be a host's name"
            )
        }
        return wanted == own ? nil : Self(wanted: wanted, own: own).problem
    }

    /// A task's stream in which every image ends so; nothing is begun.
    func lines(_ task: AgentTask) -> Response {
        let outcome = ImageOutcome(.error, reason: .wrongHost, detail: detail)
        var events = [AgentEvent.accepted(task: task.id, attempt: task.attempt, attached: false)]
        events += task.images.map { .outcome(image: $0.id, outcome) }
        events.append(.end)
        return Response(
            headers: [.contentType: "application/jsonl", .cacheControl: "no-store"],
            body: .bytes(events.flatMap { $0.line() })
        )
    }
}
