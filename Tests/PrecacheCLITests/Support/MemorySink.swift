import PrecacheCommands
import Synchronization

/// Keeps what is written; closes itself after a number of writes if told to.
final class MemorySink: TextSink {
    private let state: Mutex<(text: String, writesLeft: Int)>

    init(closingAfter writes: Int = .max) { state = Mutex(("", writes)) }

    var text: String { state.withLock { $0.text } }

    func write(_ text: String) throws(OutputClosed) {
        try state.withLock { state throws(OutputClosed) in
            guard state.writesLeft > 0 else { throw OutputClosed() }
            state.writesLeft -= 1
            state.text += text
        }
    }
}
