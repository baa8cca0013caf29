import HTTPDoor
import HTTPServing
import HTTPTypes
import Logging
import PrecacheAPI
import PrecacheModel

extension ServiceRoutes {
    static func addHosts(to table: inout RouteTable) {
        table.on(.get, "/v1/hosts", .reader) { service, call in
            let page = try await service.dependencies.inventory.hosts(
                try Query(call.request, knows: ["limit", "after"]).page()
            )
            let now = service.dependencies.clock()
            return Answers.page("hosts", page) { json, host in json.host(host, now: now) }
        }
        table.on(.get, "/v1/hosts/{host}", .reader) { service, call in
            let name = try call.host()
            try call.refuseQuery()
            guard let host = try await service.dependencies.inventory.host(name) else {
                throw Problem.missing("host", name.text)
            }
            return Answers.one("host") { $0.host(host, now: service.dependencies.clock()) }
        }
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
            let entry = try await call.request.json { HostEntry(name: name, body: $0, &$1) }
            let (host, isNew) = try await service.dependencies.inventory.putHost(entry)
            return Answers.one("host", status: isNew ? .created : .ok) {
                $0.host(host, now: service.dependencies.clock())
            }
        }
        table.on(.delete, "/v1/hosts/{host}", .admin) { service, call in
            let name = try call.host()
            try call.refuseQuery()
            try await service.dependencies.inventory.deleteHost(name)
            return Answers.nothing()
        }
        table.on(.put, "/v1/hosts/{host}/heartbeat", .agent) { service, call in
            let name = try call.host()
            try call.refuseQuery()
            let now = service.dependencies.clock()
            let heartbeat = try await call.request.json { HeartbeatRecord($0, receivedAt: now, &$1) }
            try await service.dependencies.inventory.recordHeartbeat(heartbeat, of: name)
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
            let entry = try await call.request.json { AggregateEntry(name: name, body: $0, &$1) }
            let (aggregate, isNew) = try await service.dependencies.inventory.putAggregate(entry)
            return Answers.one("aggregate", status: isNew ? .created : .ok) { $0.aggregate(aggregate) }
        }
        table.on(.delete, "/v1/aggregates/{aggregate}", .admin) { service, call in
            let key = try call.aggregate()
            try call.refuseQuery()
            try await service.dependencies.inventory.deleteAggregate(key, onlyIfEmpty: false)
            return Answers.nothing()
        }
        table.on(.put, "/v1/aggregates/{aggregate}/hosts/{host}", .admin) { service, call in
            let (key, host) = (try call.aggregate(), try call.host())
            try call.refuseQuery()
            let aggregate = try await service.dependencies.inventory.addMember(host, to: key, isStrict: false)
            return Answers.one("aggregate") { $0.aggregate(aggregate) }
        }
        table.on(.delete, "/v1/aggregates/{aggregate}/hosts/{host}", .admin) { service, call in
            let (key, host) = (try call.aggregate(), try call.host())
            try call.refuseQuery()
            let aggregate = try await service.dependencies.inventory.removeMember(host, from: key)
            return Answers.one("aggregate") { $0.aggregate(aggregate) }
        }
    }
}

extension ServiceRoutes {
    /// The largest inventory that is taken, in bytes: some 500,000 hosts.
    static let inventoryBytes = 33_554_432

    static func addCatalogue(to table: inout RouteTable) {
        table.on(.get, "/v1/images", .reader) { service, call in
            let page = try Query(call.request, knows: ["limit", "after"]).page()
            return Answers.page("images", try await service.dependencies.inventory.images(page)) {
                $0.image($1)
            }
        }
        table.on(.get, "/v1/images/{image}", .reader) { service, call in
            let id = try call.image()
            try call.refuseQuery()
            guard let image = try await service.dependencies.inventory.images([id])[id] else {
                throw Problem.missing("image", id.text)
            }
            return Answers.one("image") { $0.image(image) }
        }
        table.on(.put, "/v1/images/{image}", .admin) { service, call in
            let id = try call.image()
            try call.refuseQuery()
            let reference = try await call.request.json { ImageReference(id: id, body: $0, &$1) }
            let (image, isNew) = try await service.dependencies.inventory.putImage(reference)
            return Answers.one("image", status: isNew ? .created : .ok) { $0.image(image) }
        }
        table.on(.delete, "/v1/images/{image}", .admin) { service, call in
            let id = try call.image()
            try call.refuseQuery()
            try await service.dependencies.inventory.deleteImage(id)
            return Answers.nothing()
        }
        table.on(.put, "/v1/inventory", .admin) { try await $0.applyInventory($1) }
    }

    private func applyInventory(_ call: Call) async throws -> Response {
        let query = try Query(call.request, knows: ["prune", "dry_run"])
        let (prune, dryRun) = (try query.flag("prune"), try query.flag("dry_run"))
        let document = try await call.request.json(upTo: Self.inventoryBytes) { InventoryDocument($0, &$1) }
        let changes: [InventoryChange]
        do throws(StoreError) {
            changes = try await dependencies.inventory.apply(document, prune: prune, dryRun: dryRun)
        } catch {
            guard error.code == .notFound else { throw error }
            // Members that are neither in the document nor in the inventory: the document is wrong, not the path.
            var problem = Problem(.badRequest, "invalid_input", error.message)
            problem.errors = [FieldProblem("aggregates", error.message)]
            throw problem
        }
        if !dryRun, !changes.isEmpty {
            dependencies.logger.info(
                "inventory changed",
                metadata: [
                    "request": "\(call.request.id)", "changes": "\(changes.count)",
                    "caller": "\(call.caller.name ?? "-")",
                ]
            )
        }
        var json = JSONWriter(capacity: 64 * (changes.count + 1))
        json.object { json in
            json.member("dry_run", dryRun)
            json.array("changes", changes) { $0.change($1) }
        }
        return Response.json(json.bytes)
    }
}
