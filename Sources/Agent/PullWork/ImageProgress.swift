import PrecacheModel
import Synchronization

/// How far a download is: written by it, read by whoever watches.
package final class ImageProgress: Sendable {
    /// What there is to be told of an exchange.
    struct Exchange {
        /// Bytes of pieces that came from neighbours, those that came twice included.
        var fromPeers: Int64 = 0
        /// Those of them that came from another zone.
        var fromFar: Int64 = 0
        /// Bytes that sources sent, those that were of no use included.
        var fromSource: Int64 = 0
        /// How often nobody had what was missing.
        var starvations = 0
        /// Neighbours that gave something wrong, and what; each once.
        var faults: [(host: HostName, fault: String)] = []
    }

    private let done = Atomic<Int64>(0)
    private let total: Atomic<Int64>
    /// Nil where nothing is exchanged.
    private let exchanging = Mutex<Exchange?>(nil)

    init(total: Int64?) { self.total = Atomic(total ?? -1) }

    /// Bytes on the disk, those of an earlier download included.
    package var bytesDone: Int64 { done.load(ordering: .relaxed) }

    /// The image's size, once known.
    package var bytesTotal: Int64? {
        let value = total.load(ordering: .relaxed)
        return value < 0 ? nil : value
    }

    func set(done bytes: Int64) { done.store(bytes, ordering: .relaxed) }

    func set(total bytes: Int64) { total.store(bytes, ordering: .relaxed) }

    /// All of it is there.
    func set(whole bytes: Int64) {
        set(done: bytes)
        set(total: bytes)
    }

    // MARK: Exchange

    /// The image is exchanged with other hosts: from now on it is counted what came from where.
    func beginExchange() { exchanging.withLock { $0 = $0 ?? Exchange() } }

    func change(_ body: (inout Exchange) -> Void) {
        exchanging.withLock { exchange in
            guard var changed = exchange else { return }
            body(&changed)
            exchange = changed
        }
    }

    /// What came of it so far; nil where nothing is exchanged.
    var exchange: Exchange? { exchanging.withLock { $0 } }
}

extension ImageOutcome {
    /// The outcome, with what came from where in the download that it is of.
    func with(_ progress: ImageProgress?) -> ImageOutcome {
        guard let exchange = progress?.exchange else { return self }
        var outcome = self
        (outcome.fromPeersBytes, outcome.fromSourceBytes) = (exchange.fromPeers, exchange.fromSource)
        if exchange.fromFar > 0 { outcome.fromFarBytes = exchange.fromFar }
        return outcome
    }
}
