import HTTPServing
import HTTPTypes
import Logging
import PrecacheAPI
import PrecacheModel

extension ServiceRoutes {
    /// The largest inventory that is taken, in bytes: some 500,000 hosts.
    static let inventoryBytes = 33_554_432

    func addCatalogue(to router: inout Router) {
        let catalogue = dependencies.inventory
        on(&router, .get, "/v1/images", .reader) { call in
            let page = try Query(call.request, knows: ["limit", "after"]).page()
            return Answers.page("images", try await catalogue.images(page)) { $0.image($1) }
        }
        on(&router, .get, "/v1/images/{image}", .reader) { call in
            let id = try call.image()
            _ = try Query(call.request, knows: [])
            guard let image = try await catalogue.images([id])[id] else {
                throw Problem.missing("image", id.text)
            }
            return Answers.one("image") { $0.image(image) }
        }
        on(&router, .put, "/v1/images/{image}", .admin) { call in
            let id = try call.image()
            _ = try Query(call.request, knows: [])
            let reference = try await call.read { ImageReference(id: id, body: $0, &$1) }
            let (image, isNew) = try await catalogue.putImage(reference)
            return Answers.one("image", status: isNew ? .created : .ok) { $0.image(image) }
        }
        on(&router, .delete, "/v1/images/{image}", .admin) { call in
            let id = try call.image()
            _ = try Query(call.request, knows: [])
            try await catalogue.deleteImage(id)
            return Answers.nothing()
        }
        on(&router, .put, "/v1/inventory", .admin) { try await applyInventory($0) }
    }

    private func applyInventory(_ call: Call) async throws -> Response {
        let query = try Query(call.request, knows: ["prune", "dry_run"])
        let (prune, dryRun) = (try query.flag("prune"), try query.flag("dry_run"))
        let document = try await call.read(upTo: Self.inventoryBytes) { InventoryDocument($0, &$1) }
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
        return Answers.json(json.bytes)
    }
}
