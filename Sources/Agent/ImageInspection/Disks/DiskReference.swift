import FoundationEssentials

/// Another file that a disk needs beside itself.
package struct DiskReference: Hashable, Sendable {
    /// What the other file is to the disk.
    package enum Role: String, Sendable {
        /// What unwritten parts are read from: a backing file, or a differencing disk's parent.
        case backing
        /// Where the disk's own data is.
        case data
    }

    /// Where the other file is.
    package enum Target: Hashable, Sendable {
        /// A file: an absolute path, or one relative to the directory of the disk that names it.
        case path(String)
        /// Not a file of this host: `nbd://`, `rbd:` and the like.
        case elsewhere
        /// Can't be told; it may be any file.
        case unclear
    }

    /// What the other file is to the disk.
    package let role: Role
    /// Where it is.
    package let target: Target
    /// The name as the disk has it, for people.
    package let name: String
    /// Its format in QEMU's words, if the disk says.
    package let format: String?
}

extension DiskReference {
    /// Reads a name as QEMU does (`block.c`, `bdrv_parse_filename_strip_prefix` and `path_has_protocol`).
    init(_ role: Role, name: [UInt8], format: [UInt8]? = nil) {
        // Names end at the first null byte, as they do in C.
        let name = Array(name.prefix { $0 != 0 })
        self.init(
            role: role,
            target: Target(name),
            name: QuotedText.of(name, limit: 1023),
            format: format.map { String(decoding: $0, as: UTF8.self) }
        )
    }
}

extension DiskReference.Target {
    fileprivate init(_ name: [UInt8]) {
        guard let text = String(validating: name, as: UTF8.self), !text.isEmpty else {
            self = .unclear
            return
        }
        if text.hasPrefix("json:") {
            self = Self(json: Array(name.dropFirst(5)))
        } else if text.hasPrefix("file:") {
            self = .path(String(text.dropFirst(5)))
        } else if let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") {
            self = .elsewhere
        } else {
            self = .path(text)
        }
    }

    /// QEMU's `json:{…}` names; of those, the ones that plainly name a file.
    private init(json: [UInt8]) {
        struct Node: Decodable {
            var driver: String?
            var filename: String?
        }
        struct Disk: Decodable {
            var file: Node?
            var filename: String?
            var flat: String?

            enum CodingKeys: String, CodingKey {
                case file, filename
                case flat = "file.filename"
            }
        }
        guard let disk = try? JSONDecoder().decode(Disk.self, from: Data(json)),
            disk.file?.driver ?? "file" == "file",
            let path = disk.file?.filename ?? disk.flat ?? disk.filename
        else {
            self = .unclear
            return
        }
        self = .path(path)
    }
}
