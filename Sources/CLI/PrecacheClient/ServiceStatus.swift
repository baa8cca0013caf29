/// Whether the service is there, and ready for work.
public struct ServiceStatus: Sendable, Hashable {
    /// Whether `/readyz` says yes.
    public let isReady: Bool
    /// What it says otherwise.
    public let detail: String?
    /// The service's version, if it tells.
    public let version: String?
    /// Whether the token, or the lack of one, lets this client read jobs.
    public let isAllowed: Bool
    /// The same in words.
    public let access: String
}
