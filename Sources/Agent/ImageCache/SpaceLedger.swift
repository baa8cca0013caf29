import Synchronization

/// Room on the disk that was promised and isn't taken yet, over all downloads.
final class SpaceLedger: Sendable {
    private let promised = Mutex<Int64>(0)

    /// All promises together, in bytes.
    var total: Int64 { promised.withLock { $0 } }

    fileprivate func add(_ bytes: Int64) { promised.withLock { $0 += bytes } }
}

/// One promise of room, void with its last reference.
final class SpaceHold: Sendable {
    private let ledger: SpaceLedger
    private let amount = Mutex<Int64>(0)

    init(_ ledger: SpaceLedger) { self.ledger = ledger }

    deinit { set(0) }

    /// What is promised, in bytes.
    var bytes: Int64 { amount.withLock { $0 } }

    /// Promises this much if it was more.
    func lower(to bytes: Int64) {
        let change = amount.withLock { amount in
            defer { amount = min(amount, max(0, bytes)) }
            return min(amount, max(0, bytes)) - amount
        }
        ledger.add(change)
    }

    func set(_ bytes: Int64) {
        let change = amount.withLock { amount in
            defer { amount = max(0, bytes) }
            return max(0, bytes) - amount
        }
        ledger.add(change)
    }
}
