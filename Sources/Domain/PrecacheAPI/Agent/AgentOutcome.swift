package import PrecacheModel

/// What became of one image of a task: final for this attempt.
package struct AgentOutcome: Hashable, Sendable {
    /// The image.
    package var imageID: ImageID
    /// `cached`, `existing`, `error`, `unsupported` or `cancelled`.
    package var outcome: Outcome
    /// Why, unless the outcome is good.
    package var reason: Reason?
    /// More for people, without secrets.
    package var detail: String?
    /// Whether another attempt may end better.
    package var isRetryable: Bool
    /// How long the source asked to be left alone, if it did.
    package var retryAfterSeconds: Int?
    /// Bytes of the image that this host holds now.
    package var bytesDone: Int64
    /// The image's size, if known.
    package var bytesTotal: Int64?
    /// Where the bytes came from, without query and user; nil if nothing was fetched.
    package var source: String?
    /// Whether the agent itself has checked the file's digest.
    package var isVerified: Bool

    package init(
        imageID: ImageID,
        outcome: Outcome,
        reason: Reason? = nil,
        detail: String? = nil,
        isRetryable: Bool = false,
        retryAfterSeconds: Int? = nil,
        bytesDone: Int64 = 0,
        bytesTotal: Int64? = nil,
        source: String? = nil,
        isVerified: Bool = false
    ) {
        self.imageID = imageID
        self.outcome = outcome
        self.reason = reason
        self.detail = detail
        self.isRetryable = isRetryable
        self.retryAfterSeconds = retryAfterSeconds
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
        self.source = source
        self.isVerified = isVerified
    }
}
