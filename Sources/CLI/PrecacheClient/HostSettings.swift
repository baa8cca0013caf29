/// What `PUT /v1/hosts/{name}` takes; what is nil gets the service's default.
public struct HostSettings: Encodable, Sendable, Hashable {
    /// Where the agent listens.
    public var address: String?
    /// Its port.
    public var port: Int?
    /// Whether the host takes part in jobs.
    public var enabled: Bool?
    /// Free texts.
    public var labels: [String: String]?

    private enum CodingKeys: String, CodingKey {
        case address
        case port
        case enabled
        case labels
    }

    /// The settings that a host has, or none.
    public init(of host: HostView?) {
        address = host?.address
        port = host?.port
        enabled = host?.enabled
        labels = host?.labels
    }
}
