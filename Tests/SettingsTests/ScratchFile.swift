import Glibc

/// A file of its own for one test, gone with its last reference.
final class ScratchFile {
    let path: String

    init(_ text: String, mode: mode_t = 0o600) throws {
        var template = Array("/tmp/precache-settings-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw ScratchFileError(code: errno) }
        defer { close(descriptor) }
        path = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let bytes = Array(text.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count, fchmod(descriptor, mode) == 0 else {
            throw ScratchFileError(code: errno)
        }
    }

    deinit { unlink(path) }
}

struct ScratchFileError: Error {
    let code: Int32
}
