import Digesting
import Glibc
import PrecacheModel

/// Digests what a file holds, in pieces, so that a cancelled task doesn't read gigabytes in vain.
struct DigestReader {
    let file: OpenFile
    let lanes: CacheLanes
    /// Bytes read between two looks at whether the task is still wanted.
    private let stride: Int64 = 8 << 20

    /// The digest of the first `length` bytes, or of all that there is if that is less.
    ///
    /// - Throws: ``CacheError``; with `busy` when the task is cancelled.
    func digest(_ algorithm: DigestAlgorithm, upTo length: Int64) async throws(CacheError) -> Digest {
        let running = try RunningDigest(algorithm)
        try await feed(running, upTo: length)
        return try running.finish()
    }

    /// Feeds the first `length` bytes of the file to a digest, but for those that it has.
    func feed(
        _ digest: RunningDigest,
        from start: Int64 = 0,
        upTo length: Int64
    ) async throws(CacheError) {
        var offset = start
        file.advise(POSIX_FADV_SEQUENTIAL)
        while offset < length {
            guard !Task.isCancelled else { throw CacheError(.busy, "cancelled while reading what is there") }
            let (file, start, end) = (file, offset, min(length, offset + stride))
            let reached = try await lanes.onDigesting { () throws(CacheError) in
                try Self.feed(file, digest, from: start, to: end)
            }
            guard reached == end else { return }
            offset = reached
        }
    }

    private static func feed(
        _ file: OpenFile,
        _ digest: RunningDigest,
        from start: Int64,
        to end: Int64
    ) throws(CacheError) -> Int64 {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4_096)
        defer { buffer.deallocate() }
        var offset = start
        while offset < end {
            let wanted = min(buffer.count, Int(end - offset))
            let count = try file.read(into: .init(rebasing: buffer[..<wanted]), at: offset)
            guard count > 0 else { break }
            try digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += Int64(count)
        }
        return offset
    }
}

/// A digest under way, in the words of the model.
final class RunningDigest: Sendable {
    private let algorithm: DigestAlgorithm
    private let digest: StreamingDigest

    init(_ algorithm: DigestAlgorithm) throws(CacheError) {
        self.algorithm = algorithm
        let name: DigestAlgorithmName =
            switch algorithm {
            case .md5: .md5
            case .sha256: .sha256
            case .sha512: .sha512
            }
        do {
            digest = try StreamingDigest(name)
        } catch {
            throw CacheError(.io, "\(error)")
        }
    }

    func update(_ bytes: UnsafeRawBufferPointer) throws(CacheError) {
        do {
            try digest.update(bytes)
        } catch {
            throw CacheError(.io, "\(error)")
        }
    }

    func update(_ block: [UInt8]) throws(CacheError) {
        do {
            try digest.update(block)
        } catch {
            throw CacheError(.io, "\(error)")
        }
    }

    func finish() throws(CacheError) -> Digest {
        do {
            return try Digest(algorithm, hex: try digest.finishHex())
        } catch {
            throw CacheError(.io, "\(error)")
        }
    }
}
