import HTTPFetching
import ImageCache
package import PrecacheModel

/// Why an image couldn't be had.
package struct PullFailure: Error, Hashable, Sendable {
    /// The reason, from the list that programs rely on.
    package var reason: Reason
    /// More for people, without secrets.
    package var detail: String
    /// Whether another attempt may end better.
    package var isRetryable: Bool
    /// How long the source asked to be left alone.
    package var retryAfter: Duration?
    /// Whether what is on the disk may still be right, although the reason is one of content: only a head was judged.
    var keepsBytes = false

    init(_ reason: Reason, _ detail: String, isRetryable: Bool? = nil, retryAfter: Duration? = nil) {
        self.reason = reason
        self.detail = detail
        self.isRetryable = isRetryable ?? reason.isRetryable
        self.retryAfter = retryAfter
    }

    static let cancelled = PullFailure(.cancelled, "nobody wants the image any more")

    init(_ error: CacheError) {
        switch error.code {
        // Another writer is about to be done, or a reading was cancelled.
        case .busy: self.init(.internal, error.description, isRetryable: true)
        case .conversionInterrupted: self.init(error.reason, error.description, isRetryable: true)
        case .noDigest, .notFound: self.init(.internal, error.description, isRetryable: false)
        // A full disk may have room once others are evicted, but not by trying again at once.
        default: self.init(error.reason, error.description)
        }
    }

    init(_ error: FetchError) {
        let reason: Reason =
            switch error.code {
            case .resolve, .connect, .tls: .sourceUnreachable
            case .cancelled: .cancelled
            default: .sourceError
            }
        self.init(reason, error.message, isRetryable: error.retry == .retryable)
    }

    /// What it means for the image, of which so much is there.
    func outcome(_ progress: ImageProgress? = nil) -> ImageOutcome {
        ImageOutcome(
            reason == .cancelled ? .cancelled : .error,
            reason: reason,
            detail: detail,
            isRetryable: isRetryable,
            retryAfter: retryAfter,
            bytesDone: progress?.bytesDone ?? 0,
            bytesTotal: progress?.bytesTotal
        )
        .with(progress)
    }

    /// Whether the bytes were wrong, so that none of them may be kept.
    var isAboutContent: Bool {
        !keepsBytes && (reason == .sizeMismatch || reason == .checksumMismatch || isVerdict)
    }

    /// Whether the image itself was refused, which no other source and no other attempt changes.
    var isVerdict: Bool { reason == .unsafeImage || reason == .formatMismatch }

    /// Whether the host is to blame, so that no other source can help.
    var isOurs: Bool {
        switch reason {
        case .noSpace, .ioError, .conversionFailed, .internal, .cancelled, .agentTimeout: true
        default: false
        }
    }
}
