import Glibc
import PrecacheCommands

/// The process: its arguments, its console, its exit status.
@main
enum PrecacheMain {
    // Not an async main: there the runtime parks the main thread with every signal let through.
    static func main() {
        let signals = SignalWatch()
        signals.block()
        Task.detached {
            let status = await PrecacheProgram.run(
                Array(CommandLine.arguments.dropFirst()),
                console: .process(),
                signals: signals
            )
            exit(status.rawValue)
        }
        signals.serve()
    }
}
