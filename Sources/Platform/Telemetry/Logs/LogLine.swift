internal import Glibc
internal import Logging
internal import TextForms

/// One log event as bytes, its line feed included.
struct LogLine {
    /// The names that every line has; metadata of such a name is shown as `field.NAME`, so that it can't pass for them.
    static let ownKeys: Set<String> = ["ts", "level", "logger", "msg", "error"]

    let milliseconds: Int64
    let level: Logger.Level
    let label: String
    let message: String
    let error: String?
    let metadata: Logger.Metadata

    /// The wall clock, in milliseconds since 1970.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// The line; `withPriority` puts the level before it as the journal reads it.
    func bytes(_ format: LogFormat, withPriority: Bool = false) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        if withPriority { line.append(contentsOf: Journal.prefix(level).utf8) }
        switch format {
        case .logfmt: appendLogfmt(to: &line)
        case .json: appendJSON(to: &line)
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    /// The metadata in the order of its keys.
    private var sortedMetadata: [(key: String, value: Logger.MetadataValue)] {
        metadata.sorted { $0.key < $1.key }
            .map { (key: Self.ownKeys.contains($0.key) ? "field.\($0.key)" : $0.key, value: $0.value) }
    }
}

extension LogLine {
    private func appendLogfmt(to line: inout [UInt8]) {
        line.append(contentsOf: "ts=".utf8)
        RFC3339.append(milliseconds: milliseconds, to: &line)
        line.append(contentsOf: " level=\(level.rawValue) logger=".utf8)
        LogText.appendLogfmtValue(label, to: &line)
        line.append(contentsOf: " msg=".utf8)
        LogText.appendLogfmtValue(message, to: &line)
        if let error { Self.appendPair("error", .string(error), to: &line) }
        for (key, value) in sortedMetadata { Self.appendPair(key, value, to: &line) }
    }

    /// A dictionary's entries become pairs of their own, with dotted keys.
    private static func appendPair(_ key: String, _ value: Logger.MetadataValue, to line: inout [UInt8]) {
        if case .dictionary(let entries) = value {
            for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
                appendPair("\(key).\(name)", entry, to: &line)
            }
            return
        }
        line.append(UInt8(ascii: " "))
        LogText.appendLogfmtKey(key, to: &line)
        line.append(UInt8(ascii: "="))
        LogText.appendLogfmtValue(value.description, to: &line)
    }
}

extension LogLine {
    private func appendJSON(to line: inout [UInt8]) {
        line.append(contentsOf: #"{"ts":""#.utf8)
        RFC3339.append(milliseconds: milliseconds, to: &line)
        line.append(contentsOf: #"","level":"\#(level.rawValue)","logger":"#.utf8)
        LogText.appendQuoted(label, to: &line)
        line.append(contentsOf: #","msg":"#.utf8)
        LogText.appendQuoted(message, to: &line)
        if let error { Self.appendMember("error", .string(error), to: &line) }
        for (key, value) in sortedMetadata { Self.appendMember(key, value, to: &line) }
        line.append(UInt8(ascii: "}"))
    }

    private static func appendMember(_ key: String, _ value: Logger.MetadataValue, to line: inout [UInt8]) {
        line.append(UInt8(ascii: ","))
        LogText.appendQuoted(key, to: &line)
        line.append(UInt8(ascii: ":"))
        appendValue(value, to: &line)
    }

    private static func appendValue(_ value: Logger.MetadataValue, to line: inout [UInt8]) {
        switch value {
        case .string(let text): LogText.appendQuoted(text, to: &line)
        case .stringConvertible(let convertible): LogText.appendQuoted(convertible.description, to: &line)
        case .array(let elements):
            var separator = "["
            if elements.isEmpty { line.append(UInt8(ascii: "[")) }
            for element in elements {
                line.append(contentsOf: separator.utf8)
                appendValue(element, to: &line)
                separator = ","
            }
            line.append(UInt8(ascii: "]"))
        case .dictionary(let entries):
            var separator = "{"
            if entries.isEmpty { line.append(UInt8(ascii: "{")) }
            for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
                line.append(contentsOf: separator.utf8)
                LogText.appendQuoted(name, to: &line)
                line.append(UInt8(ascii: ":"))
                appendValue(entry, to: &line)
                separator = ","
            }
            line.append(UInt8(ascii: "}"))
        }
    }
}
