internal import Glibc

/// A small text file read whole, with its mode.
struct SmallFile {
    /// Neither a settings file nor a secret is larger.
    static let limit = 1 << 20

    let text: String
    let mode: UInt32

    /// Whether anyone on the machine may read it.
    var isReadableByAll: Bool { mode & UInt32(S_IROTH) != 0 }

    /// Whether the file's group or anyone may read it.
    var isReadableByOthers: Bool { mode & UInt32(S_IRGRP | S_IROTH) != 0 }

    /// Reads a file.
    ///
    /// - Throws: ``SettingFault``: what is wrong, as the end of a sentence.
    static func read(_ path: String) throws(SettingFault) -> SmallFile {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SettingFault("cannot be read: \(Self.reason(errno))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw SettingFault("cannot be read: \(Self.reason(errno))")
        }
        let bytes = try readAll(descriptor)
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            throw SettingFault("is not UTF-8 text")
        }
        return SmallFile(text: text, mode: status.st_mode)
    }

    private static func readAll(_ descriptor: Int32) throws(SettingFault) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= limit {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                let code = errno
                if code == EINTR { continue }
                throw SettingFault("cannot be read: \(reason(code))")
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer.prefix(count))
        }
        throw SettingFault("is larger than \(limit) bytes")
    }

    /// The system's words for an error, made without `strerror`'s shared buffer.
    private static func reason(_ code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
