/// Writing and digesting one block, side by side.
struct BlockWork: Sendable {
    let bytes: [UInt8]
    let offset: Int64
    let file: OpenFile
    let digest: RunningDigest
    let lanes: CacheLanes

    /// Starts both, each when the block before is done with it; after a failure there, neither is begun.
    ///
    /// So a file has no holes, whenever the process ends.
    func start(after previous: BlockInHand?) -> BlockInHand {
        BlockInHand(
            written: Task {
                if let failure = await previous?.written.value { return failure }
                return await write()
            },
            digested: Task {
                if let failure = await previous?.digested.value { return failure }
                return await add()
            }
        )
    }

    private func add() async -> CacheError? {
        let (bytes, digest) = (bytes, digest)
        do throws(CacheError) {
            try await lanes.onDigesting { () throws(CacheError) in try digest.update(bytes) }
            return nil
        } catch {
            return error
        }
    }

    private func write() async -> CacheError? {
        let (bytes, offset, file) = (bytes, offset, file)
        do throws(CacheError) {
            try await lanes.onWriting { () throws(CacheError) in
                try file.write(bytes, at: offset)
                file.beginWriteback(at: offset, length: bytes.count)
            }
            return nil
        } catch {
            return error
        }
    }
}

/// A block that is being written and digested.
struct BlockInHand: Sendable {
    let written: Task<CacheError?, Never>
    let digested: Task<CacheError?, Never>

    /// The failure, once both are done; of two the disk's, which may be that it's full.
    var failure: CacheError? {
        get async {
            let failure = await written.value
            let other = await digested.value
            return failure ?? other
        }
    }
}
