import PrecacheModel

/// A host whose last image has ended.
struct HostCompletion: Hashable, Sendable {
    /// The host.
    let host: HostName
    /// Which host of the job it is in the order of their ends, from 1.
    let index: Int
    /// Images that it has now, in the job's order.
    let cached: [ImageID]
    /// All others.
    let failed: [ImageID]
}
