package import PrecacheModel

/// What a claim needs to know of a host.
package struct ReachableHost: Sendable {
    package let address: String
    package let port: Int
    package let isEnabled: Bool
    package let heartbeatAt: Timestamp?
    package let heartbeatInterval: Duration
}
