import FoundationEssentials
import HTTPTypes

extension ServiceClient {
    private struct Health: Decodable {
        let version: String?
        let detail: String?
    }

    /// Asks whether the service is there, ready, and open to this client.
    ///
    /// Throws ``ClientError`` where nothing answers at all.
    public func serviceStatus() async throws(ClientError) -> ServiceStatus {
        let health = try await transport.send(ServiceRequest(.get, ["healthz"], patience: .seconds(10)))
        guard health.status.kind == .successful else {
            throw ClientError(answer: health, address: transport.address)
        }
        let ready = try await transport.send(ServiceRequest(.get, ["readyz"], patience: .seconds(10)))
        let isReady = ready.status.kind == .successful
        let list = ServiceRequest(.get, ["v1", "jobs"], query: [QueryItem("limit", "1")], patience: .seconds(10))
        let probe = try await transport.send(list)
        return ServiceStatus(
            isReady: isReady,
            detail: isReady ? nil : ClientError(answer: ready, address: transport.address).message,
            version: Self.health(health)?.version ?? Self.health(ready)?.version,
            isAllowed: probe.status.kind == .successful,
            access: Self.access(probe.status.code)
        )
    }

    private static func health(_ answer: ServiceAnswer) -> Health? {
        try? JSONDecoder().decode(Health.self, from: Data(answer.body))
    }

    private static func access(_ status: Int) -> String {
        switch status {
        case 200..<300: "accepted"
        case 401: "missing or not known to the service"
        case 403: "known, but its role may not read jobs"
        default: "not tried: jobs answered \(status)"
        }
    }
}
