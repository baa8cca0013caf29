import HTTPTypes

extension HTTPField.Name {
    /// draft-ietf-httpapi-idempotency-key-header.
    static let idempotencyKey = Self.known("Idempotency-Key")
    /// The last event that a client of server-sent events has (WHATWG HTML, section 9.2).
    static let lastEventID = Self.known("Last-Event-ID")

    /// A token, as OpenStack's clients send it.
    static let authToken = Self.known("X-Auth-Token")

    private static func known(_ name: String) -> Self {
        // Never the fallback: the names above are tokens.
        Self(name) ?? .accept
    }
}
