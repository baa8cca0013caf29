/// The names in a client's verified certificate.
package struct PeerCertificate: Sendable, Hashable {
    /// The subject's common name, nil when there is none or it is not plain text.
    package let commonName: String?
    /// The DNS names among the subject's alternative names.
    package let dnsNames: [String]

    /// Describes a certificate.
    package init(commonName: String?, dnsNames: [String]) {
        self.commonName = commonName
        self.dnsNames = dnsNames
    }
}
