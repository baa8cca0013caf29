/// Where a server listens and what it allows.
package struct ServerConfiguration: Sendable {
    /// The numeric address to listen on: `127.0.0.1`, `::1`, `0.0.0.0`, `::` (IPv4 as well); or `localhost`.
    package var address: String
    /// The port, 0 for one that the system chooses.
    package var port: Int
    /// The network interface that alone is listened on, such as `lo`; nil, the default, for all that have the address.
    package var interface: String?
    /// Certificates; nil for plain HTTP.
    package var tls: TLSConfiguration?
    /// What a stranger may send and hold open.
    package var limits: ServerLimits

    /// Describes a server.
    package init(
        address: String = "127.0.0.1",
        port: Int,
        interface: String? = nil,
        tls: TLSConfiguration? = nil,
        limits: ServerLimits = ServerLimits()
    ) {
        self.address = address
        self.port = port
        self.interface = interface
        self.tls = tls
        self.limits = limits
    }
}
