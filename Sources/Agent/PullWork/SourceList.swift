import PrecacheModel
import Synchronization

/// The sources of a download, which whoever asks for it again may replace: newer ones carry fresher tokens.
final class SourceList: Sendable {
    private let state: Mutex<(sources: [ImageSource], generation: Int)>

    init(_ sources: [ImageSource]) { state = Mutex((sources, 0)) }

    var current: (sources: [ImageSource], generation: Int) { state.withLock { $0 } }

    func replace(_ sources: [ImageSource]) {
        state.withLock { state in
            guard state.sources != sources else { return }
            state = (sources, state.generation + 1)
        }
    }
}
