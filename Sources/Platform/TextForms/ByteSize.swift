/// Numbers of bytes as people read them.
package enum ByteSize {
    /// A number of bytes in binary units with one decimal: `512 B`, `1.5 GiB`.
    package static func text(_ value: Int64) -> String {
        guard value >= 1024 else { return "\(max(0, value)) B" }
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var scaled = Double(value) / 1024
        var unit = 0
        while scaled >= 1023.95, unit < units.count - 1 {
            scaled /= 1024
            unit += 1
        }
        return "\(oneDecimal(scaled)) \(units[unit])"
    }

    private static func oneDecimal(_ value: Double) -> String {
        let tenths = Int64((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
