import Synchronization

/// The file that is being scrubbed, which is closed while files are about to be removed: the kernel is asked then whether
/// anybody has them open, and our own reading would count as a use.
final class ScrubbedFile: Sendable {
    private struct State {
        /// The file that is being scrubbed, open between its blocks.
        var file: OpenFile?
        var holds = 0
    }

    private let state = Mutex(State())

    /// Closes the file that is being scrubbed, and lets none be opened until the hold is let go of.
    ///
    /// Blocks while a block is read.
    func hold() -> ScrubHold {
        state.withLock { state in
            state.file = nil
            state.holds += 1
        }
        return ScrubHold(self)
    }

    fileprivate func release() { state.withLock { $0.holds -= 1 } }

    /// What a turn with the file came to.
    enum Turn<Value: Sendable>: Sendable {
        case done(Value)
        /// There is no such file.
        case gone
        /// Files are about to be removed: try again soon.
        case held
    }

    /// Does something with the file being scrubbed; blocks.
    ///
    /// - Parameters:
    ///   - open: Opens it, where it isn't open.
    ///   - body: What is done.
    /// - Returns: What that came to.
    /// - Throws: ``CacheError`` of either.
    func use<Value: Sendable>(
        _ open: () throws(CacheError) -> OpenFile?,
        _ body: (OpenFile) throws(CacheError) -> Value
    ) throws(CacheError) -> Turn<Value> {
        try state.withLock { state throws(CacheError) in
            guard state.holds == 0 else { return .held }
            if state.file == nil { state.file = try open() }
            guard let file = state.file else { return .gone }
            return .done(try body(file))
        }
    }

    /// Closes the file that was scrubbed.
    func close() { state.withLock { $0.file = nil } }
}

/// As long as there is one, no file is open for a scrub.
final class ScrubHold: Sendable {
    private let file: ScrubbedFile

    fileprivate init(_ file: ScrubbedFile) { self.file = file }

    deinit { file.release() }
}
