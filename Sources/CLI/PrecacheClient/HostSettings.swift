/// What `PUT /v1/hosts/{name}` takes; what is nil gets the service's default.
package struct HostSettings: Encodable, Sendable, Hashable {
    /// Where the agent listens.
    package var address: String?
    /// Its port.
    package var port: Int?
    /// Whether the host takes part in jobs.
    package var enabled: Bool?
    /// Free texts.
    package var labels: [String: String]?

    private enum CodingKeys: String, CodingKey {
        case address
        case port
        case enabled
        case labels
    }

    /// The settings that a host has, or none.
    package init(of host: HostView?) {
        address = host?.address
        port = host?.port
        enabled = host?.enabled
        labels = host?.labels
    }
}
