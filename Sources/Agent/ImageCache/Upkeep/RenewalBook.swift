import FoundationEssentials

/// The times that files got for being in use: `.precache/renewals.json`.
///
/// All files of one sweep get the same time, and it is written down before: so a file with such a time is known to be
/// what its record says, without a record written for each.
struct RenewalBook {
    let layout: CacheLayout
    let state: CacheState

    /// How many are remembered: weeks of them.
    ///
    /// A file that got none for so long is read again when it is asked for.
    private static let limit = 1_500
    private static let file = "renewals.json"

    /// Reads what was written down.
    func load() {
        guard let bytes = try? layout.own.readSmall(Self.file),
            let times = try? JSONDecoder().decode([Int64].self, from: Data(bytes))
        else { return }
        state.renewals = Set(times.prefix(Self.limit))
    }

    /// Writes a new time down.
    ///
    /// - Returns: The time, nanoseconds since 1970.
    func next() throws(CacheError) -> Int64 {
        // Whole microseconds and an odd end: no other program gives a file this very time by chance.
        let time = ImageCache.now() * 1_000 + 77
        let times = ([time] + state.renewals.sorted(by: >)).prefix(Self.limit)
        let bytes: [UInt8]
        do {
            bytes = try Array(JSONEncoder().encode(Array(times)))
        } catch {
            throw CacheError(.io, "the times of renewal can't be written down: \(error)")
        }
        try layout.own.writeSmall(Self.file, bytes)
        state.renewals = Set(times)
        return time
    }
}
