import FoundationEssentials
import Glibc
package import PrecacheModel

/// The images that this host holds, in Nova's own layout, so that a compute host finds what was warmed.
///
/// A name in the directory stands for a complete file only: downloads grow in a hidden corner of the same file system,
/// are checked there, and are renamed. What the cache knows of a file is kept in a record beside, with the file's size,
/// time and inode, so that `existing` costs no digest. Everything blocking runs on threads of its own.
package final class ImageCache: Sendable {
    /// The settings that it was opened with.
    package let configuration: CacheConfiguration
    let layout: CacheLayout
    let state: CacheState
    let lanes: CacheLanes
    let locks: NovaLocks
    let ledger = SpaceLedger()
    /// What others read of the cache's files.
    let given = GivenFiles()
    /// Records that couldn't be read at the start; the upkeep tells of them.
    let unreadable: [UnreadableRecord]
    /// The same for the file of this host's leases.
    let unreadableLeases: UnreadableRecord?
    /// Held for as long as the cache is open; never read.
    private let held: [OpenFile]

    /// Opens the cache: takes the directory's lock, reads the records, and clears what a crash left and nobody can use.
    ///
    /// Blocks for as long as that takes, so call it before anything is served.
    ///
    /// - Throws: ``CacheError`` with `locked` if another agent of this host uses the directory, `io` or `noSpace` if it can't be used.
    package init(_ configuration: CacheConfiguration) throws(CacheError) {
        self.configuration = configuration
        layout = try CacheLayout(directory: configuration.directory, host: configuration.host)
        held = try layout.lock()
        locks = NovaLocks(
            instances: configuration.instances ?? layout.own.path,
            host: layout.host,
            areOurs: configuration.instances == nil
        )
        try locks.check()
        try layout.checkOwner(configuration.owner)
        let layout = layout
        (state, unreadable, unreadableLeases) = try layout.exclusively {
            () throws(CacheError) -> (CacheState, [UnreadableRecord], UnreadableRecord?) in
            let shelf = try RecordShelf(layout: layout).load()
            let state = CacheState(records: shelf.records, losses: shelf.losses)
            try Self.correctPins(layout, state)
            return (state, shelf.unreadable, try LeaseShelf(layout: layout, state: state).load())
        }
        try StagingSweep(layout: layout, age: configuration.stagingAge).run()
        lanes = try CacheLanes()
    }

    deinit { lanes.stop() }

    /// What is cached, by id.
    ///
    /// Files that changed under our hands are there as not verified, vanished ones aren't.
    package func images() async throws(CacheError) -> [CachedImage] {
        let (layout, state) = (layout, state)
        return try await lanes.onFiles { () throws(CacheError) in
            try SharedRecords(layout: layout, state: state).refresh()
            var images: [CachedImage] = []
            for record in state.records {
                guard let status = try layout.base.status(of: record.image.file), status.isRegular else {
                    continue
                }
                var image = record.image
                image.sizeBytes = status.attributes.sizeBytes
                if !state.isUnchanged(record, status.attributes) { image.isVerified = false }
                images.append(image)
            }
            return images.sorted { $0.id < $1.id }
        }
    }

    /// The cache in figures.
    package func usage() async throws(CacheError) -> CacheUsage {
        let images = try await images()
        return CacheUsage(images: images.count, bytes: images.reduce(0) { $0 + $1.sizeBytes })
    }

    /// Whether files can be made in the cache now: tries it.
    package func checkWritable() async throws(CacheError) {
        let layout = layout
        try await lanes.onFiles { () throws(CacheError) in
            try layout.checkInPlace()
            try layout.base.checkTakesNames()
            try layout.own.remove(layout.probe)
            let file = try layout.own.openForWriting(layout.probe, flags: O_EXCL)
            try file.write([0], at: 0)
            try layout.own.remove(layout.probe)
        }
    }

    /// Removes an image's file and record.
    ///
    /// - Throws: ``CacheError`` with `notFound`, or `busy` while it is being written.
    package func remove(_ id: ImageID) async throws(CacheError) {
        let (layout, state) = (layout, state)
        let claim = try state.claim(id)
        let age = configuration.stagingAge
        try await lanes.onFiles { () throws(CacheError) in
            try layout.exclusively { () throws(CacheError) in
                let file = CacheLayout.fileName(of: id)
                try SharedRecords(layout: layout, state: state).refresh(id)
                let known = state[id] != nil
                // The file first: a record without a file is dropped at the next start, the reverse would look like Nova's.
                let existed = try layout.base.remove(file)
                try layout.base.sync()
                try RecordShelf(layout: layout).drop(id, in: state)
                try StagingSweep(layout: layout, age: age).clear(id)
                guard existed || known else { throw CacheError(.notFound, "image \(id) isn't cached") }
            }
        }
        withExtendedLifetime(claim) {}
    }

    /// Forgets an image whose file isn't there, and what was downloaded of it.
    ///
    /// - Throws: ``CacheError`` with `notFound`, `busy` while it is being written, or `inUse` if something has its name all
    ///   the same: a link, or a file that nova-compute made just now.
    func forget(_ id: ImageID) async throws(CacheError) {
        let (layout, state) = (layout, state)
        let claim = try state.claim(id)
        let age = configuration.stagingAge
        try await lanes.onFiles { () throws(CacheError) in
            try layout.exclusively { () throws(CacheError) in
                let file = CacheLayout.fileName(of: id)
                guard try layout.base.status(of: file) == nil else {
                    throw CacheError(
                        .inUse,
                        "\(file) is no plain file, or was made just now; it is left alone"
                    )
                }
                try SharedRecords(layout: layout, state: state).refresh(id)
                let isKnown = state[id] != nil
                try RecordShelf(layout: layout).drop(id, in: state)
                try StagingSweep(layout: layout, age: age).clear(id)
                guard isKnown else { throw CacheError(.notFound, "image \(id) isn't cached") }
            }
        }
        withExtendedLifetime(claim) {}
    }

    /// Begins, or goes on with, the download of an image.
    ///
    /// - Parameters:
    ///   - expected: What it has to become.
    ///   - room: Who makes room where the disk has too little; nil for nobody.
    ///   - pieceBytes: The length of the pieces that it comes in: no half of one is gone on with.
    /// - Returns: The only writer of the image; `length` says from which byte on it wants bytes.
    /// - Throws: ``CacheError`` with `busy` while there is another writer, `noDigest` where nothing would tell right bytes
    ///   from wrong ones, `noSpace` if the file system has no room for the rest, `inUse` if guests stand on other bytes
    ///   under its name.
    package func begin(
        _ expected: ExpectedImage,
        room: (any RoomMaker)? = nil,
        pieceBytes: Int64 = 1
    ) async throws(CacheError) -> StagedImage {
        guard expected.digest != nil || expected.allowsUnverified else {
            throw CacheError(.noDigest, "image \(expected.id) has no digest, and isn't allowed without one")
        }
        let claim = try state.claim(expected.id)
        try await checkReplaceable(by: expected, isConverted: nil, bytes: expected.digest, room)
        let staged = try await StagedImage.open(
            expected,
            cache: self,
            claim: claim,
            room: room,
            pieceBytes: pieceBytes
        )
        return staged
    }

    /// Microseconds since 1970, UTC.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}

/// The cache in figures.
package struct CacheUsage: Hashable, Sendable {
    /// Images cached.
    package var images: Int
    /// The sum of their files' sizes in bytes.
    package var bytes: Int64
}

extension ImageCache {
    /// Makes sure that a download may take the place of the file that has its name, if there is one.
    ///
    /// A guest whose disk stands on a file finds other bytes under it at its next start. The same bytes in the same format
    /// are no others: so a damaged file is mended though it is in use. What our record doesn't describe is read.
    ///
    /// - Parameters:
    ///   - expected: What comes.
    ///   - isConverted: Whether it comes as a converted file; nil while nobody knows.
    ///   - bytes: What the file that comes hashes to, as far as that is known.
    ///   - room: Who knows what is in use; nil for nobody.
    /// - Throws: ``CacheError`` with `inUse` or `io`.
    func checkReplaceable(
        by expected: ExpectedImage,
        isConverted: Bool?,
        bytes: Digest?,
        _ room: (any RoomMaker)?
    ) async throws(CacheError) {
        guard let room else { return }
        let (layout, name) = (layout, CacheLayout.fileName(of: expected.id))
        let there = try await lanes.onFiles { () throws(CacheError) in
            try layout.base.status(of: name)?.attributes
        }
        guard let there else { return }
        if let record = state[expected.id], record.attributes.inode == there.inode,
            let digest = record.image.publishedDigest, digest == expected.digest,
            isConverted ?? (record.image.original != nil) == (record.image.original != nil)
        {
            return
        }
        do throws(CacheError) {
            try await room.checkReplaceable(name)
        } catch {
            guard error.code == .inUse, let bytes, try await has(name, bytes) else { throw error }
        }
    }

    /// Whether the file of a name has these bytes.
    private func has(_ name: String, _ bytes: Digest) async throws(CacheError) -> Bool {
        let layout = layout
        let file = try await lanes.onFiles { () throws(CacheError) in try layout.base.openForReading(name) }
        guard let file, case let status = try file.status(), status.isRegular else { return false }
        let reader = DigestReader(file: file, lanes: lanes)
        return try await reader.digest(bytes.algorithm, upTo: status.attributes.sizeBytes) == bytes
    }
}
