/// What became of one image in an attempt.
package struct ImageReport: Hashable, Sendable {
    /// The image's ordinal within the job.
    package var image: Int
    /// A final outcome; or `pending` for an image that another attempt will follow for.
    ///
    /// With `pending`, reason and detail say why this attempt failed, so that people see it while they wait.
    package var outcome: Outcome
    /// Why, if it isn't good.
    package var reason: Reason?
    /// The same for people; holds no secret, at most 1,000 characters.
    package var detail: String?
    /// Bytes fetched in this attempt.
    package var bytesDone: Int64
    /// Bytes in all, if known.
    package var bytesTotal: Int64?
    /// The URL that the bytes came from, without user, password and query.
    package var source: String?
    /// Whether the host's file was checked against a digest; nil if there is no file.
    package var isVerified: Bool?

    package init(
        image: Int,
        outcome: Outcome,
        reason: Reason? = nil,
        detail: String? = nil,
        bytesDone: Int64 = 0,
        bytesTotal: Int64? = nil,
        source: String? = nil,
        isVerified: Bool? = nil
    ) {
        self.image = image
        self.outcome = outcome
        self.reason = reason
        self.detail = detail
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
        self.source = source
        self.isVerified = isVerified
    }
}
