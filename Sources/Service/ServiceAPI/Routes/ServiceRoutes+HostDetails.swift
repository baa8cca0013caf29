import HTTPDoor
import HTTPServing
import PrecacheAPI
import PrecacheModel

extension ServiceRoutes {
    /// How many results a host is shown with.
    private static let shownResults = 10

    /// A host and all that tells what ails it.
    func showHost(_ call: Call) async throws -> Response {
        let name = try call.host()
        try call.refuseQuery()
        guard let host = try await dependencies.inventory.host(name) else {
            throw Problem.missing("host", name.text)
        }
        let aggregates = try await dependencies.inventory.aggregates(of: name)
        let results = try await dependencies.jobs.recentResults(of: name, limit: Self.shownResults)
        let now = dependencies.clock()
        let refused = refusedHeartbeats.entries(now: now).filter { $0.host == name }.max { $0.last < $1.last }
        var json = JSONWriter()
        json.object { json in
            json.key("host")
            json.host(host, now: now)
            json.array("aggregates", aggregates) { json, aggregate in json.string(aggregate.text) }
            json.images(host.lastHeartbeat?.images ?? [])
            json.relay(of: host, now: now)
            json.array("recent_results", results) { json, one in json.result(one.result, of: one.job) }
            json.key("refused_heartbeats")
            if let refused { json.refusedHeartbeats(refused) } else { json.null() }
        }
        return .json(json.bytes)
    }
}
