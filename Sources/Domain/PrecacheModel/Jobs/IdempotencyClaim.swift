/// A request that is to be done once, however often it is sent (draft-ietf-httpapi-idempotency-key-header).
public struct IdempotencyClaim: Hashable, Sendable {
    /// How long a key is remembered.
    public static let lifetime = Duration.seconds(24 * 3600)

    /// The key, with whose it is: keys of different bearers never meet.
    public var key: String
    /// The SHA-256 of the request's method, path and body, in hexadecimal digits.
    public var fingerprint: String

    /// Puts a claim together.
    public init(key: String, fingerprint: String) {
        self.key = key
        self.fingerprint = fingerprint
    }
}
