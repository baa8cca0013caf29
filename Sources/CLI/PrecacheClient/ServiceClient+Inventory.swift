import HTTPTypes

extension ServiceClient {
    /// Hosts by name: `GET /v1/hosts`.
    package func hosts(
        _ query: HostQuery = HostQuery(),
        limit: Int = largestPage,
        after: String? = nil
    ) async throws(ClientError) -> Reply<Listing<HostView>> {
        let labels: [(name: String, value: String?)] = query.labels.map { ("label", $0) }
        return try await page(
            ["v1", "hosts"],
            query: [
                ("state", query.state), ("enabled", query.enabled.map { "\($0)" }),
                ("missing", query.missing),
            ] + labels,
            limit: limit,
            after: after
        )
    }

    /// Hosts whose heartbeats aren't taken: `GET /v1/hosts?unknown=true`.
    package func unknownHosts(
        limit: Int = largestPage,
        after: String? = nil
    ) async throws(ClientError) -> Reply<Listing<UnknownHostView>> {
        try await page(["v1", "hosts"], query: [("unknown", "true")], limit: limit, after: after)
    }

    /// A host: `GET /v1/hosts/{name}`.
    package func host(_ name: String) async throws(ClientError) -> Reply<HostView> {
        try await one(ServiceRequest(.get, ["v1", "hosts", name]))
    }

    /// A page of what a host has cached, as its agent tells it: `GET /v1/hosts/{name}/cache`.
    package func hostCache(
        _ name: String,
        after: String? = nil
    ) async throws(ClientError) -> Reply<HostCacheView> {
        let query = QueryItem.present([("after", after)])
        return try await one(ServiceRequest(.get, ["v1", "hosts", name, "cache"], query: query))
    }

    /// Adds a host or replaces its settings: `PUT /v1/hosts/{name}`.
    package func setHost(
        _ name: String,
        _ settings: HostSettings
    ) async throws(ClientError) -> Reply<HostView> {
        try await one(ServiceRequest(.put, ["v1", "hosts", name], body: try encode(settings)))
    }

    /// Removes a host: `DELETE /v1/hosts/{name}`.
    package func deleteHost(_ name: String) async throws(ClientError) {
        _ = try await send(ServiceRequest(.delete, ["v1", "hosts", name]))
    }

    /// Aggregates by name: `GET /v1/aggregates`.
    package func aggregates(
        limit: Int = largestPage,
        after: String? = nil
    ) async throws(ClientError) -> Reply<Listing<AggregateView>> {
        try await page(["v1", "aggregates"], query: [], limit: limit, after: after)
    }

    /// An aggregate: `GET /v1/aggregates/{name or id}`.
    package func aggregate(_ name: String) async throws(ClientError) -> Reply<AggregateView> {
        try await one(ServiceRequest(.get, ["v1", "aggregates", name]))
    }

    /// Adds an aggregate or replaces its settings: `PUT /v1/aggregates/{name}`.
    package func setAggregate(
        _ name: String,
        _ settings: AggregateSettings
    ) async throws(ClientError) -> Reply<AggregateView> {
        try await one(ServiceRequest(.put, ["v1", "aggregates", name], body: try encode(settings)))
    }

    /// Removes an aggregate: `DELETE /v1/aggregates/{name}`.
    package func deleteAggregate(_ name: String) async throws(ClientError) {
        _ = try await send(ServiceRequest(.delete, ["v1", "aggregates", name]))
    }

    /// Puts a host into an aggregate: `PUT /v1/aggregates/{name}/hosts/{host}`.
    package func addHost(
        _ host: String,
        to aggregate: String
    ) async throws(ClientError) -> Reply<AggregateView> {
        try await one(ServiceRequest(.put, ["v1", "aggregates", aggregate, "hosts", host]))
    }

    /// Takes a host out of an aggregate: `DELETE /v1/aggregates/{name}/hosts/{host}`.
    package func removeHost(
        _ host: String,
        from aggregate: String
    ) async throws(ClientError) -> Reply<AggregateView> {
        try await one(ServiceRequest(.delete, ["v1", "aggregates", aggregate, "hosts", host]))
    }

    /// The catalogue's images by id: `GET /v1/images`.
    package func images(
        limit: Int = largestPage,
        after: String? = nil
    ) async throws(ClientError) -> Reply<Listing<ImageView>> {
        try await page(["v1", "images"], query: [], limit: limit, after: after)
    }

    /// An image of the catalogue: `GET /v1/images/{id}`.
    package func image(_ id: String) async throws(ClientError) -> Reply<ImageView> {
        try await one(ServiceRequest(.get, ["v1", "images", id]))
    }

    /// Adds an image or replaces its settings: `PUT /v1/images/{id}`.
    package func setImage(
        _ id: String,
        _ settings: ImageSettings
    ) async throws(ClientError) -> Reply<ImageView> {
        try await one(ServiceRequest(.put, ["v1", "images", id], body: try encode(settings)))
    }

    /// Removes an image from the catalogue: `DELETE /v1/images/{id}`.
    package func deleteImage(_ id: String) async throws(ClientError) {
        _ = try await send(ServiceRequest(.delete, ["v1", "images", id]))
    }

    /// A part of a list as the service gives it: `GET /v1/hosts`, `/v1/aggregates` or `/v1/images`.
    package func inventoryPage(of kind: String, after: String?) async throws(ClientError) -> [UInt8] {
        let query = QueryItem.present([("limit", String(Self.largestPage)), ("after", after)])
        return try await send(ServiceRequest(.get, ["v1", kind], query: query))
    }

    /// Applies a whole inventory: `PUT /v1/inventory`.
    ///
    /// - Parameters:
    ///   - body: The JSON.
    ///   - isDryRun: Change nothing, tell what would change.
    ///   - prunes: Remove what isn't listed.
    /// - Returns: What changed, or would.
    /// - Throws: ``ClientError``; of kind `refused` with a field for everything wrong with the document.
    package func applyInventory(
        _ body: [UInt8],
        isDryRun: Bool,
        prunes: Bool
    ) async throws(ClientError) -> Reply<InventoryReport> {
        let query = QueryItem.present([
            ("dry_run", isDryRun ? "true" : nil), ("prune", prunes ? "true" : nil),
        ])
        let request = ServiceRequest(
            .put,
            ["v1", "inventory"],
            query: query,
            body: body,
            patience: .seconds(300)
        )
        let answer = try await send(request)
        return Reply(value: try decode(InventoryReport.self, answer), body: answer)
    }
}

/// Which hosts a list is to have; all of what is asked for holds for each.
package struct HostQuery: Sendable, Hashable {
    /// The state's word; nil for every state.
    package var state: String?
    /// Whether they take part in jobs; nil for both.
    package var enabled: Bool?
    /// Labels that they have: `KEY=VALUE`, or `KEY` for any value.
    package var labels: [String]
    /// The identifier of an image that they should have and don't.
    package var missing: String?

    package init(
        state: String? = nil,
        enabled: Bool? = nil,
        labels: [String] = [],
        missing: String? = nil
    ) {
        self.state = state
        self.enabled = enabled
        self.labels = labels
        self.missing = missing
    }

    /// Whether every host is wanted.
    package var isEmpty: Bool { self == HostQuery() }
}

/// What applying an inventory changed, or would.
package struct InventoryReport: Decodable, Sendable, Hashable {
    /// One change.
    package struct Change: Decodable, Sendable, Hashable {
        /// `add`, `update` or `remove`.
        package let action: String
        /// `host`, `aggregate` or `image`.
        package let kind: String
        /// Its name or identifier.
        package let name: String
        /// The fields that differ.
        package let fields: [String]?
    }

    package let changes: [Change]
}
