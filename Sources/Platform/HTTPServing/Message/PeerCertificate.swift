/// The names in a client's verified certificate.
public struct PeerCertificate: Sendable, Hashable {
    /// The subject's common name, nil when there is none or it is not plain text.
    public let commonName: String?
    /// The DNS names among the subject's alternative names.
    public let dnsNames: [String]

    /// Describes a certificate.
    public init(commonName: String?, dnsNames: [String]) {
        self.commonName = commonName
        self.dnsNames = dnsNames
    }
}
