/// Lengths of time as people write them: `90s`, `45m`, `1h30m`, `2d12h`.
package enum SpanText {
    private static let units: [(letter: UInt8, seconds: Int)] = [
        (UInt8(ascii: "d"), 86_400), (UInt8(ascii: "h"), 3_600), (UInt8(ascii: "m"), 60),
        (UInt8(ascii: "s"), 1),
    ]

    /// The whole seconds of a text with units, each once, the larger before the smaller; nil for any other text, a bare
    /// number too, and for what is too long to count.
    package static func seconds(_ text: String) -> Int? {
        var rest = Array(text.utf8)[...]
        var units = units[...]
        var total = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            rest = rest.dropFirst(digits.count)
            guard let letter = rest.popFirst(), let place = units.firstIndex(where: { $0.letter == letter }),
                let number = Int(String(decoding: digits, as: UTF8.self))
            else { return nil }
            let (span, isTooLong) = number.multipliedReportingOverflow(by: units[place].seconds)
            let (sum, isTooMuch) = total.addingReportingOverflow(span)
            guard !isTooLong, !isTooMuch else { return nil }
            total = sum
            units = units[(place + 1)...]
        }
        return total
    }
}
