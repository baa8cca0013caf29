/// The service's address: `http` or `https`, a host, perhaps a port and a path before the API's own.
package struct ServiceAddress: Sendable, Hashable, CustomStringConvertible {
    /// The address that is used where none is given.
    package static let standard = "http://127.0.0.1:7700"

    static let plain = "http://"
    static let encrypted = "https://"

    /// The address without a slash at its end.
    package let text: String
    /// Whether calls are encrypted.
    package var isEncrypted: Bool { text.hasPrefix(Self.encrypted) }
    /// Whether the host is this machine.
    package let isLoopback: Bool

    /// Checks an address.
    ///
    /// Throws ``ClientError`` of kind ``ClientError/Kind/input`` that quotes the value and says what is allowed;
    /// a password in the address is refused and not quoted.
    package init(_ text: String) throws(ClientError) {
        let scheme = text.lowercased().hasPrefix(Self.encrypted) ? Self.encrypted : Self.plain
        guard text.lowercased().hasPrefix(scheme) else {
            throw Self.refusal("'\(text)' is not a service address")
        }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@") else {
            throw Self.refusal("the service address must not hold a user or password")
        }
        let host = Self.host(of: authority)
        guard !host.isEmpty, !rest.contains(where: { $0 == "?" || $0 == "#" }),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw Self.refusal("'\(text)' is not a service address") }
        var plain = scheme + rest
        while plain.hasSuffix("/") { plain.removeLast() }
        self.text = plain
        isLoopback = host.lowercased() == "localhost" || host.hasPrefix("127.") || host == "[::1]"
    }

    /// The address as text.
    package var description: String { text }

    private static func host(of authority: Substring) -> Substring {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") { return authority[...end] }
        return authority.prefix { $0 != ":" }
    }

    private static func refusal(_ message: String) -> ClientError {
        ClientError(
            .input,
            message,
            hint: "Set PRECACHE_URL or --url to something like \(standard) or https://precache.example:7700."
        )
    }
}
