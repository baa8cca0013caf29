package import PrecacheModel

/// Where a host's agent is.
package struct AgentPlace: Hashable, Sendable {
    /// The host's name, which its certificate must have.
    package var host: HostName
    /// Where the agent listens: an IP address or a name that resolves.
    package var address: String
    /// Its port.
    package var port: Int

    /// Names a place.
    package init(host: HostName, address: String, port: Int) {
        self.host = host
        self.address = address
        self.port = port
    }
}
