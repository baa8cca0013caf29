/// Who sent a request.
package struct Peer: Sendable, Hashable {
    /// The numeric address.
    package let address: String
    /// The port it calls from.
    package let port: Int
    /// Whether it runs on this machine (127.0.0.0/8, ::1).
    package let isLoopback: Bool
    /// The certificate that it has proved to own, verified against the configured authorities; nil without one.
    package let certificate: PeerCertificate?

    /// Describes a peer.
    package init(address: String, port: Int, isLoopback: Bool, certificate: PeerCertificate? = nil) {
        self.address = address
        self.port = port
        self.isLoopback = isLoopback
        self.certificate = certificate
    }
}
