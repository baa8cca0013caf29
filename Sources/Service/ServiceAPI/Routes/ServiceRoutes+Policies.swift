import HTTPDoor
import HTTPServing
import HTTPTypes
import Logging
import PrecacheAPI
import PrecacheModel

extension ServiceRoutes {
    static func addPolicies(to table: inout RouteTable) {
        table.on(.get, "/v1/policies", .reader) { service, call in
            let query = try Query(call.request, knows: ["limit", "after"])
            let (limit, after) = try query.namedPage(of: "policies")
            let rest = try await service.dependencies.policies.policies(after: after, limit: limit + 1)
            let shown = Array(rest.prefix(limit))
            let next = rest.count > shown.count ? shown.last?.record.name.text : nil
            return Answers.page(
                "policies",
                Page(items: shown, next: next.map { PageCursor(kind: "policies", key: [$0]) })
            ) { $0.policy($1.record, $1.status) }
        }
        table.on(.get, "/v1/policies/{policy}", .reader) { service, call in
            let name = try call.policy()
            return try await service.policy(name, status: .ok)
        }
        table.on(.get, "/v1/policies/{policy}/history", .reader) { try await $0.showHistory($1) }
        table.on(.put, "/v1/policies/{policy}", .operator) { service, call in
            let name = try call.policy()
            let policies = service.dependencies.policies
            let spec = try await service.json(call) { body, problems in
                let spec = PolicySpec(body, &problems)
                if let spec { Self.checkZones(spec, path: "", policies, &problems) }
                return problems.isEmpty ? spec : nil
            }
            let changes = try await policies.apply([(name, spec)], prune: false, dryRun: false)
            let change = changes.first?.change ?? .same
            service.tell("policy \(change.rawValue)", call, ["policy": "\(name)"])
            return try await service.policy(name, status: change == .added ? .created : .ok)
        }
        table.on(.delete, "/v1/policies/{policy}", .operator) { service, call in
            let name = try call.policy()
            try await service.dependencies.policies.delete(name)
            service.tell("policy deleted", call, ["policy": "\(name)"])
            return Answers.nothing()
        }
        table.on(.post, "/v1/policies/{policy}/run", .operator) { service, call in
            let name = try call.policy()
            try await service.dependencies.policies.run(name)
            service.tell("policy run", call, ["policy": "\(name)"])
            return try await service.policy(name, status: .accepted)
        }
        table.on(.post, "/v1/policy-sets", .operator) { try await $0.applyPolicies($1) }
    }

    private func policy(_ name: PolicyName, status: HTTPResponse.Status) async throws -> Response {
        guard let found = try await dependencies.policies.policy(name) else {
            throw Problem.missing("policy", name.text)
        }
        return Answers.one("policy", status: status) { $0.policy(found.record, found.status) }
    }

    private func showHistory(_ call: Call) async throws -> Response {
        let name = try call.policyName()
        // A moment may name a thousand images.
        let place = try HistoryQuery(call.request, upTo: 100)
        let policies = dependencies.policies
        let moments = try await policies.history(
            of: name,
            before: place.before,
            since: place.since,
            limit: place.limit + 1
        )
        // One that is gone has a history, too; what never was has none.
        if moments.isEmpty, place.isFirstPage, try await policies.policy(name) == nil,
            try await policies.history(of: name, before: .max, since: nil, limit: 1).isEmpty
        {
            throw Problem.missing("policy", name.text)
        }
        return place.answer(moments, number: \.number) { $0.policyMoment($1) }
    }

    private func applyPolicies(_ call: Call) async throws -> Response {
        try call.refuseQuery()
        let policies = dependencies.policies
        let set = try await json(call, upTo: 8 * 1_048_576) { body, problems in
            let set = PolicySet(body, &problems)
            for (place, one) in (set?.policies ?? []).enumerated() {
                Self.checkZones(one.spec, path: "policies[\(place)].", policies, &problems)
            }
            return problems.isEmpty ? set : nil
        }
        let entries = set.policies.map { (name: $0.name, spec: $0.spec) }
        let changes = try await policies.apply(entries, prune: set.prunes, dryRun: set.isDryRun)
        if !set.isDryRun {
            tell("policies applied", call, ["changes": "\(changes.count { $0.change != .same })"])
        }
        var json = JSONWriter(capacity: 64 * (changes.count + 1))
        json.object { json in
            json.array("changes", changes) { $0.policyChange($1) }
        }
        return .json(json.bytes)
    }

    private static func checkZones(
        _ spec: PolicySpec,
        path: String,
        _ policies: any PolicyRecords,
        _ problems: inout InputProblems
    ) {
        for (place, window) in spec.windows.enumerated() {
            guard let fault = policies.fault(inZone: window.zone) else { continue }
            problems.add("\(path)windows[\(place)].timezone", fault)
        }
    }
}

extension Call {
    /// The policy that the path names; no query belongs to it.
    fileprivate func policy() throws(Problem) -> PolicyName {
        let name = try policyName()
        try refuseQuery()
        return name
    }

    /// The policy that the path names.
    fileprivate func policyName() throws(Problem) -> PolicyName {
        try path("policy") { text throws(InvalidValue) in try PolicyName(text) }
    }
}
