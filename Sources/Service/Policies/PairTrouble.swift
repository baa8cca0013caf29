package import PrecacheModel

/// Why a host is left in peace about an image for a while: its last attempt failed, or it lost the image.
///
/// The pause doubles with each time, so that a host that flaps costs little, and a full disk isn't asked every minute.
package struct PairTrouble: Hashable, Sendable {
    /// What happened.
    package enum Cause: Hashable, Sendable {
        /// A job ended for it otherwise than well.
        case failed(Reason)
        /// It had the image, and then it hadn't.
        case lost
    }

    /// What happened last.
    package var cause: Cause
    /// More for people.
    package var detail: String?
    /// How many times in a row.
    package var count: Int
    /// When it happened last.
    package var at: Timestamp

    package init(_ cause: Cause, detail: String? = nil, count: Int = 1, at: Timestamp) {
        self.cause = cause
        self.detail = detail
        self.count = count
        self.at = at
    }

    /// When the host is asked again.
    package var until: Timestamp { at + Self.pause(cause, count) }

    /// Whether it is left in peace; a clock that was set back by more than the pause ends it.
    package func holds(at now: Timestamp) -> Bool { now < until && at - now < until - at }

    /// What a time alone may mend is asked after a minute, and at most after an hour; what people have to mend after five
    /// minutes, and at most after a day.
    package static func pause(_ cause: Cause, _ count: Int) -> Duration {
        let isPassing =
            switch cause {
            case .lost: true
            case .failed(let reason):
                reason.isRetryable || [.hostDown, .hostDisabled, .deadlineExceeded].contains(reason)
            }
        let doublings = min(max(count, 1) - 1, 16)
        return isPassing
            ? min(.seconds(60 << doublings), .seconds(3600))
            : min(.seconds(300 << doublings), .seconds(86_400))
    }
}
