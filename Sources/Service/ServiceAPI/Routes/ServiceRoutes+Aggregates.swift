import HTTPServing
import HTTPTypes
import PrecacheAPI
import PrecacheModel

extension ServiceRoutes {
    func addAggregates(to router: inout Router) {
        let aggregates = dependencies.inventory
        on(&router, .get, "/v1/aggregates", .reader) { call in
            let page = try Query(call.request, knows: ["limit", "after"]).page()
            return Answers.page("aggregates", try await aggregates.aggregates(page)) { $0.aggregate($1) }
        }
        on(&router, .get, "/v1/aggregates/{aggregate}", .reader) { call in
            let key = try call.aggregate()
            _ = try Query(call.request, knows: [])
            guard let aggregate = try await aggregates.aggregate(key) else {
                throw Problem.missing("aggregate", key.text)
            }
            return Answers.one("aggregate") { $0.aggregate(aggregate) }
        }
        on(&router, .put, "/v1/aggregates/{aggregate}", .admin) { call in
            let name = try call.aggregateName()
            _ = try Query(call.request, knows: [])
            let entry = try await call.read { AggregateEntry(name: name, body: $0, &$1) }
            let (aggregate, isNew) = try await aggregates.putAggregate(entry)
            return Answers.one("aggregate", status: isNew ? .created : .ok) { $0.aggregate(aggregate) }
        }
        on(&router, .delete, "/v1/aggregates/{aggregate}", .admin) { call in
            let key = try call.aggregate()
            _ = try Query(call.request, knows: [])
            try await aggregates.deleteAggregate(key, onlyIfEmpty: false)
            return Answers.nothing()
        }
        on(&router, .put, "/v1/aggregates/{aggregate}/hosts/{host}", .admin) { call in
            let (key, host) = (try call.aggregate(), try call.host())
            _ = try Query(call.request, knows: [])
            let aggregate = try await aggregates.addMember(host, to: key, isStrict: false)
            return Answers.one("aggregate") { $0.aggregate(aggregate) }
        }
        on(&router, .delete, "/v1/aggregates/{aggregate}/hosts/{host}", .admin) { call in
            let (key, host) = (try call.aggregate(), try call.host())
            _ = try Query(call.request, knows: [])
            let aggregate = try await aggregates.removeMember(host, from: key)
            return Answers.one("aggregate") { $0.aggregate(aggregate) }
        }
    }
}
