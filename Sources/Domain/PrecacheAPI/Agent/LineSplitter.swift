/// Cuts a stream of bytes into lines, each of bounded length.
package struct LineSplitter {
    /// A line is longer than allowed.
    package struct TooLong: Error {}

    private let limit: Int
    private var rest: [UInt8] = []

    /// Lines of at most so many bytes, their line feed included.
    package init(limit: Int) {
        self.limit = limit
    }

    /// The lines that are complete with these bytes, without their line feeds; blank ones are left out.
    package mutating func take(_ bytes: [UInt8]) throws(TooLong) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: 10) {
            rest += bytes[start..<end]
            if rest.count >= limit { throw TooLong() }
            if !rest.isEmpty { lines.append(rest) }
            rest.removeAll(keepingCapacity: true)
            start = end + 1
        }
        rest += bytes[start...]
        if rest.count >= limit { throw TooLong() }
        return lines
    }
}
