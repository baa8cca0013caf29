/// Writing and digesting one block, side by side.
struct BlockWork: Sendable {
    let bytes: [UInt8]
    let offset: Int64
    let file: OpenFile
    let digest: RunningDigest
    let lanes: CacheLanes

    /// Starts both; the task's value is the first failure.
    func start() -> Task<CacheError?, Never> {
        Task {
            async let digested = add()
            let written = await write()
            let other = await digested
            return written ?? other
        }
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
