import HTTPDoor
import HTTPServing
import HTTPTypes
import Logging
import PrecacheAPI
import PrecacheModel

extension ServiceRoutes {
    static func addHosts(to table: inout RouteTable) {
        table.on(.get, "/v1/hosts", .reader) { service, call in
            let query = try Query(
                call.request,
                knows: ["state", "enabled", "label", "missing", "limit", "after", "unknown"],
                repeats: ["label"]
            )
            let now = service.dependencies.clock()
            let wanted = try query.page()
            let filter = HostFilter(
                state: try query.choice("state", HostState.self),
                isEnabled: query["enabled"] == nil ? nil : try query.flag("enabled"),
                labels: try Self.labels(query.values("label")),
                names: try await service.lacking(
                    try query.value("missing") { text throws(InvalidValue) in try ImageID(text) }
                )
            )
            if try query.flag("unknown") { return service.unknownHosts(wanted.limit, now) }
            let page = try await service.dependencies.inventory.hosts(wanted, where: filter)
            return Answers.page("hosts", page) { json, host in json.host(host, now: now) }
        }
        table.on(.get, "/v1/hosts/{host}", .reader) { try await $0.showHost($1) }
        table.on(.get, "/v1/hosts/{host}/cache", .reader) { service, call in
            let name = try call.host()
            let query = try Query(call.request, knows: ["limit", "after"])
            let limit = try query.integer("limit", 1...1_000) ?? 1_000
            let after = try query.value("after") { text throws(InvalidValue) in try Self.fileName(text) }
            guard let host = try await service.dependencies.inventory.host(name) else {
                throw Problem.missing("host", name.text)
            }
            return try await service.questions.ask(name) {
                do throws(AgentTrouble) {
                    return Response.json(
                        try await service.dependencies.caches.cache(of: host, after: after, limit: limit)
                    )
                } catch {
                    throw Problem(error)
                }
            }
        }
        table.on(.put, "/v1/hosts/{host}", .admin) { service, call in
            let name = try call.host()
            try call.refuseQuery()
            let entry = try await service.json(call) { HostEntry(name: name, body: $0, &$1) }
            let (host, isNew) = try await service.dependencies.inventory.putHost(entry)
            service.refusedHeartbeats.forget(name)
            service.tell(
                isNew ? "host added" : "host changed",
                call,
                [
                    "host": "\(name)", "address": "\(entry.address)", "port": "\(entry.port)",
                    "enabled": "\(entry.isEnabled)",
                ]
            )
            return Answers.one("host", status: isNew ? .created : .ok) {
                $0.host(host, now: service.dependencies.clock())
            }
        }
        table.on(.delete, "/v1/hosts/{host}", .admin) { service, call in
            let name = try call.host()
            try call.refuseQuery()
            try await service.dependencies.inventory.deleteHost(name)
            service.tell("host deleted", call, ["host": "\(name)"])
            return Answers.nothing()
        }
        table.on(.put, "/v1/hosts/{host}/heartbeat", .agent) { try await $0.takeHeartbeat($1) }
    }

    /// The intervals that count in a heartbeat whose token speaks for any host: else whoever has one could make every host
    /// `down` with a heartbeat each that promises another within a second, or keep a dead one `up` for three hours.
    private static let unboundIntervals = Duration.seconds(10)...Duration.seconds(300)

    private func takeHeartbeat(_ call: Call) async throws -> Response {
        let name = try call.host()
        try call.refuseQuery()
        let now = dependencies.clock()
        if let bound = call.caller.host, bound != name {
            let why = "the token '\(call.caller.name ?? "")' speaks for host \(bound), not for \(name)"
            note(call, name, .otherHost, why, now)
            throw Problem(.forbidden, "forbidden", why)
        }
        var heartbeat = try await json(call, upTo: HeartbeatRecord.bodyBytes) {
            HeartbeatRecord($0, receivedAt: now, &$1)
        }
        if call.caller.role == .agent, call.caller.host == nil {
            let counted = Self.unboundIntervals
            heartbeat.interval = min(max(heartbeat.interval, counted.lowerBound), counted.upperBound)
        }
        let taken: (host: Int64, mark: String?)
        do throws(StoreError) {
            taken = try await dependencies.inventory.recordHeartbeat(heartbeat, of: name)
        } catch {
            if error.code == .notFound { note(call, name, .unknownHost, error.message, now) }
            throw error
        }
        refusedHeartbeats.forget(name)
        let leases = dependencies.wanted.leases(of: taken.host, unless: heartbeat.leasesMark)
        return .json(
            HeartbeatAnswer(imagesMark: taken.mark, wantsImages: taken.mark == nil, leases: leases).body()
        )
    }

    private func note(
        _ call: Call,
        _ host: HostName,
        _ cause: RefusedHeartbeats.Cause,
        _ why: String,
        _ now: Timestamp
    ) {
        let address = door.proxies.caller(of: call.request)
        refusedHeartbeats.note(host, from: address, cause, why, now: now)
    }

    /// Labels to look for: `KEY=VALUE`, or `KEY` for any value.
    private static func labels(_ texts: [String]) throws(Problem) -> [String: String?] {
        guard texts.count <= 8 else { throw .parameter("label", "is given more than 8 times") }
        var labels: [String: String?] = [:]
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init
            )
            guard let key = parts.first, !key.isEmpty else {
                throw .parameter("label", "must be KEY or KEY=VALUE")
            }
            guard labels.updateValue(parts.count > 1 ? parts[1] : nil, forKey: key) == nil else {
                throw .parameter("label", "asks for the label '\(key)' twice")
            }
        }
        return labels
    }

    private func unknownHosts(_ limit: Int, _ now: Timestamp) -> Response {
        var json = JSONWriter()
        json.object { json in
            json.array("hosts", [HostRecord]()) { $0.host($1, now: now) }
            json.array("unknown", refusedHeartbeats.entries(now: now).prefix(limit)) {
                $0.refusedHeartbeats($1)
            }
            json.member("next", String?.none)
        }
        return .json(json.bytes)
    }

    /// A cached file's name as agents give them; nothing else reaches an agent's URL.
    private static func fileName(_ text: String) throws(InvalidValue) -> String {
        guard CachedFileName.isPossible(text) else {
            throw InvalidValue("file name", text, rule: "take the 'next' of the page before")
        }
        return text
    }
}

extension ServiceRoutes {
    static func addAggregates(to table: inout RouteTable) {
        table.on(.get, "/v1/aggregates", .reader) { service, call in
            let page = try Query(call.request, knows: ["limit", "after"]).page()
            return Answers.page("aggregates", try await service.dependencies.inventory.aggregates(page)) {
                $0.aggregate($1)
            }
        }
        table.on(.get, "/v1/aggregates/{aggregate}", .reader) { service, call in
            let key = try call.aggregate()
            try call.refuseQuery()
            guard let aggregate = try await service.dependencies.inventory.aggregate(key) else {
                throw Problem.missing("aggregate", key.text)
            }
            return Answers.one("aggregate") { $0.aggregate(aggregate) }
        }
        table.on(.put, "/v1/aggregates/{aggregate}", .admin) { service, call in
            let name = try call.aggregateName()
            try call.refuseQuery()
            let entry = try await service.json(call) { AggregateEntry(name: name, body: $0, &$1) }
            let (aggregate, isNew) = try await service.dependencies.inventory.putAggregate(entry)
            service.tell(isNew ? "aggregate added" : "aggregate changed", call, ["aggregate": "\(name)"])
            return Answers.one("aggregate", status: isNew ? .created : .ok) { $0.aggregate(aggregate) }
        }
        table.on(.delete, "/v1/aggregates/{aggregate}", .admin) { service, call in
            let key = try call.aggregate()
            try call.refuseQuery()
            let name = try await service.dependencies.inventory.deleteAggregate(key, onlyIfEmpty: false)
            service.tell("aggregate deleted", call, ["aggregate": "\(name)"])
            return Answers.nothing()
        }
        table.on(.put, "/v1/aggregates/{aggregate}/hosts/{host}", .admin) { service, call in
            let (key, host) = (try call.aggregate(), try call.host())
            try call.refuseQuery()
            let aggregate = try await service.dependencies.inventory.addMember(host, to: key, isStrict: false)
            service.tell(
                "host added to aggregate",
                call,
                ["aggregate": "\(aggregate.name)", "host": "\(host)"]
            )
            return Answers.one("aggregate") { $0.aggregate(aggregate) }
        }
        table.on(.delete, "/v1/aggregates/{aggregate}/hosts/{host}", .admin) { service, call in
            let (key, host) = (try call.aggregate(), try call.host())
            try call.refuseQuery()
            let aggregate = try await service.dependencies.inventory.removeMember(host, from: key)
            service.tell(
                "host removed from aggregate",
                call,
                ["aggregate": "\(aggregate.name)", "host": "\(host)"]
            )
            return Answers.one("aggregate") { $0.aggregate(aggregate) }
        }
    }
}
