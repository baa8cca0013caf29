/// A request that is to be done once, however often it is sent (draft-ietf-httpapi-idempotency-key-header).
package struct IdempotencyClaim: Hashable, Sendable {
    /// How long a key is remembered.
    package static let lifetime = Duration.seconds(24 * 3600)

    /// The key, with whose it is: keys of different bearers never meet.
    package var key: String
    /// The SHA-256 of the request's method, path and body, in hexadecimal digits.
    package var fingerprint: String

    package init(key: String, fingerprint: String) {
        self.key = key
        self.fingerprint = fingerprint
    }
}
