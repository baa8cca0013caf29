/// A fraction as people read it.
enum Share {
    /// The columns of a bar in a table.
    static let barWidth = 10

    /// `77.7%`, `100%`: rounded down, so that only all of it is 100.
    ///
    /// The service writes six digits, rounded down: what it calls 0.569999 may be 57%.
    static func text(_ fraction: Double) -> String {
        let tenths = fraction >= 1 ? 1000 : min(999, Int((max(0, fraction) * 1000 + 0.0011).rounded(.down)))
        return tenths % 10 == 0 ? "\(tenths / 10)%" : "\(tenths / 10).\(tenths % 10)%"
    }

    /// A bar and the number: `███████░░░ 77.7%`.
    ///
    /// Its first column is full as soon as there is anything, and its last one only when there is all.
    static func bar(_ fraction: Double, _ glyphs: Glyphs, width: Int = barWidth) -> String {
        let fraction = min(max(0, fraction), 1)
        let steps = Int(fraction * Double(width))
        let full = fraction > 0 ? max(1, steps) : 0
        let done = String(repeating: glyphs.full, count: full)
        return "\(done)\(String(repeating: glyphs.empty, count: width - full)) \(text(fraction))"
    }
}
