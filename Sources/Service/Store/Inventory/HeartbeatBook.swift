internal import PrecacheModel
internal import Synchronization

/// The heartbeats of this process's life: which hosts are alive, and what is still to be written.
///
/// 10,000 hosts send 333 heartbeats a second; each is taken here, and a flush every few seconds writes the newest of
/// each host in one transaction. A crash loses a few seconds of them, which the next heartbeats make good.
final class HeartbeatBook: Sendable {
    /// A host's last heartbeat, without its list of images.
    struct Beat: Sendable {
        var record: HeartbeatRecord
        /// Of the images that the database holds, or nil if that isn't known.
        var storedImages: Int?
    }

    /// What a flush has to write of one host.
    struct Unwritten: Sendable {
        let hostID: Int64
        let record: HeartbeatRecord
        /// Nil when the list is the one that the database holds.
        let images: [HeartbeatImage]?
        let fingerprint: Int
    }

    private struct State {
        var beats: [Int64: Beat] = [:]
        var unwritten: [Int64: Unwritten] = [:]
        var ids: [HostName: Int64] = [:]
    }

    private let state = Mutex(State())

    /// Takes a heartbeat.
    ///
    /// - Parameters:
    ///   - record: The heartbeat.
    ///   - hostID: The host.
    ///   - stored: What the agent could, as written, for a host whose first heartbeat of this process's life this is.
    /// - Returns: Whether the agent can other things than before.
    func take(_ record: HeartbeatRecord, hostID: Int64, stored: [String]) -> Bool {
        let fingerprint = Self.fingerprint(record.images)
        var bare = record
        bare.images = []
        return state.withLock { state in
            let former = state.beats[hostID]
            state.beats[hostID] = Beat(record: bare, storedImages: former?.storedImages)
            state.unwritten[hostID] = Unwritten(
                hostID: hostID,
                record: bare,
                images: former?.storedImages == fingerprint ? nil : record.images,
                fingerprint: fingerprint
            )
            return (former?.record.capabilities ?? stored) != record.capabilities
        }
    }

    /// Takes out what is to be written.
    func takeUnwritten() -> [Unwritten] {
        state.withLock { state in
            defer { state.unwritten = [:] }
            return Array(state.unwritten.values)
        }
    }

    /// Puts back what couldn't be written, unless something newer has come.
    func putBack(_ unwritten: [Unwritten]) {
        state.withLock { state in
            for one in unwritten where state.unwritten[one.hostID] == nil && state.beats[one.hostID] != nil {
                state.unwritten[one.hostID] = one
            }
        }
    }

    /// Notes what has been written.
    func noteWritten(_ written: [Unwritten]) {
        state.withLock { state in
            for one in written where one.images != nil {
                state.beats[one.hostID]?.storedImages = one.fingerprint
            }
        }
    }

    /// The id of a host that sent a heartbeat before.
    func id(of name: HostName) -> Int64? { state.withLock { $0.ids[name] } }

    /// Remembers a host's id.
    func remember(_ id: Int64, of name: HostName) { state.withLock { $0.ids[name] = id } }

    /// Forgets hosts that the inventory no longer has.
    func forget(_ hosts: [(id: Int64, name: HostName)]) {
        state.withLock { state in
            for host in hosts {
                state.beats[host.id] = nil
                state.unwritten[host.id] = nil
                state.ids[host.name] = nil
            }
        }
    }

    /// The newest heartbeat of a host that came in this process's life, without its images.
    func newest(of hostID: Int64) -> HeartbeatRecord? { state.withLock { $0.beats[hostID]?.record } }

    /// What a host has cached, if that has changed since it was last written.
    func unwrittenImages(of hostID: Int64) -> [HeartbeatImage]? {
        state.withLock { $0.unwritten[hostID]?.images }
    }

    private static func fingerprint(_ images: [HeartbeatImage]) -> Int {
        var hasher = Hasher()
        hasher.combine(images)
        return hasher.finalize()
    }
}
