import HTTPServing
import HTTPTypes
import Logging
import PrecacheAPI
import PrecacheModel

extension NovaRoutes {
    func addAggregates(to router: inout Router) {
        on(&router, .get, "/os-aggregates") { try await listAggregates($0) }
        on(&router, .post, "/os-aggregates") { try await createAggregate($0) }
        on(&router, .get, "/os-aggregates/{id}") { try await showAggregate($0) }
        on(&router, .put, "/os-aggregates/{id}") { try await updateAggregate($0) }
        on(&router, .delete, "/os-aggregates/{id}") { try await deleteAggregate($0) }
    }

    private func listAggregates(_ call: NovaCall) async throws -> Response {
        try call.check(.listAggregates)
        let aggregates = try await dependencies.inventory.allAggregates()
        let names = aggregates.reduce(0) { $0 + $1.hosts.count }
        let version = call.version
        let write = { @Sendable in
            NovaAnswers.object(capacity: 512 * aggregates.count + 32 * names) { json in
                json.array("aggregates", aggregates) { $0.novaAggregate($1, version) }
            }
        }
        // Many names are written on another thread: on this one other connections would wait.
        guard names > Self.namesAtOnce else { return write() }
        return await Task.detached { write() }.value
    }

    /// What is written on the loop itself: a fraction of a millisecond's work.
    private static let namesAtOnce = 2000

    private func createAggregate(_ call: NovaCall) async throws -> Response {
        let body = try await call.json()
        try NovaSchemas.create.check(body)
        try call.check(.createAggregate)
        let (name, zone) = (
            body["aggregate"]?["name"]?.text ?? "", body["aggregate"]?["availability_zone"]?.text
        )
        let entry = AggregateEntry(name: try Self.name(name), availabilityZone: zone)
        let aggregate: AggregateRecord
        do throws(StoreError) {
            aggregate = try await dependencies.inventory.createAggregate(entry)
        } catch { throw Refusals(call, "Cannot create aggregate").fault(error) }
        tell(call, "aggregate created", aggregate.id, aggregate.name, ["availability_zone": "\(zone ?? "-")"])
        return NovaAnswers.object { json in
            json.key("aggregate")
            json.novaAggregate(aggregate, call.version, isBare: true)
        }
    }

    private func showAggregate(_ call: NovaCall) async throws -> Response {
        try call.check(.showAggregate)
        guard let id = try call.id() else { throw call.missingAggregate }
        let aggregate = try await dependencies.inventory.aggregate(AggregateKey(id: id))
        guard let aggregate else { throw call.missingAggregate }
        return answer(aggregate, call)
    }

    private func updateAggregate(_ call: NovaCall) async throws -> Response {
        let body = try await call.json()
        try NovaSchemas.update.check(body)
        try call.check(.updateAggregate)
        guard let id = try call.id() else { throw call.missingAggregate }
        let changes = body["aggregate"] ?? .null
        var edit = AggregateEdit()
        edit.name = try changes["name"]?.text.map { try Self.name(TextFormat.trimmed($0)) }
        if let zone = changes["availability_zone"] { edit.zone = zone.text.map { .set($0) } ?? .empty }
        let aggregate: AggregateRecord
        do throws(StoreError) {
            aggregate = try await dependencies.inventory.editAggregate(AggregateKey(id: id), edit)
        } catch { throw Refusals(call, "Cannot update aggregate").fault(error) }
        tell(
            call,
            "aggregate updated",
            id,
            aggregate.name,
            ["availability_zone": "\(aggregate.entry.availabilityZone ?? "-")"]
        )
        return answer(aggregate, call)
    }

    private func deleteAggregate(_ call: NovaCall) async throws -> Response {
        try call.check(.deleteAggregate)
        guard let id = try call.id() else { throw call.missingAggregate }
        let name: AggregateName
        do throws(StoreError) {
            name = try await dependencies.inventory.deleteAggregate(AggregateKey(id: id), onlyIfEmpty: true)
        } catch { throw Refusals(call, "Cannot remove host from aggregate").fault(error) }
        tell(call, "aggregate deleted", id, name)
        return NovaAnswers.empty(.ok)
    }

    /// An aggregate in full.
    func answer(_ aggregate: AggregateRecord, _ call: NovaCall) -> Response {
        NovaAnswers.object { json in
            json.key("aggregate")
            json.novaAggregate(aggregate, call.version)
        }
    }

    /// A name that the schema has let through; its rule and ours differ in characters that nobody types.
    private static func name(_ text: String) throws(NovaFault) -> AggregateName {
        do throws(InvalidValue) {
            return try AggregateName(text)
        } catch {
            throw .badRequest(TextFormat.name.refusal ?? error.description)
        }
    }
}
