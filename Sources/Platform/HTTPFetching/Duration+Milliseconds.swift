extension Duration {
    /// Whole milliseconds, rounded up, at least 1 and at most what a C `long` of libcurl's takes (24 days).
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        if seconds >= 2_147_483 { return 2_147_483_000 }
        let milliseconds =
            Int(seconds) * 1_000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
        return Swift.max(1, milliseconds)
    }
}
