import PrecacheModel

extension ImageCache {
    /// Whether a file for the image is there, renewing its age if so.
    ///
    /// - A file as our record describes it, with the digest wanted: present, without reading it.
    /// - A file without a record, as nova-compute leaves it: adopted, not verified, if it may be the image. It may be
    ///   converted, so neither its size nor its bytes have to be the image's; but what is a plain image in another size,
    ///   not of whole sectors, or unsafe to open, is absent.
    /// - A file that changed since our record was made (Nova renews times too): read and digested again. The promised
    ///   bytes: verified anew. Another size, as Nova may have converted it: adopted, not verified. Anything else is
    ///   damage: absent, and the next download takes its place.
    /// - A file of ours with another digest or size than the one wanted, or one that was found damaged: absent.
    ///
    /// - Parameters:
    ///   - expected: What the file must be.
    ///   - keep: How long to pin it for if it is there; nil for no pin. A longer pin stays.
    ///   - lock: The image's lock, if the caller holds it.
    /// - Returns: The file, that there is none, or that it can't be told yet.
    /// - Throws: ``CacheError`` with `io`, also for a name that stands for something else than a file.
    package func lookup(
        _ expected: ExpectedImage,
        keep: Duration? = nil,
        under lock: FetchLock? = nil
    ) async throws(CacheError) -> CachePresence {
        let (layout, state, wish) = (layout, state, Wish(keep: keep, lock: lock))
        let name = CacheLayout.fileName(of: expected.id)
        let found = try await lanes.onFiles { () throws(CacheError) -> FileAttributes? in
            try layout.checkInPlace()
            try SharedRecords(layout: layout, state: state).refresh(expected.id)
            guard let status = try layout.base.status(of: name) else { return nil }
            guard status.isRegular else {
                throw CacheError(.io, "\(layout.base.path)/\(name) is not a regular file")
            }
            return status.attributes
        }
        guard let found else {
            try await noteAbsence(expected.id)
            return .absent
        }
        // What is there now has nothing to do with a file that went.
        guard let record = state[expected.id], record.image.lostAtMicroseconds == nil else {
            return try await adopt(expected, found, wish)
        }
        // Guests may stand on it, so it is still there; new ones get another.
        guard !record.image.isDamaged || record.attributes.inode != found.inode else { return .absent }
        guard state.isUnchanged(record, found) else { return try await reexamine(expected, found, wish) }
        // Without a digest the size alone tells whether the bytes we checked are those wanted now.
        if expected.digest == nil, record.image.digest != nil,
            record.image.publishedBytes != expected.sizeBytes ?? record.image.publishedBytes
        {
            return .absent
        }
        guard let promised = expected.digest, let digest = record.image.publishedDigest else {
            return try await present(record.image, found, wish, note: Self.note(on: record.image, expected))
        }
        if digest == promised, record.image.isVerified {
            return try await present(record.image, found, wish, note: nil)
        }
        // Of one algorithm: other content. Of another algorithm, or found changed before: only reading the file can tell.
        guard digest == promised || digest.algorithm != promised.algorithm else { return .absent }
        return try await reexamine(expected, found, wish)
    }

    /// Reads a finished file and compares its digest with the one promised; the record says afterwards what was found.
    ///
    /// - Returns: Whether the bytes are the promised ones; false also for a missing file.
    package func verify(_ expected: ExpectedImage) async throws(CacheError) -> Bool {
        guard let promised = expected.digest else { return false }
        let (layout, name) = (layout, CacheLayout.fileName(of: expected.id))
        let file = try await lanes.onFiles { () throws(CacheError) in try layout.base.openForReading(name) }
        guard let file else { return false }
        let before = try file.status()
        // What we converted has a digest of its own; that it was made from the promised bytes is on record.
        let made = state[expected.id]?.image
        let original = made?.original
        if let original, original.digest != promised { return false }
        let right = original == nil ? promised : made?.digest ?? promised
        let reader = DigestReader(file: file, lanes: lanes)
        let digest = try await reader.digest(right.algorithm, upTo: before.attributes.sizeBytes)
        let after = try file.status()
        guard after.isRegular, digest == right, before.attributes == after.attributes else {
            if var image = state[expected.id]?.image {
                image.isVerified = false
                try await save(image, after.attributes)
            }
            return false
        }
        var image = entry(expected, after.attributes)
        if let made, original != nil { image = made }
        image.digest = digest
        image.isVerified = true
        try await save(image, after.attributes)
        return true
    }

    private func present(
        _ image: CachedImage,
        _ found: FileAttributes,
        _ wish: Wish,
        note: String?
    ) async throws(CacheError) -> CachePresence {
        switch try await renew(image, found, wish) {
        case .renewed(let image): .present(image, note: note)
        case .gone: .absent
        case .contested: .contested
        }
    }

    private func adopt(
        _ expected: ExpectedImage,
        _ found: FileAttributes,
        _ wish: Wish
    ) async throws(CacheError) -> CachePresence {
        guard try await mayBe(expected) else { return .absent }
        let image = entry(expected, found)
        return try await present(image, found, wish, note: Self.note(on: image, expected))
    }

    private func mayBe(_ expected: ExpectedImage) async throws(CacheError) -> Bool {
        let (layout, name) = (layout, CacheLayout.fileName(of: expected.id))
        return try await lanes.onDigesting { () throws(CacheError) in
            guard let file = try layout.base.openForReading(name) else { return false }
            return try ContentCheck(file: file, claimed: expected.diskFormat).mayBe(
                sizeBytes: expected.sizeBytes
            )
        }
    }

    private func reexamine(
        _ expected: ExpectedImage,
        _ found: FileAttributes,
        _ wish: Wish
    ) async throws(CacheError) -> CachePresence {
        let made = state[expected.id]?.image
        let isOurs = made?.original != nil && made?.sizeBytes == found.sizeBytes
        let mayBeRight = expected.sizeBytes.map { $0 == found.sizeBytes } ?? true || isOurs
        if mayBeRight, expected.digest != nil, try await verify(expected), let record = state[expected.id] {
            return try await present(
                record.image,
                record.attributes,
                wish,
                note: "changed since it was cached; digest checked again"
            )
        }
        let mayBeConverted = expected.diskFormat != .raw && !mayBeRight
        guard mayBeConverted || expected.digest == nil else { return .absent }
        return try await adopt(expected, found, wish)
    }

    /// What a look-up is to do with a file that is there.
    private struct Wish: Sendable {
        var keep: Duration?
        var lock: FetchLock?
    }

    private enum Renewal: Sendable {
        case renewed(CachedImage)
        case gone
        case contested
    }

    /// Makes the file's age start anew and writes the record, in one step that removals, here and on other hosts, can't fall into.
    ///
    /// Nova's cache manager looks at the age and removes the file under its lock, so that is where an old file is renewed:
    /// it is either gone by then or stays.
    private func renew(
        _ image: CachedImage,
        _ found: FileAttributes,
        _ wish: Wish
    ) async throws(CacheError) -> Renewal {
        let (layout, state, locks, name) = (layout, state, locks, image.file)
        let oldAge = configuration.novasOldAge
        return try await lanes.onFiles { () throws(CacheError) in
            try layout.exclusively { () throws(CacheError) -> Renewal in
                var lock = wish.lock
                if lock == nil, found.isOlder(than: oldAge, at: Self.now()) {
                    lock = try locks.tryLock(name)
                    guard lock != nil else { return .contested }
                }
                guard let before = try layout.base.status(of: name), before.isRegular,
                    before.attributes.inode == found.inode, before.attributes.sizeBytes == found.sizeBytes
                else { return .gone }
                try layout.base.renewAge(of: name)
                guard let now = try layout.base.status(of: name)?.attributes else { return .gone }
                if let lock, try !locks.isCurrent(lock, name) { return .contested }
                var image = image
                image.lastUsedAtMicroseconds = Self.now()
                if let keep = wish.keep {
                    image.pin = ImagePin(from: image.lastUsedAtMicroseconds, for: keep)
                }
                return .renewed(try Self.record(image, now, layout, state))
            }
        }
    }

    private func save(_ image: CachedImage, _ attributes: FileAttributes) async throws(CacheError) {
        let (layout, state) = (layout, state)
        try await lanes.onFiles { () throws(CacheError) in
            try layout.exclusively { () throws(CacheError) in
                _ = try Self.record(image, attributes, layout, state)
            }
        }
    }

    /// Writes a record down; in ``CacheLayout/exclusively(_:)``.
    ///
    /// - Returns: The image as the record has it.
    private static func record(
        _ image: CachedImage,
        _ attributes: FileAttributes,
        _ layout: CacheLayout,
        _ state: CacheState
    ) throws(CacheError) -> CachedImage {
        var record = CacheRecord(image: image, attributes: attributes)
        try SharedRecords(layout: layout, state: state).refresh(image.id)
        // Another job, here or on another host, may have pinned the image since it was looked at.
        let pin = state[image.id]?.image.pin?.corrected(at: now())
        record.image.pin = ImagePin.longer(pin, image.pin)
        record.image.lostAtMicroseconds = nil
        try RecordShelf(layout: layout).put(record, in: state)
        return record.image
    }

    /// Drops the record of a file that is gone; a promise to keep the image outlives it.
    private func noteAbsence(_ id: ImageID) async throws(CacheError) {
        let (layout, state) = (layout, state)
        try await lanes.onFiles { () throws(CacheError) in
            guard state[id] != nil else { return }
            try layout.exclusively { () throws(CacheError) in
                try SharedRecords(layout: layout, state: state).refresh(id)
                // Somebody may have brought it at this very moment.
                guard let record = state[id], try layout.base.status(of: record.image.file) == nil else {
                    return
                }
                try LostPins(layout: layout, state: state).note(record)
            }
        }
    }

    /// A record of a file that nothing is known of but its size.
    private func entry(_ expected: ExpectedImage, _ found: FileAttributes) -> CachedImage {
        let known = state[expected.id]?.image
        let old = known?.lostAtMicroseconds == nil ? known : nil
        return CachedImage(
            id: expected.id,
            file: CacheLayout.fileName(of: expected.id),
            sizeBytes: found.sizeBytes,
            digest: nil,
            isVerified: false,
            diskFormat: expected.diskFormat,
            source: old?.source,
            cachedAtMicroseconds: old?.cachedAtMicroseconds ?? Self.now(),
            lastUsedAtMicroseconds: Self.now()
        )
    }

    private static func note(on image: CachedImage, _ expected: ExpectedImage) -> String? {
        guard !image.isVerified else { return nil }
        if let size = expected.sizeBytes, size != image.sizeBytes {
            return
                "not verified: the file was made by someone else and has \(image.sizeBytes) bytes, the image "
                + "\(size); it may be converted"
        }
        return image.source == nil
            ? "not verified: the file was made by someone else"
            : "not verified: no digest was known when it was fetched"
    }
}

/// Whether the cache has what is wanted.
package enum CachePresence: Hashable, Sendable {
    /// No usable file; it has to be fetched.
    case absent
    /// The file is there, its age renewed; `note` tells people what isn't certain about it.
    case present(CachedImage, note: String?)
    /// A file that nobody used lately is there, and somebody holds its lock: nova-compute may be about to remove it.
    case contested
}
