/// What the clocks of a time zone show at any moment: a file of the zone database (TZif, RFC 8536), version 2 or later.
///
/// Times are whole seconds since 1970, UTC, without leap seconds.
package struct TimeZoneRules: Sendable {
    /// The bytes of a file aren't what they should be.
    package struct BadFile: Error, Hashable, Sendable, CustomStringConvertible {
        /// What is wrong, as the end of a sentence that begins with the file.
        package let description: String

        init(_ description: String) { self.description = description }
    }

    /// A time in which the clocks aren't put forward or back.
    package struct Period: Hashable, Sendable {
        /// Its first second.
        package let start: Int64
        /// The second after its last.
        package let end: Int64
        /// What the clocks are ahead of UTC, in seconds.
        package let offset: Int64
    }

    /// A time without clock changes, whose clocks show UTC.
    package static let utc = TimeZoneRules(starts: [], offsets: [], first: 0, tail: nil)

    /// The most that clocks may be off UTC (RFC 8536, section 3.2: from -25 h to +26 h, both excluded).
    static let mostOffset: Int64 = 26 * 3600

    /// When clocks change, ascending.
    private let starts: [Int64]
    /// What they are ahead from then on.
    private let offsets: [Int64]
    /// What they are ahead before the first change.
    private let first: Int64
    /// What holds after the last change; nil where it stays as it is.
    private let tail: PosixZone?

    /// The period that a moment is in.
    package func period(at time: Int64) -> Period {
        // The first change after it.
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= time { low = middle + 1 } else { high = middle }
        }
        let offset = low == 0 ? first : offsets[low - 1]
        let start = low == 0 ? Int64.min : starts[low - 1]
        if low < starts.count { return Period(start: start, end: starts[low], offset: offset) }
        guard let tail else { return Period(start: start, end: .max, offset: offset) }
        let last = tail.period(at: time)
        guard last.start <= start else { return last }
        // What the last change said holds up to the rule's first one after it.
        return Period(start: start, end: last.end, offset: starts.isEmpty ? last.offset : offset)
    }

    /// What the clocks show at a moment, as if it were UTC.
    package func local(_ time: Int64) -> Int64 { time + period(at: time).offset }

    /// The first moment at which the clocks show a time or a later one.
    ///
    /// A time that they leave out when they are put forward gives the moment of that; one that comes twice the first time.
    package func first(showing local: Int64) -> Int64 {
        var time = local - Self.mostOffset
        while true {
            let period = period(at: time)
            let shown = max(local - period.offset, time)
            if shown < period.end { return shown }
            time = period.end
        }
    }

    private init(starts: [Int64], offsets: [Int64], first: Int64, tail: PosixZone?) {
        (self.starts, self.offsets, self.first, self.tail) = (starts, offsets, first, tail)
    }

    /// Reads a file; throws ``BadFile`` unless all of it is as the standard says.
    package init(file bytes: [UInt8]) throws(BadFile) {
        guard bytes.count <= 1 << 20 else { throw BadFile("is larger than 1 MiB") }
        var reader = ByteReader(bytes[...])
        let old = try Header(&reader)
        guard old.version >= UInt8(ascii: "2") else { throw BadFile("is of version 1, and 2 is needed") }
        _ = try reader.take(old.length(wordSize: 4))
        let header = try Header(&reader)
        guard header.leaps == 0 else { throw BadFile("counts leap seconds") }
        guard header.types >= 1, header.changes < 1 << 16 else {
            throw BadFile("has no types of time, or too many")
        }

        var starts: [Int64] = []
        for _ in 0..<header.changes {
            let start = try reader.number(8)
            guard starts.last.map({ $0 < start }) ?? true else { throw BadFile("has changes out of order") }
            // So that sums with offsets stay in range; RFC 8536 says -2^59 for "always".
            guard start.magnitude <= 1 << 59 else { throw BadFile("has a change out of range") }
            starts.append(start)
        }
        let kinds = Array(try reader.take(header.changes))
        var types: [Int64] = []
        for _ in 0..<header.types {
            let offset = try reader.number(4)
            guard (-25 * 3600 + 1..<Self.mostOffset).contains(offset) else {
                throw BadFile("has an offset out of range")
            }
            types.append(offset)
            _ = try reader.take(2)
        }
        guard kinds.allSatisfy({ Int($0) < types.count }) else {
            throw BadFile("names a type of time that it lacks")
        }
        _ = try reader.take(header.characters + header.standards + header.universals)
        let footer = try Self.footer(&reader)

        self.starts = starts
        offsets = kinds.map { types[Int($0)] }
        first = types[0]
        tail = footer
    }

    private static func footer(_ reader: inout ByteReader) throws(BadFile) -> PosixZone? {
        let rest = reader.rest
        guard rest.count >= 2, rest.first == 0x0A, rest.last == 0x0A else { throw BadFile("has no footer") }
        let text = rest.dropFirst().dropLast()
        if text.isEmpty { return nil }
        guard let zone = PosixZone(text) else { throw BadFile("has a footer that is no rule of POSIX") }
        return zone
    }

    private struct Header {
        let version: UInt8
        let universals, standards, leaps, changes, types, characters: Int

        init(_ reader: inout ByteReader) throws(BadFile) {
            guard try reader.take(4).elementsEqual("TZif".utf8) else {
                throw BadFile("is no file of time zones")
            }
            version = try reader.take(16).first ?? 0
            universals = try reader.count()
            standards = try reader.count()
            leaps = try reader.count()
            changes = try reader.count()
            types = try reader.count()
            characters = try reader.count()
        }

        func length(wordSize: Int) -> Int {
            changes * (wordSize + 1) + types * 6 + characters + leaps * (wordSize + 4) + standards
                + universals
        }
    }

    private struct ByteReader {
        private(set) var rest: ArraySlice<UInt8>

        init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

        mutating func take(_ count: Int) throws(BadFile) -> ArraySlice<UInt8> {
            guard count <= rest.count else { throw BadFile("is cut short") }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }

        /// A signed number of so many bytes, the most significant first.
        mutating func number(_ bytes: Int) throws(BadFile) -> Int64 {
            let value = try take(bytes).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return bytes == 8 ? Int64(bitPattern: value) : Int64(Int32(truncatingIfNeeded: value))
        }

        mutating func count() throws(BadFile) -> Int {
            Int(try take(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
        }
    }
}
