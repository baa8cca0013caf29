/// When a file was last used, as far as that is certain.
enum FileAge {
    /// Nova is younger than this: a file from before has a time that somebody gave it, which tells nothing.
    static let earliest: Int64 = 1_262_304_000_000_000
    /// File servers' clocks may be this much ahead of ours.
    static let skew: Int64 = 300_000_000

    /// The last use: the latest of the file's time and what its record says; microseconds since 1970.
    ///
    /// The file's time is the one of its content, as Nova sets and reads it (`_get_age_of_file`); where it makes no sense
    /// it is the one of its inode, which nobody can set.
    ///
    /// - Returns: Nil if that can't be told: times in the future, as after the clock was set back.
    static func lastUse(of file: CachedFile, now: Int64) -> Int64? {
        let times = [file.status.attributes.modifiedNanoseconds, file.status.changedNanoseconds]
        guard let time = times.lazy.map({ $0 / 1_000 }).first(where: { isSensible($0, now) }) else {
            return nil
        }
        guard let image = file.record?.image else { return min(time, now) }
        let known = max(image.cachedAtMicroseconds, image.lastUsedAtMicroseconds)
        guard known <= now + skew else { return nil }
        return min(max(time, known), now)
    }

    private static func isSensible(_ time: Int64, _ now: Int64) -> Bool {
        (earliest...max(earliest, now + skew)).contains(time)
    }
}
