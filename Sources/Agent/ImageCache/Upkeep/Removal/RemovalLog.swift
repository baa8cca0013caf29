import FoundationEssentials
import Synchronization

/// The latest removals, newest first: `.precache/removals.json`, so that a restart forgets none.
final class RemovalLog: Sendable {
    /// How many are kept; their file stays below 64 KiB.
    static let limit = 200

    private static let file = "removals.json"
    private let layout: CacheLayout
    private let notes: Mutex<[RemovalNote]>

    /// Reads what is there; notes that can't be read are dropped, they are but for people.
    init(_ layout: CacheLayout) {
        self.layout = layout
        var kept: [RemovalNote] = []
        if let bytes = try? layout.own.readSmall(Self.file),
            let read = try? JSONDecoder().decode([RemovalNote].self, from: Data(bytes))
        {
            kept = Array(read.prefix(Self.limit))
        }
        notes = Mutex(kept)
    }

    /// The latest removals, newest first.
    var latest: [RemovalNote] { notes.withLock { $0 } }

    /// Adds removals, the oldest of them first.
    ///
    /// - Throws: ``CacheError`` if they can't be written; they are remembered all the same.
    func add(_ removed: [RemovalNote]) throws(CacheError) {
        guard !removed.isEmpty else { return }
        let all = notes.withLock { notes in
            notes = Array((removed.reversed() + notes).prefix(Self.limit))
            return notes
        }
        let bytes: [UInt8]
        do {
            bytes = try Array(JSONEncoder().encode(all))
        } catch {
            throw CacheError(.io, "the removals can't be written down: \(error)")
        }
        try layout.own.writeSmall(Self.file, bytes)
    }
}
