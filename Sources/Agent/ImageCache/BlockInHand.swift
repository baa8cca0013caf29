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
