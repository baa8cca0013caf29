import HTTPTypes

extension ServiceClient {
    /// Asks whether the service is there, ready, and open to this client.
    ///
    /// Throws ``ClientError`` where nothing answers at all.
    package func serviceStatus() async throws(ClientError) -> ServiceStatus {
        let health = try await transport.send(ServiceRequest(.get, ["healthz"], patience: .seconds(10)))
        guard health.status.kind == .successful else {
            throw ClientError(answer: health, address: transport.address)
        }
        let ready = try await transport.send(ServiceRequest(.get, ["readyz"], patience: .seconds(10)))
        let isReady = ready.status.kind == .successful
        let list = ServiceRequest(
            .get,
            ["v1", "jobs"],
            query: [QueryItem("limit", "1")],
            patience: .seconds(10)
        )
        let probe = try await transport.send(list)
        let isAllowed = probe.status.kind == .successful
        // An older service doesn't know the question.
        let caller = isAllowed ? try? await whoAmI().value : nil
        return ServiceStatus(
            isReady: isReady,
            detail: isReady ? nil : ClientError(answer: ready, address: transport.address).message,
            version: await version(),
            isAllowed: isAllowed,
            access: Self.access(probe.status.code, caller),
            controllers: isAllowed ? try? await controllers() : nil
        )
    }

    /// Whom the service takes this client for: `GET /v1/whoami`.
    package func whoAmI() async throws(ClientError) -> Reply<CallerView> {
        try await one(ServiceRequest(.get, ["v1", "whoami"], patience: .seconds(10)))
    }

    /// The services that share the database: `GET /v1/controllers`.
    package func controllers() async throws(ClientError) -> Reply<[ControllerView]> {
        let body = try await send(
            ServiceRequest(.get, ["v1", "controllers"], patience: .seconds(10))
        )
        return Reply(value: try decode(PageAnswer<ControllerView>.self, body).items, body: body)
    }

    // The API document's version is the service's: the line after `info:` that says so.
    private func version() async -> String? {
        guard
            let answer = try? await transport.send(
                ServiceRequest(.get, ["openapi.yaml"], patience: .seconds(10))
            ),
            answer.status.kind == .successful
        else { return nil }
        let text = String(decoding: answer.body.prefix(4096), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("  version: ") }
        return line.map { String($0.dropFirst(11).filter { $0 != "\"" && $0 != "'" }) }
    }

    private static func access(_ status: Int, _ caller: CallerView?) -> String {
        switch status {
        case 200..<300 where caller?.authentication == "none": "not asked for"
        case 200..<300: "accepted" + (caller?.name.map { ": '\($0)', \(caller?.role ?? "no role")" } ?? "")
        case 401: "missing or not known to the service"
        case 403: "known, but its role may not read jobs"
        default: "not tried: jobs answered \(status)"
        }
    }
}

/// Whom the service takes a client for.
package struct CallerView: ServiceItem, Hashable {
    package static let one = "caller"
    package static let many = "callers"

    /// The token's or the Keystone user's name.
    package let name: String?
    /// The role's word.
    package let role: String?
    /// `token`, `keystone` or `none`.
    package let authentication: String?
    /// Keystone's project.
    package let project: String?
    /// When the token ends by itself, RFC 3339.
    package let expiresAt: String?

    private enum CodingKeys: String, CodingKey {
        case name
        case role
        case authentication
        case project
        case expiresAt = "expires_at"
    }
}

/// Whether the service is there, and ready for work.
package struct ServiceStatus: Sendable {
    /// Whether `/readyz` says yes.
    package let isReady: Bool
    /// What it says otherwise.
    package let detail: String?
    /// The service's version, if it tells.
    package let version: String?
    /// Whether the token, or the lack of one, lets this client read jobs.
    package let isAllowed: Bool
    /// The same in words.
    package let access: String
    /// The services that share the database; nil if the service doesn't tell: an older one.
    package let controllers: Reply<[ControllerView]>?
}

/// One of the services that share a database.
package struct ControllerView: ServiceItem, Hashable {
    package static let one = "controller"
    package static let many = "controllers"

    package let number: Int64
    package let name: String
    package let version: String
    package let startedAt: String
    /// How long ago it said that it is alive.
    package let beatAgeSeconds: Double
    /// How far the database server's clock is ahead of its own.
    package let clockOffsetSeconds: Double
    package let openJobs: Int
    /// Whether it is the one that answered.
    package let answering: Bool

    private enum CodingKeys: String, CodingKey {
        case number
        case name
        case version
        case startedAt = "started_at"
        case beatAgeSeconds = "beat_age_seconds"
        case clockOffsetSeconds = "clock_offset_seconds"
        case openJobs = "open_jobs"
        case answering
    }
}
