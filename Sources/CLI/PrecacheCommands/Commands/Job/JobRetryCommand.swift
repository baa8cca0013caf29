import ArgumentParser
import PrecacheClient

/// `precache job retry ID`.
struct JobRetryCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Try again what did not end well, as a new job.",
        discussion: "Prints the new job's id. With --wait it goes on as `precache cache --wait` does."
    )

    @Argument(help: "The id of a job that has ended.")
    var id: String

    @Flag(help: "Wait for the new job's end and show its progress.")
    var wait = false

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let reply = try await context.client.retryJob(id)
        guard !wait else { return try await JobReporter(context: context).watch(reply) }
        return try JobAcceptance.show(reply, context)
    }
}
