/// A block that is being written and digested.
struct BlockInHand: Sendable {
    let written: Task<CacheError?, Never>
    let digested: Task<CacheError?, Never>

    /// The first failure, once both are done.
    var failure: CacheError? {
        get async {
            let failure = await written.value
            return await digested.value ?? failure
        }
    }
}
