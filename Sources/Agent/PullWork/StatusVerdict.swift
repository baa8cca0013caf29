import HTTPTypes
import PrecacheModel

/// What a source's status means for the image.
enum StatusVerdict {
    /// Judges a response other than 200, 206 and 416.
    ///
    /// - Parameters:
    ///   - status: The status.
    ///   - headers: The response's fields.
    ///   - sentCredentials: Whether the request had headers of its own, such as a token: another attempt brings a new one
    ///     in place of one that has ended.
    ///   - now: The time.
    /// - Returns: What it means for the image.
    static func failure(
        _ status: HTTPResponse.Status,
        _ headers: HTTPFields,
        sentCredentials: Bool = false,
        now: Timestamp
    ) -> PullFailure {
        let said = "the source answered \(status.code)"
        switch status.code {
        case 204: return PullFailure(.imageNotActive, "\(said): the image has no data yet")
        case 401: return PullFailure(.sourceUnauthorized, said, isRetryable: sentCredentials)
        case 403: return PullFailure(.sourceUnauthorized, said)
        case 404, 410: return PullFailure(.imageNotFound, said)
        case 429, 503:
            let wait = RetryAfter.parse(headers[.retryAfter], now: now)
            let asked = wait.map { ", try again after \($0.components.seconds) s" } ?? ""
            return PullFailure(.sourceThrottled, said + asked, retryAfter: wait)
        case 300..<400: return PullFailure(.sourceError, "\(said), which leads nowhere", isRetryable: false)
        case 408, 425, 500...: return PullFailure(.sourceError, said)
        default: return PullFailure(.sourceError, said, isRetryable: false)
        }
    }
}
