import ArgumentParser
import PrecacheClient

/// `precache job cancel ID`.
struct JobCancelCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel a job; what is cached already stays."
    )

    @Argument(help: "The job's id.")
    var id: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let reply = try await context.client.cancelJob(id)
        if context.format == .json {
            try context.print(json: reply.body)
        } else {
            let state = TerminalText.escaped(reply.value.state)
            try context.console.say([
                reply.value.isFinal
                    ? "The job is \(state)."
                    : "The job is being cancelled; it is \(state) until its hosts have stopped."
            ])
        }
        return .succeeded
    }
}
