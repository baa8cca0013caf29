internal import PrecacheModel
internal import Synchronization

/// The heartbeats of this process's life: which hosts are alive, and what is still to be written.
///
/// 10,000 hosts send 333 heartbeats a second; each is taken here, and a flush every few seconds writes the newest of
/// each host in one transaction. A crash loses a few seconds of them, which the next heartbeats make good.
final class HeartbeatBook: Sendable {
    /// How long a host's number is known where others may delete the host.
    static let memory = Duration.seconds(60)

    /// What a flush has to write of one host.
    struct Unwritten: Sendable {
        let hostID: Int64
        /// The heartbeat without its images.
        let record: HeartbeatRecord
        /// Nil where the host's list is the one that is stored.
        let list: ImageList?
    }

    /// What a host's cache holds.
    struct ImageList: Sendable {
        let images: [HeartbeatImage]
        /// What tells the list from others, the same in every process: who writes it needn't be who wrote the last one.
        let mark: Int64

        init(_ images: [HeartbeatImage]) {
            self.images = images
            mark = HeartbeatBook.mark(images)
        }
    }

    private struct State {
        /// The last heartbeats, without their images.
        var beats: [Int64: HeartbeatRecord] = [:]
        var unwritten: [Int64: Unwritten] = [:]
        var ids: [HostName: (id: Int64, at: Timestamp)] = [:]
    }

    private let state = Mutex(State())
    private let isShared: Bool

    /// - Parameter isShared: Whether other processes take heartbeats and change the inventory, too.
    init(isShared: Bool) { self.isShared = isShared }

    /// Takes a heartbeat.
    ///
    /// - Parameters:
    ///   - record: The heartbeat.
    ///   - list: Its images; nil if they are those of the one before.
    ///   - hostID: The host.
    ///   - stored: What the agent could, as written, for a host whose first heartbeat of this process's life this is.
    /// - Returns: Whether the agent can other things than before.
    func take(_ record: HeartbeatRecord, _ list: ImageList?, hostID: Int64, stored: [String]) -> Bool {
        var bare = record
        bare.images = []
        return state.withLock { state in
            let former = state.beats[hostID]
            state.beats[hostID] = bare
            state.unwritten[hostID] = Unwritten(
                hostID: hostID,
                record: bare,
                list: list ?? state.unwritten[hostID]?.list
            )
            return (former?.capabilities ?? stored) != record.capabilities
        }
    }

    /// Takes out what is to be written, by the hosts' numbers: all who write do so in one order.
    func takeUnwritten() -> [Unwritten] {
        state.withLock { state in
            defer { state.unwritten = [:] }
            return state.unwritten.values.sorted { $0.hostID < $1.hostID }
        }
    }

    /// Puts back what couldn't be written, unless something newer has come.
    func putBack(_ unwritten: [Unwritten]) {
        state.withLock { state in
            for one in unwritten where state.beats[one.hostID] != nil {
                guard let newer = state.unwritten[one.hostID] else {
                    state.unwritten[one.hostID] = one
                    continue
                }
                state.unwritten[one.hostID] =
                    Unwritten(hostID: one.hostID, record: newer.record, list: newer.list ?? one.list)
            }
        }
    }

    /// The number of a host that sent a heartbeat before; nil where others may have deleted the host since.
    func id(of name: HostName, now: Timestamp) -> Int64? {
        guard let known = state.withLock({ $0.ids[name] }) else { return nil }
        return !isShared || (.zero..<Self.memory).contains(now - known.at) ? known.id : nil
    }

    /// The number that a host had, however long ago that was.
    func lastKnown(_ name: HostName) -> Int64? { state.withLock { $0.ids[name]?.id } }

    /// Remembers a host's number.
    func remember(_ id: Int64, of name: HostName, now: Timestamp) {
        state.withLock { $0.ids[name] = (id, now) }
    }

    /// Forgets a host that others have deleted.
    func forget(_ name: HostName) {
        state.withLock { state in
            guard let known = state.ids.removeValue(forKey: name) else { return }
            state.beats[known.id] = nil
            state.unwritten[known.id] = nil
        }
    }

    /// Forgets hosts that others have deleted.
    func forget(ids: [Int64]) {
        guard !ids.isEmpty else { return }
        let gone = Set(ids)
        let names = state.withLock { $0.ids.filter { gone.contains($0.value.id) }.map(\.key) }
        for name in names { forget(name) }
    }

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

    /// The newest heartbeat of a host that came in this process's life, without its images; nil if what is stored is newer.
    ///
    /// What one process alone stores is never newer, whatever a clock says that was set back.
    ///
    /// - Parameters:
    ///   - hostID: The host.
    ///   - stored: When the heartbeat came that is stored.
    /// - Returns: The heartbeat.
    func newest(of hostID: Int64, stored: Timestamp?) -> HeartbeatRecord? {
        guard let own = state.withLock({ $0.beats[hostID] }) else { return nil }
        return isShared && stored.map { $0 > own.receivedAt } ?? false ? nil : own
    }

    /// What a host has cached, if that isn't written yet.
    func unwrittenImages(of hostID: Int64) -> [HeartbeatImage]? {
        state.withLock { $0.unwritten[hostID]?.list?.images }
    }

    /// FNV-1a of 64 bits.
    private static func mark(_ images: [HeartbeatImage]) -> Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func take(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        for image in images {
            for byte in image.id.text.utf8 { take(byte) }
            take((image.isVerified ? 1 : 0) | (image.isDamaged ? 2 : 0))
            for shift in stride(from: 0, to: 64, by: 8) {
                take(UInt8(truncatingIfNeeded: image.sizeBytes >> shift))
            }
        }
        return Int64(bitPattern: hash)
    }
}
