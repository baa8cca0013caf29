/// Durations as the database keeps them.
enum Milliseconds {
    /// Whole milliseconds, rounded down.
    static func of(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
