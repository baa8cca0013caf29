import Synchronization

/// The sources of a download, which whoever asks for it again may replace: newer ones carry fresher tokens.
final class SourceList: Sendable {
    private let state: Mutex<(sources: [PullSource], generation: Int)>

    init(_ sources: [PullSource]) { state = Mutex((sources, 0)) }

    var current: (sources: [PullSource], generation: Int) { state.withLock { $0 } }

    func replace(_ sources: [PullSource]) {
        state.withLock { state in
            guard state.sources != sources else { return }
            state = (sources, state.generation + 1)
        }
    }
}
