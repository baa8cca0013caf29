import HTTPDoor
import HTTPServing
import HTTPTypes
import Logging
import PrecacheAPI
import PrecacheModel

extension NovaRoutes {
    func addActions(to router: inout Router) {
        on(&router, .post, "/os-aggregates/{id}/action") { try await act($0) }
        on(&router, .post, "/os-aggregates/{id}/images", since: Microversion(2, 81)) {
            try await cacheImages($0)
        }
    }

    /// The body's only member names the action.
    private func act(_ call: NovaCall) async throws -> Response {
        let body = try await call.json()
        guard let action = body.members.first?.name, body.members.count == 1 else {
            throw NovaFault.badRequest("Malformed request body")
        }
        switch action {
        case "add_host": return try await addHost(body, call)
        case "remove_host": return try await removeHost(body, call)
        case "set_metadata": return try await setMetadata(body, call)
        default: throw NovaFault.badRequest("There is no such action: \(action)")
        }
    }

    private func addHost(_ body: JSONValue, _ call: NovaCall) async throws -> Response {
        try NovaSchemas.addHost.check(body)
        try call.check(.addHost)
        let id = try call.id()
        let host = body["add_host"]?["host"]?.text ?? ""
        let refusals = Refusals(call, "Cannot add host to aggregate", host: host, status: .conflict)
        guard let name = try? HostName(host) else { throw refusals.fault(.noHost) }
        guard let id else { throw call.missingAggregate }
        let aggregate: AggregateRecord
        do throws(StoreError) {
            aggregate = try await dependencies.inventory.addMember(
                name,
                to: AggregateKey(id: id),
                isStrict: true
            )
        } catch { throw refusals.fault(error) }
        tell(call, "host added to aggregate", id, aggregate.name, ["host": "\(host)"])
        return answer(aggregate, call)
    }

    private func removeHost(_ body: JSONValue, _ call: NovaCall) async throws -> Response {
        try NovaSchemas.removeHost.check(body)
        try call.check(.removeHost)
        let id = try call.id()
        let host = body["remove_host"]?["host"]?.text ?? ""
        let missing = NovaFault.notFound("Cannot remove host \(host) in aggregate \(call.idText)")
        guard let id, let name = try? HostName(host) else { throw missing }
        let aggregate: AggregateRecord
        do throws(StoreError) {
            aggregate = try await dependencies.inventory.removeMember(name, from: AggregateKey(id: id))
        } catch {
            guard error.aggregateRefusal != nil else { throw error }
            throw missing
        }
        tell(call, "host removed from aggregate", id, aggregate.name, ["host": "\(host)"])
        return answer(aggregate, call)
    }

    private func setMetadata(_ body: JSONValue, _ call: NovaCall) async throws -> Response {
        try NovaSchemas.setMetadata.check(body)
        try call.check(.setMetadata)
        guard let id = try call.id() else { throw call.missingAggregate }
        var edit = AggregateEdit()
        let metadata = body["set_metadata"]?["metadata"] ?? .null
        for member in metadata.members where member.name != "availability_zone" {
            edit.metadata[member.name] = .some(member.value.text)
        }
        if let zone = metadata["availability_zone"] {
            edit.zone = zone.text.flatMap { $0.isEmpty ? nil : .set($0) } ?? .empty
        }
        let aggregate: AggregateRecord
        do throws(StoreError) {
            aggregate = try await dependencies.inventory.editAggregate(AggregateKey(id: id), edit)
        } catch { throw Refusals(call, "Cannot update metadata of aggregate").fault(error) }
        tell(
            call,
            "aggregate metadata set",
            id,
            aggregate.name,
            ["keys": "\(edit.metadata.keys.sorted().joined(separator: ","))"]
        )
        return answer(aggregate, call)
    }

    private func cacheImages(_ call: NovaCall) async throws -> Response {
        let body = try await call.json()
        try NovaSchemas.images.check(body)
        try call.check(.cacheImages)
        let id = try call.id()
        let images = try Self.images(body)
        guard let id else { throw call.missingAggregate }
        let found = try await dependencies.inventory.aggregate(AggregateKey(id: id))
        guard let aggregate = found else { throw call.missingAggregate }
        let job: JobRecord
        do throws(StoreError) {
            job = try await dependencies.jobs.cacheImages(
                images,
                on: id,
                by: call.caller,
                trace: call.request.trace
            )
        } catch {
            guard error.code == .notFound else { throw error }
            // It went between two looks.
            throw call.missingAggregate
        }
        tell(
            call,
            "job accepted",
            id,
            aggregate.name,
            ["job": "\(job.id)", "hosts": "\(job.hostsTotal)", "images": "\(images.count)"]
        )
        var response = NovaAnswers.empty(.accepted)
        // Nova sends none; who knows this service finds the job by it.
        response.headers[.location] = "/v1/jobs/\(job.id.text)"
        return response
    }

    private static func images(_ body: JSONValue) throws(NovaFault) -> [ImageID] {
        let texts = (body["cache"]?.items ?? []).compactMap { $0["id"]?.text }
        guard Set(texts).count == texts.count else { throw .badRequest("Duplicate images in request") }
        // The schema has let UUIDs through alone, which are identifiers of ours.
        return texts.compactMap { try? ImageID($0) }
    }

    /// Leaves an audit line: who did what.
    func tell(
        _ call: NovaCall,
        _ what: String,
        _ id: Int64,
        _ name: AggregateName,
        _ more: Logger.Metadata = [:]
    ) {
        let base: Logger.Metadata = [
            "caller": "\(call.caller.name ?? "-")", "aggregate_id": "\(id)", "aggregate": "\(name)",
            "api": "nova",
        ]
        let line = call.request.marks.merging(base) { $1 }.merging(more) { $1 }
        dependencies.logger.info("\(what)", metadata: line)
    }
}
