import Glibc
import PrecacheCommands

/// The process: its arguments, its console, its exit status.
@main
enum PrecacheMain {
    static func main() async {
        let signals = SignalWatch.start()
        let status = await PrecacheProgram.run(
            Array(CommandLine.arguments.dropFirst()),
            console: .process(),
            signals: signals
        )
        exit(status.rawValue)
    }
}
