import HTTPServing
import HTTPTypes
import PrecacheAPI
import PrecacheModel
import PullWork

extension AgentRoutes {
    func addTasks(to router: inout Router) {
        let desk = desk
        on(&router, .put, "/v1/tasks/{task}") { request, parameters throws(Problem) in
            let id = try Self.taskID(parameters)
            let task = PullTask(id: id, try await Self.order(request))
            do throws(PullRefusal) {
                return TaskStream(try await desk.submit(task)).response()
            } catch {
                throw Self.problem(error)
            }
        }
        on(&router, .delete, "/v1/tasks/{task}") { _, parameters throws(Problem) in
            let id = try Self.taskID(parameters)
            guard await desk.cancel(id) else { throw Self.missing(id) }
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
            return Self.json(json.bytes)
        }
        on(&router, .get, "/v1/tasks") { _, _ in
            let snapshots = await desk.snapshots()
            var json = JSONWriter(capacity: 64 + snapshots.count * 512)
            json.object { json in json.array("tasks", snapshots) { Self.write($1, &$0) } }
            return Self.json(json.bytes)
        }
    }

    private static func taskID(_ parameters: PathParameters) throws(Problem) -> String {
        let id = parameters["task"] ?? ""
        let isRight = id.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || "._-".utf8.contains(byte)
        }
        guard (1...128).contains(id.utf8.count), isRight else {
            throw parameter("task", "a task's id has 1 to 128 letters, digits, '.', '_' and '-'")
        }
        return id
    }

    /// The body of a PUT, checked.
    private static func order(_ request: Request) async throws(Problem) -> AgentTaskRequest {
        if let type = request.header(.contentType),
            type.prefix(while: { $0 != ";" }).lowercased().split(separator: " ").joined()
                != "application/json"
        {
            throw Problem(
                .unsupportedMediaType,
                "unsupported_media_type",
                "send the body as application/json"
            )
        }
        let bytes: [UInt8]
        do throws(HTTPFailure) {
            bytes = try await request.body.collect(upTo: taskBytes)
        } catch {
            throw Problem(error)
        }
        let value: JSONValue
        do throws(JSONSyntaxError) {
            value = try JSONParser.parse(bytes)
        } catch {
            throw Problem(.badRequest, "malformed_json", "the body is not JSON: \(error)")
        }
        var problems = InputProblems()
        guard let order = AgentTaskRequest(value, &problems) else { throw Problem(problems) }
        return order
    }

    private static func missing(_ id: String) -> Problem {
        Problem(.notFound, "task_not_found", "there is no task \(id)")
    }

    private static func problem(_ refusal: PullRefusal) -> Problem {
        switch refusal {
        case .staleAttempt(let current):
            Problem(.conflict, "stale_attempt", "that attempt is over; the task is at attempt \(current)")
        case .conflict:
            Problem(.conflict, "task_conflict", "this attempt of the task was ordered with other images")
        case .tooManyTasks(let limit):
            Problem(.serviceUnavailable, "overloaded", "\(limit) tasks are running already").retryAfter(10)
        case .stopping:
            Problem(.serviceUnavailable, "not_ready", "the agent is stopping").retryAfter(5)
        }
    }

    private static func write(_ task: PullSnapshot, _ json: inout JSONWriter) {
        json.object { json in
            json.member("id", task.id)
            json.member("job_id", task.jobID)
            json.member("attempt", task.attempt)
            json.member("state", task.isFinished ? "finished" : "running")
            json.array("images", task.images) { json, image in
                let outcome = image.outcome
                json.object { json in
                    json.member("id", image.id.text)
                    json.member("outcome", (outcome?.outcome ?? .running).rawValue)
                    json.member("reason", outcome?.failure?.reason.rawValue)
                    json.member("detail", outcome?.failure?.detail ?? outcome?.note)
                    json.member("bytes_done", image.bytesDone)
                    json.member("bytes_total", image.bytesTotal)
                }
            }
        }
    }
}
