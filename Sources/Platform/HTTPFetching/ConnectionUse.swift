/// Whether a fetch shares connections with others.
package enum ConnectionUse: Sendable, Hashable {
    /// Takes an idle connection when there is one, and leaves its own behind.
    case pooled

    /// Makes a connection and closes it: for a fan-out to many hosts, where searching the pool costs more than it saves.
    case fresh
}
