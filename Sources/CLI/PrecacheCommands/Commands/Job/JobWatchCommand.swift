import ArgumentParser
import PrecacheClient

/// `precache job watch ID`.
struct JobWatchCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Show a job's progress until it ends.",
        discussion: "The exit status tells how the job ended. Ctrl-C leaves the job running."
    )

    @Argument(help: "The job's id.")
    var id: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try await JobReporter(context: context).watch(try await context.client.job(id))
    }
}
