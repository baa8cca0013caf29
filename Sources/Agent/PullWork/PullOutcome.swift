package import PrecacheModel

/// What became of one image.
package struct PullOutcome: Hashable, Sendable {
    /// The image.
    package var id: ImageID
    /// `cached`, `existing`, `unsupported`, `error` or `cancelled`.
    package var outcome: Outcome
    /// Why, unless the host has the image.
    package var failure: PullFailure?
    /// More for people about a good outcome.
    package var note: String?
    /// Bytes of it that this host holds.
    package var bytesDone: Int64
    /// Its size, if known.
    package var bytesTotal: Int64?
    /// Where the bytes came from, fit to be shown.
    package var source: String?
    /// Whether we have checked the file's digest.
    package var isVerified: Bool

    init(
        id: ImageID,
        outcome: Outcome,
        failure: PullFailure? = nil,
        note: String? = nil,
        bytesDone: Int64,
        bytesTotal: Int64?,
        source: String? = nil,
        isVerified: Bool = false
    ) {
        self.id = id
        self.outcome = outcome
        self.failure = failure
        self.note = note
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
        self.source = source
        self.isVerified = isVerified
    }

    init(_ id: ImageID, failure: PullFailure, progress: ImageProgress?) {
        self.init(
            id: id,
            outcome: failure.reason == .cancelled ? .cancelled : .error,
            failure: failure,
            bytesDone: progress?.bytesDone ?? 0,
            bytesTotal: progress?.bytesTotal
        )
    }

    /// The outcome where the host's storage needs no cache.
    init(unsupported id: ImageID) {
        self.init(
            id: id,
            outcome: .unsupported,
            failure: PullFailure(
                .unsupportedBackend,
                "this host's storage needs no cache (cache.backend is none)"
            ),
            bytesDone: 0,
            bytesTotal: nil
        )
    }
}
