/// Why Keystone couldn't be made use of.
package enum KeystoneError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It doesn't answer, or not as it should, for now.
    case unavailable(String, retryAfter: Duration?)
    /// It doesn't take the service's own credentials, or the service's user may not do this: someone has to change
    /// something.
    case refused(String)

    /// What happened, for people; holds no secret.
    package var description: String {
        switch self {
        case .unavailable(let detail, _), .refused(let detail): detail
        }
    }
}
