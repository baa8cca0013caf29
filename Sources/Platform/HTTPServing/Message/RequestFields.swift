import HTTPTypes
import Synchronization

/// The header fields of a request: the checked lines as they came, made into values when somebody asks.
final class RequestFields: Sendable {
    /// Complete field lines, each with its CRLF, already checked by the parser.
    private let lines: [UInt8]
    private let values: Mutex<HTTPFields?>

    init(lines: [UInt8]) {
        self.lines = lines
        values = Mutex(nil)
    }

    init(_ fields: HTTPFields) {
        lines = []
        values = Mutex(fields)
    }

    var all: HTTPFields {
        values.withLock { values in
            if let values { return values }
            let parsed = parse()
            values = parsed
            return parsed
        }
    }

    /// The first field of that name, found without making the others.
    func first(_ name: HTTPField.Name) -> String? {
        guard !lines.isEmpty else { return values.withLock { $0?.first { $0.name == name }?.value } }
        return lines.withUnsafeBytes { lines -> String? in
            var wanted = name.canonicalName
            return wanted.withUTF8 { wanted in
                var start = 0
                while let line = FieldLine(in: lines, from: start) {
                    if line.isNamed(wanted) { return line.value }
                    start = line.end
                }
                return nil
            }
        }
    }

    private func parse() -> HTTPFields {
        var fields = HTTPFields()
        lines.withUnsafeBytes { lines in
            var start = 0
            while let line = FieldLine(in: lines, from: start) {
                start = line.end
                guard let name = HTTPField.Name(line.name) else { continue }
                fields.append(HTTPField(name: name, value: line.valueBytes))
            }
        }
        return fields
    }
}

/// One field line inside checked bytes.
private struct FieldLine {
    let nameBytes: UnsafeRawBufferPointer
    let valueBytes: UnsafeRawBufferPointer
    let end: Int

    init?(in lines: UnsafeRawBufferPointer, from start: Int) {
        guard let colon = lines.offset(of: UInt8(ascii: ":"), from: start),
            let feed = lines.offset(of: 0x0a, from: colon)
        else { return nil }
        var low = colon + 1
        var high = feed - 1
        while low < high, lines[low] == 0x20 || lines[low] == 0x09 { low += 1 }
        while high > low, lines[high - 1] == 0x20 || lines[high - 1] == 0x09 { high -= 1 }
        nameBytes = UnsafeRawBufferPointer(rebasing: lines[start..<colon])
        valueBytes = UnsafeRawBufferPointer(rebasing: lines[low..<high])
        end = feed + 1
    }

    var name: String { String(decoding: nameBytes, as: UTF8.self) }
    var value: String { String(decoding: valueBytes, as: UTF8.self) }

    func isNamed(_ lowercase: UnsafeBufferPointer<UInt8>) -> Bool {
        guard nameBytes.count == lowercase.count else { return false }
        for index in 0..<lowercase.count where ASCII.lowercase(nameBytes[index]) != lowercase[index] {
            return false
        }
        return true
    }
}
