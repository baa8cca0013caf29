import Glibc

/// A directory of its own under /tmp, removed with its last reference.
package final class TemporaryFolder: Sendable {
    /// Its path.
    package let path: String

    /// Makes an empty directory.
    package init() {
        var template = Array("/tmp/precache-agent-test-XXXXXX".utf8CString)
        mkdtemp(&template)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    /// The names in it or in a folder below.
    package func names(_ below: String = "") -> [String] { Self.list(path + below).sorted() }

    /// A file's size, or nil if there is no file.
    package func size(_ name: String) -> Int? {
        var status = stat()
        return stat("\(path)/\(name)", &status) == 0 ? Int(status.st_size) : nil
    }

    /// Writes a file.
    package func write(_ name: String, _ bytes: [UInt8]) {
        let file = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        _ = Glibc.write(file, bytes, bytes.count)
        close(file)
    }

    /// Reads a file; empty if there is none.
    package func read(_ name: String) -> [UInt8] {
        let file = open("\(path)/\(name)", O_RDONLY | O_CLOEXEC)
        guard file != -1 else { return [] }
        defer { close(file) }
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = Glibc.read(file, &buffer, buffer.count), count > 0 { all += buffer[..<count] }
        return all
    }

    /// Whether a file has exactly these bytes.
    package func holds(_ bytes: [UInt8], _ name: String) -> Bool { read(name) == bytes }

    private static func list(_ path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    private static func remove(_ path: String) {
        for name in list(path) where unlink("\(path)/\(name)") == -1 { remove("\(path)/\(name)") }
        rmdir(path)
    }
}
