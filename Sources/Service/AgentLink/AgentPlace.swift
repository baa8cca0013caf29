public import PrecacheModel

/// Where a host's agent is.
public struct AgentPlace: Hashable, Sendable {
    /// The host's name, which its certificate must have.
    public var host: HostName
    /// Where the agent listens: an IP address or a name that resolves.
    public var address: String
    /// Its port.
    public var port: Int

    /// Names a place.
    public init(host: HostName, address: String, port: Int) {
        self.host = host
        self.address = address
        self.port = port
    }
}
