public import PrecacheModel

/// What became of one image of a task: final for this attempt.
public struct AgentOutcome: Hashable, Sendable {
    /// The image.
    public var imageID: ImageID
    /// `cached`, `existing`, `error`, `unsupported` or `cancelled`.
    public var outcome: Outcome
    /// Why, unless the outcome is good.
    public var reason: Reason?
    /// More for people, without secrets.
    public var detail: String?
    /// Whether another attempt may end better.
    public var isRetryable: Bool
    /// How long the source asked to be left alone, if it did.
    public var retryAfterSeconds: Int?
    /// Bytes of the image that this host holds now.
    public var bytesDone: Int64
    /// The image's size, if known.
    public var bytesTotal: Int64?
    /// Where the bytes came from, without query and user; nil if nothing was fetched.
    public var source: String?
    /// Whether the agent itself has checked the file's digest.
    public var isVerified: Bool

    /// Puts an outcome together.
    public init(
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
