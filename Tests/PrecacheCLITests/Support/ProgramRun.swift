import PrecacheClient
import PrecacheCommands
import Synchronization

@testable import PrecacheCommands

/// A run of the program in this process, against a fake service.
struct ProgramRun {
    let status: ExitStatus
    let output: String
    let errors: String

    init(
        _ arguments: [String],
        service: FakeService = FakeService([:]),
        environment: [String: String] = [:],
        signals: SignalWatch = SignalWatch(),
        width: Int? = nil,
        pace: WatchPace = .test
    ) async {
        let (output, errors) = (MemorySink(), MemorySink())
        let console = Console(
            output: output,
            errors: errors,
            outputWidth: { width },
            environment: environment.merging(["LANG": "C.UTF-8"]) { given, _ in given }
        )
        status = await PrecacheProgram.run(arguments, console: console, signals: signals, pace: pace) { _ in
            ServiceConnection(transport: service)
        }
        self.output = output.text
        self.errors = errors.text
    }
}

extension WatchPace {
    /// So short that nothing waits, but patient enough for a slow machine.
    static let test = WatchPace(
        wait: 1,
        pause: .milliseconds(1),
        tick: .milliseconds(1),
        backoff: .milliseconds(1),
        longestBackoff: .milliseconds(2),
        patience: .seconds(60),
        farewell: .seconds(60)
    )
}

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
