package import PrecacheModel

/// What an agent says became of an image in this attempt.
package struct AgentOutcome: Hashable, Sendable {
    /// The image.
    package var image: ImageID
    /// `cached`, `existing`, `error`, `unsupported` or `cancelled`; the dispatcher takes others as a protocol error.
    package var outcome: Outcome
    /// Why, if it isn't good.
    package var reason: Reason?
    /// The same for people; holds no secret.
    package var detail: String?
    /// Whether an `error` may end better in another attempt.
    package var isRetryable: Bool
    /// How long the source asked us to wait, if it did.
    package var retryAfter: Duration?
    /// Bytes fetched in this attempt.
    package var bytesDone: Int64
    /// Bytes in all, if known.
    package var bytesTotal: Int64?
    /// The URL that the bytes came from, without user, password and query.
    package var source: String?
    /// Whether the host's file was checked against a digest; nil if there is no file.
    package var isVerified: Bool?

    package init(
        image: ImageID,
        outcome: Outcome,
        reason: Reason? = nil,
        detail: String? = nil,
        isRetryable: Bool = false,
        retryAfter: Duration? = nil,
        bytesDone: Int64 = 0,
        bytesTotal: Int64? = nil,
        source: String? = nil,
        isVerified: Bool? = nil
    ) {
        self.image = image
        self.outcome = outcome
        self.reason = reason
        self.detail = detail
        self.isRetryable = isRetryable
        self.retryAfter = retryAfter
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
        self.source = source
        self.isVerified = isVerified
    }
}
