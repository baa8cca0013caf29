/// Whether the service is there, and ready for work.
package struct ServiceStatus: Sendable, Hashable {
    /// Whether `/readyz` says yes.
    package let isReady: Bool
    /// What it says otherwise.
    package let detail: String?
    /// The service's version, if it tells.
    package let version: String?
    /// Whether the token, or the lack of one, lets this client read jobs.
    package let isAllowed: Bool
    /// The same in words.
    package let access: String
}
