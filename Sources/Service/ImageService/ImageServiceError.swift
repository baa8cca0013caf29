/// Why the image service couldn't be asked.
package enum ImageServiceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It, or Keystone before it, doesn't answer now: another try may end better.
    case unavailable(String, retryAfter: Duration?)
    /// It doesn't let the service's user do this: someone has to change something.
    case refused(String)

    /// What happened, for people; holds no secret.
    package var description: String {
        switch self {
        case .unavailable(let detail, _), .refused(let detail): detail
        }
    }
}
