import InstanceUsage
import Synchronization

/// A file whose pieces come, and go to others, in any order.
///
/// It is the file, whatever its name becomes: renamed or removed, it can be read on, until it is closed. Closing it keeps
/// our own reading from looking like a use of the file, and gives back the room of one that has no name any more.
package final class PieceFile: Sendable {
    private let file: Mutex<OpenFile?>
    fileprivate let id: FileID?
    private let lanes: CacheLanes

    fileprivate init(_ file: OpenFile, _ lanes: CacheLanes) {
        self.file = Mutex(file)
        id = try? file.status().id
        self.lanes = lanes
    }

    /// Whether it can be read and written.
    package var isOpen: Bool { file.withLock { $0 != nil } }

    /// Writes bytes where they belong.
    ///
    /// - Throws: ``CacheError`` with `io` or `noSpace`.
    package func write(_ bytes: [UInt8], at offset: Int64) async throws(CacheError) {
        try await lanes.onWriting { [self] () throws(CacheError) in
            let file = try opened()
            try file.write(bytes, at: offset)
            file.beginWriteback(at: offset, length: bytes.count)
        }
    }

    /// Does what takes its time over a piece's bytes, such as their digest, where they are written: not on an event loop.
    ///
    /// - Throws: ``CacheError`` once the cache is closed.
    package func compute<Value: Sendable>(
        _ body: @escaping @Sendable () -> Value
    ) async throws(CacheError) -> Value {
        // Not with the image's digest, which may have far to go.
        try await lanes.onWriting { () throws(CacheError) in body() }
    }

    /// Reads bytes that are there.
    ///
    /// - Throws: ``CacheError`` with `io`, also where the file ends before.
    package func read(_ bytes: Range<Int64>) async throws(CacheError) -> [UInt8] {
        // On the thread that removes files: whoever closes this one there knows that nobody is reading it.
        try await lanes.onFiles { [self] () throws(CacheError) in
            let file = try opened()
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
            defer { buffer.deallocate() }
            var done = 0
            while done < buffer.count {
                let offset = bytes.lowerBound + Int64(done)
                let count = try file.read(into: .init(rebasing: buffer[done...]), at: offset)
                guard count > 0 else { throw CacheError(.io, "the file ends at byte \(offset)") }
                done += count
            }
            return Array(buffer)
        }
    }

    private func opened() throws(CacheError) -> OpenFile {
        guard let file = file.withLock({ $0 }) else { throw CacheError(.io, "the file isn't given any more") }
        return file
    }

    /// Gives nothing any more.
    package func close() { file.withLock { $0 = nil } }

    /// What it takes on the disk although no name leads to it, or 0; blocks.
    fileprivate var namelessBytes: Int64 {
        guard let status = file.withLock({ try? $0?.status() }), status.links == 0 else { return 0 }
        return status.diskBytes
    }
}

/// The files that are given to others: our own descriptors, which must neither look like users of a file nor hold room that
/// somebody needs.
final class GivenFiles: Sendable {
    private struct Entry { weak var file: PieceFile? }

    private let entries = Mutex<[Entry]>([])

    private var files: [PieceFile] {
        entries.withLock { entries in
            entries.removeAll { $0.file == nil }
            return entries.compactMap(\.file)
        }
    }

    /// Gives a file, until it is closed or let go of.
    func add(_ file: OpenFile, _ lanes: CacheLanes) -> PieceFile {
        let given = PieceFile(file, lanes)
        entries.withLock { $0.append(Entry(file: given)) }
        return given
    }

    /// Closes what is given of these files: they are about to be removed, or to get other bytes.
    func close(_ ids: Set<FileID>) {
        for file in files where file.id.map(ids.contains) ?? true { file.close() }
    }

    /// What files without a name take on the disk, in bytes; blocks.
    var namelessBytes: Int64 { files.reduce(0) { $0 + $1.namelessBytes } }

    /// Closes the files that have no name; blocks.
    ///
    /// - Returns: Bytes of disk that are free by it.
    func closeNameless() -> Int64 {
        files.reduce(0) { sum, file in
            let bytes = file.namelessBytes
            if bytes > 0 { file.close() }
            return sum + bytes
        }
    }
}

extension ImageCache {
    /// Opens a cached image's file, to be given to others.
    ///
    /// - Returns: Nil where there is none, or it isn't known to have the very bytes that the image's digest is of: one that was
    ///   converted hasn't.
    package func give(_ expected: ExpectedImage) async -> PieceFile? {
        let (layout, state, given, lanes) = (layout, state, given, lanes)
        return try? await lanes.onFiles { () throws(CacheError) -> PieceFile? in
            guard let record = state[expected.id], record.image.original == nil, let digest = expected.digest,
                record.image.digest == digest, record.image.sizeBytes == expected.sizeBytes,
                let file = try layout.base.openForReading(record.image.file),
                state.isUnchanged(record, try file.status().attributes)
            else { return nil }
            return given.add(file, lanes)
        }
    }
}
