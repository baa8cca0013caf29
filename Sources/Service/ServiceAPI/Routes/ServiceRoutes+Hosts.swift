import HTTPServing
import HTTPTypes
import PrecacheAPI
import PrecacheModel

extension ServiceRoutes {
    func addHosts(to router: inout Router) {
        let clock = dependencies.clock
        let (hosts, caches) = (dependencies.inventory, dependencies.caches)
        on(&router, .get, "/v1/hosts", .reader) { call in
            let page = try await hosts.hosts(try Query(call.request, knows: ["limit", "after"]).page())
            let now = clock()
            return Answers.page("hosts", page) { json, host in json.host(host, now: now) }
        }
        on(&router, .get, "/v1/hosts/{host}", .reader) { call in
            let name = try call.host()
            _ = try Query(call.request, knows: [])
            guard let host = try await hosts.host(name) else { throw Problem.missing("host", name.text) }
            return Answers.one("host") { $0.host(host, now: clock()) }
        }
        on(&router, .get, "/v1/hosts/{host}/cache", .reader) { call in
            let name = try call.host()
            let query = try Query(call.request, knows: ["limit", "after"])
            let limit = try query.integer("limit", 1...1_000) ?? 1_000
            let after = try query.value("after") { text throws(InvalidValue) in try Self.fileName(text) }
            guard let host = try await hosts.host(name) else { throw Problem.missing("host", name.text) }
            do throws(AgentTrouble) {
                return Answers.json(try await caches.cache(of: host, after: after, limit: limit))
            } catch {
                throw Problem(error)
            }
        }
        on(&router, .put, "/v1/hosts/{host}", .admin) { call in
            let name = try call.host()
            _ = try Query(call.request, knows: [])
            let entry = try await call.read { HostEntry(name: name, body: $0, &$1) }
            let (host, isNew) = try await hosts.putHost(entry)
            return Answers.one("host", status: isNew ? .created : .ok) { $0.host(host, now: clock()) }
        }
        on(&router, .delete, "/v1/hosts/{host}", .admin) { call in
            let name = try call.host()
            _ = try Query(call.request, knows: [])
            try await hosts.deleteHost(name)
            return Answers.nothing()
        }
        on(&router, .put, "/v1/hosts/{host}/heartbeat", .agent) { call in
            let name = try call.host()
            _ = try Query(call.request, knows: [])
            let now = clock()
            let heartbeat = try await call.read { HeartbeatRecord($0, receivedAt: now, &$1) }
            try await hosts.recordHeartbeat(heartbeat, of: name)
            return Answers.nothing()
        }
    }

    /// A cached file's name as agents give them; nothing else reaches an agent's URL.
    private static func fileName(_ text: String) throws(InvalidValue) -> String {
        guard CachedFileName.isPossible(text) else {
            throw InvalidValue("file name", text, rule: "take the 'next' of the page before")
        }
        return text
    }
}
