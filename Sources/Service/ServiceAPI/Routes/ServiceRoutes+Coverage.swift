import Coverage
import HTTPDoor
import HTTPServing
import HTTPTypes
import PrecacheAPI
import PrecacheModel

extension ServiceRoutes {
    static func addCoverage(to table: inout RouteTable) {
        table.on(.get, "/v1/aggregates/{aggregate}/coverage", .reader) { try await $0.showCoverage($1) }
        table.on(.get, "/v1/aggregates/{aggregate}/coverage/{image}/hosts", .reader) {
            try await $0.listCoverage($1)
        }
        table.on(.get, "/v1/aggregates/{aggregate}/coverage/{image}/history", .reader) {
            try await $0.showCoverageHistory($1)
        }
        table.on(.get, "/v1/coverage", .reader) { try await $0.listHolders($1) }
    }

    /// How often what is waited for is looked at.
    private static let look = Duration.milliseconds(500)

    private func showCoverage(_ call: Call) async throws -> Response {
        let key = try call.aggregate()
        let query = try Query(call.request, knows: ["image", "at_least", "wait"], repeats: ["image"])
        let images = try query.values("image") { text throws(InvalidValue) in try ImageID(text) }
        let goal = try query.value("at_least", Self.share)
        let wait = try query.integer("wait", 1...60)
        if wait != nil, goal == nil {
            throw Problem.parameter("wait", "needs at_least: that is what would be waited for")
        }
        let end = ContinuousClock.now + .seconds(wait ?? 0)
        while true {
            let (aggregate, found) = try await coverage(key, images)
            let isMet = goal.map { goal in found.allSatisfy { $0.fraction >= goal } }
            if isMet != false || ContinuousClock.now >= end || dependencies.stop.isRaised || Task.isCancelled
            {
                return Self.answer(aggregate, found, goal, isMet)
            }
            try? await Task.sleep(for: Self.look)
            try await door.admitAgain(call)
        }
    }

    /// A share such as 0.95.
    private static func share(_ text: String) throws(InvalidValue) -> Double {
        guard let value = Double(text), (0...1).contains(value) else {
            throw InvalidValue("share", text, rule: "a number from 0 to 1, such as 0.95")
        }
        return value
    }

    private func coverage(
        _ key: AggregateKey,
        _ images: [ImageID]
    ) async throws -> (aggregate: AggregateName, [ImageCoverage]) {
        let (_, name, view) = try await view(of: key)
        var wanted = images
        if wanted.isEmpty {
            wanted = Set(view.images).union(try await dependencies.wanted.images(wantedOn: name)).sorted()
        }
        return (name, wanted.map { view.coverage(of: $0) })
    }

    private func view(of key: AggregateKey) async throws -> (id: Int64, AggregateName, AggregateView) {
        let fleet = try await dependencies.coverage.fleet()
        // A text of digits is a number first.
        let found = fleet.aggregates.values.first { $0.id == key.id }?.name ?? key.name
        guard let name = found, let id = fleet.aggregates[name]?.id,
            let view = AggregateView(fleet, name, at: dependencies.clock())
        else { throw Problem.missing("aggregate", key.text) }
        return (id, name, view)
    }

    private func showCoverageHistory(_ call: Call) async throws -> Response {
        let (key, image) = (try call.aggregate(), try call.image())
        let place = try HistoryQuery(call.request, upTo: 1_000)
        let pair = CoveragePair(aggregate: try await view(of: key).id, image: image)
        let moments = try await dependencies.coverage.history(
            of: pair,
            before: place.before,
            since: place.since,
            limit: place.limit + 1
        )
        return place.answer(moments, number: \.number) { json, moment in
            json.object { json in
                json.member("at", moment.at)
                json.numbers(of: moment.coverage)
            }
        }
    }

    private static func answer(
        _ aggregate: AggregateName,
        _ coverage: [ImageCoverage],
        _ goal: Double?,
        _ isMet: Bool?
    ) -> Response {
        var json = JSONWriter(capacity: 256 * (coverage.count + 1))
        json.object { json in
            json.member("aggregate", aggregate.text)
            json.array("coverage", coverage) { json, one in
                json.object { json in
                    json.member("image_id", one.image.text)
                    json.numbers(of: one)
                }
            }
            if let goal {
                json.member("at_least", fraction: goal)
            } else {
                json.member("at_least", String?.none)
            }
            if let isMet { json.member("met", isMet) } else { json.member("met", String?.none) }
        }
        return .json(json.bytes)
    }

    private func listCoverage(_ call: Call) async throws -> Response {
        let (key, image) = (try call.aggregate(), try call.image())
        let query = try Query(call.request, knows: ["state", "limit", "after"])
        let state = try query.choice("state", Warmth.self)
        let (limit, after) = try query.namedPage(of: "coverage")
        let (_, _, view) = try await view(of: key)
        let hosts = view.hosts(by: image).filter { state == nil || $0.key == state }
            .flatMap { warmth, hosts in hosts.map { (host: $0, warmth: warmth) } }
            .filter { $0.host.name.text > after }.sorted { $0.host.name < $1.host.name }
        let shown = hosts.prefix(limit)
        let copies = try await dependencies.coverage.copies(of: image, on: shown.map(\.host.id))
        var json = JSONWriter(capacity: 256 * (shown.count + 1))
        json.object { json in
            json.array("hosts", Array(shown)) { json, one in
                json.copy(copies[one.host.id] ?? ImageCopy(), one.host.name, one.warmth)
            }
            let next = hosts.count > shown.count ? shown.last?.host.name.text : nil
            json.member("next", next.map { PageCursor(kind: "coverage", key: [$0]).description })
        }
        return .json(json.bytes)
    }

    /// The hosts that could have an image and don't, or have it damaged; nil without an image.
    func lacking(_ image: ImageID?) async throws -> Set<HostName>? {
        guard let image else { return nil }
        let fleet = try await dependencies.coverage.fleet()
        let hosts = AggregateView(fleet, at: dependencies.clock()).hosts(by: image)
        return Set(((hosts[.missing] ?? []) + (hosts[.damaged] ?? [])).map(\.name))
    }

    /// The hosts that have an image, for schedulers: cheap to ask for again and again.
    private func listHolders(_ call: Call) async throws -> Response {
        let query = try Query(call.request, knows: ["image"])
        guard let image = try query.value("image", { text throws(InvalidValue) in try ImageID(text) }) else {
            throw Problem.parameter("image", "is missing: name an image")
        }
        let fleet = try await dependencies.coverage.fleet()
        let hosts = AggregateView(fleet, at: dependencies.clock()).hosts(by: image)[.warm] ?? []
        var json = JSONWriter(capacity: 32 * (hosts.count + 2))
        json.object { json in
            json.member("image_id", image.text)
            json.array("hosts", hosts) { json, host in json.string(host.name.text) }
        }
        let tag = entityTag(of: json.bytes)
        var response = Response.json(json.bytes)
        if call.request.header(.ifNoneMatch)?.contains(tag) == true {
            response = Response(status: .notModified)
        }
        response.headers[.eTag] = tag
        return response
    }
}

extension JSONWriter {
    fileprivate mutating func numbers(of coverage: ImageCoverage) {
        object("hosts") { json in
            json.member("total", coverage.total)
            for warmth in Warmth.allCases { json.member(warmth, coverage.hosts[warmth] ?? 0) }
        }
        member("fraction", fraction: coverage.fraction)
    }

    fileprivate mutating func member(_ warmth: Warmth, _ count: Int) {
        switch warmth {
        case .warm: member("warm", count)
        case .stale: member("stale", count)
        case .missing: member("missing", count)
        case .unsupported: member("unsupported", count)
        case .damaged: member("damaged", count)
        case .disabled: member("disabled", count)
        }
    }

    fileprivate mutating func copy(_ copy: ImageCopy, _ host: HostName, _ warmth: Warmth) {
        object { json in
            json.member("host", host.text)
            json.member("state", warmth.rawValue)
            json.member("size_bytes", copy.image?.sizeBytes)
            if let image = copy.image {
                json.member("verified", image.isVerified)
            } else {
                json.member("verified", String?.none)
            }
            json.member("since", copy.image?.since)
            json.member("seen_at", copy.seenAt)
            json.key("last")
            guard let last = copy.last else { return json.null() }
            json.object { json in
                json.member("job_id", last.job.text)
                json.member("outcome", last.outcome.rawValue)
                json.member("reason", last.reason?.rawValue)
                json.member("detail", last.detail)
                json.member("at", last.at)
            }
        }
    }
}
