import Synchronization

/// Counts connections, in all and by address, and says whether there is room for one more.
final class Admission: Sendable {
    private struct Counts {
        var total = 0
        var byAddress: [String: Int] = [:]
    }

    private let total: Int
    private let perPeer: Int
    private let counts = Mutex(Counts())

    init(total: Int, perPeer: Int) {
        self.total = total
        self.perPeer = perPeer
    }

    /// Counts a connection in, unless a limit is reached.
    func enter(_ peer: SocketAddress) -> Bool {
        counts.withLock { counts in
            let ofPeer = counts.byAddress[peer.address, default: 0]
            guard counts.total < total, ofPeer < perPeer else { return false }
            counts.total += 1
            counts.byAddress[peer.address] = ofPeer + 1
            return true
        }
    }

    /// Counts a connection out.
    func leave(_ peer: SocketAddress) {
        counts.withLock { counts in
            counts.total -= 1
            let ofPeer = counts.byAddress[peer.address, default: 1] - 1
            counts.byAddress[peer.address] = ofPeer > 0 ? ofPeer : nil
        }
    }

    /// Whether idle connections ought to make room: fifteen sixteenths are taken.
    var isCrowded: Bool { count >= total - total / 16 }

    /// How many there are.
    var count: Int { counts.withLock { $0.total } }
}
