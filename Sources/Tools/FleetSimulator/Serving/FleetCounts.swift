import PrecacheAPI
package import PrecacheModel

/// What a fleet has served so far.
package struct FleetCounts: Sendable, Equatable {
    /// Requests, of whatever kind.
    package var requests = 0
    /// Tasks taken.
    package var tasks = 0
    /// Requests that attached to a task that was known.
    package var attached = 0
    /// Tasks cancelled by the service.
    package var cancelled = 0
    /// Requests refused: no such host, a wrong token, a body that is no task.
    package var refused = 0
    /// Tasks at once, at most.
    package var mostTasks = 0
    /// Downloads at once, at most.
    package var mostDownloads = 0
    /// Outcomes told, by kind.
    package var outcomes: [Outcome: Int] = [:]
    /// Bytes that the hosts would have downloaded.
    package var bytes: Int64 = 0
    var running = 0

    /// Nothing yet.
    package init() {}

    /// The counts as one JSON object.
    package func json() -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("requests", requests)
            json.member("tasks", tasks)
            json.member("attached", attached)
            json.member("cancelled", cancelled)
            json.member("refused", refused)
            json.member("most_tasks_at_once", mostTasks)
            json.member("most_downloads_at_once", mostDownloads)
            json.object("outcomes") { json in
                for (outcome, count) in outcomes.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                    json.key(text: outcome.rawValue)
                    json.integer(Int64(count))
                }
            }
            json.member("bytes", bytes)
        }
        return json.bytes
    }

    /// The counts for people.
    package func text() -> String {
        let told = outcomes.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "\($0.value) \($0.key.rawValue)" }.joined(separator: ", ")
        return [
            "requests \(requests), refused \(refused)",
            "tasks \(tasks), attached \(attached), cancelled \(cancelled), at most \(mostTasks) at once",
            "outcomes \(told.isEmpty ? "none" : told)",
            "downloads at most \(mostDownloads) at once, \(bytes) bytes in all",
        ].joined(separator: "\n")
    }
}
