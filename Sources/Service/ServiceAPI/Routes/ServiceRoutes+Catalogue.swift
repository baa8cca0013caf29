import HTTPDoor
import HTTPServing
import HTTPTypes
import Logging
import PrecacheAPI
import PrecacheModel

extension ServiceRoutes {
    /// The largest inventory that is taken, in bytes: some 500,000 hosts.
    static let inventoryBytes = 33_554_432

    static func addCatalogue(to table: inout RouteTable) {
        table.on(.get, "/v1/images", .reader) { service, call in
            let page = try Query(call.request, knows: ["limit", "after"]).page()
            return Answers.page("images", try await service.dependencies.inventory.images(page)) {
                $0.image($1, showsWholeURL: call.caller.may(.operator))
            }
        }
        table.on(.get, "/v1/images/{image}", .reader) { service, call in
            let id = try call.image()
            try call.refuseQuery()
            guard let image = try await service.dependencies.inventory.images([id])[id] else {
                throw Problem.missing("image", id.text)
            }
            return Answers.one("image") { $0.image(image, showsWholeURL: call.caller.may(.operator)) }
        }
        table.on(.put, "/v1/images/{image}", .admin) { service, call in
            let id = try call.image()
            try call.refuseQuery()
            let reference = try await service.json(call) { ImageReference(id: id, body: $0, &$1) }
            let (image, isNew) = try await service.dependencies.inventory.putImage(reference)
            service.tell(
                isNew ? "image added" : "image changed",
                call,
                [
                    "image": "\(id)", "url": "\(SourceURL.shown(reference.url))",
                    "hash": "\(reference.digest.map { "\($0.algorithm.rawValue):\($0.hex)" } ?? "none")",
                ]
            )
            return Answers.one("image", status: isNew ? .created : .ok) {
                $0.image(image, showsWholeURL: true)
            }
        }
        table.on(.delete, "/v1/images/{image}", .admin) { service, call in
            let id = try call.image()
            try call.refuseQuery()
            try await service.dependencies.inventory.deleteImage(id)
            service.tell("image deleted", call, ["image": "\(id)"])
            return Answers.nothing()
        }
        table.on(.put, "/v1/inventory", .admin) { try await $0.applyInventory($1) }
    }

    private func applyInventory(_ call: Call) async throws -> Response {
        let query = try Query(call.request, knows: ["prune", "dry_run"])
        let (prune, dryRun) = (try query.flag("prune"), try query.flag("dry_run"))
        let document = try await json(call, upTo: Self.inventoryBytes) { InventoryDocument($0, &$1) }
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
        if !dryRun { tell(changes, of: document, call) }
        var json = JSONWriter(capacity: 64 * (changes.count + 1))
        json.object { json in
            json.member("dry_run", dryRun)
            json.array("changes", changes) { $0.change($1) }
        }
        return Response.json(json.bytes)
    }

    /// The most changes in one line of the log.
    private static let changesPerLine = 50

    /// Every change, so that what a document did can be told from the log: a line for so many of one kind and action.
    private func tell(_ changes: [InventoryChange], of document: InventoryDocument, _ call: Call) {
        let hosts = (document.hosts ?? []).map { ($0.name.text, "\($0.address):\($0.port)") }
        let images = (document.images ?? []).map { ($0.id.text, SourceURL.shown($0.url)) }
        let places: [InventoryChange.Kind: [String: String]] = [
            .host: Dictionary(hosts) { first, _ in first }, .image: Dictionary(images) { first, _ in first },
        ]
        var rest = changes[...]
        while let first = rest.first {
            let alike = rest.prefix(Self.changesPerLine).prefix {
                $0.kind == first.kind && $0.action == first.action
            }
            rest = rest.dropFirst(alike.count)
            tell(
                "inventory changed",
                call,
                [
                    "action": "\(first.action.rawValue)", "kind": "\(first.kind.rawValue)",
                    "what":
                        "\(alike.map { Self.text($0, places[$0.kind]?[$0.name]) }.joined(separator: "; "))",
                ]
            )
        }
    }

    /// A change for people: its name, what of it changed, and where it leads to now.
    private static func text(_ change: InventoryChange, _ place: String?) -> String {
        var text = change.name
        if !change.fields.isEmpty { text += " (\(change.fields.joined(separator: ", ")))" }
        if let place, change.action != .remove { text += " at \(place)" }
        return text
    }
}
