/// Who sent a request.
public struct Peer: Sendable, Hashable {
    /// The numeric address.
    public let address: String
    /// The port it calls from.
    public let port: Int
    /// Whether it runs on this machine (127.0.0.0/8, ::1).
    public let isLoopback: Bool
    /// The certificate that it has proved to own, verified against the configured authorities; nil without one.
    public let certificate: PeerCertificate?

    /// Describes a peer.
    public init(address: String, port: Int, isLoopback: Bool, certificate: PeerCertificate? = nil) {
        self.address = address
        self.port = port
        self.isLoopback = isLoopback
        self.certificate = certificate
    }
}
