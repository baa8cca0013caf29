/// What an operator says of a host: the part of a ``HostRecord`` that `PUT` and inventory files set.
package struct HostEntry: Hashable, Sendable {
    /// The agent's port unless said otherwise.
    package static let defaultPort = 7701

    /// The name.
    package var name: HostName
    /// Where its agent listens: an IP address or a DNS name.
    ///
    /// The default is the host's name.
    package var address: String
    /// The agent's TCP port, 1 to 65535; the default is ``defaultPort``.
    package var port: Int
    /// Whether it takes part in jobs; the default is true.
    package var isEnabled: Bool
    /// Why it doesn't, in an operator's words.
    package var disabledReason: String?
    /// Free texts by key.
    package var labels: [String: String]

    package init(
        name: HostName,
        address: String? = nil,
        port: Int = defaultPort,
        isEnabled: Bool = true,
        disabledReason: String? = nil,
        labels: [String: String] = [:]
    ) {
        self.name = name
        self.address = address ?? name.text
        self.port = port
        self.isEnabled = isEnabled
        self.disabledReason = disabledReason
        self.labels = labels
    }
}
