/// What became of one image on one host, or how it stands: the one shape of it from the agent that fetched it to the
/// record that people read.
///
/// Whoever speaks of it says beside it which image it is: agents by id, the ledger by the image's place in the job.
package struct ImageOutcome: Hashable, Sendable {
    /// Where the image stands; an agent says `cached`, `existing`, `error`, `unsupported` or `cancelled`.
    package var outcome: Outcome
    /// Why, if it isn't good.
    package var reason: Reason?
    /// More for people; holds no secret.
    package var detail: String?
    /// Whether an `error` may end better in another attempt: what the agent says at an attempt's end, not kept.
    package var isRetryable: Bool
    /// How long the source asked to be left alone, if it did; not kept either.
    package var retryAfter: Duration?
    /// Bytes of the image that the host holds.
    package var bytesDone: Int64
    /// Bytes in all, if known.
    package var bytesTotal: Int64?
    /// The URL that the bytes came from, without user, password and query; nil if nothing was fetched.
    package var source: String?
    /// Whether the agent itself has checked the file's digest; nil if there is no file.
    package var isVerified: Bool?

    package init(
        _ outcome: Outcome,
        reason: Reason? = nil,
        detail: String? = nil,
        isRetryable: Bool = false,
        retryAfter: Duration? = nil,
        bytesDone: Int64 = 0,
        bytesTotal: Int64? = nil,
        source: String? = nil,
        isVerified: Bool? = nil
    ) {
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
