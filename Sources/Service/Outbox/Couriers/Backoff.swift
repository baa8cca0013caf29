/// How long to wait before the next try: doubling from a second to ten minutes, half of it left to chance.
enum Backoff {
    static let longest = Duration.seconds(600)

    /// - Parameters:
    ///   - failures: How many tries in a row have failed, from 1.
    ///   - random: From 0 to 1.
    /// - Returns: Between half of the doubled time and all of it.
    static func delay(after failures: Int, random: Double) -> Duration {
        let doublings = min(max(0, failures - 1), 16)
        let whole = min(Duration.seconds(1 << doublings), longest)
        return whole / 2 + whole / 2 * min(max(random, 0), 1)
    }
}
