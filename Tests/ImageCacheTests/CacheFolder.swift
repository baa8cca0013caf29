import Digesting
import Glibc
import PrecacheModel

@testable import ImageCache

/// A cache directory of its own under /tmp, removed with its last reference.
final class CacheFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/image-cache-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CacheError(.io, "mkdtemp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.removeAll(path) }

    func open() throws -> ImageCache {
        try ImageCache(CacheConfiguration(directory: path, blockBytes: 4_096))
    }

    /// Opens it beside a Nova.
    func openBesideNova(minimumAge novaMinimumAge: Duration = .seconds(86_400)) throws -> ImageCache {
        mkdir("\(path)/instances", 0o755)
        return try ImageCache(
            CacheConfiguration(
                directory: path,
                instances: "\(path)/instances",
                novaMinimumAge: novaMinimumAge,
                blockBytes: 4_096
            )
        )
    }

    func read(_ name: String) throws -> [UInt8] {
        guard let file = try Directory(path: path).openForReading(name) else {
            throw CacheError(.notFound, name)
        }
        let size = Int(try file.status().attributes.sizeBytes)
        var bytes = [UInt8](repeating: 0, count: size)
        let count = try bytes.withUnsafeMutableBytes { buffer in try file.read(into: buffer, at: 0) }
        return Array(bytes[..<count])
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        let file = try Directory(path: path).openForWriting(name, flags: O_TRUNC)
        try file.write(bytes, at: 0)
    }

    func names(_ folder: String = "") throws -> [String] {
        try Directory(path: path + folder).names().sorted()
    }

    func setModified(_ name: String, secondsSince1970: Int) {
        let time = timespec(tv_sec: secondsSince1970, tv_nsec: 0)
        utimensat(AT_FDCWD, "\(path)/\(name)", [time, time], 0)
    }

    func modified(_ name: String) throws -> Int64 {
        try Directory(path: path).status(of: name)?.attributes.modifiedNanoseconds ?? 0
    }

    private static func removeAll(_ path: String) {
        guard let directory = try? Directory(path: path), let names = try? directory.names() else { return }
        for name in names where unlink("\(path)/\(name)") == -1 { removeAll("\(path)/\(name)") }
        rmdir(path)
    }
}

/// An image that a test wants, with its bytes.
struct Sample {
    let id: ImageID
    let bytes: [UInt8]

    init(_ id: String = "ubuntu", count: Int = 20_000, seed: UInt8 = 7) throws {
        self.id = try ImageID(id)
        bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) ^ seed }
    }

    var file: String { sha1Hex(id.text) }

    func expected(
        _ algorithm: DigestAlgorithm? = .sha256,
        size: Bool = true,
        format: DiskFormat = .raw
    ) throws -> ExpectedImage {
        var digest: Digest?
        if let algorithm, let name = DigestAlgorithmName(rawValue: algorithm.rawValue) {
            let running = try StreamingDigest(name)
            try running.update(bytes)
            digest = try Digest(algorithm, hex: running.finishHex())
        }
        return ExpectedImage(
            id: id,
            sizeBytes: size ? Int64(bytes.count) : nil,
            digest: digest,
            allowsUnverified: digest == nil,
            diskFormat: format,
            source: "http://images.example/\(id)"
        )
    }

    /// Fetches it into the cache, in pieces of odd size.
    func store(in cache: ImageCache, _ expected: ExpectedImage? = nil) async throws -> CachedImage {
        let staged = try await cache.begin(expected ?? self.expected())
        try await feed(staged)
        return try await staged.finish()
    }

    func feed(_ staged: StagedImage, upTo end: Int? = nil) async throws {
        var offset = Int(staged.length)
        let end = end ?? bytes.count
        while offset < end {
            let next = min(end, offset + 1_777)
            try await staged.append(Array(bytes[offset..<next]))
            offset = next
        }
    }
}
