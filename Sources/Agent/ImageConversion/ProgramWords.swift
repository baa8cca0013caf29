import Glibc
import Subprocess

/// What a program says, as far as it is worth repeating.
struct ProgramWords {
    private var bytes: [UInt8] = []
    private static let limit = 1024

    mutating func take(_ buffer: SubprocessOutputSequence.Buffer) {
        let room = Self.limit - bytes.count
        guard room > 0 else { return }
        buffer.withUnsafeBytes { bytes += $0.prefix(room) }
    }

    private var lines: [Substring] {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    }

    /// The words on one line.
    var text: String {
        String(
            String.UnicodeScalarView(
                lines.joined(separator: "; ").unicodeScalars.filter { !$0.properties.isControl }
            )
        )
    }

    /// The disk's size in bytes, if that is what was asked for: `virtual size: 1 MiB (1048576 bytes)`.
    var diskBytes: Int64? {
        guard let line = lines.first(where: { $0.hasPrefix("virtual size: ") }),
            let open = line.lastIndex(of: "(")
        else { return nil }
        let words = line[open...].dropFirst().split(separator: " ")
        return words.count == 2 && words[1] == "bytes)" ? Int64(words[0]) : nil
    }

    /// Whether the disk's bytes are encrypted, by the same answer.
    var isEncrypted: Bool { lines.contains("encrypted: yes") }

    /// What the program's end means.
    func failure(_ status: TerminationStatus) -> ConversionError {
        let said = text.isEmpty ? "it said nothing" : text
        if speaks(of: ENOSPC) || speaks(of: EDQUOT) { return ConversionError(.noSpace, said) }
        switch status {
        case .exited(let code):
            return ConversionError(
                lacksThread ? .interrupted : .failed,
                "qemu-img ended with \(code): \(said)"
            )
        case .signaled(SIGXCPU):
            return ConversionError(.failed, "qemu-img used up its processor time: \(said)")
        case .signaled(SIGXFSZ):
            return ConversionError(.failed, "qemu-img wrote more than the disk's size: \(said)")
        case .signaled(let signal):
            // A crash is the image's doing; killed by somebody, or for want of a thread, the program may do better again.
            let isByOthers = [SIGKILL, SIGTERM, SIGINT, SIGHUP].contains(signal)
            return ConversionError(
                isByOthers || lacksThread ? .interrupted : .failed,
                "qemu-img was ended by signal \(signal): \(said)"
            )
        }
    }

    /// The host had no more threads, or no more room for them, for the moment.
    private var lacksThread: Bool { speaks(of: EAGAIN) }

    private func speaks(of code: Int32) -> Bool { text.contains(String(cString: strerror(code))) }
}

extension Unicode.Scalar.Properties {
    fileprivate var isControl: Bool { generalCategory == .control || generalCategory == .format }
}
