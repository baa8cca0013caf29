package import HTTPServing
package import Logging

/// Tells the log who was refused and why: a line an hour for each address and kind of refusal, however often it tries.
package final class RefusalNotices: Sendable {
    /// Addresses and kinds remembered at most; beyond it nothing more is told until the hour is over.
    package static let limit = 256

    private struct Key: Hashable {
        let address: String
        let code: String
    }

    private let logger: Logger
    private let told: NoticeLimit<Key>

    package init(_ logger: Logger, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.logger = logger
        told = NoticeLimit(perHour: 1, keys: Self.limit, now: now)
    }

    /// Tells of a refusal, unless one of its kind was told of this address lately.
    ///
    /// - Parameters:
    ///   - refusal: What the caller is answered.
    ///   - request: The request.
    ///   - address: Whom it came from, if that isn't the peer but whoever a proxy names.
    package func tell(_ refusal: Problem, _ request: Request, from address: String? = nil) {
        let address = address ?? request.peer.address
        guard told.next(Key(address: address, code: refusal.code)) != nil else { return }
        logger.warning(
            "request refused",
            metadata: request.marks.merging([
                "path": "\(request.path.prefix(200))", "peer": "\(address)",
                "code": "\(refusal.code)", "why": "\(refusal.detail)",
            ]) { $1 }
        )
    }
}
