import HTTPTypes
import PrecacheAPI
import PrecacheModel

extension ServiceClient {
    /// Policies by name: `GET /v1/policies`.
    package func policies(
        limit: Int = largestPage,
        after: String? = nil
    ) async throws(ClientError) -> Reply<Listing<PolicyView>> {
        try await page(["v1", "policies"], query: [], limit: limit, after: after)
    }

    /// A policy: `GET /v1/policies/{name}`.
    package func policy(_ name: String) async throws(ClientError) -> Reply<PolicyView> {
        try await one(ServiceRequest(.get, ["v1", "policies", name]))
    }

    /// How a policy stood, newest first: `GET /v1/policies/{name}/history`.
    package func policyHistory(
        _ name: String,
        since: String?,
        limit: Int = largestPage,
        after: String? = nil
    ) async throws(ClientError) -> Reply<Listing<PolicyMomentView>> {
        try await page(
            ["v1", "policies", name, "history"],
            query: [("since", since)],
            limit: limit,
            after: after
        )
    }

    /// Removes a policy: `DELETE /v1/policies/{name}`.
    package func deletePolicy(_ name: String) async throws(ClientError) {
        _ = try await send(ServiceRequest(.delete, ["v1", "policies", name]))
    }

    /// Has a policy looked at now, its channels too: `POST /v1/policies/{name}/run`.
    package func runPolicy(_ name: String) async throws(ClientError) -> Reply<PolicyView> {
        try await one(ServiceRequest(.post, ["v1", "policies", name, "run"]))
    }

    /// Applies policies, all or none: `POST /v1/policy-sets`.
    ///
    /// - Parameter body: The JSON, with its members `prune` and `dry_run`.
    /// - Returns: What changed, or would.
    /// - Throws: ``ClientError``; of kind `refused` with a field for everything wrong with the policies.
    package func applyPolicies(_ body: [UInt8]) async throws(ClientError) -> Reply<PolicyReport> {
        let request = ServiceRequest(.post, ["v1", "policy-sets"], body: body, patience: .seconds(300))
        let answer = try await send(request)
        return Reply(value: try decode(PolicyReport.self, answer), body: answer)
    }
}

/// What applying policies changed, or would.
package struct PolicyReport: Decodable, Sendable, Hashable {
    /// What became of one policy.
    package struct Change: Decodable, Sendable, Hashable {
        package let name: String
        /// `added`, `changed`, `removed` or `same`.
        package let change: String
    }

    package let changes: [Change]
}

/// The policies of a set as the service keeps them.
package enum WholePolicies {
    /// Each policy's spec as JSON by its name, what was left out with its default; empty for a set that isn't right.
    package static func specs(of set: [UInt8]) -> [String: [UInt8]] {
        var problems = InputProblems()
        guard let body = try? JSONParser.parse(set), let set = PolicySet(body, &problems) else { return [:] }
        return Dictionary(
            uniqueKeysWithValues: set.policies.map { entry in
                var writer = JSONWriter()
                writer.policySpec(entry.spec)
                return (entry.name.text, writer.bytes)
            }
        )
    }
}
