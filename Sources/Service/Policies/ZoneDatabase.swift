internal import Glibc
internal import PrecacheModel
internal import TextForms

/// The zone database of the machine (package `tzdata`).
///
/// Its calls read files: none for event loops.
package struct ZoneDatabase: Sendable {
    /// There is no zone of this name, or its file can't be read.
    package struct UnknownZone: Error, Hashable, Sendable, CustomStringConvertible {
        /// What is wrong, in words that name the zone and, where one is much like it, that one.
        package let description: String
    }

    private let folder: String

    /// - Parameter folder: Where it is.
    package init(folder: String = "/usr/share/zoneinfo") { self.folder = folder }

    /// The rules of a zone; `UTC` needs no file.
    package func rules(of name: String) throws(UnknownZone) -> TimeZoneRules {
        if name == "UTC" { return .utc }
        guard (try? PolicyWindow.checkedZone(name)) != nil, let bytes = Self.contents(of: "\(folder)/\(name)")
        else {
            throw unknown(name)
        }
        do throws(TimeZoneRules.BadFile) {
            return try TimeZoneRules(file: bytes)
        } catch {
            throw UnknownZone(description: "the file of the time zone '\(InvalidValue.shown(name))' \(error)")
        }
    }

    private func unknown(_ name: String) -> UnknownZone {
        let names = names(in: "", depth: 3)
        let shown = InvalidValue.shown(name)
        if names.isEmpty {
            return UnknownZone(
                description:
                    "there is no time zone '\(shown)', nor any in \(folder): the package tzdata is missing"
            )
        }
        let nearest = NearestName.find(name, in: names).map { "; did you mean '\($0)'?" } ?? ""
        return UnknownZone(description: "there is no time zone '\(shown)'\(nearest)")
    }

    /// All names below a folder of the database; zones begin with a capital, what else lies there doesn't.
    private func names(in parent: String, depth: Int) -> [String] {
        guard depth > 0, let stream = opendir("\(folder)/\(parent)") else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream), names.count < 5_000 {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let first = name.utf8.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else {
                continue
            }
            let path = parent.isEmpty ? name : "\(parent)/\(name)"
            let isFolder = entry.pointee.d_type == UInt8(DT_DIR)
            names += isFolder ? self.names(in: path, depth: depth - 1) : [path]
        }
        return names.sorted()
    }

    /// A regular file's bytes; nil if there is none, or it is larger than any zone's.
    private static func contents(of path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= 1 << 20
        else {
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var length = 0
        while length < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                read(descriptor, buffer.baseAddress.map { $0 + length }, buffer.count - length)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            length += count
        }
        return Array(bytes.prefix(length))
    }
}
